"""Texts made comparable: lower case, no accent, one apostrophe, and never a change of length."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

Words = frozenset[str]

_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;\n]*")
_SAME_LENGTH = {"’": "'", "‘": "'", "`": "'", "\u00a0": " ", "\u202f": " ", "‑": "-", "–": "-"}


def flat(text: str) -> str:
    """Return `text` in lower case without accents, character for character: positions stay true ("Œ"
    and "œ" stay "œ").
    """
    return "".join(map(_flat_character, text))


@lru_cache(maxsize=2048)
def _flat_character(character: str) -> str:
    if character in _SAME_LENGTH:
        return _SAME_LENGTH[character]
    small = character.lower()
    if len(small) != 1:
        return character
    base = unicodedata.normalize("NFD", small)[0]
    return base if base.isalpha() or base == small else small


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each sentence."""
    for match in _SENTENCE.finditer(text):
        yield match.start(), match.end()
