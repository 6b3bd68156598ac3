"""The database: one file (or PostgreSQL), one write connection, reads on the event loop.

Connections belong to *native* threads: the writer's thread writes; the loop's thread keeps one
read-only connection which all its greenlets share, because an SQLite read never yields. A read of
PostgreSQL does: it borrows a connection for itself (:mod:`kiosk.storage.postgresql`). Two
applications fit in one process: models ask :data:`CURRENT` which database this context uses.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

import peewee

from kiosk.engine import current, native_ident
from kiosk.ground import groupcommit, migrations
from kiosk.ground.clock import Clock
from kiosk.ground.config import Policy
from kiosk.ground.errors import KioskError
from kiosk.storage import backups, disk

log = logging.getLogger("kiosk.storage")

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

#: WAL and FULL: an acknowledged question survives the plug being pulled (``design.md``, « Durable »).
WRITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # wiped questions leave no bytes behind
    "PRAGMA trusted_schema=OFF",  # what a file's schema says never runs our functions
    "PRAGMA wal_autocheckpoint=0",  # the writer checkpoints, after it has answered
    "PRAGMA journal_size_limit=4000000",  # what a long reader made it grow to is given back
    "PRAGMA temp_store=MEMORY",  # nothing of a pupil's in the system's temporary folder
    "PRAGMA busy_timeout=2000",
)
READ_PRAGMAS = (
    "PRAGMA query_only=ON",
    "PRAGMA busy_timeout=1000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA temp_store=MEMORY",
)


_chosen: ContextVar[Database | None] = ContextVar("kiosk_database", default=None)
_latest: Database | None = None


def in_use() -> Database | None:
    """The database of the current context, else the one opened last."""
    return _chosen.get() or _latest


class _Current(peewee.Proxy):
    """The peewee database of the current context, else of the one opened last."""

    @property
    def obj(self) -> Any:  # read by Proxy for every attribute
        found = in_use()
        return found.peewee if found is not None else None

    @obj.setter
    def obj(self, value: Any) -> None:
        """Proxy's constructor sets None; the database is chosen by :meth:`Database.use`."""


CURRENT = _Current()


class Database:
    """An open database. ``url`` is empty for SQLite at ``path``, else ``postgresql://…``."""

    def __init__(self, path: Path, url: str = "") -> None:
        self.path = path
        self.url = url
        self.is_sqlite = not url
        self.peewee: Any = groupcommit.database(path, "") if not url else _on_server(url)
        #: What the domain reads beside the tables (``kiosk.domain.policy``), asked for each time it is read.
        self.policy: Callable[[], Policy] = Policy
        self._loop_thread = native_ident()

    def open(self) -> None:
        """Create or upgrade the schema, then open this thread's read connection.

        On a full disk the room kept back is given up for it: what is held can be read, and erased.

        :raises sqlite3.DatabaseError: the file is not a database or is damaged.
        :raises KioskError: ``storage_full``, ``storage_readonly``, ``storage_failed``: the disk; those of an upgrade.
        """
        global _latest
        _latest = self
        self.use()
        try:
            self._open()
        except (OSError, peewee.OperationalError) as error:
            if isinstance(error, peewee.OperationalError) and not disk.told(error):
                raise
            reserve = disk.Reserve(self.path)
            if not self.is_sqlite or not reserve.release():
                raise disk.refusal(error, self.path.parent) from error
            try:
                self._open()
            except (OSError, peewee.OperationalError) as again:
                raise disk.refusal(again, self.path.parent) from again
            reserve.fill()

    def _open(self) -> None:
        if self.is_sqlite:  # pupils' words: nobody else's on this machine; the log takes the same mode
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            os.chmod(self.path, 0o600)
        try:
            self.connect_writer()
            self._migrate()
        finally:  # a file that is no database leaves no descriptor either
            self.close()
        self.connect_reader()

    def use(self) -> None:
        """Make models read and write this database in the current context."""
        _chosen.set(self)

    def connect_writer(self) -> None:
        """Open this native thread's write connection."""
        self.peewee.connect()
        if self.is_sqlite:
            for pragma in WRITE_PRAGMAS:
                self.peewee.execute_sql(pragma)
        else:
            self.peewee.settle()

    def connect_reader(self) -> None:
        """Open this native thread's read-only connection, if it has none; PostgreSQL's are borrowed when used."""
        if not self.is_sqlite or not self.peewee.is_closed():
            return
        self.peewee.connect()
        for pragma in READ_PRAGMAS:
            self.peewee.execute_sql(pragma)

    def leave_thread(self) -> None:
        """Close this thread's connection, unless it is the loop's own, which stays open."""
        if native_ident() != self._loop_thread and not self.peewee.is_closed():
            self.peewee.close()

    def close(self) -> None:
        """Close this thread's connection (the writer closes its own)."""
        if not self.peewee.is_closed():
            self.peewee.close()
        if not self.is_sqlite and native_ident() == self._loop_thread:
            self.peewee.end()

    def rewrite(self) -> bool:
        """On PostgreSQL, write every table anew: what was erased is in no page of them. Whether all of it was done.

        For a native thread.
        """
        base = _on_server(self.url)
        try:
            base.connect()
            return bool(base.rewrite())
        except (peewee.PeeweeException, KioskError) as error:
            log.warning("tables not written anew: %s", type(error).__name__)
            return False
        finally:
            with suppress(peewee.PeeweeException):
                base.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Use this database in a block of reads (a command line, a test, a background task)."""
        self.use()
        self.connect_reader()
        try:
            yield
        finally:
            self.leave_thread()

    def _migrate(self, *, copied: bool = False) -> None:
        """Bring the schema up to this version, a copy first unless ``copied``; a later version's is refused, whole."""
        if not self.is_sqlite:
            self.peewee.settle(patient=True)
        run = _Schema(self, copied).upgrade()
        if not self.is_sqlite:
            self.peewee.keep_no_samples()
        if run:
            log.debug("schema upgraded: %s", ", ".join(step.name for step in run))


