"""gevent's loop and its HTTP server."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from kiosk.engine.base import Engine, Waiter, failed, native_ident, native_wait, run_all
from kiosk.engine.http import BODY, EMPTY, HEAD, IDLE, MESSAGE, SILENCE, Discreet, cleaned, most_connections, unmask
from kiosk.engine.visitors import LEAVING, Visitors


class _Waiter(Waiter):
    def __init__(self, result: Any) -> None:
        self._result = result

    def send(self, value: Any) -> None:
        self._result.set(value)

    def throw(self, error: BaseException) -> None:
        self._result.set_exception(error)

    def wait(self) -> Any:
        return self._result.get()


class GeventEngine(Engine):
    """Greenlets on gevent's loop; native threads wake it by its own asynchronous watcher."""

    name = "gevent"

    def __init__(self) -> None:
        import gevent
        from gevent import event

        self._gevent, self._event = gevent, event
        self._queue: deque[Callable[[], None]] = deque()
        self._async: Any = None
        self._thread = native_ident()

    def waiter(self) -> Waiter:
        return _Waiter(self._event.AsyncResult())

    def start_bridge(self) -> None:
        """Register the loop's wake-up; once, from the loop's thread."""
        if self._async is None:
            self._gevent.get_hub().print_exception = lambda _context, *error: failed(error)
            self._async = self._gevent.get_hub().loop.async_()
            self._async.start(lambda: self._gevent.spawn(run_all, self._queue))

    def post(self, callback: Callable[[], None]) -> None:
        self._queue.append(callback)
        self._async.send()

    def spawn(self, target: Callable[..., Any], *args: Any) -> None:
        self._gevent.spawn(target, *args)

    def sleep(self, seconds: float) -> None:
        self._gevent.sleep(seconds)

    def wait_for(self, descriptor: int, writing: bool, seconds: float) -> bool:
        if native_ident() != self._thread:
            return native_wait(descriptor, writing, seconds)
        from gevent import socket as waiting

        wait = waiting.wait_write if writing else waiting.wait_read
        try:
            wait(descriptor, timeout=max(0, seconds), timeout_exc=TimeoutError())
        except TimeoutError:
            return False
        return True

    def serve(self, application: Callable[..., Any], sock: socket.socket) -> None:
        from gevent.pool import Pool
        from gevent.pywsgi import WSGIServer

        _bound_frames()
        visitors = Visitors(most_connections(), self._gevent.GreenletExit)

        class Server(WSGIServer):
            """gevent's server; it looks at its socket again as long as somebody knocks."""

            max_accept = LEAVING // 2

            def do_read(self) -> Any:
                knocked = None if visitors.crowded else super().do_read()
                if knocked and not visitors.arrived(knocked[0], str(knocked[1][0])):
                    knocked[0].close()
                    return None
                return knocked

        # Given, or gevent would look the machine's own name up and wait for a DNS that may be away.
        environ = {"SERVER_NAME": "kiosque"}
        Server(
            sock,
            cleaned(application),
            handler_class=_patient_handler(self._gevent, visitors),
            log=None,
            error_log=None,
            environ=environ,
            spawn=Pool(visitors.most + 2 * LEAVING),
        ).serve_forever()


class _BoundedBody:
    """A request's body for gevent's server, each reading of it within ``BODY`` seconds."""

    def __init__(self, body: Any, within: Callable[..., Any]) -> None:
        for name in ("read", "readline", "readlines", "_discard"):
            setattr(self, name, within(BODY, getattr(body, name)))

    def __iter__(self) -> Any:
        return iter(self.readline, b"")  # type: ignore[attr-defined]


def _within(gevent: Any) -> Callable[[float, Callable[..., Any]], Callable[..., Any]]:
    """``within(seconds, act)``: ``act``, ended by a ``TimeoutError`` when it takes longer."""

    def within(seconds: float, act: Callable[..., Any]) -> Callable[..., Any]:
        def bounded(*args: Any) -> Any:
            with gevent.Timeout(seconds, TimeoutError("too slow")):
                return act(*args)

        return bounded

    return within


