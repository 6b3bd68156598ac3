"""A stop is a stop: obeyed within ten seconds, whatever holds the process.

Python runs a signal's handler between two bytecodes of the main thread. A regular expression that never ends, a library
in C that keeps the interpreter: no handler runs, and no other thread either. What always runs is the C part of the
handler, which writes the signal's number to a descriptor (``signal.set_wakeup_fd``). So a *keeper* reads it: a small
process of its own (a shell and ``dd``: half a megabyte; a second Python would take nine). It hands the byte to a native
thread of the server, which writes what waits and leaves; and it kills the server :data:`GRACE` seconds after the signal
if that could not be done. What was acknowledged is on disk before it is acknowledged: even then nothing of it is lost.

Windows has neither: there the handler is all there is.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from kiosk.engine.base import Engine, native_lock, native_read

#: Seconds from the signal to the end, whatever happens; and how many of them what waits has to be written.
GRACE = 9
WRITING = 7.0
STOPS = (signal.SIGTERM, signal.SIGINT)

#: Signals sent to the whole group are not for it. Its output is a pipe that the server alone reads: writing to it fails
#: once the server has ended, whose number may then be another's.
KEEPER = """
trap '' TERM INT HUP
dd bs=1 count=1
i=0
while [ $i -lt $2 ]; do printf . || exit 0; sleep 1; i=$((i + 1)); done
printf . && kill -9 "$1"
"""

_wake: int | None = None


def keep() -> None:
    """Start the keeper. Once, from the main thread, before anything is patched and any thread is started."""
    global _wake
    if not hasattr(os, "posix_spawn") or _wake is not None:
        return
    heard, told = os.pipe()
    woken, wake = os.pipe()
    words = ["sh", "-c", KEEPER, "kiosk-keeper", str(os.getpid()), str(GRACE)]
    actions = [
        (os.POSIX_SPAWN_DUP2, heard, 0), (os.POSIX_SPAWN_DUP2, wake, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]  # fmt: skip
    with suppress(OSError):  # no shell here: the handler is all there is
        os.posix_spawn("/bin/sh", words, {"PATH": os.environ.get("PATH", os.defpath)}, file_actions=actions)
        os.set_blocking(told, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        _wake = woken
    os.close(heard)
    os.close(wake)


def obey(engine: Engine, finish: Callable[[], object]) -> None:
    """From now on SIGTERM and Ctrl-C run ``finish``, once, in a native thread, then end the process with 0.

    A native thread, since a signal may land in any greenlet, which could swallow an exception. ``finish`` has
    :data:`WRITING` seconds.
    """
    once = native_lock()

    def leave() -> None:
        if not once.acquire(False):
            return
        try:
            finish()
            sys.stdout.flush()
        finally:
            os._exit(0)

    def wait() -> None:
        if _wake is not None and native_read(_wake, 1):
            leave()

    if _wake is not None:
        engine.start_native(wait, "kiosk-stop-heard")
    for number in STOPS:
        signal.signal(number, lambda _number, _frame: engine.start_native(leave, "kiosk-stop"))
