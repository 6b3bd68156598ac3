"""How big a text may be on the large display: by its length, and by its longest word.

The style sheet holds the sizes (``len-1`` the biggest to ``len-5``); the server only counts, so that
the first screen is right before any script has measured it.
"""

from __future__ import annotations

import re

#: A text of more characters than this takes the next class.
BREAKS = (50, 90, 150, 240)
#: A word of more letters than this asks for at least that class: it must stay on one line.
WORDS = ((14, 2), (18, 3), (22, 4), (30, 5))
#: From this many letters a word is too wide for the biggest sizes of the narrow strip.
WIDE = 10

_BREAKABLE = re.compile(r"[\s\u00a0\u202f/-]+")


def size(text: str) -> str:
    """The classes of a main text: ``len-2``, ``len-3 wide``…"""
    longest = max((len(word.replace("\u2060", "")) for word in _BREAKABLE.split(text)), default=0)
    by_length = 1 + sum(1 for limit in BREAKS if len(text) > limit)
    by_word = max((level for limit, level in WORDS if longest > limit), default=1)
    return f"len-{max(by_length, by_word)}" + (" wide" if longest > WIDE else "")


def level(text: str) -> int:
    """The number in :func:`size`."""
    return int(size(text)[4])
