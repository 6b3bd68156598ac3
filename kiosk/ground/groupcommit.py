"""The one thread that writes to a database: units of work wait in a queue and are committed by groups.

A caller gives a unit of work and waits. The thread takes all the units that are waiting, runs each in its own
savepoint, commits once (group commit: one fsync for the lot), then wakes the callers on the loop. It is native, so
that a slow disk or network never stops the loop. Nothing in a unit may wait, sleep or talk to a network.

The kiosk's writer and the centre's store are made on it: what each asks more of its thread is a hook. Whatever a hook
raises, the thread goes on and nobody is left waiting: units are refused unless they were kept.
"""

from __future__ import annotations

import logging
from _queue import Empty, SimpleQueue  # the C queue: native, whatever the engine patched
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import peewee

from kiosk.engine import Engine, NativeLocal, Waiter, native_lock
from kiosk.ground.errors import where

log = logging.getLogger("kiosk.storage")


class _NativeState(peewee._ConnectionState, NativeLocal):
    """Connection state by native thread, whatever the engine did to ``threading.local``."""


def database(path: Path | None, url: str, server: type[peewee.Database] | None = None) -> Any:
    """A database of peewee's, closed: a file, or the server at ``url``. Each native thread opens its own connection.
    ``server``: a class of its own for that server.
    """
    if path is not None:
        made: Any = peewee.SqliteDatabase(str(path), thread_safe=False, autoconnect=False)
    else:
        from playhouse.db_url import connect, parse

        kept: dict[str, Any] = {"thread_safe": False, "autoconnect": False}
        made = connect(url, **kept) if server is None else server(**parse(url), **kept)
    made._state = _NativeState()
    return made


class Job:
    """A unit of work that waits, then what it gave or raised. ``kept``: its transaction was committed."""

    __slots__ = ("unit", "waiter", "value", "error", "kept")

    def __init__(self, unit: Callable[[Any], Any], waiter: Waiter) -> None:
        self.unit = unit
        self.waiter = waiter
        self.value: Any = None
        self.error: BaseException | None = None
        self.kept = False


J = TypeVar("J", bound=Job)


