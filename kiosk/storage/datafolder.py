"""The data folder: made when new, shut to other accounts, refused when the disk that should carry it is not there.

A folder on a missing disk would otherwise be made on the system's own disk, and the kiosk would start empty.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kiosk.ground import diskwords
from kiosk.ground.errors import KioskError

#: Folders under which disks appear when they are plugged in.
PLUGGED = ("/media", "/mnt", "/run/media", "/Volumes")
_FSTAB = Path("/etc/fstab")


def prepare(data_dir: Path) -> None:
    """Make the folder if it is new, for this account alone.

    :raises KioskError: ``data_disk_missing``, ``data_folder`` (it cannot be made), ``data_readonly``.
    """
    if not (data_dir / "kiosk.sqlite3").exists() and disk_missing(data_dir):
        raise KioskError("data_disk_missing", path=str(data_dir))
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:  # a drive letter that is not there, a folder that cannot be written
        raise KioskError("data_folder", path=str(data_dir), detail=diskwords.why(error)) from error
    _shut(data_dir)
    if not os.access(data_dir, os.W_OK):  # a disk mounted for reading alone says no to root as well
        raise KioskError("data_readonly", path=str(data_dir))


#: What a kiosk leaves in its folder, and who is let in by earlier versions: what is known to be a kiosk's is mended.
_MARKS = ("kiosk.sqlite3", "secrets.json")


def _shut(data_dir: Path) -> None:
    """Take the folder back from other accounts when it is a kiosk's and ours: never a shared one, nor a disk's top."""
    if os.name != "posix" or not any((data_dir / name).exists() for name in _MARKS):
        return
    held = data_dir.stat()
    shared = held.st_mode & stat.S_ISVTX or os.path.ismount(data_dir)
    if held.st_uid != os.geteuid() and os.geteuid() or shared:
        return
    with suppress(OSError):
        if held.st_mode & 0o077:
            data_dir.chmod(0o700)
        for file in data_dir.iterdir():
            if file.is_file() and not file.is_symlink() and file.stat().st_mode & 0o077:
                file.chmod(0o600)


def disk_missing(data_dir: Path, plugged: Iterable[str] = PLUGGED, fstab: Path = _FSTAB) -> bool:
    """Whether the folder belongs to a disk that is not mounted: one of ``fstab``, or one that is plugged in."""
    place = Path(os.path.abspath(data_dir))
    chain = [place, *place.parents]
    mounted = next(folder for folder in chain if os.path.ismount(folder) or folder == folder.parent)
    roots = [root for root in [*_mount_points(fstab), *map(Path, plugged)] if root in chain]
    return any(mounted != root and root not in mounted.parents for root in roots)


def _mount_points(fstab: Path) -> list[Path]:
    try:
        lines = fstab.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines if not line.lstrip().startswith("#")]
    points = [one[1].replace("\\040", " ") for one in words if len(one) >= 3]
    return [Path(point) for point in points if point.startswith("/") and point != "/"]