def _on_server(url: str) -> Any:
    """:raises KioskError: ``scale_missing``."""
    try:
        from kiosk.storage import postgresql
    except ImportError as error:
        raise KioskError("scale_missing", name="psycopg2") from error
    engine = current()
    postgresql.wait_as(engine)
    made = groupcommit.database(None, url, postgresql.Postgresql)
    made.sleep = engine.sleep
    return made


class _Schema(migrations.Schema):
    """Steps are noted by name, as peewee's own runner did for the versions before."""

    def __init__(self, database: Database, copied: bool) -> None:
        super().__init__(database.peewee, migrations.in_folder(MIGRATIONS))
        self._path = database.path if database.is_sqlite and not copied else None
        self._noted: set[str] = set()

    def lacking(self) -> list[migrations.Step]:
        """:raises KioskError: ``data_newer``, a later version made some."""
        if migrations.has_table(self.db, "schema_migration"):
            self._noted = {name for (name,) in migrations.run(self.db, "SELECT name FROM schema_migration").fetchall()}
        strangers = sorted(self._noted - {step.name for step in self.steps})
        if strangers:
            raise KioskError("data_newer", names=", ".join(strangers))
        return [step for step in self.steps if step.name not in self._noted]

    def keep(self) -> None:
        """:raises KioskError: ``upgrade_uncopied``."""
        if self._path is None or not self._noted:
            return
        try:
            backups.make(self._path, Clock().now())
        except (OSError, sqlite3.Error) as error:
            raise KioskError("upgrade_uncopied", detail=type(error).__name__) from error

    def note(self, run: list[migrations.Step]) -> None:
        for step in run:
            migrations.run(
                self.db, "INSERT INTO schema_migration (name, applied) VALUES (?, CURRENT_TIMESTAMP)", step.name
            )


def settle(path: Path) -> None:
    """Make a database file, or bring one that nobody uses up to this version's schema, no copy first. The context's
    database stays the one it was.

    :raises sqlite3.DatabaseError: the file is not a database or is damaged. :raises KioskError: ``data_newer``.
    """

    def work() -> None:
        database = Database(path)
        database.use()
        database.connect_writer()
        try:
            database._migrate(copied=True)
        finally:
            database.close()

    copy_context().run(work)
