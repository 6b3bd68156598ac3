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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kiosk import remembered
from kiosk.domain.wording import flat

FILE = Path(__file__).resolve().parents[2] / "config" / "similar-fr.toml"

#: Shared stems over all stems, above which two questions say the same in the same words.
SAME_WORDS = 0.6

_TOKEN = re.compile(r"[a-z0-9œ]+")
_WEEKEND = re.compile(r"\bweek[ -]?ends?\b")

Way = tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """The words of `config/similar-fr.toml`: spellings, stems that say nothing, each intent's ways of
    asking, which wins.
    """

    spelling: dict[str, str]
    empty: frozenset[str]
    intents: tuple[tuple[str, tuple[Way, ...]], ...]
    absorbs: dict[str, frozenset[str]]


@dataclass(frozen=True)
class Features:
    """What a question is compared by: its words, what it asks, its stems, and those that no intent
    explains.
    """

    words: tuple[str, ...]
    intents: frozenset[str]
    stems: frozenset[str]
    rest: frozenset[str]


def groups(questions: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return groups of near questions, as lists of ids, for (id, text) pairs; each id is in one group
    at most.

    A question joins the first group whose first question it is near: near is not passed on from friend
    to friend.
    """
    found: list[tuple[Features, list[str]]] = []
    by_key: dict[Any, list[int]] = {}
    for id, text in questions:
        mine = features(text)
        index = next((i for i in _candidates(mine, by_key) if _near(mine, found[i][0])), None)
        if index is not None:
            found[index][1].append(id)
            continue
        for key in _keys(mine):
            by_key.setdefault(key, []).append(len(found))
        found.append((mine, [id]))
    return [ids for _features, ids in found if len(ids) > 1]


def near(text: str, candidates: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ids of the (id, text) candidates that are near a text, the nearest first."""
    mine = features(text)
    scored = [
        (_overlap(mine.stems, theirs.stems), id)
        for id, theirs in ((i, features(t)) for i, t in candidates)
        if _near(mine, theirs)
    ]
    return [id for _score, id in sorted(scored, key=lambda pair: -pair[0])]


@remembered.texts(kilobytes=16384)
def features(text: str) -> Features:
    """Return what a question is compared by: its first `remembered.LONGEST` characters."""
    text, words = text[:remembered.LONGEST], lexicon()
    tokens = tuple(
        words.spelling.get(token, token)
        for token in _TOKEN.findall(_WEEKEND.sub("weekend", flat(text)))
    )
    intents, explained = _intents(tokens, words)
    stems = frozenset(_stem(token) for token in tokens if len(token) > 1) - words.empty
    rest = stems - {_stem(token) for token in explained}
    return Features(tokens, intents, stems, rest)


@lru_cache(maxsize=1)
def lexicon(path: Path = FILE) -> Lexicon:
    """Return the lexicon, read once."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    intents = tuple(
        (name, tuple(tuple(way.split()) for way in ways)) for name, ways in data["intents"].items()
    )
    empty = frozenset(_stem(word) for word in data["empty"]["words"].split())
    return Lexicon(
        data["spelling"],
        empty,
        intents,
        {name: frozenset(over) for name, over in data["absorbs"].items()},
    )


def _near(one: Features, other: Features) -> bool:
    if one.words == other.words:
        return bool(one.words)
    if _opposed(one.words, other.words):
        return False
    if one.intents:
        if one.intents != other.intents:
            return False
        return one.rest == other.rest or _overlap(one.stems, other.stems) >= SAME_WORDS
    if other.intents or _asked(one) != _asked(other):
        return False
    if one.stems == other.stems:
        return bool(one.stems)
    return len(one.stems & other.stems) >= 2 and _overlap(one.stems, other.stems) >= SAME_WORDS


_OPPOSED = ("plus", "moins"), ("avantages", "inconvenients"), ("avant", "apres")


def _opposed(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether one says « plus » where the other says « moins »."""
    return any(
        (a in one and b in other and b not in one) or (b in one and a in other and a not in one)
        for a, b in _OPPOSED
    )


_ASKED = frozenset("combien comment pourquoi ou quand qui".split())


def _asked(one: Features) -> frozenset[str]:
    """The question words: « comment réparer » is not « pourquoi réparer »."""
    return _ASKED & frozenset(one.words)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _intents(tokens: Sequence[str], words: Lexicon) -> tuple[frozenset[str], set[str]]:
    """What a question asks, and the tokens that say it."""
    held = set(tokens)
    names: set[str] = set()
    explained: set[str] = set()
    for name, ways in words.intents:
        for way in ways:
            used = _used(way, held)
            if used is not None:
                names.add(name)
                explained |= used
    covered = {over for name in names for over in words.absorbs.get(name, ())}
    return frozenset(names - covered), explained


def _used(way: Way, held: set[str]) -> set[str] | None:
    """The tokens that fulfil all the words of a way to ask, or None."""
    used: set[str] = set()
    for word in way:
        if word.endswith("*"):
            found = {token for token in held if token.startswith(word[:-1])}
        else:
            found = {word} & held
        if not found:
            return None
        used |= found
    return used


def _keys(one: Features) -> list[Any]:
    """Where a question is filed: by its exact words, and by what it asks or, failing that, by each
    stem.
    """
    return [one.words, *([one.intents] if one.intents else one.stems)]


def _candidates(one: Features, by_key: dict[Any, list[int]]) -> list[int]:
    return sorted({index for key in _keys(one) for index in by_key.get(key, ())})


@remembered.texts(kilobytes=1024)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer  # 3 MB for all its languages: only once questions are compared

    return snowballstemmer.stemmer("french")
