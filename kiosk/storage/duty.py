"""What one process does for all: forgetting, exchanging with the centre, ending what is over.

Alone, a process has every duty. On PostgreSQL one worker has them while it holds a lock of the database, on a session
that says something every second: the server frees the lock when its process dies, and ends the session, lock and all,
when it is silent for :data:`SILENCE` (a frozen worker, a cut network). Another one then has it within a second. Who
comes back from a freeze has lost it by its own clock, before it does anything.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any

import peewee

from kiosk.engine import Engine, native_lock, native_sleep
from kiosk.ground import groupcommit
from kiosk.ground.errors import KioskError

log = logging.getLogger("kiosk.duty")

#: The locks: who has the duties; who uses the database at all (shared by workers, alone for one that takes it away).
DUTIES, USE = 418_091, 418_092
#: Seconds between two words to the server, of silence after which it ends the session, and that a word is trusted for.
BEAT, SILENCE, TRUST = 1.0, 6.0, 4.0
#: How many processes use the database.
USERS = (
    "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Duty:
    """A process alone: every duty is its own."""

    @property
    def mine(self) -> bool:
        """Whether this process has the duties now."""
        return True

    @property
    def alone(self) -> bool:
        """Whether no other process served this kiosk when this one came."""
        return True

    def start(self, engine: Engine) -> None:
        """Begin to ask for them."""

    def leave(self) -> None:
        """Give them to another one."""


class SharedDuty(Duty):
    """One of several workers on the PostgreSQL at ``url``. ``several`` may use it at once, else this one alone.

    :raises KioskError: ``scale_taken``, ``scale_pooled``, ``storage_away``: from the constructor, before anything is
        read or written.
    """

    def __init__(self, url: str, *, several: bool) -> None:
        self._url, self._several = url, several
        self._heard = -TRUST
        self._turn = native_lock()
        self._left = False
        self._lock: Any = None
        refuse_pooled(url)
        self._use: Any = self._used()
        self._alone = int(self._use.execute_sql(USERS, (USE,)).fetchone()[0]) == 1

    @property
    def alone(self) -> bool:
        return self._alone

    @property
    def mine(self) -> bool:
        return time.monotonic() - self._heard < TRUST

    def start(self, engine: Engine) -> None:
        engine.start_native(self._run, "kiosk-duty")

    def leave(self) -> None:
        self._left, self._heard = True, -TRUST
        with self._turn:
            self._close()

    # -- the native thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while not self._left:
            began = time.monotonic()
            with self._turn:
                try:
                    self._beat(began)
                except (peewee.PeeweeException, KioskError):
                    self._heard = -TRUST
                    self._close()
            native_sleep(BEAT)

    def _beat(self, began: float) -> None:
        if self._use is None:
            self._use = self._used()
        self._use.execute_sql("SELECT 1")
        if self._lock is None:
            self._lock = _opened(self._url)
            self._lock.execute_sql(f"SET idle_session_timeout = '{int(SILENCE)}s'")
        held = self.mine
        if held:
            self._lock.execute_sql("SELECT 1")
        elif not _try(self._lock, "pg_try_advisory_lock", DUTIES):
            return
        else:
            log.info("this worker has the duties")
        self._heard = began

    def _used(self) -> Any:
        """A session that tells that the database is in use."""
        made = _opened(self._url)
        if _try(made, "pg_try_advisory_lock_shared" if self._several else "pg_try_advisory_lock", USE):
            return made
        made.close()
        raise KioskError("scale_taken")

    def _close(self) -> None:
        for one in (self._lock, self._use):
            if one is not None:
                with suppress(Exception):
                    one.close()
        self._lock = self._use = None


def refuse_pooled(url: str) -> None:
    """:raises KioskError: ``scale_pooled``: what answers at ``url`` gives a connection another session of the server
    while a second one is in a transaction (pgbouncer, by transaction); ``storage_away``, ``scale_missing``.
    """
    one = other = None
    try:
        one, other = _opened(url), _opened(url)
        before = _session(one)
        other.execute_sql("BEGIN")
        _session(other)  # a relay gives a session away with the first statement
        if _session(one) != before:
            raise KioskError("scale_pooled")
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        raise KioskError("storage_away") from error
    finally:
        for base in (one, other):
            if base is not None:
                base.close()


def _session(base: Any) -> int:
    return int(base.execute_sql("SELECT pg_backend_pid()").fetchone()[0])


def _opened(url: str) -> Any:
    """A connection of one's own. :raises KioskError: ``storage_away``, ``scale_missing``."""
    try:
        from kiosk.storage.postgresql import Postgresql
    except ImportError as error:
        raise KioskError("scale_missing", name="psycopg2") from error
    made = groupcommit.database(None, url, Postgresql)
    try:
        made.connect()
    except peewee.OperationalError as error:
        raise KioskError("storage_away") from error
    return made


def _try(base: Any, function: str, lock: int) -> bool:
    return bool(base.execute_sql(f"SELECT {function}(%s)", (lock,)).fetchone()[0])
