"""An SQLite file as others see it: opened for reading whatever its path holds, and whether it holds what it should.

Nothing else of the product writes an address for SQLite: a ``#``, a ``?`` or a ``%`` left as it is in one names
another file, which SQLite then makes, empty, and finds sound.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path, PurePath

#: First bytes of every SQLite file (its format's section 1.3).
MAGIC = b"SQLite format 3\x00"
#: Without one of these a database is not a kiosk's: the first schema has them, every one keeps them.
OURS = frozenset({"schema_migration", "session", "room", "question", "setting"})


def address(path: PurePath, mode: str = "mode=ro") -> str:
    """The URI that SQLite opens for an absolute path, Windows' too (drives, shares)."""
    uri = path.as_uri()
    if not uri.startswith("file:///"):  # a share: SQLite takes no host (sqlite.org/uri.html, section 3.1)
        uri = "file:////" + uri.removeprefix("file://")
    return f"{uri}?{mode}"


def reading(path: Path, seconds: float = 5.0) -> sqlite3.Connection:
    """A connection that only reads, never makes the file, and waits ``seconds`` for whoever holds it.

    :raises sqlite3.Error: absent, locked for longer, no room for the shared memory beside it, or no database.
    """
    connection = sqlite3.connect(address(path.absolute()), uri=True, timeout=seconds)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def looking(path: Path, seconds: float = 5.0) -> sqlite3.Connection:
    """As :func:`reading`, on a disk that refuses writes too: nobody changes the file there, so it is read as it
    stands; with what its write-ahead log adds, when there is a place to put a copy of both.
    """
    try:
        return reading(path, seconds)
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or not path.is_file():
            raise
        log = path.with_name(path.name + "-wal")
        with suppress(OSError, sqlite3.Error):
            if log.stat().st_size:
                return _apart(path, log)
        return sqlite3.connect(address(path.absolute(), "immutable=1"), uri=True)


def _apart(path: Path, log: Path) -> sqlite3.Connection:
    """A connection to a copy of a file and of its log, the one put into the other. Its name is gone before anybody has
    it: what was copied ends with the connection (on Windows, which keeps open files, with the folder for such).
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "copy.sqlite3"
        shutil.copyfile(path, place)
        shutil.copyfile(log, place.with_name(place.name + "-wal"))
        connection = sqlite3.connect(place)
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def sound(path: Path) -> bool:
    """Whether a file is a database in which SQLite finds nothing wrong (``quick_check``). Never for one that this
    process has open: the system drops a file's locks when any of its descriptors is closed (sqlite.org/howtocorrupt,
    section 2.2).

    :raises sqlite3.OperationalError: it could not be told: the disk, another process.
    """
    try:
        with path.open("rb") as file:
            if file.read(16) != MAGIC:
                return False
    except OSError:
        return False
    try:
        with closing(looking(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError:
        if not _readable(path):
            return False
        raise
    except sqlite3.DatabaseError:
        return False


def ours(path: Path) -> bool:
    """Whether a file is a sound database that holds a kiosk's tables. Never raises."""
    try:
        return sound(path) and has_ours(path)
    except sqlite3.Error:
        return False


def has_ours(path: Path) -> bool:
    """Whether a database holds a kiosk's tables, its pages not looked over. Never raises."""
    try:
        with closing(looking(path)) as connection:
            return OURS <= set(counts(connection))
    except sqlite3.Error:
        return False


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Table → rows, for every table of a database."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    return {name: _rows(connection, name) for (name,) in names}


def _rows(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(connection.execute(f'SELECT COUNT(*) FROM "{quoted}"').fetchone()[0])


def _readable(path: Path) -> bool:
    """Whether the disk gives the whole file back: one that does not has lost the database."""
    try:
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass
    except OSError:
        return False
    return True
