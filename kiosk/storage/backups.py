"""Copies of the database that can be trusted, and the start that survives a damaged one.

A copy is made beside the database in use (SQLite's online backup) from one instant of it, compared with that instant,
checked, fsynced, then renamed: a file named ``*.sqlite3`` in the folder is whole. It is opened again before it is
counted or used, all the same. The newest seven are kept, and one more, ``kiosk-live``, made again every few minutes
while a session runs.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from kiosk.ground import wholefile
from kiosk.ground.errors import KioskError
from kiosk.storage import sqlitefile, wal

log = logging.getLogger("kiosk.storage")

KEPT = 7
#: The copy made again and again while something is being said.
LATEST = "kiosk-live.sqlite3"
#: What SQLite may put beside a database.
BESIDE = ("-wal", "-shm", "-journal")


def folder(database: Path) -> Path:
    """Where the copies of a database are."""
    return database.parent / "backups"


def newest_first(database: Path) -> list[Path]:
    """The files that should be copies, newest first; :func:`whole` opens them."""
    return sorted(folder(database).glob("kiosk-*.sqlite3"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def whole(database: Path) -> list[Path]:
    """The copies that are sound and hold a kiosk's tables, newest first."""
    return [path for path in newest_first(database) if sqlitefile.ours(path)]


def newest_whole(database: Path, *, daily: bool = False) -> Path | None:
    """The newest of :func:`whole` (``daily``: but the latest one), the others not opened; None without one."""
    found = (path for path in newest_first(database) if not (daily and path.name == LATEST))
    return next((path for path in found if sqlitefile.ours(path)), None)


def make(database: Path, now_ms: int, *, latest: bool = False) -> Path:
    """Copy the database while it is in use; returns the copy. A ``latest`` copy replaces the one before.

    Older copies beyond :data:`KEPT` go, and those that are none.

    :raises sqlite3.Error, OSError: it failed, and nothing was left behind.
    """
    place = folder(database)
    place.mkdir(mode=0o700, exist_ok=True)
    target = place / (LATEST if latest else f"kiosk-{stamp(now_ms)}.sqlite3")
    temporary = target.with_suffix(".part")
    _remove(temporary)
    try:
        copy(database, temporary)
        os.replace(temporary, target)
        wholefile.sync(place)
    finally:
        _remove(temporary)
    if latest:
        return target
    dated = [path for path in newest_first(database) if path.name != LATEST]
    kept = [path for path in dated if path == target or sqlitefile.ours(path)][:KEPT]
    for old in dated:
        if old not in kept:
            _remove(old)
    return target


def stamp(now_ms: int) -> str:
    """An instant as the names of copies have it, in UTC."""
    return datetime.fromtimestamp(now_ms / 1000, tz=timezone.utc).strftime("%Y%m%dT%H%M%S")


def copy(database: Path, target: Path) -> None:
    """Copy a database, in use or not, to a new file of mode 600: every table of it, every row, checked, on disk.

    :raises sqlite3.Error, OSError: it failed; what was written may be left.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlitefile.looking(database)) as source:
        source.execute("BEGIN")  # one instant of it, whatever is written meanwhile
        held = sqlitefile.counts(source)
        with closing(sqlite3.connect(target)) as made:
            source.backup(made, pages=64)
            made.execute("PRAGMA journal_mode=DELETE")
            got = sqlitefile.counts(made)
    if got != held or not sqlitefile.ours(target):
        raise sqlite3.DatabaseError("the copy is not whole")
    os.chmod(target, 0o600)
    wholefile.sync(target)


def recover(database: Path, now_ms: int, served: Callable[[], bool] = lambda: False) -> str | None:
    """Before opening: put a damaged database aside and bring back the newest good copy.

    Returns None when nothing was wrong (or nothing was there), ``restored`` with a copy back in
    place, ``log`` when the middle of the write-ahead log was damaged and what came before is the best there is,
    ``empty`` when no copy was good: the kiosk then starts anew. The damaged files are kept, renamed
    ``kiosk-damaged-…``, for whoever wants to look. ``served`` is asked before: put aside under a process that serves
    it, a database would take with it what that one still writes.

    :raises sqlite3.OperationalError: whether it is damaged cannot be told (the disk): nothing has changed.
    :raises KioskError: ``data_damaged``: it is, and another process serves it.
    """
    if not database.exists():
        if newest_whole(database) is None and not _had_data(database):
            return None
    elif sqlitefile.sound(database) and (sqlitefile.has_ours(database) or newest_whole(database) is None):
        # Without our tables and without a copy, it is a first start that was cut.
        if not _log_lost(database, now_ms):
            return None
        newest = newest_whole(database)
        if newest is None or _when(newest) <= _when(database):
            return "log"
    if served():
        raise KioskError("data_damaged", path=str(database))
    put_aside(database, now_ms)
    kept = newest_whole(database)
    if kept is not None:
        bring_back(kept, database)
        log.info("%s is back", kept.name)
        return "restored"
    return "empty"


def _log_lost(database: Path, now_ms: int) -> bool:
    """Fold the log of a database back and say whether its middle was damaged; it is then kept aside as it was.

    Not when another process has the database: that one looked.
    """
    log_file = wal.place(database)
    if not log_file.exists() or log_file.stat().st_size <= wal.HEAD:
        return False
    try:
        with closing(sqlite3.connect(database, timeout=0)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # also: no shared memory, which a full disk refuses
            _busy, recovered, _folded = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if not wal.lost(database, max(0, recovered)):
                return False
            kept = database.with_name(f"kiosk-damaged-{stamp(now_ms)}.sqlite3-wal")
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(log_file.read_bytes())
            return True
    except (OSError, sqlite3.OperationalError):
        return False


def _when(path: Path) -> tuple[int, int]:
    """How far a kiosk's database has come: the later of two of one kiosk has the greater."""
    try:
        with closing(sqlitefile.looking(path)) as connection:
            acts, moves = connection.execute(
                "SELECT (SELECT MAX(id) FROM audit_entry), (SELECT SUM(rev) FROM room)"
            ).fetchone()
            return int(acts or 0), int(moves or 0)
    except sqlite3.Error:
        return 0, 0


def put_aside(database: Path, now_ms: int) -> Path:
    """Rename a damaged database and what is beside it; its new name."""
    kept = database.with_name(f"kiosk-damaged-{stamp(now_ms)}.sqlite3")
    for suffix in ("", *BESIDE):
        bad = database.with_name(database.name + suffix)
        if bad.exists():
            bad.replace(kept.with_name(kept.name + suffix))
    return kept


def bring_back(kept: Path, database: Path) -> None:
    """Put a copy in the place of a database that was put aside; whole or not at all."""
    temporary = database.with_suffix(".part")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, wholefile.NEW, 0o600), "wb") as file:
        file.write(kept.read_bytes())
    wholefile.sync(temporary)
    temporary.replace(database)
    wholefile.sync(database.parent)


def _had_data(database: Path) -> bool:
    """Whether a write-ahead log is left without its database: the file was lost, not never made."""
    return database.with_name(database.name + "-wal").exists()


def _remove(path: Path) -> None:
    for suffix in ("", *BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
