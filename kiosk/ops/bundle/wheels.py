"""The libraries of a lock file for another machine: which ones its Python wants, and their wheels.

pip judges a lock's conditions (``; python_full_version < "3.11"``) for the Python that runs it, even when
asked to download for another one. They are judged here, for the target, before pip is called.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass

_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)\s*(?:;(?P<marker>[^\\]+))?\\?$")


@dataclass(frozen=True)
class Platform:
    """A kind of machine: what pip calls it, and the Pythons its systems bring."""

    name: str
    machine: str
    system: str  # sys.platform
    os_name: str
    tags: tuple[str, ...]
    pythons: tuple[str, ...]


def _linux(machine: str) -> tuple[str, ...]:
    """Every wheel that a glibc 2.36 (Debian 12, Raspberry Pi OS 12) can load."""
    newer = [f"manylinux_2_{minor}_{machine}" for minor in range(36, 16, -1)]
    older = [f"manylinux2014_{machine}"]
    if machine == "x86_64":
        older += ["manylinux2010_x86_64", "manylinux1_x86_64"]
    return (*newer, *older, f"linux_{machine}")


#: Raspberry Pi OS 12 has Python 3.11, Raspberry Pi OS 13 has 3.13.
PLATFORMS = {
    "raspberry": Platform("raspberry", "aarch64", "linux", "posix", _linux("aarch64"), ("3.11", "3.13")),
    "linux": Platform("linux", "x86_64", "linux", "posix", _linux("x86_64"), ("3.10", "3.11", "3.12", "3.13", "3.14")),
    "windows": Platform("windows", "AMD64", "win32", "nt", ("win_amd64",), ("3.10", "3.11", "3.12", "3.13", "3.14")),
}


@dataclass(frozen=True)
class Locked:
    """One entry of a lock file, with its whole text (the hashes)."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    def requirement(self) -> str:
        """The entry without its condition, as pip reads it."""
        return " \\\n    ".join([f"{self.name}=={self.version}", *(f"--hash={value}" for value in self.hashes)])


def read_lock(path: Path) -> list[Locked]:
    """The entries of a lock file. :raises ValueError: a line that is not one of uv's."""
    found: list[Locked] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if bare.startswith("--hash="):
            last = found[-1]
            value = bare[len("--hash=") :].rstrip("\\ ")
            found[-1] = Locked(last.name, last.version, last.marker, (*last.hashes, value))
            continue
        match = _ENTRY.match(bare)
        if not match:
            raise ValueError(f"{path.name}: {bare}")
        found.append(Locked(match["name"], match["version"], (match["marker"] or "").strip(), ()))
    return found


def wanted(entries: Sequence[Locked], python: str, platform: Platform) -> list[Locked]:
    """The entries that this Python of this platform would install."""
    from packaging.markers import Marker

    environment = {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "sys_platform": platform.system,
        "os_name": platform.os_name,
        "platform_machine": platform.machine,
        "implementation_name": "cpython",
        "platform_system": "Windows" if platform.os_name == "nt" else "Linux",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    return [entry for entry in entries if not entry.marker or Marker(entry.marker).evaluate(environment)]


def download(lock: Path, python: str, platform: Platform | None, folder: Path) -> None:
    """Add to ``folder`` every wheel of ``lock`` for one Python; each hash is checked. ``platform`` None: this machine.

    :raises KioskError: ``bundle_download``: no network, or a library without a wheel for that machine.
    """
    target = platform or Platform("here", _machine(), sys.platform, _os_name(), (), ())
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        entries = wanted(read_lock(lock), python, target)
        requirements.write_text("\n".join(entry.requirement() for entry in entries) + "\n", encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "--python-version",
            python,
            "--dest",
            str(folder),
            "-r",
            str(requirements),
        ]
        for tag in target.tags:
            command += ["--platform", tag]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise KioskError("bundle_download", python=python, platform=target.name, detail=(lines or ["pip"])[0])


def _machine() -> str:
    import platform

    return platform.machine()


def _os_name() -> str:
    import os

    return os.name


def here() -> Platform:
    """This machine, as a platform with its running Python alone."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Platform("here", _machine(), sys.platform, _os_name(), (), (version,))