class GroupCommit(ABC, Generic[J]):
    """The queue and its thread. Its hooks run in the thread, but :meth:`_deliver`, which runs on the loop."""

    #: The most units in one transaction: bounds the wait of the first of them.
    MOST = 256

    def __init__(self, db: Any, engine: Engine) -> None:
        self._db = db
        self._engine = engine
        self._queue: SimpleQueue[J | None] = SimpleQueue()
        self._ended = native_lock()
        self._over = False
        self._is_file = isinstance(db, peewee.SqliteDatabase)

    @property
    def over(self) -> bool:
        """Whether it was stopped: nothing is written any more."""
        return self._over

    def stop(self, seconds: float = 10.0) -> bool:
        """Finish what is waiting and close; False if it took too long.

        Blocks the calling native thread: for the end of a process or a test, not for the loop.
        """
        self._queue.put(None)
        ended = self._ended.acquire(timeout=seconds)
        if ended:
            self._ended.release()
        return ended

    def _start(self, name: str) -> None:
        """Start the thread and wait until its connection is open; raises what :meth:`_open` raised."""
        self._over = False
        ready = self._engine.waiter()
        self._engine.start_native(lambda: self._loop(ready), name)
        ready.wait()

    def _done(self, job: J) -> Any:
        """What a unit gave, once that is durable; raises what it raised, nothing of it being kept."""
        self._queue.put(job)
        if self._over:  # put after the thread's last look
            self._refuse_late()
        return job.waiter.wait()

    # -- what each database adds ---------------------------------------------------------------

    def _open(self) -> None:
        """Begin the thread."""
        self._connect()

    @abstractmethod
    def _connect(self) -> None:
        """Open this thread's connection."""

    def _begin(self) -> None:
        """Begin the transaction of a group."""
        self._db.execute_sql("BEGIN IMMEDIATE" if self._is_file else "BEGIN")

    def _keep(self) -> None:
        """Commit the transaction of a group: it survives a cut once this returns."""
        self._db.execute_sql("COMMIT")

    def _savepoint(self, statement: str) -> None:
        """Begin or end a unit's own part of the transaction."""
        self._db.execute_sql(statement)

    @abstractmethod
    def _work(self, job: J) -> Any:
        """Run a unit; its value."""

    @abstractmethod
    def _fatal(self, error: Exception) -> bool:
        """Whether what a unit raised ends the transaction of the whole group."""

    def _commit(self, group: list[J]) -> None:
        """Run a group and keep it, or refuse it."""
        error = self._transact(group)
        if error is not None:
            self._refuse(group, error)

    @abstractmethod
    def _refuse(self, group: list[J], error: Exception) -> None:
        """Give each unit of a group its refusal."""

    @abstractmethod
    def _stopped(self) -> Exception:
        """The refusal of a unit that comes once the thread has ended."""

    def _deliver(self, group: list[J]) -> None:
        """Wake those who wait."""
        for job in group:
            if job.error is not None:
                job.waiter.throw(job.error)
            else:
                job.waiter.send(job.value)

    def _rest(self) -> None:
        """What can wait until the answers are given."""

    def _close(self) -> None:
        """End the thread."""
        self._db.close()

    # -- the native thread ---------------------------------------------------------------------

    def _loop(self, ready: Waiter) -> None:
        self._ended.acquire()
        try:
            self._open()
        except BaseException as error:
            failure = error
            with suppress(Exception):
                self._db.close()
            self._end()
            self._engine.post(lambda: ready.throw(failure))
            return
        self._engine.post(lambda: ready.send(None))
        while (group := self._take()) is not None:
            with self._unforeseen(group):
                self._commit(group)
            with self._unforeseen():
                self._engine.post(lambda group=group: self._deliver(group))  # type: ignore[misc]
            with self._unforeseen():
                self._rest()
        with self._unforeseen():
            self._close()
        self._end()

    @contextmanager
    def _unforeseen(self, group: Sequence[J] = ()) -> Iterator[None]:
        """A part of the loop: what it raises is told, and refuses those of ``group`` that have no answer yet. The
        connection is left as it may be found: the next group opens another.
        """
        try:
            yield
        except BaseException as error:
            log.error("the writing thread goes on after an error: %s", where(error))
            with suppress(Exception):
                self._db.close()
            left = [job for job in group if not job.kept and job.error is None]
            try:
                if left:
                    self._refuse(left, error if isinstance(error, Exception) else RuntimeError(type(error).__name__))
            except Exception as again:
                for job in left:
                    job.error = job.error or again

    def _end(self) -> None:
        self._over = True
        self._refuse_late()
        self._ended.release()

    def _refuse_late(self) -> None:
        """Refuse what waits, now that nobody takes it. By the thread at its end, then by each one who comes later."""
        while True:
            try:
                job = self._queue.get_nowait()
            except Empty:
                return
            if job is not None:
                job.error = self._stopped()
                self._engine.post(lambda job=job: self._deliver([job]))  # type: ignore[misc]

    def _take(self) -> list[J] | None:
        first = self._queue.get()
        if first is None:
            return None
        group = [first]
        while len(group) < self.MOST:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                self._queue.put(None)  # stop after this group
                break
            group.append(job)
        return group

    def _transact(self, group: list[J]) -> Exception | None:
        """Run the units and commit; else nothing was kept, and why."""
        try:
            if self._db.is_closed():
                self._connect()
            self._begin_sure()
            for job in group:
                self._unit(job)
            self._keep()
            for job in group:
                job.kept = True
        except Exception as error:
            self._give_up()
            return error
        return None

    def _begin_sure(self) -> None:
        """Begin; once more on a new connection when the server had dropped this one while nothing was written."""
        try:
            self._begin()
        except (peewee.OperationalError, peewee.InterfaceError):
            if self._is_file or not self._db.connection().closed:
                raise
            self._give_up()
            self._connect()
            self._begin()

    def _give_up(self) -> None:
        """Leave the transaction that failed. A connection that cannot is closed: the next group opens another."""
        with suppress(Exception):
            if self._db.is_closed():
                return  # asked for its connection, it would open one of its own, without our pragmas
            if not self._is_file:
                self._db.close()  # the server may have gone
            elif self._db.connection().in_transaction:  # else SQLite has rolled back already
                try:
                    self._db.execute_sql("ROLLBACK")
                except Exception:
                    self._db.close()

    def _unit(self, job: J) -> None:
        self._savepoint("SAVEPOINT unit")
        try:
            job.value = self._work(job)
        except Exception as error:
            if self._fatal(error):
                raise
            self._db.execute_sql("ROLLBACK TO unit")
            job.error = error
        self._savepoint("RELEASE unit")
