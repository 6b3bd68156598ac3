"""Automatic copies of the database: one a day, one every few minutes while something is being said.

Runs in a native thread with its own connections: a slow card never delays a class.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kiosk import remembered
from kiosk.domain.events import RoomWiped
from kiosk.domain.house import Kiosk
from kiosk.engine import native_sleep
from kiosk.storage import backups

log = logging.getLogger("kiosk.backup")

#: Seconds between two looks.
PERIOD = 60.0
#: Seconds between two copies while the database changes.
LIVE_PERIOD = 300.0
DAY_MS = 86_400_000


def copy_forever(kiosk: Kiosk) -> None:
    """Look every minute; copy when it is time."""
    path = kiosk.database.path
    copied = ""
    waited = LIVE_PERIOD
    while True:
        native_sleep(PERIOD)
        waited += PERIOD
        try:
            if abs(_age_ms(path, kiosk.clock.now())) > DAY_MS:  # or dated by a clock that has since gone back
                backups.make(path, kiosk.clock.now())
            _drop_damaged(path, kiosk.clock.now() - kiosk.settings.retention_days * DAY_MS)
            state = _fingerprint(path)
            if state != copied and waited >= LIVE_PERIOD:
                backups.make(path, kiosk.clock.now(), live=True)
                copied, waited = state, 0.0
        except (OSError, sqlite3.Error) as error:
            log.warning("copy put off: %s", type(error).__name__)


def copy_before_purge(kiosk: Kiosk) -> None:
    """A fresh copy before anything is erased, in a native thread; :func:`forget_copies` ends it once the erasing is
    done and copied, so that what was erased does not outlive it. A full disk does not stop the erasing.
    """
    if not kiosk.database.is_sqlite:
        return

    waiter = kiosk.engine.waiter()

    def work() -> None:
        try:
            backups.make(kiosk.database.path, kiosk.clock.now())
        except (OSError, sqlite3.Error) as error:
            log.warning("no copy before erasing: %s", type(error).__name__)
        finally:
            kiosk.engine.post(lambda: waiter.send(None))

    kiosk.engine.start_native(work, "kiosk-copy")
    waiter.wait()


def forget_copies(kiosk: Kiosk) -> None:
    """After « tout effacer » or a purge: what was erased must not live on in a copy. One fresh copy replaces all."""

    if not kiosk.database.is_sqlite:
        return

    def work() -> None:
        path = kiosk.database.path
        old = backups.newest_first(path)
        try:
            fresh = backups.make(path, kiosk.clock.now())
            for copy in old:
                if copy != fresh:
                    copy.unlink(missing_ok=True)
        except (OSError, sqlite3.Error) as error:
            log.warning("old copies stay for now: %s", type(error).__name__)

    kiosk.engine.start_native(work, "kiosk-forget")


def forget_on_wipe(kiosk: Kiosk) -> Callable[[Sequence[Any]], None]:
    """A subscriber of the bus that empties what is remembered of texts, and calls :func:`forget_copies`, when
    a room was wiped."""

    def receive(events: Sequence[Any]) -> None:
        if any(isinstance(event, RoomWiped) for event in events):
            remembered.forget()  # once they are erased for good: a page made meanwhile would remember them again
            forget_copies(kiosk)

    return receive


def _drop_damaged(path: Path, before_ms: int) -> None:
    """Damaged databases hold pupils' words too: they go after as many days as the words would have."""
    for damaged in path.parent.glob("kiosk-damaged-*"):
        if damaged.stat().st_mtime * 1000 < before_ms:
            damaged.unlink(missing_ok=True)


def _age_ms(path: Path, now_ms: int) -> int:
    """Age of the newest daily copy."""
    dated = [copy for copy in backups.newest_first(path) if copy.name != "kiosk-live.sqlite3"]
    return now_ms - int(dated[0].stat().st_mtime * 1000) if dated else DAY_MS + 1


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
