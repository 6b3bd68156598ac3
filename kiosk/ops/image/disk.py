"""The card as a file: a partition table and three file systems, written without mounting anything.

The first one (FAT) is what the Raspberry Pi starts from, and what any computer opens: the file of settings goes there.
The second is the system, which may stay read-only. The third holds the data, and grows to the card's end.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.ops.image import needs

MIB = 1024 * 1024
SECTOR = 512
#: Names of the file systems, by which the system finds them whatever the card's reader calls them.
BOOT, SYSTEM, DATA = "KIOSQUE", "KIOSQUE_SYS", "KIOSQUE_DATA"
#: MiB: before the first partition (flash memory likes whole blocks), the first one, the third before it grows.
BEFORE, BOOT_MIB, DATA_MIB = 4, 512, 256
#: Room left in the system for what it brings up to date: a part of itself, and MiB at least.
SPARE_PART, SPARE_MIB = 0.25, 400


@dataclass(frozen=True)
class Part:
    """A partition: its place and size in MiB, and the type that the table says (``c``: FAT32; ``83``: Linux)."""

    start: int
    size: int
    kind: str


def parts(system_bytes: int) -> tuple[Part, Part, Part]:
    """Where the three partitions are, for a system whose files take that many bytes."""
    used = -(-system_bytes // MIB)
    system = used + max(SPARE_MIB, int(used * SPARE_PART))
    boot = Part(BEFORE, BOOT_MIB, "c")
    second = Part(boot.start + boot.size, -(-system // 4) * 4, "83")
    return boot, second, Part(second.start + second.size, DATA_MIB, "83")


def table(found: Sequence[Part], identifier: int) -> str:
    """What ``sfdisk`` reads. A DOS table: the oldest of these Raspberry Pis start from no other."""
    lines = ["label: dos", f"label-id: 0x{identifier:08x}", "unit: sectors", ""]
    for number, part in enumerate(found):
        start, size = part.start * MIB // SECTOR, part.size * MIB // SECTOR
        lines.append(f"start={start}, size={size}, type={part.kind}" + (", bootable" if number == 0 else ""))
    return "\n".join(lines) + "\n"


def write(image: Path, found: Sequence[Part], folders: Sequence[Path], identifier: int) -> None:
    """Write the card from what goes in each partition. :raises KioskError: ``image_failed``."""
    boot, system, data = found
    with image.open("wb") as file:
        file.truncate((data.start + data.size) * MIB)
    run("sfdisk", "--quiet", str(image), given=table(found, identifier))
    offset = boot.start * MIB
    run("mkfs.vfat", "-F", "32", "-n", BOOT, "-i", f"{identifier:08x}", "--offset", str(offset // SECTOR), str(image),
        str(boot.size * MIB // 1024))  # fmt: skip
    names = sorted(str(path) for path in folders[0].iterdir())
    run("mcopy", "-s", "-m", "-Q", "-i", f"{image}@@{offset}", *names, "::")
    for part, label, folder in ((system, SYSTEM, folders[1]), (data, DATA, folders[2])):
        run("mke2fs", "-q", "-F", "-t", "ext4", "-L", label, "-m", "1", "-d", str(folder), "-E",
            f"offset={part.start * MIB},root_owner=0:0", str(image), f"{part.size * MIB // 1024}k")  # fmt: skip


def taken(folder: Path) -> int:
    """Bytes that a folder's files take on the file system that is made of it: blocks of 4 KiB, and an inode each."""
    total = 0
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            size = os.lstat(os.path.join(root, name)).st_size
            total += -(-size // 4096) * 4096 + 512
    return total


def run(program: str, *words: str, given: str = "", step: str = "") -> str:
    """What a program prints. :raises KioskError: ``image_failed``, with ``step`` or its name and its last words."""
    where = needs.found(program) or program
    try:
        done = subprocess.run(
            [where, *words], input=given, capture_output=True, text=True, errors="replace", check=False
        )
    except OSError as error:
        raise KioskError("image_failed", step=step or program, detail=error.strerror or type(error).__name__) from error
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise KioskError(
            "image_failed", step=step or program, detail=" / ".join(said[-3:])[:400] or str(done.returncode)
        )
    return done.stdout
