"""The centre's database and its one thread (:mod:`kiosk.ground.groupcommit`).

A unit of work is a function of a :class:`Tx`; its caller goes on only when the group is committed (contract,
section 3, rule 4). On PostgreSQL a lock of the database puts several workers in line: revisions are then seen in the
order they were given.
"""

from __future__ import annotations

import contextvars
import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import peewee

from kiosk.centre import models, schema
from kiosk.centre.history import History, Reached
from kiosk.centre.refusals import OfficeError, Refusal, Rejection
from kiosk.engine import Engine, Waiter
from kiosk.ground import groupcommit, migrations
from kiosk.ground.errors import where
from kiosk.ground.groupcommit import GroupCommit, Job

log = logging.getLogger("kiosk.centre")
T = TypeVar("T")
PRAGMAS = ("synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON")


class Tx:
    """What a unit may use: `now` is UTC milliseconds, the same for the whole unit; `said`, when the words it applies
    were written, for those told again to a centre that lost them; `history`, what is kept outside the database.
    """

    __slots__ = ("now", "said", "history")

    def __init__(self, now: int, history: History | None = None) -> None:
        self.now = self.said = now
        self.history = history


class Unit(Job):
    """A unit of work, and the `glance` that may make it needless."""

    __slots__ = ("glance",)

    def __init__(self, unit: Callable[[Tx], Any], waiter: Waiter, glance: Callable[[Tx], Any] | None) -> None:
        super().__init__(unit, waiter)
        self.glance = glance


class Store(GroupCommit[Unit]):
    """Owner of the connection. `steps` bring an older database up to this program's."""

    MOST = 128

    def __init__(self, data_dir: Path, url: str, engine: Engine, steps: Sequence[schema.Step] = schema.STEPS) -> None:
        self._steps = steps
        self.history = History(data_dir)
        self._path = None if url else data_dir / "centre.sqlite3"
        if self._path is not None:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        self.database = groupcommit.database(self._path, url)
        super().__init__(self.database, engine)
        #: Called after a commit; the tests of a killed server use it.
        self.after_commit: Callable[[], None] = lambda: None

    @property
    def engine(self) -> Engine:
        """Where units are waited for, and slow work is done apart."""
        return self._engine

    def start(self) -> None:
        """Open the database, bring its tables up to date, start the thread; returns when it is ready.

        :raises KioskError: as :func:`kiosk.centre.schema.prepare`.
        """
        self._engine.start_bridge()
        models.database.initialize(self.database)
        self._start("centre-store")

    def run(self, unit: Callable[[Tx], T], glance: Callable[[Tx], T | None] | None = None) -> T:
        """Run `unit` durably and return its value; raises what it raised, with nothing kept of it. `glance` comes
        first, out of any transaction: one statement that only reads. What it gives stands for the unit, unless None.

        :raises Refusal: `unavailable`, the database does not answer.
        """
        context = contextvars.copy_context()  # the language of the one who asks
        result: T = self._done(Unit(lambda tx: context.run(unit, tx), self._engine.waiter(), glance))
        return result

    # -- the native thread -------------------------------------------------------------------

    def _open(self) -> None:
        self.database.connect()
        schema.prepare(self.database, self._path, self._steps)
        self._set_pragmas()

    def _connect(self) -> None:
        self.database.connect()
        self._set_pragmas()

    def _set_pragmas(self) -> None:
        if self._is_file:
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

    def _begin(self) -> None:
        super()._begin()
        if not self._is_file:
            self.database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (migrations.LINE,))

    def _work(self, job: Unit) -> Any:
        try:
            return job.unit(self._tx())
        except (Refusal, Rejection, OfficeError, peewee.OperationalError):
            raise
        except Exception as error:
            log.error("a unit of work failed: %s", where(error))
            raise

    def _fatal(self, error: Exception) -> bool:
        return isinstance(error, peewee.OperationalError)

    def _commit(self, group: list[Unit]) -> None:
        left = [job for job in group if not self._glanced(job)]
        if left:
            super()._commit(left)
            self.after_commit()
        if self.history.due():
            self._mark()

    def _glanced(self, job: Unit) -> bool:
        """Whether a glance was enough. A database that is away is told by the unit, which connects again."""
        if job.glance is None or self.database.is_closed():
            return False
        try:
            job.value = job.glance(self._tx())
        except peewee.PeeweeException:
            return False
        except Exception as error:
            log.error("a glance failed: %s", where(error))
            return False
        job.kept = job.value is not None
        return job.kept

    def _tx(self) -> Tx:
        return Tx(int(time.time() * 1000), self.history)

    def _close(self) -> None:
        """What is stopped cleanly leaves no mark behind its last revision."""
        with suppress(peewee.PeeweeException):  # the database is away
            self._mark()
        super()._close()

    def _mark(self) -> None:
        found = self.database.execute_sql(
            "SELECT (SELECT MAX(rev) FROM feed), (SELECT value FROM stored WHERE key = 'heard'),"
            " (SELECT value FROM stored WHERE key = 'mark')"
        ).fetchone()
        self.history.reached(str(found[2] or ""), Reached(int(found[0] or 0), int(found[1] or 0)))

    def _refuse(self, group: list[Unit], error: Exception) -> None:
        log.error("commit failed (%s): %d units refused", type(error).__name__, len(group))
        for job in group:
            job.error = Refusal("unavailable", retry_after=30)

    def _stopped(self) -> Exception:
        return Refusal("unavailable", retry_after=30)
