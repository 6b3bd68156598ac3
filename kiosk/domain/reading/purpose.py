"""Whether a text is a question for the speaker at all: off the subject, or nothing that can be read.

A hint like the others: the teacher may well put « Vous préférez les chats ou les chiens ? » on screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from kiosk.contract.reading import spelling
from kiosk.contract.themes import THEMES
from kiosk.domain.reading import themeguess
from kiosk.ground.i18n import N_

OFF_TOPIC = N_("Cette question semble loin du métier : gardez-la si elle vous convient.")
NONSENSE = N_("On n’y lit pas de question : laissez-la de côté, ou demandez à la classe ce qu’elle voulait dire.")

#: How much more than any other theme « autre » must be said for (hundredths), for a text to be off the subject.
CLEARLY = 100

_SYLLABLES = re.compile(r"([a-z]{1,3})\1{2,}[a-z]{0,2}")
_VOWEL = re.compile("[aeiouy]")
_CONSONANTS = re.compile("[bcdfghjklmnpqrstvwxz]{6}")
_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghij")
#: Four keys in a row, one way or the other, of which no French word has any.
_KEYS = frozenset(row[at : at + 4] for one in _ROWS for row in (one, one[::-1]) for at in range(len(one) - 3)) - {
    "rtyu",
    "poiu",
    "cdef",
}
#: One sign or letter typed and typed again, alone.
_HELD = re.compile(r"\W*(\w)\1{3,}\W*")
#: « 2+2=5 », « x = 3y + 2 »: signs of a sum, and no word.
_SUM = re.compile(r"[\w\s.,()]{0,20}[=+*/^<>-][\w\s.,()=+*/^<>-]{1,40}")
_A_WORD = re.compile(r"[^\W\d_]{3}")
#: What is said where there is nothing to ask.
_NO_QUESTION = frozenset(
    ("je sais pas", "je sais pas quoi dire", "je sais pas trop", "rien a dire", "aucune idee", "pas d idee", "d accord")
)
#: What begins a formula or a page, typed to see what happens.
_CODE = ("=", "<", "{", "$", "\\", "${", "print(", "console.log", "#include", "def ", "select *")


def find(text: str) -> Iterator[tuple[str, int, int, str]]:
    """At most one hint, of the whole of a text (kind, 0, 0, advice)."""
    words = [word for word in spelling.words(text) if not word.isdigit()]
    if _typed(text) or " ".join(words) in _NO_QUESTION or not any(map(_readable, words)):
        yield "nonsense", 0, 0, NONSENSE
        return
    said = dict(zip(THEMES.codes(), themeguess.scores(text), strict=True))
    other = said.pop("autre")
    if other - max(said.values()) >= CLEARLY:
        yield "off_topic", 0, 0, OFF_TOPIC


def _typed(text: str) -> bool:
    """Whether a text is code, a sum, or one key held down."""
    bare = text.strip().lower()[:60]
    return bare.startswith(_CODE) or bool(_HELD.fullmatch(bare) or (_SUM.fullmatch(bare) and not _A_WORD.search(bare)))


def _readable(word: str) -> bool:
    """Whether a word means something: one that is known, or that may well be."""
    if word in themeguess.groups().noise:
        return False
    if spelling.sound(word) in _known() or any(character.isdigit() for character in word):
        return True
    odd = (
        len(set(word)) < 3
        or not _VOWEL.search(word)
        or _SYLLABLES.fullmatch(word)
        or _CONSONANTS.search(word)
        or any(row in word for row in _KEYS)
    )
    return not odd


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Sounds of the words of our lists."""
    held = themeguess.groups()
    learnt = {feature[2:] for feature in themeguess.weights().features if feature.startswith("w:")}
    return frozenset(learnt | held.empty | set(held.whole))
