"""The theme a question most probably has, proposed when nobody chose one; who reads it decides.

A question is its words' sounds, its pairs of words and the groups of `config/themes-fr.toml` that it names. Each says
so much for each of the nine themes (`config/themes-fr.json`), and the theme that most is said for is proposed: a linear
classifier (multinomial logistic regression), learnt by `tests/tri.py` from sentences of ours alone. How often it is
right, and where it is wrong: `docs/tri.md`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kiosk.contract.reading import spelling
from kiosk.contract.reading.wording import flat
from kiosk.contract.themes import THEMES
from kiosk.ground import remembered

CONFIG = Path(__file__).resolve().parents[3] / "config"
GROUPS, WEIGHTS = CONFIG / "themes-fr.toml", CONFIG / "themes-fr.json"


class Weights(NamedTuple):
    """What each feature says for each theme, in the registry's order, in hundredths; ``always``: what no word says."""

    always: Sequence[int]
    features: dict[str, Sequence[int]]


class Groups(NamedTuple):
    """The words of `config/themes-fr.toml`, as they sound: one → its groups, an opening → its groups, several in a row
    → their groups by the first; ``lengths``: those of the openings.
    """

    whole: dict[str, tuple[str, ...]]
    opening: dict[str, tuple[str, ...]]
    several: dict[str, tuple[tuple[tuple[str, ...], str], ...]]
    lengths: tuple[int, ...]
    #: A group → the theme it stands under; and the sounds of words that say nothing.
    themes: dict[str, str]
    empty: frozenset[str]
    #: Words typed to fill a line; words said before a question.
    noise: frozenset[str]
    greeting: frozenset[str]


@remembered.texts(kilobytes=512)
def theme(text: str) -> str:
    """The code of the theme that is proposed for a text: always one of the nine."""
    return best(scores(text))


def scores(text: str) -> list[int]:
    """What a text says for each theme, in the registry's order: the more, the likelier."""
    held = weights()
    total = list(held.always)
    for feature in features(text):
        for place, said in enumerate(held.features.get(feature, ())):
            total[place] += said
    return total


def best(said: Sequence[float]) -> str:
    """The theme with the highest score."""
    return max(zip(THEMES.codes(), said, strict=True), key=lambda pair: pair[1])[0]


def features(text: str) -> set[str]:
    """What a text is judged by: words (« w: »), pairs (« p: ») and groups (« g: »)."""
    words = _said(spelling.words(text))
    sounds = [spelling.sound(word) for word in words]
    named = set(_named(words, sounds))
    empty = groups().empty
    found = {"w:" + sound for sound in sounds if sound not in empty}
    pairs = zip(["^", *sounds], sounds, strict=False)
    found.update(f"p:{one} {two}" for one, two in pairs if one not in empty or two not in empty)
    found.update("g:" + group for group in named)
    return found


def _said(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a text without its greetings, unless it has no others."""
    greeting = groups().greeting
    return tuple(word for word in words if word not in greeting) or words


def _named(words: Sequence[str], sounds: Sequence[str]) -> Iterable[str]:
    """The groups that a text names."""
    held = groups()
    for place, word in enumerate(words):
        yield from held.whole.get(sounds[place], ())
        for length in held.lengths:
            if length <= len(word):
                yield from held.opening.get(word[:length], ())
        for row, group in held.several.get(word, ()):
            if tuple(words[place : place + len(row)]) == row:
                yield group


@lru_cache(maxsize=1)
def weights(path: Path = WEIGHTS) -> Weights:
    """What the features say, read once."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Weights(data["always"], data["features"])


@lru_cache(maxsize=1)
def groups(path: Path = GROUPS) -> Groups:
    """The groups of words, read once."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    whole: dict[str, set[str]] = {}
    opening: dict[str, set[str]] = {}
    several: dict[str, set[tuple[tuple[str, ...], str]]] = {}
    themes = {name: theme for theme, named in data["groups"].items() for name in named}
    for name, theme in themes.items():
        for entry in data["groups"][theme][name].split():
            parts = tuple(part for one in entry.split("_") if one for part in spelling.spelt(one.rstrip("*")))
            if len(parts) > 1 or entry.endswith("_"):
                several.setdefault(parts[0], set()).add((parts, name))
            elif entry.endswith("*"):
                opening.setdefault(entry[:-1], set()).add(name)
            else:
                whole.setdefault(spelling.sound(parts[0]), set()).add(name)
    return Groups(
        {word: tuple(sorted(names)) for word, names in whole.items()},
        {word: tuple(sorted(names)) for word, names in opening.items()},
        {first: tuple(sorted(rows)) for first, rows in several.items()},
        tuple(sorted({len(word) for word in opening})),
        themes,
        frozenset(map(spelling.sound, data["empty"]["words"].split())),
        frozenset(flat(data["noise"]["words"]).split()),
        frozenset(data["greeting"]["words"].split()),
    )
