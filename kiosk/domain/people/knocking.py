"""« Laisser entrer »: a device without the right code asks, the machine itself (or a teacher) lets it in.

Both screens show the same word, so that the person at the machine knows which device it is. In memory, for a few
minutes; at most :data:`MOST` ask at a time, one an address, and who guesses gives way to who does not.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass

#: Seconds an asking device waits; how many do at a time.
SECONDS = 180.0
MOST = 8
#: Words anybody can read aloud and compare: no two begin alike.
WORDS = (
    "abricot", "balai", "cerise", "domino", "étoile", "fusée", "girafe", "hibou", "igloo", "jardin", "kayak", "lilas",
    "mouton", "nuage", "olive", "pomme", "radis", "sapin", "tambour", "vélo", "wagon", "zèbre",
)  # fmt: skip
_ALL = tuple(f"{name} {digit}" for name in WORDS for digit in range(10))


@dataclass(frozen=True)
class Knock:
    """A device that asks to come in; ``word`` is on its screen."""

    id: str
    word: str
    device: str
    address: str
    at: float
    open: bool = False


class Knocks:
    """The devices that ask, of one kiosk. ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._held: dict[str, Knock] = {}

    def knock(self, device: str, address: str, guessed: Callable[[str], int]) -> Knock:
        """Ask; the same device again keeps its word. ``guessed``: wrong codes of an address.

        :raises KioskError: ``too_many_knocks``.
        """
        held = self.of(device)
        if held is not None:
            return held
        now = self._monotonic()
        self._held = {one.id: one for one in self.waiting() if one.address != address or one.open}
        if len(self._held) >= MOST:
            worst = max(self._held.values(), key=lambda one: (guessed(one.address), one.at))
            if guessed(worst.address) <= guessed(address):
                raise KioskError("too_many_knocks")
            del self._held[worst.id]
        taken = {one.word for one in self._held.values()}
        word = secrets.choice([word for word in _ALL if word not in taken])
        made = Knock(secrets.token_hex(8), word, device, address, now)
        self._held[made.id] = made
        return made

    def of(self, device: str) -> Knock | None:
        """What a device asked, while it holds."""
        return next((one for one in self.waiting() if one.device == device), None)

    def waiting(self) -> list[Knock]:
        """Those that ask now, oldest first."""
        limit = self._monotonic() - SECONDS
        return [one for one in self._held.values() if one.at > limit]

    def let_in(self, id: str) -> Knock:
        """Open to one of them. :raises KioskError: ``knock_gone``."""
        held = next((one for one in self.waiting() if one.id == id), None)
        if held is None:
            raise KioskError("knock_gone")
        opened = Knock(held.id, held.word, held.device, held.address, held.at, open=True)
        self._held[id] = opened
        return opened

    def come_in(self, device: str) -> bool:
        """Whether this device was let in; once."""
        if not self.open_to(device):
            return False
        self._held = {id: one for id, one in self._held.items() if one.device != device}
        return True

    def refuse(self, id: str) -> None:
        """Send one away."""
        self._held.pop(id, None)

    def open_to(self, device: str) -> bool:
        """Whether this device was let in, and has not come yet."""
        held = self.of(device)
        return held is not None and held.open

    # -- what several workers share (``entrance``): no address ---------------------------------------

    def kept(self) -> list[list[Any]]:
        """Those that ask now but for their addresses, as JSON."""
        return [[one.id, one.word, one.device, round(one.at, 3), one.open] for one in self.waiting()]

    def take_back(self, kept: list[list[Any]], addresses: Mapping[str, str]) -> None:
        """Go on from what was kept; ``addresses``: those that are known here, by id."""
        now = self._monotonic()
        self._held = {
            id: Knock(id, word, device, addresses.get(id, ""), min(at, now), open)
            for id, word, device, at, open in kept
        }
