"""Fresh systems to install in: roots of Debian, and commands run in them without a network.

``debootstrap`` makes a root, which only root may do; ``KIOSK_ROOTS`` names a folder that keeps them for the next run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

#: What the package depends on, and what a minimal root of Debian lacks.
DEPENDENCIES = ("python3-venv", "adduser")


class Root:
    """One system, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, network: bool = False, **environ: str) -> subprocess.CompletedProcess[str]:
        """A command as root in the system, with its own processes; without ``network`` nothing but itself is seen."""
        return subprocess.run(self.command(words, network), capture_output=True, text=True, env=self.environ(environ))

    def start(self, *words: str, **environ: str) -> subprocess.Popen[str]:
        """The same, left running, on this machine's network."""
        return subprocess.Popen(self.command(words, True), stderr=subprocess.PIPE, text=True, env=self.environ(environ),
                                stdout=subprocess.DEVNULL)  # fmt: skip

    def command(self, words: tuple[str, ...], network: bool) -> list[str]:
        """The words that run ``words`` there; what they start ends with them."""
        apart = ["--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.folder}/proc"]
        return ["unshare", *apart, *([] if network else ["--net"]), "chroot", str(self.folder), *words]

    @staticmethod
    def environ(more: dict[str, str]) -> dict[str, str]:
        """What a root's own shell has."""
        path = "/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **more}

    def path(self, name: str) -> Path:
        """Where a file of the system is here."""
        return self.folder / name.lstrip("/")


def make(suite: str, folder: Path, packages: tuple[str, ...] = DEPENDENCIES, machine: str = "") -> Root:
    """A fresh root of ``suite`` in ``folder``, of this machine's kind or of ``machine`` (Debian's word: arm64)."""
    assert os.geteuid() == 0, "debootstrap: root alone may make a system (sudo ./run.sh test tests/machines)"
    kept = os.environ.get("KIOSK_ROOTS")
    name = "-".join(filter(None, (suite, machine, *packages)))
    archive = Path(kept) / f"{name}.tar" if kept else None
    root = Root(folder / suite)
    if archive is not None and archive.exists():
        root.folder.mkdir()
        subprocess.run(["tar", "-xf", str(archive), "-C", str(root.folder)], check=True)
        return root
    words = [
        "debootstrap",
        *([f"--arch={machine}"] if machine else []),
        "--variant=minbase",
        f"--include={','.join(packages)}",
        suite,
        str(root.folder),
    ]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    shutil.rmtree(root.path("var/cache/apt/archives"), ignore_errors=True)
    if archive is not None:
        archive.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-cf", str(archive), "-C", str(root.folder), "."], check=True)
    return root
