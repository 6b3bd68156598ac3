"""Who is there, in memory only: how many phones a room has, and since when it waits for the first.

Phones count by device, connected by socket or seen by a page in the last minutes (a phone without
JavaScript). For what a room may hold, only those *truly there* count (:class:`There`). Nothing is stored; an address
is forgotten with the socket that came from it. What other workers say of a room (``elsewhere``) counts with what is
seen here: numbers alone.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping

from kiosk.domain.people.elsewhere import NOBODY, Counts, Elsewhere

#: A phone without a socket counts as there for this long after its last page, in seconds.
PAGE_SECONDS = 180.0
#: Devices remembered by page visits in one room: a bound, not a target.
MOST_VISITS = 2_000
#: Phones whose last room is remembered, the oldest forgotten first.
MOST_REMEMBERED = 4_000
#: Seconds after which a device is truly there: its socket, or the token that the kiosk made for it, is that old.
SETTLED = 3.0
#: Phones of one address that count as pupils when addresses are counted: a phone and a tablet.
OF_AN_ADDRESS = 2


class There:
    """The devices of a room whose socket is open and old enough, and how many of them come from each address.

    A client makes tokens by the thousand; a socket it must hold open. Every act is O(1), a socket's whole life counted
    together.
    """

    def __init__(self, monotonic: Callable[[], float], elsewhere: Callable[[], Counts] = lambda: NOBODY) -> None:
        self._monotonic, self._elsewhere = monotonic, elsewhere
        self._arrivals: deque[tuple[float, str, str]] = deque()
        self._young: dict[str, float] = {}
        self._settled: dict[str, str] = {}
        self._by_address: dict[str, int] = {}
        self._spread = 0

    def came(self, device: str, address: str, *, old: bool) -> None:
        """A device's first socket opened; ``old``: its token is the kiosk's own, made long enough ago."""
        if old:
            self._settle(device, address)
        else:
            self._young[device] = now = self._monotonic()
            self._arrivals.append((now, device, address))

    def went(self, device: str) -> None:
        """Its last one closed."""
        self._young.pop(device, None)
        address = self._settled.pop(device, None)
        if address is not None:
            left = self._by_address[address] - 1
            self._spread -= left < OF_AN_ADDRESS
            if left:
                self._by_address[address] = left
            else:
                del self._by_address[address]

    def has(self, device: str) -> bool:
        """Whether this device is truly there."""
        self._look()
        return device in self._settled

    def total(self) -> int:
        """How many devices are truly there."""
        return self.here()[0] + self._elsewhere().total

    def here(self) -> tuple[int, int]:
        """Of those, the ones this worker sees; and as :meth:`spread` counts them."""
        self._look()
        return len(self._settled), self._spread

    def at(self, address: str) -> int:
        """How many of them come from an address."""
        self._look()
        return self._by_address.get(address, 0)

    def spread(self) -> int:
        """How many there are when an address counts for :data:`OF_AN_ADDRESS` at most: pupils, on a flat network."""
        return self.here()[1] + self._elsewhere().spread

    def addresses(self) -> Mapping[str, int]:
        """Address → devices truly there."""
        self._look()
        return self._by_address

    def _settle(self, device: str, address: str) -> None:
        self._settled[device] = address
        held = self._by_address.get(address, 0)
        self._by_address[address] = held + 1
        self._spread += held < OF_AN_ADDRESS

    def _look(self) -> None:
        limit = self._monotonic() - SETTLED
        while self._arrivals and self._arrivals[0][0] <= limit:
            at, device, address = self._arrivals.popleft()
            if self._young.get(device) == at:
                del self._young[device]
                self._settle(device, address)


class Presence:
    """Phones by room. ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, elsewhere: Elsewhere | None = None) -> None:
        self._monotonic = monotonic
        self.elsewhere = elsewhere or Elsewhere()
        self._sockets: dict[str, dict[str, int]] = {}
        self._visits: dict[str, dict[str, float]] = {}
        self._waiting_since: dict[str, float] = {}
        self._joined: set[str] = set()
        self._last: dict[str, str] = {}
        self._there: dict[str, There] = {}
        self._kept: dict[str, frozenset[str]] = {}

    def there(self, room_id: str) -> There:
        """The phones truly there."""
        found = self._there.get(room_id)
        if found is None:
            found = self._there[room_id] = There(self._monotonic, lambda: self.elsewhere.of(room_id))
        return found

    def at(self, address: str) -> int:
        """How many phones are truly there, in any room, from an address."""
        return sum(there.at(address) for there in self._there.values())

    def connected(self, room_id: str, device: str, address: str = "", *, old: bool = False) -> None:
        """A phone's socket opened, from an address; ``old`` as in :meth:`There.came`."""
        sockets = self._sockets.setdefault(room_id, {})
        if device not in sockets:
            self.there(room_id).came(device, address, old=old)
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
            if sockets.pop(device, None) is not None:
                self.there(room_id).went(device)
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

    def keep_seen(self, room_id: str) -> None:
        """Keep in mind which devices came to a room by now, of those remembered."""
        last = {device for device, room in self._last.items() if room == room_id}
        self._kept[room_id] = frozenset(last | self._sockets.get(room_id, {}).keys())

    def had_seen(self, room_id: str, device: str) -> bool:
        """Whether a device had come by the last :meth:`keep_seen`."""
        return device in self._kept.get(room_id, ())

    def phones(self, room_id: str) -> int:
        """How many phones are there now."""
        return self.here(room_id) + self.elsewhere.of(room_id).phones

    def rooms(self) -> set[str]:
        """The rooms where this worker saw somebody."""
        return self._sockets.keys() | self._visits.keys()

    def here(self, room_id: str) -> int:
        """Those of them that this worker sees."""
        limit = self._monotonic() - PAGE_SECONDS
        visits = self._visits.get(room_id, {})
        for device in [d for d, at in visits.items() if at < limit]:
            del visits[device]
        return len(self._sockets.get(room_id, {}).keys() | visits.keys())

    def joined(self, room_id: str) -> bool:
        """Whether any phone ever came in since the room began waiting."""
        return room_id in self._joined or self.elsewhere.of(room_id).joined

    def joined_here(self, room_id: str) -> bool:
        """Whether it came in by this worker."""
        return room_id in self._joined

    def start_waiting(self, room_id: str) -> None:
        """The room begins a session: nobody has joined yet, unless phones are there already."""
        self._waiting_since[room_id] = self._monotonic()
        if not self.phones(room_id):
            self._joined.discard(room_id)

    def waiting_seconds(self, room_id: str) -> float:
        """How long the room has waited for its first phone; 0 once one came."""
        if self.joined(room_id):
            return 0.0
        return self._monotonic() - self._waiting_since.setdefault(room_id, self._monotonic())


