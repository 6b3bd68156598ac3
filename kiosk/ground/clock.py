"""The kiosk's own time: UTC milliseconds that never jump by themselves, and how far they are trusted.

A Raspberry Pi has no clock and a school PC may be years off (``design.md``, « Time »). The wall
clock is read once; after that time advances on the monotonic clock. A correction (centre, NTP, a
teacher's device) moves it in one known step, which is returned so that running timers can be moved
by as much and keep their durations.
"""

from __future__ import annotations

import time
from pathlib import Path

#: Before this build date no clock can be right (2026-11-01T00:00:00Z).
BUILD_MS = 1_793_491_200_000
#: What is further than this after it is no true time.
TWENTY_YEARS = 20 * 365 * 86_400_000


#: How far ahead of now a date may be and still be believed, in ms: a clock is put right by small steps too.
SLACK_MS = 5 * 60_000


def plausible(instant_ms: int) -> bool:
    """Whether an instant that somebody gives may be the time."""
    return BUILD_MS <= instant_ms <= BUILD_MS + TWENTY_YEARS


def lasts(since: int, now: int, lifetime: int) -> bool:
    """Whether what was given at ``since`` for ``lifetime`` is still good (all in ms).

    What is dated ahead of now was written by a clock since put right: it is refused, for it would never end.
    """
    return -SLACK_MS <= now - since <= lifetime


#: There since the network set this machine's clock, after each start of the system (systemd-timesyncd).
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def kept_by_network() -> bool:
    """Whether the system says that its clock is right: what the kiosk once knew better no longer counts."""
    return SYNCHRONISED.exists()


class Clock:
    """``now()`` in UTC milliseconds. ``source`` is ``system``, ``ntp``, ``centre`` or ``teacher``."""

    def __init__(self, *, offset_ms: int = 0, source: str = "system") -> None:
        self._anchor_ms = time.time_ns() // 1_000_000 + offset_ms
        self._anchor_mono = time.monotonic_ns()
        self.source = source
        #: How far the clock that several workers share is ahead of this machine's, in milliseconds.
        self.shared_ms = 0

    def now(self) -> int:
        """UTC now, in milliseconds, as the kiosk believes it."""
        return self._anchor_ms + (time.monotonic_ns() - self._anchor_mono) // 1_000_000

    @property
    def trusted(self) -> bool:
        """True when somebody vouched for the time, or when the system's own is plausible and unchallenged."""
        return self.source != "system" or plausible(self._anchor_ms)

    def offset_ms(self) -> int:
        """How far the kiosk's time is ahead of the machine's, or of the shared one, in milliseconds (kept across
        restarts).
        """
        return self.now() - time.time_ns() // 1_000_000 - self.shared_ms

    def follow(self, shared_now_ms: int) -> None:
        """What the clock that several workers share says now."""
        self.shared_ms = shared_now_ms - time.time_ns() // 1_000_000

    def correct(self, now_ms: int, source: str) -> int:
        """Set the time from a better source; returns the step in milliseconds (new − old)."""
        step = now_ms - self.now()
        self._anchor_ms, self._anchor_mono = now_ms, time.monotonic_ns()
        self.source = source
        return step
