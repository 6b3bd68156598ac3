"""What a text is like, where nobody listed its words: texts that hurt, of a pupil's health or family, of danger.

Lists and constructions know the wordings somebody thought of. Beside them, three linear classifiers (logistic
regressions) compare a text's words, pairs of words and parts of words with those of our labelled sentences, and say
nothing unless they are sure: each has the least it must reach, which few other sentences reach when they are judged by
weights learnt without them. Learnt by ``python tests/tri.py --write`` (`tests/tri_likeness.py`); how often it is right:
`docs/tri.md`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from kiosk.contract.reading import spelling
from kiosk.ground import remembered

FILE = Path(__file__).resolve().parents[3] / "config" / "likeness-fr.json"
#: Places of the table of weights: two features that share one blur each other a little.
PLACES = 1 << 15
#: How much a word or a pair counts, and a part of a word.
WORD, PART = 5, 2
_PARTS = (3, 4, 5)


class Kind(NamedTuple):
    """One classifier: what no feature says, the least that is sure, and a signed byte for each place."""

    always: int
    least: int
    weights: memoryview


@remembered.texts(kilobytes=512)
def kinds(text: str) -> frozenset[str]:
    """The kinds (rude, health, distress) whose sentences the first `remembered.LONGEST` characters surely are like."""
    return frozenset(name for name, said in scores(text).items() if said >= table()[name].least)


def scores(text: str) -> dict[str, int]:
    """What each classifier says of a text: the more, the likelier."""
    counted = places(text)
    return {
        name: kind.always + sum(kind.weights[place] * much for place, much in counted.items())
        for name, kind in table().items()
    }


def places(text: str) -> dict[int, int]:
    """The places of a text's features, with how much each counts."""
    found: dict[int, int] = {}
    for feature, much in _features(text):
        place = crc32(feature.encode("utf-8", "replace")) % PLACES
        found[place] = max(much, found.get(place, 0))
    return found


def _features(text: str) -> Iterator[tuple[str, int]]:
    words = spelling.words(text)
    sounds = [spelling.sound(word) for word in words]
    for sound in sounds:
        yield "w " + sound, WORD
    for one, two in zip(["^", *sounds], [*sounds, "$"], strict=True):
        yield f"p {one} {two}", WORD
    for one, two in zip(sounds, sounds[2:], strict=False):
        yield f"q {one} {two}", WORD
    for word in set(words):
        whole = f"<{word}>"
        for size in _PARTS:
            for at in range(len(whole) - size + 1):
                yield whole[at : at + size], PART
    yield f"l {min(5, len(words) // 2)}", WORD
    if "?" in text[: remembered.LONGEST]:
        yield "?", WORD


@lru_cache(maxsize=1)
def table(path: Path = FILE) -> Mapping[str, Kind]:
    """The classifiers by kind, read once."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Kind(one["always"], one["least"], memoryview(base64.b64decode(one["weights"])).cast("b"))
        for name, one in data.items()
    }
