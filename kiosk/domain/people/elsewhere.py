"""Who is in a room by another worker of the same installation: numbers that each tells the others, never a device nor
an address. Alone, nobody is elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import msgspec

#: Seconds after which what a worker said counts no more: it died, or cannot be heard.
FRESH = 10.0


class Counts(msgspec.Struct, frozen=True):
    """What one worker says of a room: phones there, those that are truly there (and spread by address,
    :class:`kiosk.domain.people.presence.There`), whether any joined, its panels and displays, the views these show.
    """

    phones: int = 0
    total: int = 0
    spread: int = 0
    joined: bool = False
    panels: int = 0
    displays: int = 0
    views: tuple[str, ...] = ()


NOBODY = Counts()


class Elsewhere:
    """What the other workers said last. ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, tuple[float, Mapping[str, Counts]]] = {}

    def tell(self, worker: str, rooms: Mapping[str, Counts]) -> set[str]:
        """What a worker says now of all its rooms; those of which it said something else before."""
        _at, before = self._told.get(worker, (0.0, {}))
        self._told[worker] = (self._monotonic(), rooms)
        return {room for room in before.keys() | rooms.keys() if before.get(room) != rooms.get(room)}

    def lost(self) -> set[str]:
        """The rooms of workers that have been silent for too long since the last look: they count no more."""
        limit = self._monotonic() - FRESH
        silent = [worker for worker, (at, _rooms) in self._told.items() if at < limit]
        return {room for worker in silent for room in self._told.pop(worker)[1]}

    def workers(self) -> int:
        """How many workers were heard a moment ago."""
        return len(self._fresh())

    def of(self, room_id: str) -> Counts:
        """A room by all of them together."""
        if not self._told:
            return NOBODY
        return _sum(rooms[room_id] for rooms in self._fresh() if room_id in rooms)

    def everywhere(self) -> Counts:
        """All rooms together."""
        return _sum(one for rooms in self._fresh() for one in rooms.values())

    def _fresh(self) -> list[Mapping[str, Counts]]:
        limit = self._monotonic() - FRESH
        return [rooms for at, rooms in self._told.values() if at >= limit]


def _sum(counts: Iterable[Counts]) -> Counts:
    found = list(counts)
    if not found:
        return NOBODY
    return Counts(
        phones=sum(one.phones for one in found),
        total=sum(one.total for one in found),
        spread=sum(one.spread for one in found),
        joined=any(one.joined for one in found),
        panels=sum(one.panels for one in found),
        displays=sum(one.displays for one in found),
        views=tuple(sorted({view for one in found for view in one.views})),
    )
