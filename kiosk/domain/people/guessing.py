"""Guesses of the teacher's code: how many may be tried, and how the rightful one comes in meanwhile. In memory alone.

**The bound.** Whatever the devices and addresses, tries are compared at :data:`RATE` a second in all, and
:data:`BURST` at once, each lane apart. A code of six digits drawn at random is found after 500,000 tries on average, at
a total of 0.56 a second: 500,000 / 0.56 s = 10 days 8 hours, and the 60 tries that all bursts hold together take two
minutes off. ``tests/domain/test_guessing.py`` plays it.

A room's own code has eight digits: a try is either the school's six or one of theirs, and a hundred million codes
shared
by a hundred rooms take as long.

**Who passes while others guess.** Three lanes that do not share their tries: the machine itself (``here``), devices
where the code was right in the last thirty days (``known``), all others (``away``). In the last one a part of the
burst is out of reach of who missed: an address that did not miss within the hour comes first, then those that missed
once or twice (fewer than :data:`CALM`); both may book up to :data:`PATIENCE` seconds ahead; then a device that never
missed, of an address that did; then the rest.
So one phone, or a whole class that guesses without end, leaves a right code from another address its try at once; as
many as :data:`SPARED` can come so at the same instant, then one each 2.5 s.

**What is not held.** Behind one address with guessers who renew their tokens, nothing tells a rightful newcomer from
them: it comes in by the machine, by « laisser entrer », or from a device that is known. Addresses that guess for the
first time at the same instant stand in line with it, each once an hour: a hundred of them, three minutes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass

#: Tries a second and at once, by lane. The sum of the rates is what the mean time to find a code follows.
RATE = {"away": 0.40, "here": 0.08, "known": 0.08}
BURST = {"away": 30, "here": 15, "known": 15}
#: Misses of an address in :data:`MEMORY` seconds from which it no longer comes first.
CALM, MEMORY = 3, 3600.0
#: Tries of the burst kept for addresses that are calm, a step of them from those that missed once or twice; and
#: beyond, for devices that never missed.
SPARED, STEP, KEPT = 8, 2, 6
#: Seconds that a try may be held before it is compared.
PATIENCE = 5.0
#: Wrong codes before a device waits, and how long (seconds), doubling up to the longest.
FREE = 5
WAIT, LONGEST = 30.0, 900.0
#: Devices and addresses whose misses are remembered, the oldest forgotten first.
MOST = 4_096
#: Devices whose misses several workers share: the last ones.
MOST_KEPT = 500
#: Misses within :data:`RECENT` seconds from which the teacher is told; seconds for which a word of theirs holds.
MANY, RECENT, QUIET = 6, 600.0, 3600.0


@dataclass(frozen=True)
class Guessing:
    """Somebody guesses: ``tries`` wrong codes in ``minutes``; ``closed``: unknown devices may try no more for now."""

    tries: int
    minutes: int
    closed: bool


class _Lane:
    """The generic cell rate algorithm, with a part of the burst out of reach of some."""

    def __init__(self, rate: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._gap, self._burst, self._monotonic = 1.0 / rate, burst, monotonic
        self._clear_at = -1e9

    @property
    def busy_for(self) -> float:
        """Seconds until it is as if nobody had tried."""
        return max(0.0, self._clear_at - self._monotonic())

    def resume(self, seconds: float) -> None:
        """Be as one that is busy for so long, never longer than its own burst and patience make it."""
        self._clear_at = self._monotonic() + min(seconds, (self._burst + 1) * self._gap + PATIENCE)

    def take(self, reserve: int = 0, patience: float = 0.0) -> tuple[bool, float]:
        """(passes, seconds before it may be compared), or (False, seconds until another try)."""
        now = self._monotonic()
        clear_at = max(self._clear_at, now)
        late = clear_at + self._gap - now - (self._burst - reserve) * self._gap
        if late > patience:
            return False, late - patience
        self._clear_at = clear_at + self._gap
        return True, max(0.0, late)


class Guesses:
    """The counters of one kiosk. ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lanes = {name: _Lane(RATE[name], BURST[name], monotonic) for name in RATE}
        self._devices: dict[str, tuple[int, float]] = {}
        self._addresses: dict[str, tuple[int, float]] = {}
        self._missed: list[float] = []
        self._silent_until = self._closed_until = -1e9

    def attempt(
        self, device: str, address: str, *, here: bool = False, known: bool = False, old: bool = False
    ) -> float:
        """Count a try before anything is compared; the seconds to wait before comparing.

        ``old``: the device's token is the kiosk's own, made some seconds ago.

        :raises KioskError: ``pin_locked``, ``pin_closed``.
        """
        misses, until = self._devices.get(device, (0, 0.0))
        _refuse(until - self._monotonic())
        if here or known:
            passes, wait = self._lanes["here" if here else "known"].take(patience=PATIENCE)
        else:
            if self._monotonic() < self._closed_until:
                raise KioskError("pin_closed")
            slips = self.misses_of(address)
            reserve = STEP * slips if slips < CALM else SPARED if old and not misses else SPARED + KEPT
            passes, wait = self._lanes["away"].take(reserve, PATIENCE if slips < CALM else 0.0)
        if not passes:
            _refuse(wait)
        return wait

    def missed(self, device: str, address: str) -> None:
        """The code was wrong."""
        now = self._monotonic()
        self.miss(device)
        before = self.misses_of(address)
        since = self._addresses.pop(address, (0, now))[1] if before else now
        self._addresses[address] = (before + 1, since)
        if len(self._addresses) > MOST:
            del self._addresses[next(iter(self._addresses))]

    def miss(self, device: str) -> None:
        """The same, whatever the address."""
        now = self._monotonic()
        misses = self._devices.pop(device, (0, 0.0))[0] + 1
        wait = 0.0 if misses < FREE else min(LONGEST, WAIT * 2 ** (misses - FREE))
        self._devices[device] = (misses, now + wait)
        if len(self._devices) > MOST:
            del self._devices[next(iter(self._devices))]
        self._missed = [at for at in self._missed if now - at < RECENT] + [now]

    def found(self, device: str) -> None:
        """The code was right: this device's misses are forgotten. Its address's are not: others may share it."""
        self._devices.pop(device, None)

    def left(self, device: str) -> int:
        """How many wrong codes this device may still give before it waits."""
        return max(0, FREE - self._devices.get(device, (0, 0.0))[0])

    # -- what the teacher is told ------------------------------------------------------------------

    def told(self) -> Guessing | None:
        """What the signed-in teacher is told; None while nobody guesses, or once silenced."""
        now = self._monotonic()
        recent = [at for at in self._missed if now - at < RECENT]
        closed = now < self._closed_until
        if not closed and (len(recent) < MANY or now < self._silent_until):
            return None
        minutes = max(1, round((now - recent[0]) / 60)) if recent else 0
        return Guessing(len(recent), minutes, closed)

    def silence(self) -> None:
        """Say no more of it for an hour."""
        self._silent_until = self._monotonic() + QUIET

    def close(self, closed: bool) -> None:
        """Let no unknown device try for an hour, or let them try again."""
        self._closed_until = self._monotonic() + QUIET if closed else -1e9

    def misses_of(self, address: str) -> int:
        """Wrong codes of an address within the last hour."""
        misses, since = self._addresses.get(address, (0, 0.0))
        return misses if self._monotonic() - since < MEMORY else 0

    # -- what several workers share (``entrance``): no address ---------------------------------------

    def kept(self) -> dict[str, Any]:
        """All that still counts but the addresses', as JSON; instants are those of ``monotonic``."""
        now = self._monotonic()
        devices = [(device, held) for device, held in self._devices.items() if now - held[1] < MEMORY]
        parts = {
            "lanes": {name: round(now + lane.busy_for, 3) for name, lane in self._lanes.items() if lane.busy_for},
            "devices": {device: [misses, round(until, 3)] for device, (misses, until) in devices[-MOST_KEPT:]},
            "missed": [round(at, 3) for at in self._missed if now - at < RECENT],
            "silent": round(self._silent_until, 3) if self._silent_until > now else 0,
            "shut": round(self._closed_until, 3) if self._closed_until > now else 0,
        }
        return {name: part for name, part in parts.items() if part}

    def take_back(self, kept: dict[str, Any]) -> None:
        """Go on from what was kept. A clock put right since makes nothing longer than it may be."""
        now = self._monotonic()
        for name, until in kept.get("lanes", {}).items():
            self._lanes[name].resume(until - now)
        devices = kept.get("devices", {})
        self._devices = {name: (misses, min(until, now + LONGEST)) for name, (misses, until) in devices.items()}
        self._missed = [min(at, now) for at in kept.get("missed", [])]
        self._silent_until = min(kept.get("silent", -1e9), now + QUIET)
        self._closed_until = min(kept.get("shut", -1e9), now + QUIET)


def _refuse(wait: float) -> None:
    if wait > 0:
        raise KioskError("pin_locked", seconds=max(1, math.ceil(wait)))