def _discreet_handler(gevent: Any) -> Any:
    """gevent's HTTP with a journal that holds nothing of a request."""
    from geventwebsocket.handler import WebSocketHandler

    class Quiet(WebSocketHandler):
        def log_error(self, *_args: Any) -> None:
            """A request that cannot be read: the library writes it down."""

        def _handle_client_error(self, error: Any) -> Any:
            return super()._handle_client_error(error if isinstance(error, ValueError) else ValueError())

        def _log_error(self, kind: Any, *_what: Any) -> None:
            if not issubclass(kind, (gevent.GreenletExit, OSError)):  # the sender left, or was too slow
                Discreet().info(f"Traceback\n{kind.__name__}")

    return Quiet


def _patient_handler(gevent: Any, visitors: Visitors) -> Any:
    """The same, with an end to every wait."""
    within = _within(gevent)

    class Handler(_discreet_handler(gevent)):  # type: ignore[misc]
        wsgi_input: Any
        _first = True

        def handle(self) -> None:
            self._visitor = self.socket
            self.socket.settimeout(SILENCE)
            try:
                with suppress(OSError):  # gone, or closed by us
                    super().handle()
            finally:
                visitors.gone(self._visitor)

        def read_requestline(self) -> Any:
            wait, first, self._first = (HEAD if self._first else IDLE), self._first, False
            if not first:
                visitors.rests(self._visitor)
            line = within(wait, super().read_requestline)()
            visitors.waits(self._visitor)
            return line

        def read_request(self, raw: Any) -> Any:
            try:
                return within(HEAD, super().read_request)(raw) and not visitors.closed(self._visitor)
            except OSError:
                return False  # 400, and the end

        def get_environ(self) -> Any:
            environ = super().get_environ()
            visitors.spoke(self._visitor)
            if environ["wsgi.input"] is self.wsgi_input:
                body = _BoundedBody(self.wsgi_input, lambda *read: visitors.during(self._visitor, within(*read)))
                environ["wsgi.input"] = self.wsgi_input = body
                if int(environ.get("CONTENT_LENGTH") or 0) > 1 << 16:
                    self.close_connection = True
            return environ

    return Handler


def _bound_frames() -> None:
    """gevent-websocket reads frames and messages of any length, and unmasks and checks them byte by byte: 220 ms of
    everybody's time for 1 MiB (measured). A whole message is still decoded as UTF-8, once; what is not ends the socket.
    """
    from geventwebsocket import handler
    from geventwebsocket.exceptions import FrameTooLargeException
    from geventwebsocket.websocket import Header, WebSocket

    whole = Header.decode_header.__func__

    def bounded(cls: Any, stream: Any) -> Any:
        header = whole(cls, stream)
        if header.length > MESSAGE:
            raise FrameTooLargeException
        return header

    class Bounded(WebSocket):
        _size = 0

        def close(self, code: int = 1000, message: bytes = b"") -> None:
            """Both ways at once: else a client that leaves its side open keeps its place for a minute."""
            super().close(code, message)
            with suppress(AttributeError, OSError):  # gone already
                self.handler.socket.shutdown(socket.SHUT_RDWR)

        def read_frame(self) -> Any:
            header, payload = super().read_frame()
            if header.opcode < self.OPCODE_CLOSE:  # a ping between two fragments ends no message
                before = self._size if header.opcode == self.OPCODE_CONTINUATION else 0
                self._size = before + (len(payload) or EMPTY)
            if self._size > MESSAGE:
                raise FrameTooLargeException
            return header, payload

        def validate_utf8(self, payload: Any) -> None:
            """Done by the decoding."""

    Header.decode_header = classmethod(bounded)
    Header.unmask_payload = lambda self, payload: unmask(payload, self.mask, self.length)
    handler.WebSocket = Bounded
