"""The connections of a server: places are kept for those who speak.

Accepting waits for nobody. When all places are taken, the next one is made by closing a connection that does not speak:
one that has kept us waiting for a whole request (head and body), else one that says nothing between two requests, else
one that has only just come; each time at the address that has most of those, the oldest. Whoever is being answered, or
holds a WebSocket, stays.
"""

from __future__ import annotations

import ipaddress
import math
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

#: Connections closed by us whose task has not ended yet, beyond the places: each still holds its descriptor.
LEAVING = 24
#: Seconds that anybody has to say what they want before others may be preferred.
PROMPT = 1.0


class _Quiet:
    """Connections that do not speak, by where they come from, the oldest first, and since when."""

    def __init__(self) -> None:
        self._held: dict[str, dict[Any, float]] = {}

    def put(self, where: str, connection: Any) -> None:
        self._held.setdefault(where, {})[connection] = time.monotonic()

    def drop(self, where: str, connection: Any) -> None:
        held = self._held.get(where)
        if held is not None and held.pop(connection, None) is not None and not held:
            del self._held[where]

    def oldest(self, before: float = math.inf) -> Any:
        """The oldest of the address that has most; None when there is none or it is younger than an instant."""
        held = max(self._held.values(), key=len, default=None)
        if not held:
            return None
        connection, since = next(iter(held.items()))
        return connection if since < before else None


class Visitors:
    """Open connections, by what they are doing. ``most`` is the number of places; ``ended`` what ends a task without a
    word. Only the loop's thread calls it.
    """

    def __init__(self, most: int, ended: type[BaseException]) -> None:
        self.most, self._ended = most, ended
        self._where: dict[Any, str] = {}
        self._leaving: set[Any] = set()
        self._silent, self._resting = _Quiet(), _Quiet()

    @property
    def crowded(self) -> bool:
        """Whether to let those who were closed go before anybody else comes in."""
        return len(self._leaving) >= LEAVING

    def arrived(self, connection: Any, host: str) -> bool:
        """A connection was accepted. False when it must be closed at once: nobody could make room."""
        if len(self._where) >= self.most and not self._make_room():
            return False
        self._where[connection] = place_of(host)
        self.waits(connection)
        return True

    def waits(self, connection: Any) -> None:
        """It has yet to send the rest of a request."""
        self.spoke(connection)
        if connection in self._where:
            self._silent.put(self._where[connection], connection)

    def spoke(self, connection: Any) -> None:
        """A whole request came: it is being answered."""
        where = self._where.get(connection)
        if where is not None:
            self._silent.drop(where, connection)
            self._resting.drop(where, connection)

    def rests(self, connection: Any) -> None:
        """It was answered, and may ask again."""
        self.spoke(connection)
        if connection in self._where:
            self._resting.put(self._where[connection], connection)

    def gone(self, connection: Any) -> None:
        """It has ended."""
        self.spoke(connection)
        self._where.pop(connection, None)
        self._leaving.discard(connection)

    def closed(self, connection: Any) -> bool:
        """Whether we closed it: what was read of it is no request."""
        return connection in self._leaving

    def during(self, connection: Any, read: Callable[..., Any]) -> Callable[..., Any]:
        """``read``, a reading of a request's body: meanwhile the connection has yet to send it."""

        def reading(*args: Any) -> Any:
            self.waits(connection)
            try:
                found = read(*args)
            finally:
                self.spoke(connection)
            if self.closed(connection):
                raise self._ended  # no page is made for it
            return found

        return reading

    def _make_room(self) -> bool:
        """Close one that does not speak; its task ends by itself. False when there is none."""
        chosen = self._silent.oldest(time.monotonic() - PROMPT) or self._resting.oldest() or self._silent.oldest()
        if chosen is None:
            return False
        self.spoke(chosen)
        del self._where[chosen]
        self._leaving.add(chosen)
        with suppress(OSError):  # gone already
            chosen.shutdown(socket.SHUT_RDWR)
        return True


def place_of(host: str) -> str:
    """Where a connection comes from: an IPv4 address, or the /64 that one IPv6 machine may choose from."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    return str(address.ipv4_mapped or int(address) >> 64)
