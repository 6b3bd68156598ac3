"""How often: messages by device, by address and by room. In memory alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from typing import NamedTuple

from kiosk.ground.errors import KioskError

#: Other messages of a phone: at once, then a second.
MESSAGES = (40, 20.0)
#: Sockets a device opens: at once, then a second (a phone whose Wi-Fi flaps stays well under).
CONNECTIONS = (20, 1.0)
#: Refusals for going too fast (what passes makes up for five) before a socket is cut, and seconds its device then
#: stays out.
FLOOD = 300
FLOOD_SECONDS = 30.0
#: Sockets refused to a device: at once, then a second; beyond, it is out for as long as one that floods.
INSISTENT = (20, 1.0)
#: Sockets of all those that show no token of their own, together: an amphitheatre without cookies must get in.
STRANGERS = (1200, 60.0)
#: Of one address, which may hide a school (a whole burst at once, then a second; each phone truly there adds to both
#: what :data:`PHONE` says): questions, other acts, pages, sockets opened.
ADDRESS = {"question": (300, 30.0), "act": (2000, 200.0), "page": (2000, 100.0), "socket": (1500, 60.0)}
PHONE = {"question": 1.0, "act": 20.0, "page": 1.0, "socket": 1.0}
#: Keys that may be forgotten are looked for when they have doubled and are this many more, and not twice in that many
#: seconds; keys there may be in all.
FORGET_EVERY, FORGET_PAUSE, MOST_KEYS = 512, 0.2, 50_000


class Pace:
    """For each key, ``burst`` at once, then ``rate`` a second: the generic cell rate algorithm (ITU-T I.371).

    It keeps one number a key, the instant at which the key will be as if new. The ``limits`` library was a third
    of a loaded server's time (measured: it looks through all its keys up to a hundred times a second). Keys are
    :data:`MOST_KEYS` at most: beyond, those that come share one pace.
    """

    def __init__(self, burst: int, rate: float, monotonic: Callable[[], float]) -> None:
        self._gap = 1.0 / rate
        self._slack = (burst - 1) * self._gap
        self._monotonic = monotonic
        self._clear_at: dict[Hashable, float] = {}
        self._forget_at, self._look_at = FORGET_EVERY, 0.0

    def wait(self, key: Hashable) -> float:
        """Seconds until ``key`` may pass; 0 when it may now. Counts nothing."""
        return max(0.0, self._clear_at.get(key, 0.0) - self._slack - self._monotonic())

    def block(self, key: Hashable, seconds: float) -> None:
        """Let nothing of ``key`` pass for that long."""
        self._clear_at[key] = self._monotonic() + self._slack + seconds

    def take(self, key: Hashable, weight: float = 1.0) -> float:
        """Pass and be counted, and return 0; or be refused, not counted, and return the seconds to wait.

        ``weight`` multiplies both the burst and the rate, for a key that stands for many.
        """
        now = self._monotonic()
        if len(self._clear_at) >= MOST_KEYS and key not in self._clear_at:
            key = None
        clear_at = max(self._clear_at.get(key, 0.0), now)
        if clear_at - self._slack > now:
            return clear_at - self._slack - now
        self._clear_at[key] = clear_at + self._gap / weight
        if len(self._clear_at) >= self._forget_at and now >= self._look_at:
            self._clear_at = {one: at for one, at in self._clear_at.items() if at > now}
            self._forget_at = min(MOST_KEYS, 2 * len(self._clear_at) + FORGET_EVERY)
            self._look_at = now + FORGET_PAUSE
        return 0.0


class Origin(NamedTuple):
    """Where an act comes from: an address, and how many phones are truly there from it, in the room and in them all."""

    address: str = ""
    in_room: int = 0
    in_all: int = 0


class Limits:
    """The counters of one kiosk. Rates come from the settings; ``monotonic`` gives seconds."""

    def __init__(
        self,
        *,
        device_burst: int = 10,
        device_per_second: float = 1.0,
        device_max: int = 100,
        room_per_second: int = 600,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device_max = device_max
        self.room_per_second = room_per_second
        self._questions = device_burst, device_per_second
        self._devices = Pace(device_burst, device_per_second, monotonic)
        self._rooms = Pace(room_per_second, room_per_second, monotonic)
        self._messages = Pace(*MESSAGES, monotonic)
        self._connections = Pace(*CONNECTIONS, monotonic)
        self._insistent = Pace(*INSISTENT, monotonic)
        self._strangers = Pace(*STRANGERS, monotonic)
        self._addresses = {act: Pace(*pace, monotonic) for act, pace in ADDRESS.items()}

    def of_address(self, act: str, address: Hashable, phones: int) -> float:
        """Count an act (a name of :data:`ADDRESS`) of an address where ``phones`` are truly there; seconds to wait."""
        return self._addresses[act].take(address, 1.0 + phones * PHONE[act] / ADDRESS[act][1])

    def _of_origin(self, act: str, room_id: str, origin: Origin) -> float:
        """A hundred rooms behind one address have as much as they hold phones; one of them, no more than its own."""
        here = self.of_address(act, (room_id, origin.address), origin.in_room)
        return here or self.of_address(act, origin.address, origin.in_all)

    def questions_in(self, ms: int) -> int:
        """The most questions of a device that pass within so many milliseconds, one worker counting."""
        burst, a_second = self._questions
        return math.ceil(burst + a_second * ms / 1000)

    def question(self, room_id: str, device: str, origin: Origin = Origin()) -> None:
        """Count one question. :raises KioskError: ``too_fast`` or ``room_too_fast``."""
        _refuse("too_fast", self._devices.take((room_id, device)))
        _refuse("room_too_fast", self._of_origin("question", room_id, origin))
        _refuse("room_too_fast", self._rooms.take(room_id))

    def message(self, room_id: str, device: str, origin: Origin = Origin()) -> None:
        """Count any other message of a phone. :raises KioskError: ``too_fast``, ``room_too_fast``."""
        _refuse("too_fast", self._messages.take(device))
        _refuse("room_too_fast", self._of_origin("act", room_id, origin))

    def connection(self, device: str) -> None:
        """Count a socket of a phone (empty: one without a token). :raises KioskError: ``too_fast``."""
        wait = self._connections.take(device) if device else self._strangers.take("")
        if wait and device and self._insistent.take(device) and not self.kept_out(device):
            self.flooded(device)
        _refuse("too_fast", wait)

    def kept_out(self, device: str) -> float:
        """Seconds for which a device that flooded stays out; 0 for any other. Counts nothing."""
        wait = self._connections.wait(device)
        return wait if wait > 1.0 / CONNECTIONS[1] else 0.0

    def flooded(self, device: str) -> None:
        """A phone went on long after it was told to slow down: it stays out for a while."""
        self._connections.block(device, FLOOD_SECONDS)


def _refuse(code: str, wait: float) -> None:
    if wait > 0:
        raise KioskError(code, seconds=max(1, math.ceil(wait)))
