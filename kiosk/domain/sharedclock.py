"""One clock for all workers: PostgreSQL's, and what a teacher or the centre has put right of it.

Rights, timers and tokens are dated by the worker that gives them and read by another: where machines disagree, a right
just given would be « dated ahead », a countdown would end twice. Durations stay the monotonic clock's.
"""

from __future__ import annotations

import time

from kiosk.domain import stored
from kiosk.ground.clock import Clock
from kiosk.storage import hot

#: Milliseconds between two clocks that are the same; and that asking may take for the answer to count.
SAME_MS, QUICK_MS = 250, 200


def follow(clock: Clock) -> None:
    """Put a worker's clock where the others' is. :raises KioskError: ``storage_away``."""
    began = time.monotonic_ns()
    (now,) = hot.read(hot.SERVER_CLOCK)[0]
    took = (time.monotonic_ns() - began) // 1_000_000
    if took > QUICK_MS:
        return  # a busy moment: the next look will tell
    clock.follow(int(now) + took // 2)
    source = str(stored.get("clock.source", "system"))
    vouched = source in ("teacher", "centre") and clock.source != "ntp"
    step = (int(stored.get("clock.offset_ms", 0)) if vouched else 0) - clock.offset_ms()
    if abs(step) > SAME_MS:
        clock.correct(clock.now() + step, source if vouched else clock.source)
