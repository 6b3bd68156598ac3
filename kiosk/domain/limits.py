"""How often: questions by device and by room, wrong PINs. In memory, no address kept.

The counting is the ``limits`` library's; this module names the rules and the refusals.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from kiosk.errors import KioskError

#: Wrong PINs before a device waits, and how long (seconds), doubling up to the longest.
PIN_FREE = 5
PIN_WAIT = 30.0
PIN_LONGEST = 900.0
#: Wrong PINs a minute from everybody together (devices without a cookie share this one).
PIN_ALL = RateLimitItemPerMinute(30)


class Limits:
    """The counters of one kiosk. Rates come from the settings; ``monotonic`` gives seconds."""

    def __init__(
        self, *, device_burst: int = 10, device_per_second: float = 1.0, device_max: int = 100,
        room_per_second: int = 600, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device_max = device_max
        seconds = max(1, round(device_burst / device_per_second))
        self._device: RateLimitItem = RateLimitItemPerSecond(device_burst, seconds)
        self._room: RateLimitItem = RateLimitItemPerSecond(room_per_second)
        self._events: RateLimitItem = RateLimitItemPerSecond(40, 2)
        storage = MemoryStorage()
        self._moving = MovingWindowRateLimiter(storage)
        self._fixed = FixedWindowRateLimiter(storage)
        self._monotonic = monotonic
        self._pins: dict[str, tuple[int, float]] = {}

    def question(self, room_id: str, device: str) -> None:
        """Count one question. :raises KioskError: ``too_fast`` or ``room_too_fast``."""
        if not self._moving.hit(self._device, "ask", room_id, device):
            raise KioskError("too_fast", seconds=self._wait(self._device, "ask", room_id, device))
        if not self._fixed.hit(self._room, "room", room_id):
            raise KioskError("room_too_fast", seconds=1)

    def message(self, device: str) -> None:
        """Count any other message of a phone. :raises KioskError: ``too_fast``."""
        if not self._fixed.hit(self._events, "event", device):
            raise KioskError("too_fast", seconds=2)

    def pin_allowed(self, device: str) -> None:
        """Refuse while this device, or everybody together, has guessed too much. :raises KioskError: ``pin_locked``."""
        _misses, until = self._pins.get(device, (0, 0.0))
        left = until - self._monotonic()
        if left > 0:
            raise KioskError("pin_locked", seconds=math.ceil(left))
        if not self._fixed.test(PIN_ALL, "pin"):
            raise KioskError("pin_locked", seconds=60)

    def pin_missed(self, device: str) -> None:
        """Count a wrong PIN."""
        self._fixed.hit(PIN_ALL, "pin")
        misses = self._pins.get(device, (0, 0.0))[0] + 1
        wait = 0.0 if misses < PIN_FREE else min(PIN_LONGEST, PIN_WAIT * 2 ** (misses - PIN_FREE))
        if len(self._pins) > 10_000:
            self._pins.clear()
        self._pins[device] = (misses, self._monotonic() + wait)

    def pin_left(self, device: str) -> int:
        """How many wrong PINs this device may still give before it waits."""
        return max(0, PIN_FREE - self._pins.get(device, (0, 0.0))[0])

    def pin_found(self, device: str) -> None:
        """Forget this device's misses."""
        self._pins.pop(device, None)

    def _wait(self, item: RateLimitItem, *names: str) -> int:
        reset = self._moving.get_window_stats(item, *names).reset_time
        return max(1, math.ceil(reset - time.time()))
