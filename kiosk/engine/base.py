"""What every engine offers, as plain threads do it; and the originals of what the others patch."""

from __future__ import annotations

import _thread
import gc
import os
import select
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

# The originals, taken before anything is patched (this package is the first one loaded).
_native_start = _thread.start_new_thread
native_socketpair = socket.socketpair
#: ``threading.local`` by native thread, whatever the engine does to ``threading`` later.
NativeLocal = _thread._local
native_ident = _thread.get_ident
native_lock, native_rlock = _thread.allocate_lock, _thread.RLock
native_sleep = time.sleep
native_read, native_write = os.read, os.write
_native_poll = getattr(select, "poll", None)


class Waiter:
    """A result that a caller waits for; :meth:`send` and :meth:`throw` are called on the loop."""

    def send(self, value: Any) -> None:
        """Wake the caller with ``value``."""
        raise NotImplementedError

    def throw(self, error: BaseException) -> None:
        """Wake the caller with ``error``, which is raised there."""
        raise NotImplementedError

    def wait(self) -> Any:
        """What was sent, as soon as it is. To be called beside the loop's own work, once.

        :raises BaseException: what was thrown.
        """
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

    def start_bridge(self) -> None:
        """Get ready to run what is posted; once, from the loop's thread. Here whoever posts runs it."""

    def start_native(self, target: Callable[[], None], name: str) -> None:
        """Run ``target`` in a native daemon thread: it may block, and must never touch a green object."""

        def run() -> None:
            try:
                target()
            except Exception:  # the thread is the last place that can tell
                import logging

                logging.getLogger("kiosk.engine").exception("thread %s stopped", name)

        _native_start(run, ())

    def apart(self, work: Callable[[], T], name: str) -> T:
        """What ``work`` returns, done in a native thread while the loop goes on: for what is slow by nature. It must
        never touch a green object. To be called beside the loop's own work; raises what ``work`` raised.
        """
        waiter = self.waiter()

        def run() -> None:
            try:
                value = work()
            except Exception as error:
                failure = error
                self.post(lambda: waiter.throw(failure))
            else:
                self.post(lambda: waiter.send(value))

        self.start_native(run, name)
        result: T = waiter.wait()
        return result

    def spawn(self, target: Callable[..., Any], *args: Any) -> None:
        """Run ``target`` beside the rest, on the loop; what it raises goes to the journal, as on every engine."""

        def run() -> None:
            try:
                target(*args)
            except Exception as error:
                failed(error)

        threading.Thread(target=run, daemon=True).start()

    def sleep(self, seconds: float) -> None:
        """Let others run for ``seconds``."""
        time.sleep(seconds)

    def wait_for(self, descriptor: int, writing: bool, seconds: float) -> bool:
        """Wait until a descriptor can be read (or written), ``seconds`` at most; whether it can. On the loop, everybody
        else runs meanwhile; a native thread waits alone.
        """
        return native_wait(descriptor, writing, seconds)

    def tune(self) -> None:
        """Settle the interpreter for serving, once everything is loaded.

        A full collection with 500 phones takes 70 ms (measured): what was loaded leaves the collector's sight, and
        full ones become rare. The writer's thread gets the interpreter after 0.5 ms of the loop's work, not 5.
        """
        gc.freeze()  # without a look through it first: 59 ms for 611 objects (measured)
        gc.enable()  # put off while the program loads (``kiosk.__main__``)
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


def native_wait(descriptor: int, writing: bool, seconds: float) -> bool:
    """As :meth:`Engine.wait_for`, in a native thread, whatever the engine patched."""
    assert _native_poll is not None, "not on this system"
    poll = _native_poll()
    poll.register(descriptor, select.POLLOUT if writing else select.POLLIN)
    return bool(poll.poll(max(0, seconds) * 1000))


def failed(error: Any) -> None:
    """A task that ended in an error: by our journal, which holds back what the error says."""
    import logging

    logging.getLogger("kiosk.engine").error("a task failed", exc_info=error)


def run_all(queue: deque[Callable[[], None]]) -> None:
    """Run callbacks that native threads posted, in their order; one that fails is told and stops no other."""
    while queue:
        callback = queue.popleft()
        try:
            callback()
        except Exception:
            import logging

            logging.getLogger("kiosk.engine").exception("a posted callback failed")
