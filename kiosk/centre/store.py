"""The database's one thread: units of work wait in a queue, run by groups, each in its own savepoint.

A caller gives a function of a :class:`Tx` and waits; it goes on only when the group is committed
(contract, section 3, rule 4). The thread is native, so a slow disk or network never stops the loop,
and one commit serves all who wait. On PostgreSQL a lock of the database puts several workers in line:
revisions are then seen in the order they were given.
"""

from __future__ import annotations

import contextvars
import logging
import os
import time
from _queue import Empty, SimpleQueue  # the C queue: native, whatever the engine patched
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import peewee

from kiosk import migrations
from kiosk.centre import models, schema
from kiosk.centre.refusals import OfficeError, Refusal, Rejection
from kiosk.engine import Engine, NativeLocal, Waiter, native_lock
from kiosk.errors import where

log = logging.getLogger("kiosk.centre")
T = TypeVar("T")
#: The most units in one transaction.
MAX_GROUP = 128
PRAGMAS = ("synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON")


class _NativeState(peewee._ConnectionState, NativeLocal):
    """Connection state by native thread, whatever the engine did to ``threading.local``."""


class Tx:
    """What a unit may use: `now` is UTC milliseconds, the same for the whole unit."""

    __slots__ = ("now",)

    def __init__(self, now: int) -> None:
        self.now = now


class _Job:
    __slots__ = ("unit", "waiter", "value", "error")

    def __init__(self, unit: Callable[[Tx], Any], waiter: Waiter) -> None:
        self.unit, self.waiter = unit, waiter
        self.value: Any = None
        self.error: BaseException | None = None


class Store:
    """Owner of the connection. `steps` bring an older database up to this program's."""

    def __init__(self, data_dir: Path, url: str, engine: Engine, steps: Sequence[schema.Step] = schema.STEPS) -> None:
        self._engine = engine
        self._steps = steps
        self._path = None if url else data_dir / "centre.sqlite3"
        self.is_sqlite = not url
        self.database: peewee.Database
        if self._path is None:
            from playhouse.db_url import connect

            self.database = connect(url, thread_safe=False, autoconnect=False)
        else:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            self.database = peewee.SqliteDatabase(str(self._path), thread_safe=False, autoconnect=False)
        self.database._state = _NativeState()
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._ended = native_lock()
        #: Called after a commit; the tests of a killed server use it.
        self.after_commit: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Open the database, bring its tables up to date, start the thread; returns when it is ready.

        :raises KioskError: as :func:`kiosk.centre.schema.prepare`.
        """
        if hasattr(self._engine, "start_bridge"):
            self._engine.start_bridge()
        models.database.initialize(self.database)
        ready = self._engine.waiter()
        self._engine.start_native(lambda: self._loop(ready), "centre-store")
        ready.wait()

    def stop(self, seconds: float = 10.0) -> bool:
        """Finish what waits and close; False when that took too long. For the end of a process."""
        self._queue.put(None)
        ended = self._ended.acquire(timeout=seconds)
        if ended:
            self._ended.release()
        return ended

    def run(self, unit: Callable[[Tx], T]) -> T:
        """Run `unit` durably and return its value; raises what it raised, with nothing kept of it.

        :raises Refusal: `unavailable`, the database does not answer.
        """
        context = contextvars.copy_context()  # the language of the one who asks
        job = _Job(lambda tx: context.run(unit, tx), self._engine.waiter())
        self._queue.put(job)
        result: T = job.waiter.wait()
        return result

    # -- the native thread -------------------------------------------------------------------

    def _loop(self, ready: Waiter) -> None:
        self._ended.acquire()
        try:
            self.database.connect()
            schema.prepare(self.database, self._path, self._steps)
            self._set_pragmas()
        except BaseException as error:
            failure = error
            self._drop_connection()
            self._ended.release()
            self._engine.post(lambda: ready.throw(failure))
            return
        self._engine.post(lambda: ready.send(None))
        while (group := self._take()) is not None:
            self._commit(group)
            self.after_commit()
            self._engine.post(lambda group=group: _deliver(group))  # type: ignore[misc]
        self.database.close()
        self._ended.release()

    def _connect(self) -> None:
        self.database.connect(reuse_if_open=True)
        self._set_pragmas()

    def _set_pragmas(self) -> None:
        if self.is_sqlite:
            self._become_wal()
            for pragma in PRAGMAS:
                self.database.execute_sql(f"PRAGMA {pragma}")

    def _become_wal(self) -> None:
        """SQLite does not wait to change a file's journal: wait, as a writer does, for another that starts."""
        limit = time.monotonic() + schema.PATIENCE / 1000
        while True:
            try:
                self.database.execute_sql("PRAGMA journal_mode=WAL")
                return
            except peewee.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > limit:
                    raise
            with self.database.atomic("IMMEDIATE"):
                pass

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
        try:
            self._transact(group)
        except Exception as error:
            log.error("commit failed (%s): %d units refused", type(error).__name__, len(group))
            self._drop_connection()
            for job in group:
                job.error = Refusal("unavailable", retry_after=30)

    def _transact(self, group: list[_Job]) -> None:
        if self.database.is_closed():
            self._connect()
        self.database.execute_sql("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        if not self.is_sqlite:
            self.database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (migrations.LINE,))
        for job in group:
            self.database.execute_sql("SAVEPOINT unit")
            try:
                job.value = job.unit(Tx(int(time.time() * 1000)))
            except peewee.OperationalError:
                raise
            except Exception as error:
                self.database.execute_sql("ROLLBACK TO unit")
                job.error = error
                if not isinstance(error, (Refusal, Rejection, OfficeError)):
                    log.error("a unit of work failed: %s", where(error))
            self.database.execute_sql("RELEASE unit")
        self.database.execute_sql("COMMIT")

    def _drop_connection(self) -> None:
        for end in (lambda: self.database.execute_sql("ROLLBACK"), self.database.close):
            try:
                end()
            except Exception:
                log.debug("the connection was already gone")


def _deliver(group: list[_Job]) -> None:
    for job in group:
        if job.error is not None:
            job.waiter.throw(job.error)
        else:
            job.waiter.send(job.value)
