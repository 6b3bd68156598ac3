"""The one writer: a native thread, one transaction for whatever waits, a savepoint for each unit.

A caller gives a unit of work (a function of a :class:`Transaction`) and waits. The thread takes all
the units that are waiting, runs each in its own savepoint, commits once (group commit: one fsync
for the lot), then wakes the callers on the loop. Nothing in a unit may wait, sleep or talk to a
network. Events are handed to ``publish`` only after the commit.
"""

from __future__ import annotations

import logging
from _queue import Empty, SimpleQueue  # the C queue: native, whatever the engine patched
from collections.abc import Callable
from typing import Any, TypeVar

import peewee

from kiosk.clock import Clock
from kiosk.engine import Engine, Waiter, native_lock
from kiosk.errors import KioskError
from kiosk.storage.database import Database

log = logging.getLogger("kiosk.storage")

T = TypeVar("T")
#: The most units in one transaction: bounds the wait of the first of them.
MAX_GROUP = 256
#: Pages in the write-ahead log before an idle moment is used to fold it back (4 KiB each).
CHECKPOINT_PAGES = 500


class Transaction:
    """What a unit of work may use. ``now`` is UTC milliseconds, the same for the whole unit."""

    __slots__ = ("now", "events", "database", "erases")

    def __init__(self, now: int, database: peewee.Database) -> None:
        self.now = now
        self.events: list[Any] = []
        self.database = database
        self.erases = False

    def publish(self, event: Any) -> None:
        """Announce ``event`` once this unit is on disk; never if it is not."""
        self.events.append(event)

    def leave_no_trace(self) -> None:
        """What this unit deletes must not stay in the write-ahead log either: it is emptied after the commit."""
        self.erases = True


class _Job:
    __slots__ = ("unit", "waiter", "value", "error", "events", "erases")

    def __init__(self, unit: Callable[[Transaction], Any], waiter: Waiter) -> None:
        self.unit = unit
        self.waiter = waiter
        self.value: Any = None
        self.error: BaseException | None = None
        self.events: list[Any] = []
        self.erases = False


class Writer:
    """Owner of the write connection. ``publish`` receives the events of a whole group at once."""

    def __init__(
        self, database: Database, engine: Engine, clock: Clock, publish: Callable[[list[Any]], None]
    ) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._publish = publish
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._ended = native_lock()
        self._pages = 0
        self._erasing = False

    def start(self) -> None:
        """Start the native thread and wait until its connection is open."""
        ready = self._engine.waiter()
        self._engine.start_native(lambda: self._loop(ready), "kiosk-writer")
        ready.wait()

    def stop(self, seconds: float = 10.0) -> bool:
        """Finish what is waiting, fold the log back, close the connection; False if it took too long.

        Blocks the calling native thread: for the end of a process or a test, not for the loop.
        """
        self._queue.put(None)
        ended = self._ended.acquire(timeout=seconds)
        if ended:
            self._ended.release()
        return ended

    def run(self, unit: Callable[[Transaction], T]) -> T:
        """Run ``unit`` durably and return its value.

        :raises KioskError: the unit's own refusal, or ``storage_full`` / ``storage_failed``: nothing was kept.
        """
        job = _Job(unit, self._engine.waiter())
        self._queue.put(job)
        result: T = job.waiter.wait()
        return result

    # -- the native thread -------------------------------------------------------------------

    def _loop(self, ready: Waiter) -> None:
        self._ended.acquire()
        try:
            self._database.use()
            self._database.connect_writer()
        except BaseException as error:
            failure = error
            self._ended.release()
            self._engine.post(lambda: ready.throw(failure))
            return
        self._engine.post(lambda: ready.send(None))
        while True:
            group = self._take()
            if group is None:
                break
            self._commit(group)
            self._erase_log()
            self._engine.post(lambda group=group: self._deliver(group))  # type: ignore[misc]
            if self._queue.empty():
                self._checkpoint()
        self._fold_back("TRUNCATE")  # the one file is then whole: it can be copied
        self._database.peewee.close()
        self._ended.release()

    def _take(self) -> list[_Job] | None:
        first = self._queue.get()
        if first is None:
            return None
        group = [first]
        while len(group) < MAX_GROUP:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                self._queue.put(None)  # stop after this group
                break
            group.append(job)
        return group

    def _commit(self, group: list[_Job]) -> None:
        connection = self._database.peewee
        try:
            connection.execute_sql("BEGIN IMMEDIATE" if self._database.is_sqlite else "BEGIN")
            for job in group:
                self._unit(connection, job)
            connection.execute_sql("COMMIT")
            self._pages += len(group)
        except Exception as error:
            refusal = _storage_error(error)
            log.error("commit failed (%s): %d units refused", type(error).__name__, len(group))
            try:
                connection.execute_sql("ROLLBACK")
            except peewee.DatabaseError:
                pass  # SQLite has already rolled back
            for job in group:
                job.error, job.events, job.erases = refusal, [], False
        self._erasing = self._erasing or any(job.erases for job in group)

    def _unit(self, connection: peewee.Database, job: _Job) -> None:
        connection.execute_sql("SAVEPOINT unit")
        tx = Transaction(self._clock.now(), connection)
        try:
            job.value = job.unit(tx)
        except Exception as error:
            if isinstance(error, peewee.OperationalError) and _storage_error(error).code == "storage_full":
                raise
            connection.execute_sql("ROLLBACK TO unit")
            job.error = error
        else:
            job.events, job.erases = tx.events, tx.erases
        connection.execute_sql("RELEASE unit")

    def _deliver(self, group: list[_Job]) -> None:
        events: list[Any] = []
        for job in group:
            if job.error is not None:
                job.waiter.throw(job.error)
            else:
                job.waiter.send(job.value)
                events.extend(job.events)
        if events:
            self._publish(events)

    def _erase_log(self) -> None:
        """Fold the log back and empty it when something was erased; again at the next group if a reader was in it."""
        if self._erasing:
            self._erasing = not self._fold_back("TRUNCATE")

    def _checkpoint(self) -> None:
        if self._pages >= CHECKPOINT_PAGES:
            self._pages = 0
            self._fold_back("PASSIVE")

    def _fold_back(self, mode: str) -> bool:
        """Copy the log into the database; False when a reader or an error kept some of it for later."""
        if not self._database.is_sqlite:
            return True
        try:
            return not self._database.peewee.execute_sql(f"PRAGMA wal_checkpoint({mode})").fetchone()[0]
        except peewee.DatabaseError as error:
            log.warning("checkpoint put off: %s", type(error).__name__)
            return False


def _storage_error(error: BaseException) -> KioskError:
    text = str(error).lower()
    return KioskError("storage_full" if "disk is full" in text else "storage_failed")
