"""What arrives on a socket, before anything trusts it: codec, packets, frames, number of sockets.

The Socket.IO server believes its clients: an event may be called ``connect`` or ``disconnect`` and run the server's own
handlers, a packet may announce 999,999,999 attachments, and a packet that cannot be read ends in a traceback.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from typing import Any

import msgspec
from engineio import exceptions, payload
from socketio import packet

from kiosk.domain.people.peers import Peers
from kiosk.ground.nesting import too_deep
from kiosk.web.live.pings import Pings

log = logging.getLogger("kiosk.live")

#: Frames of one socket at once, then a second: beyond, it is read more slowly and its network holds it back.
FRAMES = (200, 250.0)
#: Packets in one payload of a socket without WebSocket: what a phone may have kept during a cut, and many times more.
PACKETS = 256
#: Packets of a payload between two turns of the others.
BREATH = 16
#: Seconds a socket may stay without entering a namespace, and between two looks.
DOORSTEP = 20.0
SWEEP = 5.0
#: Names that belong to the server.
RESERVED = frozenset({"connect", "disconnect", "connect_error", "error", "message", "__disconnect_final", "*", ""})
_NUMBERS = frozenset("0123456b")


class Json:
    """The JSON codec of Socket.IO: msgspec's, several times faster than the standard library's."""

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        """``value`` as compact JSON text."""
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: Any) -> Any:
        """:raises ValueError: not JSON, or nested too deep (a ``RecursionError`` would pass through Engine.IO)."""
        if too_deep(text):
            raise ValueError("nested too deep")
        return msgspec.json.decode(text)


class Packet(packet.Packet):
    """A packet that can always be answered: what is no event of ours becomes one nobody knows, or nothing."""

    json = Json
    uses_binary_events = False
    data: Any

    def __init__(self, *args: Any, encoded_packet: Any = None, **values: Any) -> None:
        super().__init__(*args, encoded_packet=encoded_packet, **values)
        if encoded_packet is not None and not encoded_packet:
            self._nothing()  # the library reads an empty message as an event without a name

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet. Attachments are never waited for: no event takes any."""
        if not isinstance(encoded_packet, str):
            return self._nothing()
        try:
            super().decode(encoded_packet)
        except (ValueError, TypeError):
            if encoded_packet[:1] not in ("2", "5"):
                return self._nothing()
            self.packet_type, self.data = packet.EVENT, None
        if self.packet_type == packet.BINARY_EVENT:
            self.packet_type = packet.EVENT
            self.data = [self.data[0], None] if isinstance(self.data, list) and self.data else None
        if self.packet_type == packet.EVENT:
            known = isinstance(self.data, list) and self.data and isinstance(self.data[0], str)
            if not known or self.data[0] in RESERVED:
                self.data = ["?"]
        elif self.packet_type not in (packet.CONNECT, packet.DISCONNECT):
            return self._nothing()
        return 0

    def _nothing(self) -> int:
        """An answer to a question nobody asked: the server drops it."""
        self.packet_type, self.data, self.id, self.namespace = packet.ACK, [], None, None
        return 0


class Journal:
    """The logger of the two libraries: what failed and where, never what was sent (they print it)."""

    level = logging.ERROR

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def info(self, *_args: Any, **_options: Any) -> None:
        """Their chatter holds what pupils wrote."""

    debug = warning = error = info

    def exception(self, _message: str, *_args: Any, **_options: Any) -> None:
        """One line a minute for each kind of failure: a phone must not be able to fill the card."""
        import sys

        error, _value, trace = sys.exc_info()
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
        line = f"{error.__name__ if error else '?'} in {place}"
        if time.monotonic() - self._said.get(line, -60.0) >= 60.0:
            self._said[line] = time.monotonic()
            log.error("a packet could not be handled: %s", line)


class Reading:
    """How fast one socket is read, whatever brings its packets: the others' turn comes between two of them."""

    __slots__ = ("_sleep", "_clear_at")

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep, self._clear_at = sleep, 0.0

    def one_more(self) -> None:
        """A packet was taken: wait when there were too many for a while."""
        now = time.monotonic()
        self._clear_at = max(self._clear_at, now) + 1.0 / FRAMES[1]
        late = self._clear_at - now - FRAMES[0] / FRAMES[1]
        if late > 0:
            self._sleep(late)


class Posts:
    """What a socket without WebSocket sends, a payload at a time: all of it is handled, or it is refused aloud (400,
    and
    the socket ends: its client comes back and says again what was not acknowledged).

    Engine.IO takes 16 packets, drops a larger payload and answers 200; behind a filter, that is every vote of a cut.
    """

    __slots__ = ("_reading", "_sleep", "_socket")

    def __init__(self, socket: Any, sleep: Callable[[float], None]) -> None:
        self._socket, self._sleep, self._reading = socket, sleep, Reading(sleep)

    def __call__(self, environ: dict[str, Any]) -> None:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        try:
            if not 0 <= length <= self._socket.server.max_http_buffer_size:
                raise exceptions.ContentTooLongError()
            body = environ["wsgi.input"].read(length).decode()
            packets = payload.Payload(encoded_payload=body).packets
            for number, one in enumerate(packets, 1):
                if self._socket.closed:
                    return
                self._socket.receive(one)
                self._reading.one_more()
                if number % BREATH == 0:
                    self._sleep(0)
        except Exception as error:
            # Engine.IO would wait here until the client fetches its goodbye.
            self._socket.close(wait=False, reason="transport error")
            raise exceptions.EngineIOError("a payload that cannot be read") from error


