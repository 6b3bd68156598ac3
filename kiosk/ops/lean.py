"""Keeping a Raspberry Pi's memory for phones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Import something while these optional modules look absent.

    The Socket.IO package loads its client half, and with it ``requests``, for nothing: 5.5 MB (measured).
    Whoever needs the module imports it later as usual.
    """
    hidden = [name for name in modules if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
