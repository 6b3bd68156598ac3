"""Full garbage collections, kept for quiet moments: with 500 phones one takes 70 ms, and nobody may wait for it.

``Engine.tune`` makes the automatic ones rare; sockets that have left are cycles and need them all the same.
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Sequence

from kiosk.domain.kiosk import Kiosk
from kiosk.ground.events import Event, PhonesMoved

#: Seconds between two collections, without news before one, and at most without any.
PERIOD = 60.0
QUIET = 2.0
LONGEST = 1800.0


def collect_forever(kiosk: Kiosk) -> None:
    """Collect about once a minute, when no question or act has come for two seconds. Never returns."""
    news = [time.monotonic()]

    def note(events: Sequence[Event]) -> None:
        if not all(isinstance(event, PhonesMoved) for event in events):  # what leaves is what there is to collect
            news[0] = time.monotonic()

    kiosk.bus.subscribe(note)
    trim = _trimmer()
    last = time.monotonic()
    while True:
        kiosk.engine.sleep(PERIOD)
        while time.monotonic() - news[0] < QUIET and time.monotonic() - last < LONGEST:
            kiosk.engine.sleep(QUIET)
        gc.collect()
        trim()
        last = time.monotonic()


def _trimmer() -> Callable[[], object]:
    """What gives freed memory back to the system: glibc keeps the holes a crowd of sockets left, others do not."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # not glibc
        return lambda: None
    return lambda: trim(0)
