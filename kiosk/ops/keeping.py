"""Automatic copies of the database, and what an erasure must still reach once the database has forgotten.

One thing at a time, in a native thread with its own connections: a slow card never delays a class, and a copy begun
before an erasure never ends after it. A copy comes with the first questions of a lesson, then less and less often;
one a day stays. What is to be forgotten is remembered in the database itself, in the unit of work that erases, and
tried again until it is done, through any number of restarts.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from kiosk.domain import retention, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.engine import native_lock
from kiosk.ground import remembered
from kiosk.ground.errors import KioskError
from kiosk.ground.events import EnrolmentChanged, Event, OutboxChanged, RoomChanged, RoomWiped
from kiosk.storage import backups, disk, sqlitefile, traces
from kiosk.storage.writer import Transaction

log = logging.getLogger("kiosk.backup")

T = TypeVar("T")

#: Seconds between two looks.
TICK = 1.0
#: Seconds from a first piece of news to its copy; then, while news goes on, from a copy to the next.
STEPS: tuple[float, ...] = (1.0, 5.0, 15.0, 60.0, 300.0)
#: Seconds between two looks at the day's copy, at old files and at what another program wrote.
PERIOD = 60.0
#: Seconds before an erasure that could not reach everything is tried again.
AGAIN = 30.0
DAY_MS = 86_400_000
_NEWS = (RoomChanged, EnrolmentChanged, OutboxChanged)


class Keeper:
    """Copies and forgets for one kiosk."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk, self._path = kiosk, kiosk.database.path
        self._turn = native_lock()
        self._due: float | None = None
        self._step = 0
        self._looked = self._tried = self._copied_at = time.monotonic()
        self._tried -= AGAIN
        self._reserved = False
        self._seen = ""

    def receive(self, events: Sequence[Event]) -> None:
        """The events of a commit: a subscriber of the bus."""
        if any(isinstance(event, RoomWiped) for event in events):
            remembered.forget()
        if self._due is None and any(isinstance(event, _NEWS) for event in events):
            now = time.monotonic()
            if now - self._copied_at > STEPS[-1]:
                self._step = 0
            self._due = now + STEPS[self._step]

    def run_forever(self) -> None:
        """Look every second. Never returns."""
        while True:
            self._kiosk.engine.sleep(TICK)
            try:
                self.look()
            except KioskError as error:  # the disk: told elsewhere
                log.warning("copies put off: %s", error.code)

    def look(self) -> None:
        """Do what is due now."""
        self._kiosk.database.use()
        self._kiosk.database.connect_reader()
        now = time.monotonic()
        if self._kiosk.duty.mine and now - self._tried >= AGAIN and stored.get(retention.FORGET) is not None:
            self._tried = now
            self.forget()
        if self._kiosk.writer.trouble:
            self._kiosk.writer.look()
        if not self._kiosk.database.is_sqlite:
            return
        if not self._reserved:
            self._reserved = True
            self._alone(lambda: disk.Reserve(self._path).fill())
        if self._due is not None and now >= self._due:
            self.copy(latest=True)
        if now - self._looked >= PERIOD:
            self._looked = now
            self._regular()

    def copy(self, *, latest: bool = False) -> bool:
        """A fresh copy now; False when it could not be made."""
        if not self._kiosk.database.is_sqlite:
            return True
        if latest:
            self._due, self._step, self._copied_at = None, min(self._step + 1, len(STEPS) - 1), time.monotonic()
            self._seen = _fingerprint(self._path)
        return bool(self._alone(lambda: backups.make(self._path, self._kiosk.clock.now(), latest=latest) and True))

    def forget(self) -> bool:
        """What was erased must not live on beside the database: one fresh copy replaces all the others, and damaged
        bases, half-made files and the log go. Whether all of it is done; else it stays to be done.
        """
        kiosk, asked = self._kiosk, stored.get(retention.FORGET)
        kiosk.write(lambda tx: None)  # a reader may have kept the log from being emptied
        done = bool(
            self._alone(
                lambda: (
                    _replace_all(self._path, kiosk.clock.now())
                    if kiosk.database.is_sqlite
                    else kiosk.database.rewrite()
                )
            )
        )
        remembered.forget()
        if not done or kiosk.writer.erasing:
            log.warning("what was erased is still in a copy: tried again soon")
            return False

        def settle(tx: Transaction) -> None:
            if stored.get(retention.FORGET) == asked:  # nothing else was erased meanwhile
                stored.keep(tx, retention.FORGET, None)

        kiosk.write(settle)
        return True

    def _regular(self) -> None:
        now, days = self._kiosk.clock.now(), self._kiosk.settings.retention_days
        self._alone(lambda: _tidy(self._path, now - days * DAY_MS))
        if self._alone(lambda: abs(_age_ms(self._path, now)) > DAY_MS):  # or dated by a clock that has since gone back
            self.copy()
        elif time.monotonic() - self._copied_at >= STEPS[-1] and _fingerprint(self._path) != self._seen:
            self.copy(latest=True)  # by another program: a command beside the server
        self._reserved = False  # looked at again

    def _alone(self, work: Callable[[], T]) -> T | None:
        """Run ``work`` in a native thread, after what runs already; its value, None when the disk refused."""
        waiter = self._kiosk.engine.waiter()

        def run() -> None:
            value: T | None = None
            try:
                with self._turn:
                    value = work()
            except (OSError, sqlite3.Error) as error:
                log.warning("put off: %s", type(error).__name__)
            finally:
                self._kiosk.engine.post(lambda: waiter.send(value))

        self._kiosk.engine.start_native(run, "kiosk-keep")
        done: T | None = waiter.wait()
        return done


def _replace_all(path: Path, now_ms: int) -> bool:
    """One fresh copy instead of everything else that may hold what was erased. Whether nothing else is left.

    On a full disk the old ones go first, when the database itself is sound: they must go, and make room.
    """
    try:
        fresh = backups.make(path, now_ms)
    except (OSError, sqlite3.Error) as error:
        if disk.refusal(error).code != "storage_full" or not _sound(path):
            raise
        traces.drop(path)
        fresh = backups.make(path, now_ms)
    traces.drop(path, fresh)
    return not traces.remain(path, fresh)


def _sound(path: Path) -> bool:
    with closing(sqlitefile.reading(path)) as connection:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")


def _tidy(path: Path, before_ms: int) -> None:
    traces.sweep(path)
    traces.drop_older(path, before_ms)


def _age_ms(path: Path, now_ms: int) -> int:
    """Age of the newest daily copy."""
    newest = backups.newest_whole(path, daily=True)
    return now_ms - int(newest.stat().st_mtime * 1000) if newest else DAY_MS + 1


def _fingerprint(path: Path) -> str:
    """Changes when the database or its log does."""
    parts = []
    for name in (path, path.with_name(path.name + "-wal")):
        try:
            stat = name.stat()
            parts.append(f"{stat.st_size}:{stat.st_mtime_ns}")
        except FileNotFoundError:
            parts.append("-")
    return "|".join(parts)
