"""Pages rendered a slice at a time: everybody else passes between two of them.

A template is a generator of small pieces. Its values were read before the first, so what it says is of one moment.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from flask import current_app

from kiosk.web.frame import context

T = TypeVar("T")

#: Seconds of work in one go.
SLICE = 0.008
#: Turns of the loop that others get between two slices, at most; and seconds that a turn takes when nobody wants it.
TURNS, IDLE = 6, 0.0003


def render(name: str, **values: Any) -> str:
    """The page of a template, as ``flask.render_template`` makes it."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    app.update_template_context(values)
    pieces: list[str] = []
    until = time.perf_counter() + SLICE
    for piece in app.jinja_env.get_template(name).generate(values):
        pieces.append(piece)
        if time.perf_counter() >= until:
            breathe()
            until = time.perf_counter() + SLICE
    return "".join(pieces)


def paced(items: Iterable[T]) -> Iterator[T]:
    """The same items; everybody else passes between two of them, as often as between two slices."""
    until = time.perf_counter() + SLICE
    for item in items:
        if time.perf_counter() >= until:
            breathe()
            until = time.perf_counter() + SLICE
        yield item


def breathe() -> None:
    """Let everybody else pass, until nobody is left who has something to do now: a question takes four turns of the
    loop from its arrival to its answer, and would wait for a slice in each.
    """
    engine = context.kiosk_of().engine
    for _turn in range(TURNS):
        began = time.perf_counter()
        engine.sleep(0)
        if time.perf_counter() - began < IDLE:
            return
