"""Bytes that anybody may have made, read by a process of its own, within its memory and its time.

A parser written in C holds the interpreter for as long as it works, in a native thread too: only another process leaves
the loop free, and only there can memory be bounded.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kiosk.engine import Engine, native_read, native_write

ROOT = Path(__file__).resolve().parents[2]


#: Seconds between two looks at whether another file is still being read.
PAUSE = 0.1


class Turn:
    """One file at a time, whoever brings it: each may take all the memory that a small machine has to give."""

    def __init__(self) -> None:
        self._taken = False

    @contextmanager
    def taken(self, sleep: Callable[[float], None]) -> Iterator[None]:
        """A block that begins when nobody else is in one; ``sleep`` lets other greenlets run meanwhile."""
        while self._taken:
            sleep(PAUSE)
        self._taken = True
        try:
            yield
        finally:
            self._taken = False


def bound(memory: int, seconds: int) -> None:
    """To be said first by the process itself: at most so many bytes of memory and seconds of work."""
    if hasattr(os, "nice"):
        os.nice(5)  # the class comes first
    try:
        import resource
    except ImportError:  # Windows: whoever started this process counts the seconds
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def asked(engine: Engine, words: Sequence[str], data: bytes, *, seconds: float, most: int) -> bytes:
    """What ``python -m …`` (``words``: a module and its arguments) says of ``data`` within ``seconds``, at most about
    ``most`` bytes, while other greenlets run. Cut or empty, it took too much of something.

    :raises OSError: no process can be started.
    """
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, stdin=theirs_in, stdout=theirs_out, stderr=subprocess.DEVNULL
        )
    except OSError:
        os.close(ours_out)
        os.close(ours_in)
        raise
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    waiter = engine.waiter()

    def work() -> None:
        heard = bytearray()
        try:
            left = memoryview(data)
            while left:
                left = left[native_write(ours_out, left[:65_536]) :]
        except OSError:
            pass  # it left before it had read all: what it said tells why, or nothing does
        os.close(ours_out)
        try:
            while len(heard) < most and (piece := native_read(ours_in, 65_536)):
                heard += piece
        except OSError:
            heard.clear()
        engine.post(lambda: waiter.send(bytes(heard)))

    def watch() -> None:
        engine.sleep(seconds)
        if process.poll() is None:
            process.kill()

    engine.start_native(work, "kiosk-reader")
    engine.spawn(watch)
    text: bytes = waiter.wait()
    os.close(ours_in)
    engine.spawn(process.wait)
    return text
