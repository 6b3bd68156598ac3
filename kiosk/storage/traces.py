"""Where pupils' words lie beside the database in use: what an erasure must reach, and what a killed process left.

``versions/`` has its own (:mod:`kiosk.ops.upgrade`): a trial's copy lives and ends there.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kiosk.storage import backups

#: What may stand in the data folder: damaged bases and a copy being brought back (:mod:`kiosk.storage.backups`), a
#: backup being made or put in place (:mod:`kiosk.storage.archive`, ``kiosk restore``).
PATTERNS = ("kiosk-damaged-*", "kiosk.part*", ".kiosk-*", ".restore-*", "*.zip.part")
#: Seconds after which a file being made was left by a killed process.
LEFT = 600.0


def found(database: Path) -> Iterator[Path]:
    """Every file or folder that may hold words, but the database in use: copies, damaged bases, half-made files."""
    for pattern in PATTERNS:
        yield from database.parent.glob(pattern)
    yield from backups.folder(database).glob("*")


def drop(database: Path, kept: Path | None = None) -> bool:
    """Remove them all but ``kept`` and what is being made now; whether anything went."""
    gone = False
    for path in list(found(database)):
        if path != kept and not _busy(path):
            gone = _remove(path) or gone
    return gone


def remain(database: Path, kept: Path) -> bool:
    """Whether something else than ``kept`` is still there."""
    return any(path != kept for path in found(database))


def drop_older(database: Path, before_ms: int) -> None:
    """Remove what is older than an instant: words would have gone by then. The newest whole copy stays, it is all
    there is if the database is lost; a newer one replaces it.
    """
    old = [path for path in found(database) if _changed_ms(path) < before_ms]
    newest = backups.newest_whole(database) if old else None
    for path in old:
        if path != newest:
            _remove(path)


def sweep(database: Path) -> None:
    """Remove what a killed process left half made."""
    for path in list(found(database)):
        if _half_made(path) and not _busy(path):
            _remove(path)


def _half_made(path: Path) -> bool:
    return path.name.startswith((".kiosk-", ".restore-")) or ".part" in path.name


def _busy(path: Path) -> bool:
    return _half_made(path) and abs(time.time() - _changed_ms(path) / 1000) < LEFT


def _changed_ms(path: Path) -> float:
    try:
        return path.lstat().st_mtime * 1000
    except OSError:
        return 0.0


def _remove(path: Path) -> bool:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True
    return False