#: Seconds that a display which has just closed still counts: one that is loaded anew never left.
LINGER = 3.0


class Sockets:
    """How many live connections are open now, by namespace (``/phone``, ``/display``, ``/control``) and room; of the
    displays, which views they show. ``monotonic`` gives seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, elsewhere: Elsewhere | None = None) -> None:
        self._monotonic, self._elsewhere = monotonic, elsewhere or Elsewhere()
        self._open: Counter[tuple[str, str]] = Counter()
        self._views: dict[str, Counter[str]] = {}
        self._left: dict[tuple[str, str], float] = {}

    def opened(self, namespace: str, room_id: str, view: str = "") -> None:
        """One more; ``view``: what a display shows (:data:`kiosk.domain.shown.VIEWS`)."""
        self._open[namespace, room_id] += 1
        if view:
            self._views.setdefault(room_id, Counter())[view] += 1

    def closed(self, namespace: str, room_id: str, view: str = "") -> None:
        """One fewer."""
        self._open[namespace, room_id] -= 1
        if not self._open[namespace, room_id]:
            del self._open[namespace, room_id]
        held = self._views.get(room_id, Counter())
        if held[view] > 1:
            held[view] -= 1
        elif held.pop(view, 0):
            self._left[room_id, view] = self._monotonic()

    def views(self, room_id: str) -> frozenset[str]:
        """The views of a room that some display shows, or showed a moment ago."""
        return self.views_here(room_id) | frozenset(self._elsewhere.of(room_id).views)

    def views_here(self, room_id: str) -> frozenset[str]:
        """Those of them that this worker serves."""
        limit = self._monotonic() - LINGER
        for gone in [key for key, at in self._left.items() if at < limit]:
            del self._left[gone]
        return frozenset(self._views.get(room_id, ())) | {view for room, view in self._left if room == room_id}

    def number(self, namespace: str, room_id: str | None = None) -> int:
        """Those of a namespace, in a room or in all; of phones, this worker's alone."""
        beyond = self._elsewhere.everywhere() if room_id is None else self._elsewhere.of(room_id)
        return self.here(namespace, room_id) + {"/control": beyond.panels, "/display": beyond.displays}.get(
            namespace, 0
        )

    def here(self, namespace: str, room_id: str | None = None) -> int:
        """Those of them that this worker serves."""
        if room_id is not None:
            return self._open[namespace, room_id]
        return sum(n for (name, _room), n in list(self._open.items()) if name == namespace)

    def rooms(self) -> set[str]:
        """The rooms of those that this worker serves."""
        return {room for (_name, room), n in list(self._open.items()) if n}
