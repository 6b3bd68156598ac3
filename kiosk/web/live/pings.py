"""The sign of life asked of every socket, every ``ping_interval``: one greenlet for them all; and the order in which
those that leave together are forgotten.

Engine.IO keeps a greenlet asleep for each socket: 10 KiB of stack and frames a phone, and as much for 25 seconds for
each of a flood's sockets, long closed.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from engineio import packet
from engineio.socket import Socket

from kiosk.ground.errors import where
from kiosk.web.live.light import Light

log = logging.getLogger("kiosk.live")
#: Seconds: pings due within it leave together.
TOGETHER = 0.05
#: Seconds from one socket that is forgotten to the next. A thousand that leave at once (the end of an hour, an access
#: point that goes out) held the loop for 200 ms and more; no goodbye is urgent.
APART = 0.001


class Pinged(Light):
    """A socket whose pings are asked of :class:`Pings`."""

    pings: Pings
    last_ping: float | None

    def beside(self, work: Callable[[], None]) -> None:
        """Run ``work`` beside the rest."""
        self.pings.spawn(work)

    def take_turn(self) -> None:
        """Wait until the one before has been forgotten for a moment."""
        self.pings.turn()

    def schedule_ping(self) -> None:
        """After the handshake and after each answer; one ping waits at a time, as in Engine.IO."""
        if self.last_ping:
            self.last_ping = None
            self.pings.later(self)


class Pings:
    """Sockets by the time of their next ping: the order in which they came, for one interval serves all."""

    def __init__(self, interval: float, spawn: Callable[..., Any], sleep: Callable[[float], None]) -> None:
        self._interval, self.spawn, self._sleep = interval, spawn, sleep
        self._due: deque[tuple[float, weakref.ref[Pinged]]] = deque()
        self._asking = False
        self._turn = 0.0

    def adopt(self, socket: Socket) -> None:
        """Take over the pings of a socket that Engine.IO has just made."""
        socket.__class__ = Pinged  # it names its class itself, with no way to choose another
        socket.pings = self

    def later(self, socket: Pinged) -> None:
        """Ping ``socket`` in an interval, if it is still there."""
        self._due.append((time.monotonic() + self._interval, weakref.ref(socket)))
        if not self._asking:
            self._asking = True
            self.spawn(self._ask)

    def turn(self) -> None:
        """Sleep until :data:`APART` after the socket before left; who leaves alone does not wait."""
        now = time.monotonic()
        self._turn = max(now, self._turn + APART)
        if self._turn > now:
            self._sleep(self._turn - now)

    def _ask(self) -> None:
        """Ends when nobody is left."""
        while self._due:
            now = time.monotonic()
            at, reference = self._due[0]
            if at > now + TOGETHER:
                self._sleep(at - now)
                continue
            self._due.popleft()
            socket = reference()
            if socket is not None and not socket.closing and not socket.closed:
                try:
                    socket.last_ping = time.time()  # Engine.IO's own clock for the answer's delay
                    socket.send(packet.Packet(packet.PING))
                except Exception as error:  # one socket's failure is not the others'
                    log.error("a ping could not be sent: %s", where(error))
        self._asking = False
