"""Near-duplicates among questions: a suggestion for the teacher, never a merge.

Words alone find few copies (domain notes, section 6: stems ≥ 0.5 found 4 pairs of 35 without a false
alarm), so questions are compared twice: by their stems (snowball, French), and by what they ask (a
lexicon of intents, `config/similar-fr.toml`). Two questions are near only when they ask exactly the
same set of things and hardly say anything else. It prefers silence: a missed pair costs a glance, a
false one costs trust. Figures: `tests/domain/test_similarity.py` prints and holds them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from kiosk.contract.reading import spelling
from kiosk.contract.reading.wording import flat
from kiosk.ground import remembered
from kiosk.ground.values import dataclass

FILE = Path(__file__).resolve().parents[3] / "config" / "similar-fr.toml"

#: Shared stems over all stems, above which two questions say the same in the same words.
SAME_WORDS = 0.6

_WEEKEND = re.compile(r"\bweek[ -]?ends?\b")

Way = tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """The words of `config/similar-fr.toml`: spellings, stems that say nothing, each intent's ways of
    asking, which wins.
    """

    spelling: dict[str, str]
    filler: frozenset[str]
    empty: frozenset[str]
    #: (Intent, way), under the first word of the way: a question is compared with those that it may hold.
    ways: dict[str, list[tuple[str, Way]]]
    absorbs: dict[str, frozenset[str]]
    #: All the words of the ways of asking, and the lengths of those with any ending (« gagn* »: 4).
    asking: frozenset[str]
    starts: tuple[int, ...]


class Features(NamedTuple):
    """What a question is compared by: its words, what it asks, its stems, and those that no intent
    explains; its question words and its poles (« plus », « avant »…), apart.

    A tuple that shares what many have: thousands are held, and the collector reads each of their objects.
    """

    words: tuple[str, ...]
    intents: frozenset[str]
    stems: frozenset[str]
    rest: frozenset[str]
    asked: frozenset[str]
    poles: frozenset[str]


@remembered.texts(kilobytes=16384)
def features(text: str) -> Features:
    """Return what a question is compared by: its first `remembered.LONGEST` characters."""
    text, words = text[: remembered.LONGEST], lexicon()
    read = spelling.words(_WEEKEND.sub("weekend", flat(text)))
    tokens = tuple(words.spelling.get(token, token) for token in read if token not in words.filler)
    intents, explained = _intents(tokens, words)
    stems = frozenset(_stem(token) for token in tokens if len(token) > 1) - words.empty
    rest = stems - {_stem(token) for token in explained} if explained else stems
    asked, poles = _ASKED.intersection(tokens), _POLES.intersection(tokens)
    return Features(tokens, _shared(intents), stems, rest, _shared(asked), _shared(poles))


@lru_cache(maxsize=4096)
def _shared(few: frozenset[str]) -> frozenset[str]:
    """One set for all that are equal: names of the lexicon, never a pupil's words."""
    return few


@lru_cache(maxsize=1)
def lexicon(path: Path = FILE) -> Lexicon:
    """Return the lexicon, read once."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    intents = tuple((name, tuple(tuple(way.split()) for way in ways)) for name, ways in data["intents"].items())
    empty = frozenset(_stem(word) for word in data["empty"]["words"].split())
    asking = frozenset(word for _name, ways in intents for way in ways for word in way)
    begun: dict[str, list[tuple[str, Way]]] = {}
    for name, ways in intents:
        for way in ways:
            begun.setdefault(way[0], []).append((name, way))
    return Lexicon(
        data["spelling"],
        frozenset(data["filler"]["words"].split()),
        empty,
        begun,
        {name: frozenset(over) for name, over in data["absorbs"].items()},
        asking,
        tuple(sorted({len(word) - 1 for word in asking if word.endswith("*")})),
    )


def are_near(one: Features, other: Features) -> bool:
    """Tell whether two questions say the same. It goes both ways, and is not passed on from friend to friend."""
    if one.words == other.words:
        return bool(one.words)
    if one.intents != other.intents or _opposed(one.poles, other.poles):
        return False
    if one.intents:
        return one.rest == other.rest or overlap(one.stems, other.stems) >= SAME_WORDS
    if one.asked != other.asked:  # « comment réparer » is not « pourquoi réparer »
        return False
    if one.stems == other.stems:
        return bool(one.stems)
    return overlap(one.stems, other.stems) >= SAME_WORDS and len(one.stems & other.stems) >= 2


_OPPOSED = ("plus", "moins"), ("avantages", "inconvenients"), ("avant", "apres")
_POLES = frozenset(word for pair in _OPPOSED for word in pair)
_ASKED = frozenset("combien comment pourquoi ou quand qui".split())


def _opposed(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether one says « plus » where the other says « moins »."""
    return bool(one and other) and any(
        (a in one and b in other and b not in one) or (b in one and a in other and a not in one) for a, b in _OPPOSED
    )


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared stems over all stems, 0 to 1."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def _intents(tokens: Sequence[str], words: Lexicon) -> tuple[frozenset[str], set[str]]:
    """What a question asks, and the tokens that say it."""
    said = _said(tokens, words)
    names: set[str] = set()
    explained: set[str] = set()
    for first in said:
        for name, way in words.ways.get(first, ()):
            if all(word in said for word in way):
                names.add(name)
                explained.update(*(said[word] for word in way))
    covered = {over for name in names for over in words.absorbs.get(name, ())}
    return frozenset(names - covered), explained


def _said(tokens: Sequence[str], words: Lexicon) -> dict[str, set[str]]:
    """Each word of the ways to ask that is there (« gagn* » as well), with the tokens that fulfil it."""
    said: dict[str, set[str]] = {}
    for token in tokens:
        for start in (token, *(token[:length] + "*" for length in words.starts if length <= len(token))):
            if start in words.asking:
                said.setdefault(start, set()).add(token)
    return said


@remembered.texts(kilobytes=1024)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer  # 3 MB for all its languages: only once questions are compared

    return snowballstemmer.stemmer("french")
