"""What was worked out of a text, kept so that it is not worked out twice: pupils' words in memory, so all in one place.

A cache made here is bounded in bytes, holds no text longer than a question may be, and is emptied with the others when
something is erased (:func:`forget`). Words that the kiosk does not keep (a text it refuses) are not kept here either
(:func:`nothing`). ``functools.lru_cache`` counts entries, whatever their size, and nobody knows of it: a test finds
each one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import update_wrapper
from typing import Any, Generic, TypeVar

T = TypeVar("T")

#: Code points of the longest text that is kept (``question.max_length`` goes no further), and looked at by any rule.
LONGEST = 1000

_all: list[Remembered[Any]] = []
_keeping: ContextVar[bool] = ContextVar("kiosk_keeping", default=True)


class Remembered(Generic[T]):
    """A function of a text (and of values that can be keys) that remembers its last answers, the oldest leave first.

    ``held`` is what they weigh, in bytes, about; never more than ``most``.
    """

    def __init__(self, work: Callable[..., T], most: int) -> None:
        self._work, self.most, self.held = work, most, 0
        self._answers: dict[tuple[Any, ...], tuple[T, int]] = {}
        update_wrapper(self, work)
        _all.append(self)

    def __call__(self, text: str, *more: Any) -> T:
        key = (text, *more)
        known = self._answers.get(key)
        if known is not None:
            return known[0]
        answer = self._work(text, *more)
        if len(text) <= LONGEST and _keeping.get():
            weight = _weight(text) + _weight(answer) + 250
            if key not in self._answers:
                self.held += weight
            self._answers[key] = (answer, weight)
            self._lighten()
        return answer

    def __len__(self) -> int:
        return len(self._answers)

    def forget(self) -> None:
        """Empty it."""
        self._answers.clear()
        self.held = 0

    def _lighten(self) -> None:
        while self.held > self.most and self._answers:
            try:
                gone = self._answers.pop(next(iter(self._answers)), None)
            except (StopIteration, RuntimeError):  # another thread's turn (unit tests)
                continue
            if gone is not None:
                self.held -= gone[1]


def texts(kilobytes: int) -> Callable[[Callable[..., T]], Remembered[T]]:
    """Decorate a function of a text: its answers are remembered, up to so many kilobytes."""
    return lambda work: Remembered(work, kilobytes * 1024)


@contextmanager
def nothing() -> Iterator[None]:
    """A block whose texts are not kept by the kiosk: what is worked out of them is not remembered."""
    token = _keeping.set(False)
    try:
        yield
    finally:
        _keeping.reset(token)


def forget() -> None:
    """Empty every such memory: what was erased leaves the process too."""
    for one in _all:
        one.forget()


def everything() -> list[Remembered[Any]]:
    """Every memory made so far."""
    return list(_all)


def _weight(value: Any) -> int:
    """Bytes of an answer, about: itself and what it holds."""
    own = sys.getsizeof(value)
    if isinstance(value, (tuple, list, frozenset, set)):
        return own + sum(_weight(one) for one in value)
    if isinstance(value, str) or not hasattr(value, "__dict__"):
        return own
    return own + sum(_weight(one) for one in vars(value).values())
