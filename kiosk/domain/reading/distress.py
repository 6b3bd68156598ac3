"""A text that may come from a pupil in danger: who wants to die, hurts himself, is beaten, abused or harassed.

Such a question is no question for the speaker. From the unit of work that stores its words until an adult says « ce
n'est pas cela », it is guarded: never public, on screen, grouped, told to the centre, nor shown to who only reads over.
What pupils write is data (`config/distress-fr.toml`); how often it is right: `docs/performance.md`, held by a test.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

from kiosk.domain.reading import likeness, textrules
from kiosk.domain.reading.constructions import Reader
from kiosk.ground import remembered

FILE = Path(__file__).resolve().parents[3] / "config" / "distress-fr.toml"
#: What a question is waiting for (``Question.worry``): nobody opened it, an adult did, an adult said that somebody
#: in the school knows, an adult said that it is not that (an ordinary question again). Empty: an ordinary one.
UNOPENED, OPENED, TOLD, CLEARED = "unopened", "opened", "told", "cleared"
#: While it is one of these, only an adult and its author know of it.
GUARDED = (UNOPENED, OPENED, TOLD)
#: Characters looked at in a text that is refused, however long.
LOOKED_AT = 240


def seen(text: object, most: int = LOOKED_AT) -> bool:
    """Whether the first ``most`` characters of a text, as it would be kept (``textrules``), may come from a pupil in
    danger. Anything else than text: no.
    """
    if not isinstance(text, str):
        return False
    words = textrules.visible(text[:most])
    with remembered.nothing():  # read before it is known whether it is kept
        return reader().found(words) or "distress" in likeness.kinds(words)


def judged(text: str, worry: str = "", before: str = "") -> str:
    """What a kept text is waiting for; ``worry`` and ``before`` are what its question had.

    An adult's word stands as long as the words do; others are judged again.
    """
    if worry and text == before:
        return worry
    return UNOPENED if seen(text, len(text)) else worry if worry in GUARDED else ""


@lru_cache(maxsize=1)
def reader(path: Path = FILE) -> Reader:
    """The constructions, read once."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return Reader(tomllib.loads(path.read_text(encoding="utf-8")))