class Frames:
    """A WebSocket whose frames are read at a bearable pace, and that ends on the first one that is no packet."""

    __slots__ = ("_reading", "_socket")

    def __init__(self, socket: Any, sleep: Callable[[float], None]) -> None:
        self._socket, self._reading = socket, Reading(sleep)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def close(self) -> None:
        """Both ways: a client that does not answer the goodbye would keep its place until the silence is too long."""
        self._socket.close()
        wire = getattr(self._socket, "socket", None)
        if wire is not None:
            try:
                wire.shutdown(2)
            except OSError:
                pass  # gone already

    def wait(self) -> Any:
        """The next frame, or None at the end: Engine.IO then leaves in order, whatever was sent."""
        try:
            frame = self._socket.wait()
        except Exception:  # a frame against the protocol, a cut: both end the socket
            return None
        if isinstance(frame, str) and (not frame or frame[0] not in _NUMBERS or frame[0] == "b"):
            return None
        self._reading.one_more()
        return frame


class Places:
    """How many sockets each address holds, the machine itself apart: ``most`` at a time."""

    def __init__(self, peers: Peers, most: int) -> None:
        self._peers, self._most = peers, most
        self._held: dict[str, str] = {}
        self._number: dict[str, int] = {}

    def take(self, eio_sid: str, environ: dict[str, Any], sockets: Collection[str]) -> bool:
        """Give a place to a socket that comes; ``sockets`` are those there now. False: its address has too many."""
        peer = self._peers.of(environ)
        if peer.local:
            return True
        if self._number.get(peer.address, 0) >= self._most:
            for gone in [one for one in self._held if one not in sockets]:
                self.free(gone)
            if self._number.get(peer.address, 0) >= self._most:
                return False
        self._held[eio_sid] = peer.address
        self._number[peer.address] = self._number.get(peer.address, 0) + 1
        return True

    def free(self, eio_sid: str) -> None:
        """A socket left."""
        address = self._held.pop(eio_sid, None)
        if address is not None:
            self._number[address] -= 1
            if not self._number[address]:
                del self._number[address]


class Doorstep:
    """Sockets that knocked and have not entered a namespace; and how many there may be in all."""

    def __init__(
        self, server: Any, spawn: Callable[..., Any], sleep: Callable[[float], None], most: int, places: Places
    ) -> None:
        self._server, self._spawn, self._sleep, self._most, self._places = server, spawn, sleep, most, places
        self._since: dict[str, float] = {}
        self._sweeping = False
        engine = server.eio
        payload.Payload.max_decode_packets = PACKETS
        self._pings = Pings(engine.ping_interval, spawn, sleep)
        base = engine._async["websocket"]
        engine._async = {**engine._async, "websocket": lambda handler, owner: base(self._paced(handler), owner)}
        engine.on("connect", self._knock)
        engine.on("message", self._heard)
        engine.on("disconnect", self._gone)

    def entered(self, eio_sid: str | None) -> None:
        """A socket is in a namespace: it may stay."""
        self._since.pop(eio_sid or "", None)

    def left(self, eio_sid: str | None) -> None:
        """A socket left a namespace: unless it is in another, it does not stay."""
        if eio_sid in self._server.eio.sockets:
            self._since[str(eio_sid)] = time.monotonic()
            self._watch()

    def _paced(self, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda socket: handler(Frames(socket, self._sleep))

    def _knock(self, eio_sid: str, environ: dict[str, Any]) -> str | None:
        sockets = self._server.eio.sockets
        if len(sockets) > self._most or not self._places.take(eio_sid, environ, sockets.keys()):
            return "busy"  # answered 401 by Engine.IO: the client tries again later
        self._since[eio_sid] = time.monotonic()
        socket = sockets[eio_sid]
        socket.handle_post_request = Posts(socket, self._sleep)
        self._pings.adopt(socket)
        self._server._handle_eio_connect(eio_sid, environ)
        self._watch()
        return None

    def _heard(self, eio_sid: str, data: Any) -> None:
        """A packet; of a socket that has just left, nothing: the server would begin to let it in, and never end."""
        if eio_sid in self._server.environ:
            self._server._handle_eio_message(eio_sid, data)

    def _gone(self, eio_sid: str, reason: Any) -> None:
        self._places.free(eio_sid)
        self._server._handle_eio_disconnect(eio_sid, reason)

    def _watch(self) -> None:
        if not self._sweeping:
            self._sweeping = True
            self._spawn(self._sweep)

    def _inside(self, eio_sid: str) -> bool:
        manager = self._server.manager
        return any(manager.sid_from_eio_sid(eio_sid, name) for name in list(manager.get_namespaces()))

    def _sweep(self) -> None:
        """Close those that stay on the doorstep; ends when nobody is left there."""
        while self._since:
            self._sleep(SWEEP)
            limit = time.monotonic() - DOORSTEP
            for eio_sid in [sid for sid, at in list(self._since.items()) if at < limit]:
                del self._since[eio_sid]
                if eio_sid in self._server.eio.sockets and not self._inside(eio_sid):
                    self._server.eio.sockets[eio_sid].close(wait=False, reason="server disconnect")
        self._sweeping = False
