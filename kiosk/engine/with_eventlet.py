"""eventlet's loop and its HTTP server."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterable
from functools import wraps
from inspect import unwrap
from typing import Any

from kiosk.engine.base import Engine, Waiter, failed, native_ident, native_socketpair, native_wait, run_all
from kiosk.engine.http import (
    BODY,
    EMPTY,
    GATHERED,
    HEAD,
    IDLE,
    MESSAGE,
    PAUSE,
    REFUSED,
    SILENCE,
    Discreet,
    cleaned,
    most_connections,
    unmask,
)
from kiosk.engine.visitors import LEAVING, Visitors

#: Sockets heard and connections let in before the rest gets its turn: a crowd at the door (a class whose access point
#: comes back) was one turn of the loop, 240 ms of it for a hundred phones.
TOGETHER = 4


class _Waiter(Waiter):
    def __init__(self, event: Any) -> None:
        self._event = event

    def send(self, value: Any) -> None:
        self._event.send(value)

    def throw(self, error: BaseException) -> None:
        self._event.send_exception(error)

    def wait(self) -> Any:
        return self._event.wait()


class EventletEngine(Engine):
    """Greenlets on eventlet's hub; native threads wake it through a pair of sockets."""

    name = "eventlet"

    def __init__(self) -> None:
        import eventlet
        from eventlet import event, hubs

        self._eventlet, self._event, self._hubs = eventlet, event, hubs
        self._queue: deque[Callable[[], None]] = deque()
        self._read, self._write = native_socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._draining = False
        self._thread = native_ident()

    def waiter(self) -> Waiter:
        return _Waiter(self._event.Event())

    def post(self, callback: Callable[[], None]) -> None:
        self._queue.append(callback)
        try:
            self._write.send(b"\0")
        except BlockingIOError:
            pass  # the pipe is full of wake-ups: the loop is on its way

    def _drain(self) -> None:
        while True:
            self._hubs.trampoline(self._read.fileno(), read=True)
            try:
                self._read.recv(4096)
            except BlockingIOError:
                continue
            run_all(self._queue)

    def spawn(self, target: Callable[..., Any], *args: Any) -> None:
        self._eventlet.spawn_n(target, *args)

    def sleep(self, seconds: float) -> None:
        self._eventlet.sleep(seconds)

    def wait_for(self, descriptor: int, writing: bool, seconds: float) -> bool:
        if native_ident() != self._thread:
            return native_wait(descriptor, writing, seconds)
        try:
            self._hubs.trampoline(
                descriptor, read=not writing, write=writing, timeout=max(0, seconds), timeout_exc=TimeoutError
            )
        except TimeoutError:
            return False
        return True

    def start_bridge(self) -> None:
        """Start the greenlet that runs posted callbacks; once, from the loop's thread."""
        if not self._draining:
            self._draining = True
            hub = self._hubs.get_hub()
            if hasattr(hub.poll, "fromfd"):  # epoll, which gives the others first the next time
                hub.do_poll = lambda seconds: hub.poll.poll(seconds, TOGETHER)
            hub.squelch_exception = hub.squelch_timer_exception = lambda _what, error: failed(error)
            self._eventlet.spawn_n(self._drain)

    def serve(self, application: Callable[..., Any], sock: socket.socket) -> None:
        import eventlet.wsgi

        _bound_messages()
        green = eventlet.greenio.GreenSocket(sock) if not hasattr(sock, "fd") else sock
        visitors = Visitors(most_connections(), eventlet.greenlet.GreenletExit)
        eventlet.wsgi.server(
            _Door(green, visitors, eventlet.sleep),
            cleaned(application),
            log=Discreet(),
            log_output=False,
            max_size=visitors.most + 2 * LEAVING,
            keepalive=True,
            socket_timeout=SILENCE,
            debug=False,
            minimum_chunk_size=4096,
            max_http_version="HTTP/1.1",
            protocol=_patient_protocol(eventlet, visitors),
        )


class Gathered:
    """A WebSocket's socket, read up to ``GATHERED`` bytes at a time: header, length, mask and words of each frame were
    four calls of the system. What was read ahead waits here.
    """

    __slots__ = ("_held", "_socket")

    def __init__(self, sock: Any) -> None:
        self._socket, self._held = sock, b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recv(self, most: int) -> bytes:
        """At most ``most`` bytes; none once the other side has ended."""
        held: bytes = self._held or self._socket.recv(max(most, GATHERED))
        self._held = held[most:]
        return held[:most]


