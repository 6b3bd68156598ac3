"""The one room that knows eventlet (and gevent): patching, native threads, waking the loop, serving.

eventlet is the default; its maintainers plan its retirement, so leaving costs the setting
``engine = "gevent"``. ``threading`` runs the unit tests: real threads, no patching.

The storage writer lives in a *native* thread so that a slow card never stops the event loop. Two
things cross the border, both made here: :meth:`Engine.waiter`, which a greenlet waits on and the
loop completes, and :meth:`Engine.post`, which a native thread calls to run a callback on the loop.
"""

from __future__ import annotations

import os
import sys

from kiosk.engine import locks, stopping
from kiosk.engine.base import (
    Engine,
    NativeLocal,
    Waiter,
    native_ident,
    native_lock,
    native_read,
    native_rlock,
    native_sleep,
    native_write,
)

__all__ = [
    "ENGINES",
    "Engine",
    "NativeLocal",
    "Waiter",
    "activate",
    "current",
    "native_ident",
    "native_lock",
    "native_read",
    "native_rlock",
    "native_sleep",
    "native_write",
    "stopping",
]

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
            import eventlet.patcher

        locks.found_by_collector(eventlet.patcher)
        eventlet.monkey_patch(psycopg=False)  # what a read of PostgreSQL waits for is ours (``wait_for``)
    elif name == "gevent":
        from gevent import monkey

        monkey.patch_all()
    _active = name


def current() -> Engine:
    """The engine of this process, made on first use: ``threading`` when nothing was activated."""
    global _engine
    if _engine is None:
        if _active == "eventlet":
            from kiosk.engine.with_eventlet import EventletEngine

            _engine = EventletEngine()
        elif _active == "gevent":
            from kiosk.engine.with_gevent import GeventEngine

            _engine = GeventEngine()
        else:
            _engine = Engine()
    return _engine


_engine: Engine | None = None
