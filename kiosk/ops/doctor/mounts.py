"""Which file system carries a folder, as Linux tells it (``proc(5)``, mountinfo)."""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.ground.values import dataclass

VOLATILE = ("tmpfs", "ramfs", "rootfs")
OVERLAYS = ("overlay", "overlayfs", "aufs", "unionfs")
NETWORKS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "davfs")
MOUNTINFO = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class Mount:
    """A mounted file system: its place, its type, whether it is read-only."""

    point: str
    kind: str
    source: str
    read_only: bool


def carrying(folder: Path, mountinfo: Path = MOUNTINFO) -> Mount | None:
    """The file system of a folder (of its nearest parent when it is not made yet); None where nobody can tell."""
    place = os.path.realpath(folder)
    found = [one for one in table(mountinfo) if _within(place, one.point)]
    return max(found, key=lambda one: len(one.point.rstrip("/"))) if found else None


def table(mountinfo: Path = MOUNTINFO) -> list[Mount]:
    """Every mounted file system, in the order of mounting reversed (the last one on a point hides the others)."""
    try:
        lines = mountinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    mounts = []
    for line in reversed(lines):
        before, found, after = line.partition(" - ")
        left, right = before.split(), after.split()
        if not found or len(left) < 6 or len(right) < 2:
            continue
        options = left[5].split(",") + (right[2].split(",") if len(right) > 2 else [])
        mounts.append(Mount(_plain(left[4]), right[0], _plain(right[1]), "ro" in options))
    return mounts


def is_network(folder: Path, mount: Mount | None) -> bool:
    """Whether a folder lies on another machine's disk."""
    if os.name == "nt":  # pragma: no cover
        import ctypes

        drive = os.path.splitdrive(os.path.abspath(folder))[0]
        remote = 4  # DRIVE_REMOTE
        kernel = getattr(ctypes, "windll").kernel32
        return drive.startswith("\\\\") or kernel.GetDriveTypeW(drive + "\\") == remote
    return mount is not None and mount.kind in NETWORKS


def _within(place: str, point: str) -> bool:
    return place == point or place.startswith(point.rstrip("/") + "/")


def _plain(text: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, sign)
    return text
