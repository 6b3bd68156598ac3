"""The kiosk's one writer (:mod:`kiosk.ground.groupcommit`): events once the commit is done, a log that is folded back.

A unit of work is a function of a :class:`Transaction`. Events are handed to ``publish`` only after the commit.

On a full disk each unit is tried alone, once the log was folded back; what :meth:`Transaction.must_pass` asks for may
use the room kept back, what erases also the room of the copies that the erasure ends anyway.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import peewee

from kiosk.engine import Engine, Waiter
from kiosk.ground.clock import Clock
from kiosk.ground.errors import KioskError
from kiosk.ground.groupcommit import GroupCommit, Job
from kiosk.storage import disk, traces, wal
from kiosk.storage.database import Database

log = logging.getLogger("kiosk.storage")

T = TypeVar("T")
#: Bytes of the write-ahead log in use before it is folded back: in a moment when nobody waits (or on a disk with little
#: room), and in any. A question writes 25 KB of it and a fold takes two fsyncs, in which others wait: so large, one
#: question in two hundred meets one, at any rate (measured: docs/performance.md).
FOLD_IDLE, FOLD_NOW = 4_000_000, 16_000_000
#: Seconds between two tries to win room, and between two trial writes, on a disk that refuses.
REST = 1.0
#: Characters of a trial write: about what a question takes.
TRIAL = 24_000


class Transaction:
    """What a unit of work may use. ``now`` is UTC milliseconds, the same for the whole unit."""

    __slots__ = ("now", "events", "database", "erases", "vital")

    def __init__(self, now: int, database: peewee.Database) -> None:
        self.now = now
        self.events: list[Any] = []
        self.database = database
        self.erases = False
        self.vital = False

    def publish(self, event: Any) -> None:
        """Announce ``event`` once this unit is on disk; never if it is not."""
        self.events.append(event)

    def leave_no_trace(self) -> None:
        """What this unit deletes must not stay in the write-ahead log either: it is emptied after the commit."""
        self.erases = self.vital = True

    def must_pass(self) -> None:
        """This unit is part of the way out of a full disk: it may use the room kept back."""
        self.vital = True


class _Job(Job):
    """A unit and each of its tries: on a full disk there may be several."""

    __slots__ = ("tries",)

    def __init__(self, unit: Callable[[Transaction], Any], waiter: Waiter) -> None:
        super().__init__(unit, waiter)
        self.tries: list[Transaction] = []

    @property
    def vital(self) -> bool:
        return any(tx.vital for tx in self.tries)

    @property
    def erases(self) -> bool:
        return any(tx.erases for tx in self.tries)


class Writer(GroupCommit[_Job]):
    """Owner of the write connection. ``publish`` receives the events of a whole group at once.

    ``trouble`` is the code of what keeps anything from being written (``storage_full``…), empty while nothing does;
    ``trouble_changed`` is called on the loop with each new one.
    """

    def __init__(self, database: Database, engine: Engine, clock: Clock, publish: Callable[[list[Any]], None]) -> None:
        super().__init__(database.peewee, engine)
        self._database = database
        self._clock = clock
        self._publish = publish
        self._gauge = wal.Gauge(database.path)
        self._reserve = disk.Reserve(database.path)
        self._left = 0  # bytes of the log at the last fold: it begins again once nobody reads it
        self._erasing = False
        self._rested = self._tried = -REST
        self.trouble = ""
        self.trouble_changed: Callable[[str], None] = lambda code: None

    def start(self) -> None:
        """Start the native thread and wait until its connection is open."""
        self._start("kiosk-writer")

    def run(self, unit: Callable[[Transaction], T]) -> T:
        """Run ``unit`` durably and return its value.

        :raises KioskError: the unit's own refusal, or ``storage_full`` / ``storage_failed``: nothing was kept.
        """
        result: T = self._done(_Job(unit, self._engine.waiter()))
        return result

    @property
    def erasing(self) -> bool:
        """Whether the write-ahead log may still hold what was erased: a reader was in it."""
        return self._erasing

    def look(self) -> str:
        """:attr:`trouble`, after a trial write in doubt (at most one a second): so it heals by itself."""
        doubt = self.trouble or (self._is_file and disk.low(self._database.path.parent))
        if doubt and time.monotonic() - self._tried >= REST:
            self._tried = time.monotonic()
            with suppress(KioskError):
                self.run(_trial)
                self._note("")  # not before: a smaller write may go where a question does not
        return self.trouble

    # -- the native thread -------------------------------------------------------------------

    def _open(self) -> None:
        self._database.use()
        self._connect()

    def _connect(self) -> None:
        self._database.connect_writer()

    def _begin(self) -> None:
        """On PostgreSQL, one worker at a time: a unit reads, decides, then writes, and nobody may come in between."""
        if self._is_file:
            super()._begin()
        else:
            self._db.take_turn()

    def _keep(self) -> None:
        """On PostgreSQL, the line goes on as soon as the others can read what was written; the disk is waited for
        beside it, all workers together.
        """
        if self._is_file:
            super()._keep()
        else:
            self._db.keep()

    def _savepoint(self, statement: str) -> None:
        if self._is_file:
            super()._savepoint(statement)
        else:
            self._db.ahead(statement)

    def _work(self, job: _Job) -> Any:
        tx = Transaction(self._clock.now(), self._db)
        job.tries.append(tx)
        return job.unit(tx)

    def _fatal(self, error: Exception) -> bool:
        if not self._is_file:  # whatever PostgreSQL refuses ends its transaction, but what a savepoint undoes
            return isinstance(error, (peewee.OperationalError, peewee.InterfaceError))
        return isinstance(error, peewee.OperationalError) and disk.told(error)

    def _commit(self, group: list[_Job]) -> None:
        error = self._transact(group)
        if error is not None and self._is_file and self._told(error).code == "storage_full":
            for job in group:  # each alone: one that erases is not held back by what it makes room for
                self._pass(job)
        elif error is not None:
            self._refuse(group, error)
        self._erasing = self._erasing or any(job.error is None and job.tries[-1].erases for job in group)
        self._erase_log()

    def _rest(self) -> None:
        self._checkpoint()

    def _close(self) -> None:
        self._gauge.close()
        self._fold_back("TRUNCATE")  # the one file is then whole: it can be copied
        super()._close()

    def _pass(self, job: _Job) -> None:
        """One unit on a full disk: tried again after each thing that may make room for it."""
        error = self._alone(job)
        ways = (
            (self._win_room, lambda: True),
            (self._reserve.release, lambda: job.vital),
            (self._drop_copies, lambda: job.erases),
        )
        for make_room, allowed in ways:
            if error is not None and self._told(error).code == "storage_full" and allowed() and make_room():
                error = self._alone(job)
        if error is not None:
            self._refuse([job], error)
        elif job.vital:
            self._reserve.fill()

    def _alone(self, job: _Job) -> Exception | None:
        job.error = None
        return self._transact([job])

    def _refuse(self, group: list[_Job], error: Exception) -> None:
        refusal = self._told(error)
        if self.trouble != refusal.code:  # told once: a class that tries again must not fill the journal
            log.error("commit failed (%s): %d units refused, %s", type(error).__name__, len(group), refusal.code)
        for job in group:
            job.error = KioskError(refusal.code)  # one each: who reads it is the reader's own
        self._note(refusal.code)

    def _stopped(self) -> Exception:
        return KioskError("starting")  # this process leaves: the next one, or another, takes it in a moment

    def _told(self, error: Exception) -> KioskError:
        return disk.refusal(error, self._database.path.parent if self._is_file else None)

    def _note(self, code: str) -> None:
        if code != self.trouble:
            self.trouble = code
            if not code:
                log.warning("the disk takes writes again")
            self._engine.post(lambda: self.trouble_changed(code))

    def _deliver(self, group: list[_Job]) -> None:
        super()._deliver(group)
        events = [event for job in group if job.error is None for event in job.tries[-1].events]
        if events:
            self._publish(events)

    def _erase_log(self) -> None:
        """Fold the log back and empty it when something was erased; again at the next group if a reader was in it."""
        if self._erasing:
            self._erasing = not self._fold_back("TRUNCATE")

    def _checkpoint(self) -> None:
        """Fold the log back when it is long, after the answers: whoever waits next is the one who waits longer."""
        if not self._is_file:
            return
        used = self._gauge.bytes()
        if used < self._left:
            self._left = 0  # begun again
        grown = used - self._left
        if grown > FOLD_NOW or (grown > FOLD_IDLE and (self._queue.empty() or not self._roomy())):
            self._fold_back("PASSIVE")
            self._left = used

    def _roomy(self) -> bool:
        return disk.free(self._database.path.parent) > 8 * FOLD_NOW

    def _win_room(self) -> bool:
        """Fold the log back and give its room to the disk; False when that won nothing.

        Folding may lengthen the database first: the room kept back is lent for it, and made again.
        """
        log_file = wal.place(self._database.path)
        if time.monotonic() - self._rested < REST or not log_file.exists() or not log_file.stat().st_size:
            return False
        self._rested = time.monotonic()
        if self._fold_back("TRUNCATE"):
            return True
        folded = self._reserve.release() and self._fold_back("TRUNCATE")
        self._reserve.fill()
        return folded

    def _drop_copies(self) -> bool:
        """What an erasure ends anyway leaves room for it: copies of the database, damaged ones set aside."""
        return traces.drop(self._database.path)

    def _fold_back(self, mode: str) -> bool:
        """Copy the log into the database; False when a reader or an error kept some of it for later."""
        if not self._is_file:
            return True
        try:
            busy, held, folded = self._db.execute_sql(f"PRAGMA wal_checkpoint({mode})").fetchone()
            return not busy and held == folded
        except peewee.DatabaseError as error:
            log.warning("checkpoint put off: %s", type(error).__name__)
            return False


def _trial(tx: Transaction) -> None:
    """Write about as much as a question does, and leave nothing of it."""
    mark = tx.database.param
    tx.database.execute_sql(f"INSERT INTO setting (key, value) VALUES ({mark}, {mark})", ("storage.trial", "x" * TRIAL))
    tx.database.execute_sql("DELETE FROM setting WHERE key = 'storage.trial'")
