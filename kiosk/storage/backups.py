"""Copies of the database that can be trusted, and the start that survives a damaged one.

A copy is made beside the live database (SQLite's online backup), checked, fsynced, then renamed:
a file named ``*.sqlite3`` in the folder is always whole. The newest seven are kept, and one more,
``kiosk-live``, made again every few minutes while a session runs.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from datetime import datetime, timezone
from pathlib import Path

from kiosk import wholefile

log = logging.getLogger("kiosk.storage")

KEPT = 7
#: First bytes of every SQLite file (its format's section 1.3).
MAGIC = b"SQLite format 3\x00"


def folder(database: Path) -> Path:
    """Where the copies of a database are."""
    return database.parent / "backups"


def newest_first(database: Path) -> list[Path]:
    """The whole copies, newest first."""
    return sorted(folder(database).glob("kiosk-*.sqlite3"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def make(database: Path, now_ms: int, *, live: bool = False) -> Path:
    """Copy the database while it is in use; returns the copy. A ``live`` copy replaces the one before.

    :raises sqlite3.Error, OSError: it failed, and nothing was left behind.
    """
    place = folder(database)
    place.mkdir(mode=0o700, exist_ok=True)
    stamp = datetime.fromtimestamp(now_ms / 1000, tz=timezone.utc).strftime("%Y%m%dT%H%M%S")
    target = place / ("kiosk-live.sqlite3" if live else f"kiosk-{stamp}.sqlite3")
    temporary = target.with_suffix(".part")
    temporary.unlink(missing_ok=True)
    try:
        copy(database, temporary)
        os.replace(temporary, target)
        wholefile.sync(place)
    finally:
        temporary.unlink(missing_ok=True)
    dated = [path for path in newest_first(database) if path.name != "kiosk-live.sqlite3"]
    for old in dated[KEPT:]:
        old.unlink(missing_ok=True)
    return target


def copy(database: Path, target: Path) -> None:
    """Copy a database, in use or not, to a new file of mode 600, checked and on disk.

    :raises sqlite3.Error, OSError: it failed; what was written may be left.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT, 0o600))
    source = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    made = sqlite3.connect(target)
    try:
        with made:
            source.backup(made, pages=64)
        made.execute("PRAGMA journal_mode=DELETE")
    finally:
        made.close()
        source.close()
    if not healthy(target):
        raise sqlite3.DatabaseError("the copy is not whole")
    os.chmod(target, 0o600)
    wholefile.sync(target)


def healthy(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with a file (``quick_check``); an absent or empty one is not a database."""
    try:
        with path.open("rb") as file:
            if file.read(16) != MAGIC:
                return False
        connection = sqlite3.connect(path)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
        finally:
            connection.close()
    except (OSError, sqlite3.DatabaseError):
        return False


def recover(database: Path, now_ms: int) -> str | None:
    """Before opening: put a damaged database aside and bring back the newest good copy.

    Returns None when nothing was wrong (or nothing was there), ``restored`` with a copy back in
    place, ``empty`` when no copy was good: the kiosk then starts anew. The damaged files are kept,
    renamed ``kiosk-damaged-…``, for whoever wants to look.
    """
    if not database.exists():
        if not any(newest_first(database)) or not _had_data(database):
            return None
    elif healthy(database):
        return None
    stamp = datetime.fromtimestamp(now_ms / 1000, tz=timezone.utc).strftime("%Y%m%dT%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        bad = database.with_name(database.name + suffix)
        if bad.exists():
            bad.replace(database.with_name(f"kiosk-damaged-{stamp}.sqlite3{suffix}"))
    for kept in newest_first(database):
        if healthy(kept):
            temporary = database.with_suffix(".part")
            temporary.write_bytes(kept.read_bytes())
            wholefile.sync(temporary)
            temporary.replace(database)
            wholefile.sync(database.parent)
            log.error("the database was damaged: %s is back, the damaged file is kept", kept.name)
            return "restored"
    log.error("the database was damaged and no good copy exists: starting anew, the damaged file is kept")
    return "empty"


def _had_data(database: Path) -> bool:
    """Whether a write-ahead log is left without its database: the file was lost, not never made."""
    return database.with_name(database.name + "-wal").exists()
