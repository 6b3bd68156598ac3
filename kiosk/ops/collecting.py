"""Full garbage collections, kept for quiet moments: with 500 phones one takes 70 ms, and nobody may wait for it.

``Engine.tune`` makes the automatic ones rare; sockets that have left are cycles and need them all the same.
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Sequence

import psutil

from kiosk.domain.kiosk import Kiosk
from kiosk.ground.events import Event, PhonesMoved

#: Seconds between two collections, without news before one, and at most without any.
PERIOD = 60.0
QUIET = 2.0
LONGEST = 1800.0
#: Bytes more than after the last one, for which it waits no longer: a hostile class leaves 13 MB a minute, no quiet.
GROWN = 48 << 20


def collect_forever(kiosk: Kiosk) -> None:
    """Collect about once a minute (:meth:`Collector.turn`). Never returns."""
    collector = Collector(kiosk)
    while True:
        collector.turn()


class Collector:
    """The full collections of one kiosk."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._sleep = kiosk.engine.sleep
        self._trim, self._process = _trimmer(), psutil.Process()
        self._news = self._last = time.monotonic()
        self._held = self._memory()
        kiosk.bus.subscribe(self._note)

    def turn(self) -> None:
        """Collect once: after :data:`PERIOD`, when no question or act has come for two seconds or memory has grown."""
        self._sleep(PERIOD)
        while self._may_wait():
            self._sleep(QUIET)
        gc.collect()
        self._trim()
        self._last, self._held = time.monotonic(), self._memory()

    def _note(self, events: Sequence[Event]) -> None:
        if not all(isinstance(event, PhonesMoved) for event in events):  # what leaves is what there is to collect
            self._news = time.monotonic()

    def _may_wait(self) -> bool:
        now = time.monotonic()
        return now - self._news < QUIET and now - self._last < LONGEST and self._memory() < self._held + GROWN

    def _memory(self) -> int:
        return int(self._process.memory_info().rss)


def _trimmer() -> Callable[[], object]:
    """What gives freed memory back to the system: glibc keeps the holes a crowd of sockets left, others do not."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # not glibc
        return lambda: None
    return lambda: trim(0)
