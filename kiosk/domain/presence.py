"""Who is there, in memory only: how many phones a room has, and since when it waits for the first.

Phones count by device, connected by socket or seen by a page in the last minutes (a phone without
JavaScript). Nothing is stored, no address is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: A phone without a socket counts as there for this long after its last page, in seconds.
PAGE_SECONDS = 180.0
#: Devices remembered by page visits in one room: a bound, not a target.
MOST_VISITS = 2_000
#: Phones whose last room is remembered, the oldest forgotten first.
MOST_REMEMBERED = 4_000


class Presence:
    """Phones by room. ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._sockets: dict[str, dict[str, int]] = {}
        self._visits: dict[str, dict[str, float]] = {}
        self._waiting_since: dict[str, float] = {}
        self._joined: set[str] = set()
        self._last: dict[str, str] = {}

    def connected(self, room_id: str, device: str) -> None:
        """A phone's socket opened."""
        sockets = self._sockets.setdefault(room_id, {})
        sockets[device] = sockets.get(device, 0) + 1
        self._remember(room_id, device)
        self._joined.add(room_id)

    def sockets(self, room_id: str, device: str) -> int:
        """How many sockets of a phone are open in a room."""
        return self._sockets.get(room_id, {}).get(device, 0)

    def disconnected(self, room_id: str, device: str) -> None:
        """A phone's socket closed."""
        sockets = self._sockets.get(room_id, {})
        left = sockets.get(device, 0) - 1
        if left > 0:
            sockets[device] = left
        else:
            sockets.pop(device, None)
            self._visits.get(room_id, {}).pop(device, None)

    def visited(self, room_id: str, device: str) -> None:
        """A phone asked for a page."""
        visits = self._visits.setdefault(room_id, {})
        if device in visits or len(visits) < MOST_VISITS:
            visits[device] = self._monotonic()
        self._remember(room_id, device)
        self._joined.add(room_id)

    def _remember(self, room_id: str, device: str) -> None:
        self._last.pop(device, None)
        self._last[device] = room_id
        if len(self._last) > MOST_REMEMBERED:
            del self._last[next(iter(self._last))]

    def last_room(self, device: str) -> str | None:
        """The room where a phone was last: it stays there when the kiosk is given a second one."""
        return self._last.get(device)

    def phones(self, room_id: str) -> int:
        """How many phones are there now."""
        limit = self._monotonic() - PAGE_SECONDS
        visits = self._visits.get(room_id, {})
        for device in [d for d, at in visits.items() if at < limit]:
            del visits[device]
        return len(self._sockets.get(room_id, {}).keys() | visits.keys())

    def joined(self, room_id: str) -> bool:
        """Whether any phone ever came in since the room began waiting."""
        return room_id in self._joined

    def start_waiting(self, room_id: str) -> None:
        """The room begins a session: nobody has joined yet, unless phones are there already."""
        self._waiting_since[room_id] = self._monotonic()
        if not self.phones(room_id):
            self._joined.discard(room_id)

    def waiting_seconds(self, room_id: str) -> float:
        """How long the room has waited for its first phone; 0 once one came."""
        if room_id in self._joined:
            return 0.0
        return self._monotonic() - self._waiting_since.setdefault(room_id, self._monotonic())
