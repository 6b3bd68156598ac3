"""Whether a time follows the length of a text: CPU time, best of five, ten times the text in at most twenty-five times
the time. The only timed tests of the house; a floor keeps tiny times, which lie, out of it.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Lengths compared, and how much longer the longer one may take.
SMALL, BIG, MOST = 600, 6_000, 25.0
#: Seconds: what is done with the longer text in less tells nothing; and one call is ended after so many.
FLOOR, PATIENCE = 0.001, 2.0
TRIES = 5


#: What says that the call went wrong before it reached anything, or for another reason than its text: no answer to it.
NOT_REACHED = (LookupError, TypeError, AttributeError, NameError, RuntimeError)


class TooLong(BaseException):
    """A call that would not end; no ``except Exception`` on its way keeps it."""


def repeated(unit: str, prefix: str = "", ending: str = "") -> Callable[[int], str]:
    """A text of any length: ``prefix``, as many ``unit`` as it takes, ``ending``."""
    return lambda length: prefix + unit * max(1, (length - len(prefix) - len(ending)) // len(unit)) + ending


def broken(act: Callable[[Any], Any], made: Callable[[int], Any]) -> str:
    """What is wrong with the growth of ``act`` on these texts; empty when nothing is. A refusal is its affair.

    :raises Exception: one of :data:`NOT_REACHED`, that ``act`` raised.
    """
    with patience():
        try:
            text = made(SMALL)
            small, big = min(timed(act, text), timed(act, text)), timed(act, made(BIG))
            if big > FLOOR and big > MOST * small:
                small, big = min(small, best(act, text)), min(big, best(act, made(BIG)))
                if big > FLOOR and big > MOST * small:
                    return f"{small * 1000:.2f} ms, then {big * 1000:.2f} ms for ten times the text"
        except TooLong:
            return f"not ended after {PATIENCE} s"
    return ""


def best(act: Callable[[Any], Any], text: Any) -> float:
    """The least of some tries, in seconds of CPU."""
    return min(timed(act, text) for _try in range(TRIES))


def timed(act: Callable[[Any], Any], text: Any) -> float:
    """Seconds of CPU of one call. :raises Exception: one of :data:`NOT_REACHED`."""
    begun = time.thread_time()
    try:
        act(text)
    except NOT_REACHED:
        raise
    except Exception:
        pass  # a refusal is an answer
    return time.thread_time() - begun


@contextmanager
def patience() -> Iterator[None]:
    """Ends what does not end: a signal reaches a regular expression at work too."""

    def end(_signal: int, _frame: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE * 2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
