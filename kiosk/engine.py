"""The one place that knows eventlet (and gevent): patching, native threads, waking the loop, serving.

eventlet is the default; its maintainers plan its retirement, so leaving costs the setting
``engine = "gevent"``. ``threading`` runs the unit tests: real threads, no patching.

The storage writer lives in a *native* thread so that a slow card never stops the event loop. Two
things cross the border, both made here: :meth:`Engine.waiter`, which a greenlet waits on and the
loop completes, and :meth:`Engine.post`, which a native thread calls to run a callback on the loop.
"""

from __future__ import annotations

import _thread
import gc
import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

# The originals, taken before anything is patched (this module is the first one loaded).
_native_start = _thread.start_new_thread
_native_socketpair = socket.socketpair
#: ``threading.local`` by native thread, whatever the engine does to ``threading`` later.
NativeLocal = _thread._local
native_ident = _thread.get_ident
native_lock, native_rlock = _thread.allocate_lock, _thread.RLock
native_sleep = time.sleep
native_read, native_write = os.read, os.write

ENGINES = ("eventlet", "gevent", "threading")
_active: str | None = None


def activate(name: str) -> None:
    """Patch the standard library for ``name``. Must run before peewee, Flask or requests are imported.

    :raises ValueError: unknown engine. :raises RuntimeError: called too late or twice with another name.
    """
    global _active
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}: one of {', '.join(ENGINES)}")
    if _active == name:
        return
    if _active is not None or "peewee" in sys.modules:
        raise RuntimeError("the engine must be activated once, before anything else is imported")
    if name == "eventlet":
        import warnings

        # The system's resolver: greendns knows no .local name and hangs on broken resolvers.
        os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its retirement is known: see the head of this file
            import eventlet

        eventlet.monkey_patch()
    elif name == "gevent":
        from gevent import monkey

        monkey.patch_all()
    _active = name


class Waiter:
    """A result that a caller waits for; :meth:`send` and :meth:`throw` are called on the loop."""

    def send(self, value: Any) -> None:
        raise NotImplementedError

    def throw(self, error: BaseException) -> None:
        raise NotImplementedError

    def wait(self) -> Any:
        raise NotImplementedError


class _ThreadWaiter(Waiter):
    def __init__(self) -> None:
        self._done = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None

    def send(self, value: Any) -> None:
        self._value = value
        self._done.set()

    def throw(self, error: BaseException) -> None:
        self._error = error
        self._done.set()

    def wait(self) -> Any:
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._value


