"""The data folder: made when it is new, refused when the disk that should carry it is not there.

A folder on a missing disk would otherwise be made on the system's own disk, and the kiosk would start empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from kiosk.errors import KioskError

#: Folders under which disks appear when they are plugged in.
PLUGGED = ("/media", "/mnt", "/run/media", "/Volumes")
_FSTAB = Path("/etc/fstab")


def prepare(data_dir: Path) -> None:
    """Make the folder if it is new. :raises KioskError: ``data_disk_missing``."""
    if not (data_dir / "kiosk.sqlite3").exists() and disk_missing(data_dir):
        raise KioskError("data_disk_missing", path=str(data_dir))
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # a drive letter that is not there, a folder that cannot be written
        raise KioskError("data_folder", path=str(data_dir), detail=error.strerror or type(error).__name__) from error


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
