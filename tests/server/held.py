"""Runs `kiosk …` with one more address, `/tenir/<how>`, whose handler never gives the loop back. For tests alone."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable
from typing import Any

from kiosk.engine import Engine


def _python() -> None:
    while True:
        pass


HOLDS: dict[str, Callable[[], Any]] = {
    "python": _python,
    # In C without an end: the first keeps the interpreter, the second lets go of it. No signal interrupts them.
    "c": lambda: -1 in itertools.count(),
    "c-libre": lambda: hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1),
}


def holding(serve: Callable[..., None]) -> Callable[..., None]:
    """The engine's way to serve, with that address in front of the application."""

    def served(self: Engine, application: Callable[..., Iterable[bytes]], sock: Any) -> None:
        def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            path = environ.get("PATH_INFO", "")
            if path.startswith("/tenir/"):
                HOLDS[path.rpartition("/")[2]]()
            return application(environ, start_response)

        serve(self, wrapped, sock)

    return served


def main() -> None:
    """As `python -m kiosk`."""
    from kiosk import engine
    from kiosk.__main__ import main as kiosk

    first = engine.current

    def current() -> Engine:
        made = first()
        kind = type(made)
        if kind.serve.__name__ != "served":
            kind.serve = holding(kind.serve)  # type: ignore[method-assign]
        return made

    engine.current = current
    kiosk()


if __name__ == "__main__":
    main()
