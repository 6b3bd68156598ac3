"""What making a card asks of the machine that makes it, said before anything long begins."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from kiosk.ground.errors import KioskError

#: Program → Debian's package that brings it.
PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "arch-test": "arch-test",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "unshare": "util-linux",
    "systemctl": "systemd",
}
#: Keys of Debian's archive, which every system but Debian must be given.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: Where the kernel tells what runs the programs of another machine (binfmt_misc).
BINFMT = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
#: Programs that an administrator runs may be in no ordinary person's path.
SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
#: Bytes: the system in a folder, and the card made from it.
ROOM = 6 * 10**9


def check(output: Path) -> None:
    """Refuse now what would fail in ten minutes. ``output``: the folder where the system is gathered and the card made.

    :raises KioskError: ``image_linux``, ``image_tools``, ``image_emulator``, ``image_root``, ``image_space``.
    """
    if not hasattr(os, "geteuid") or platform.system() != "Linux":
        raise KioskError("image_linux")
    missing = {program: package for program, package in PROGRAMS.items() if found(program) is None}
    if not KEYRING.exists():
        missing[KEYRING.name] = "debian-archive-keyring"
    if missing:
        packages = " ".join(dict.fromkeys(missing.values()))
        raise KioskError("image_tools", missing=", ".join(missing), packages=packages)
    if not runs_arm64():
        raise KioskError("image_emulator")
    if os.geteuid() != 0:
        raise KioskError("image_root")
    output.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(output).free
    if free < ROOM:
        raise KioskError("image_space", path=str(output), need=ROOM // 10**9, free=round(free / 10**9, 1))


def found(program: str) -> str | None:
    """Where a program is."""
    return shutil.which(program, path=SEARCH)


def runs_arm64() -> bool:
    """Whether programs of a Raspberry Pi run here: on one, or by an emulator that the kernel calls by itself."""
    if platform.machine() == "aarch64":
        return True
    try:
        said = BINFMT.read_text(encoding="ascii")
    except OSError:
        return False
    # « F »: the emulator was opened beforehand, so that it is found from inside another system's folder.
    flags = next((line.partition(":")[2] for line in said.splitlines() if line.startswith("flags:")), "")
    return said.startswith("enabled") and "F" in flags