class _Door:
    """The listening socket of eventlet's server, which ends for good when a descriptor is refused to it."""

    def __init__(self, sock: Any, visitors: Visitors, sleep: Callable[[float], None]) -> None:
        self._sock, self._visitors, self._sleep = sock, visitors, sleep
        self._let_in = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def accept(self) -> tuple[Any, Any]:
        """The next connection that has a place."""
        while True:
            while self._visitors.crowded:
                self._sleep(0)
            try:
                connection, address = self._sock.accept()
            except OSError as error:
                if error.errno not in REFUSED:
                    raise
                self._sleep(PAUSE)
                continue
            self._let_in += 1
            if self._let_in % TOGETHER == 0:
                self._sleep(0)
            if self._visitors.arrived(connection, str(address[0])):
                return connection, address
            connection.close()


def _within(eventlet: Any) -> Callable[[float, Callable[..., Any]], Callable[..., Any]]:
    """``within(seconds, act)``: ``act``, ended by a ``socket.timeout`` when it takes longer."""

    def within(seconds: float, act: Callable[..., Any]) -> Callable[..., Any]:
        def bounded(*args: Any) -> Any:
            with eventlet.Timeout(seconds, socket.timeout()):
                return act(*args)

        return bounded

    return within


def _patient_protocol(eventlet: Any, visitors: Visitors) -> Any:
    """eventlet's HTTP, with a phone's buffers (24 KB each before, one KB now) and an end to every wait.

    A timeout between two bytes alone lets a client that sends one a minute keep its place for hours.
    """
    within = _within(eventlet)

    class Protocol(eventlet.wsgi.HttpProtocol):
        rbufsize, wbufsize = 1024, 0
        error_message_format, error_content_type = "%(code)d\n", "text/plain"  # its page repeats what was sent
        _first = True
        wfile: Any

        def __init__(self, conn_state: Any, server: Any) -> None:
            try:
                super().__init__(conn_state, server)
            finally:
                visitors.gone(conn_state[1])

        def setup(self) -> None:
            super().setup()
            self.wfile = _Straight(self.wfile, self.connection.sendall)

        def log_message(self, *_args: Any) -> None:
            """The standard library writes the address and the whole request line of one it cannot read."""

        def _read_request_line(self) -> Any:
            wait, first, self._first = (HEAD if self._first else IDLE), self._first, False
            if not first:
                visitors.rests(self.request)
            line = within(wait, super()._read_request_line)()
            visitors.waits(self.request)
            return line

        def parse_request(self) -> Any:
            return within(HEAD, super().parse_request)() and not visitors.closed(self.request)

        def get_environ(self) -> Any:
            environ = super().get_environ()
            environ["kiosk.last"] = lambda: setattr(self, "close_connection", 1)
            body = environ["wsgi.input"]
            visitors.spoke(self.request)
            if body.content_length or body.chunked_input:
                for name in ("read", "readline", "readlines", "discard"):
                    setattr(body, name, visitors.during(self.request, within(BODY, getattr(body, name))))
                if (body.content_length or 1 << 30) > 1 << 16:
                    self.close_connection = 1  # what the page did not want to read is not waited for
            return environ

    return Protocol


class _Straight:
    """What a connection writes, an answer's head and body in one go: the library's writer keeps 4 KB for it as long
    as a phone is there. ``raw``: the unbuffered one.
    """

    __slots__ = ("_raw", "_send")

    def __init__(self, raw: Any, send: Callable[[bytes], None]) -> None:
        self._raw, self._send = raw, send

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return bool(self._raw.closed)

    def write(self, data: bytes) -> int:
        """Send it all."""
        self._send(data)
        return len(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Send them all, as one."""
        self._send(b"".join(lines))

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Let go of the connection."""
        self._raw.close()


def _bound_messages() -> None:
    """eventlet bounds frames, not messages; and unmasks byte by byte: 5 ms of everybody's time for 32 KB (measured)."""
    from eventlet.websocket import FailedConnectionError, RFC6455WebSocket

    class Message(RFC6455WebSocket.Message):
        _size = 0

        def push(self, data: bytes, final: bool = False) -> None:
            self._size += len(data) or EMPTY
            if self._size > MESSAGE:
                raise FailedConnectionError(1009, "")
            super().push(data, final)

    begin = unwrap(RFC6455WebSocket.__init__)

    @wraps(begin)
    def gathering(self: Any, sock: Any, *more: Any, **named: Any) -> None:
        begin(self, Gathered(sock), *more, **named)

    RFC6455WebSocket.__init__ = gathering
    RFC6455WebSocket._apply_mask = staticmethod(unmask)
    RFC6455WebSocket.Message = Message