class Engine:
    """Threads, waiting and serving for one process. This base is the ``threading`` engine."""

    name = "threading"

    def waiter(self) -> Waiter:
        """A fresh one-shot result."""
        return _ThreadWaiter()

    def post(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` on the loop, soon. Safe from any native thread; callbacks keep their order."""
        callback()

    def start_native(self, target: Callable[[], None], name: str) -> None:
        """Run ``target`` in a native daemon thread: it may block, and must never touch a green object."""

        def run() -> None:
            try:
                target()
            except Exception:  # the thread is the last place that can tell
                import logging

                logging.getLogger("kiosk.engine").exception("thread %s stopped", name)

        _native_start(run, ())

    def spawn(self, target: Callable[..., Any], *args: Any) -> None:
        """Run ``target`` beside the rest, on the loop."""
        threading.Thread(target=target, args=args, daemon=True).start()

    def sleep(self, seconds: float) -> None:
        """Let others run for ``seconds``."""
        time.sleep(seconds)

    def tune(self) -> None:
        """Settle the interpreter for serving, once everything is loaded.

        A full collection with 500 phones takes 70 ms (measured): what was loaded leaves the collector's sight, and
        full ones become rare. The writer's thread gets the interpreter after 0.5 ms of the loop's work, not 5.
        """
        gc.collect()
        gc.freeze()
        gc.set_threshold(5000, 50, 1000)
        sys.setswitchinterval(0.0005)

    def listen(self, host: str, port: int) -> socket.socket:
        """Bind and listen. :raises OSError: the port is taken or not allowed."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        # On Windows SO_REUSEADDR would let a second kiosk take a port in use.
        reuse = getattr(socket, "SO_EXCLUSIVEADDRUSE", None) or socket.SO_REUSEADDR
        sock.setsockopt(socket.SOL_SOCKET, reuse, 1)
        # Inherited by each connection: a small acknowledgement must not wait for the one before (Nagle).
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            # "::" is both families, also where the system would make it IPv6 only.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            sock.bind((host, port))
        except OSError:
            sock.close()
            raise
        sock.listen(2048)
        return sock

    def serve(self, application: Callable[..., Any], sock: socket.socket) -> None:
        """Serve a WSGI application on a listening socket until the process ends."""
        from werkzeug.serving import make_server

        host, port = sock.getsockname()[:2]
        make_server(host, port, application, threaded=True, fd=sock.fileno()).serve_forever()


class _EventletWaiter(Waiter):
    def __init__(self, event: Any) -> None:
        self._event = event

    def send(self, value: Any) -> None:
        self._event.send(value)

    def throw(self, error: BaseException) -> None:
        self._event.send_exception(error)

    def wait(self) -> Any:
        return self._event.wait()


class _GeventWaiter(Waiter):
    def __init__(self, result: Any) -> None:
        self._result = result

    def send(self, value: Any) -> None:
        self._result.set(value)

    def throw(self, error: BaseException) -> None:
        self._result.set_exception(error)

    def wait(self) -> Any:
        return self._result.get()


class _EventletEngine(Engine):
    name = "eventlet"

    def __init__(self) -> None:
        import eventlet
        from eventlet import event, hubs

        self._eventlet, self._event, self._hubs = eventlet, event, hubs
        self._queue: deque[Callable[[], None]] = deque()
        self._read, self._write = _native_socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._draining = False

    def waiter(self) -> Waiter:
        return _EventletWaiter(self._event.Event())

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
            _run_all(self._queue)

    def spawn(self, target: Callable[..., Any], *args: Any) -> None:
        self._eventlet.spawn_n(target, *args)

    def sleep(self, seconds: float) -> None:
        self._eventlet.sleep(seconds)

    def start_bridge(self) -> None:
        """Start the greenlet that runs posted callbacks; once, from the loop's thread."""
        if not self._draining:
            self._draining = True
            hub = self._hubs.get_hub()
            hub.squelch_exception = hub.squelch_timer_exception = lambda _what, error: _failed(error)
            self._eventlet.spawn_n(self._drain)

    def serve(self, application: Callable[..., Any], sock: socket.socket) -> None:
        import eventlet.wsgi

        _unmask_quickly()
        green = eventlet.greenio.GreenSocket(sock) if not hasattr(sock, "fd") else sock
        eventlet.wsgi.server(
            green, _cleaned(application), log=_Discreet(), log_output=False, max_size=_most_connections(),
            keepalive=True, socket_timeout=SILENCE, debug=False, minimum_chunk_size=4096,
            max_http_version="HTTP/1.1", protocol=_patient_protocol(eventlet),
        )


class _GeventEngine(Engine):
    name = "gevent"

    def __init__(self) -> None:
        import gevent
        from gevent import event

        self._gevent, self._event = gevent, event
        self._queue: deque[Callable[[], None]] = deque()
        self._async: Any = None

    def waiter(self) -> Waiter:
        return _GeventWaiter(self._event.AsyncResult())

    def start_bridge(self) -> None:
        """Register the loop's wake-up; once, from the loop's thread."""
        if self._async is None:
            self._gevent.get_hub().print_exception = lambda _context, *error: _failed(error)
            self._async = self._gevent.get_hub().loop.async_()
            self._async.start(lambda: self._gevent.spawn(_run_all, self._queue))

    def post(self, callback: Callable[[], None]) -> None:
        self._queue.append(callback)
        self._async.send()

    def spawn(self, target: Callable[..., Any], *args: Any) -> None:
        self._gevent.spawn(target, *args)

    def sleep(self, seconds: float) -> None:
        self._gevent.sleep(seconds)

    def serve(self, application: Callable[..., Any], sock: socket.socket) -> None:
        from gevent.pool import Pool
        from gevent.pywsgi import WSGIServer

        # Given, or gevent would look the machine's own name up and wait for a DNS that may be away.
        environ = {"SERVER_NAME": "kiosque"}
        WSGIServer(
            sock, _cleaned(application), handler_class=_patient_handler(self._gevent), log=None, error_log=None,
            environ=environ, spawn=Pool(_most_connections()),
        ).serve_forever()


def _failed(error: Any) -> None:
    """A task that ended in an error: by our journal, which holds back what the error says."""
    import logging

    logging.getLogger("kiosk.engine").error("a task failed", exc_info=error)


def _run_all(queue: deque[Callable[[], None]]) -> None:
    while queue:
        callback = queue.popleft()
        try:
            callback()
        except Exception:
            import logging

            logging.getLogger("kiosk.engine").exception("a posted callback failed")


#: Seconds without a byte before a connection ends; between two requests on one; for a whole head; for a whole body.
SILENCE, IDLE, HEAD, BODY = 75.0, 20.0, 10.0, 30.0
#: Connections at a time, and descriptors kept for the rest (database, backups, portraits).
CONNECTIONS, RESERVE = 4096, 96


def _most_connections() -> int:
    """As many as the system allows: eventlet stops serving for good when a descriptor is refused to it."""
    try:
        import resource
    except ImportError:  # Windows: select() there takes 512 sockets
        return 512 - RESERVE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + RESERVE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(64, min(CONNECTIONS, soft - RESERVE))


class _Discreet:
    """The server's own journal: it would print addresses, request lines and what was in them."""

    def info(self, message: str, *_args: Any) -> None:
        if str(message).startswith("Traceback"):
            import logging

            kind = str(message).rstrip().rpartition("\n")[2].partition(":")[0]
            logging.getLogger("kiosk.engine").error("a request ended in %s", kind[:80])

    def debug(self, message: str, *_args: Any) -> None:
        """Accepted, timed out: nobody reads it."""

    error = write = debug


def _patient_protocol(eventlet: Any) -> Any:
    """eventlet's HTTP, with a phone's buffers (24 KB each before) and an end to every wait.

    A timeout between two bytes alone lets a client that sends one a minute keep its place for hours.
    """

    def within(seconds: float, act: Callable[..., Any]) -> Callable[..., Any]:
        def bounded(*args: Any) -> Any:
            with eventlet.Timeout(seconds, socket.timeout()):
                return act(*args)

        return bounded

    class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc,name-defined]
        rbufsize, wbufsize = 2048, 4096
        error_message_format, error_content_type = "%(code)d\n", "text/plain"  # its page repeats what was sent
        _first = True

        def log_message(self, *_args: Any) -> None:
            """The standard library writes the address and the whole request line of one it cannot read."""

        def _read_request_line(self) -> Any:
            wait, self._first = (HEAD if self._first else IDLE), False
            return within(wait, super()._read_request_line)()

        def parse_request(self) -> Any:
            return within(HEAD, super().parse_request)()

        def get_environ(self) -> Any:
            environ = super().get_environ()
            environ["kiosk.last"] = lambda: setattr(self, "close_connection", 1)
            body = environ["wsgi.input"]
            if body.content_length or body.chunked_input:
                for name in ("read", "readline", "readlines", "discard"):
                    setattr(body, name, within(BODY, getattr(body, name)))
                if (body.content_length or 1 << 30) > 1 << 16:
                    self.close_connection = 1  # what the page did not want to read is not waited for
            return environ

    return Protocol


class _BoundedBody:
    """A request's body for gevent's server, each reading of it within ``BODY`` seconds."""

    def __init__(self, body: Any, within: Callable[..., Any]) -> None:
        for name in ("read", "readline", "readlines", "_discard"):
            setattr(self, name, within(BODY, getattr(body, name)))

    def __iter__(self) -> Any:
        return iter(self.readline, b"")  # type: ignore[attr-defined]


def _patient_handler(gevent: Any) -> Any:
    """gevent's HTTP with the same ends to every wait, and a journal that holds nothing of a request."""
    from geventwebsocket.handler import WebSocketHandler

    def within(seconds: float, act: Callable[..., Any]) -> Callable[..., Any]:
        def bounded(*args: Any) -> Any:
            with gevent.Timeout(seconds, TimeoutError("too slow")):
                return act(*args)

        return bounded

    class Handler(WebSocketHandler):  # type: ignore[misc]
        _first = True

        def handle(self) -> None:
            self.socket.settimeout(SILENCE)
            super().handle()

        def read_requestline(self) -> Any:
            wait, self._first = (HEAD if self._first else IDLE), False
            return within(wait, super().read_requestline)()

        def read_request(self, raw: Any) -> Any:
            try:
                return within(HEAD, super().read_request)(raw)
            except OSError:
                return False  # 400, and the end

        def get_environ(self) -> Any:
            environ = super().get_environ()
            if environ["wsgi.input"] is self.wsgi_input:
                environ["wsgi.input"] = self.wsgi_input = _BoundedBody(self.wsgi_input, within)
                if int(environ.get("CONTENT_LENGTH") or 0) > 1 << 16:
                    self.close_connection = True
            return environ

        def log_error(self, *_args: Any) -> None:
            """A request that cannot be read: the library writes it down."""

        def _handle_client_error(self, error: Any) -> Any:
            return super()._handle_client_error(error if isinstance(error, ValueError) else ValueError())

        def _log_error(self, kind: Any, *_what: Any) -> None:
            if not issubclass(kind, (gevent.GreenletExit, OSError)):  # the sender left, or was too slow
                _Discreet().info(f"Traceback\n{kind.__name__}")

    return Handler


def unmask(data: bytes, mask: bytes, length: int | None = None, offset: int = 0) -> bytes:
    """``data`` as it was before its sender applied the WebSocket ``mask`` (RFC 6455, section 5.3)."""
    length = len(data) if length is None else length
    turned = mask[offset % 4:] + mask[:offset % 4]
    key = (turned * (length // 4 + 1))[:length]
    return (int.from_bytes(data[:length], "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")


def _unmask_quickly() -> None:
    """eventlet unmasks byte by byte: 35 µs for a question, and 5 ms of everybody's time for 32 KB (measured)."""
    from eventlet.websocket import RFC6455WebSocket

    RFC6455WebSocket._apply_mask = staticmethod(unmask)


def _cleaned(application: Callable[..., Any]) -> Callable[..., Any]:
    """Two things that no one behind must see.

    Per-message deflate: on 100-byte messages it costs twice the memory and 7× the latency (measured). Bytes in a query
    that are no ASCII: Flask reads them as UTF-8 and fails on every page when they are not; escaped, they are text.
    """

    def filtered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query, safe="%/?:@!$&'()*+,;=-._~", encoding="latin-1")
        return application(environ, start_response)

    return filtered


def current() -> Engine:
    """The engine of this process, made on first use: ``threading`` when nothing was activated."""
    global _engine
    if _engine is None:
        _engine = {"eventlet": _EventletEngine, "gevent": _GeventEngine}.get(_active or "", Engine)()
    return _engine


_engine: Engine | None = None
