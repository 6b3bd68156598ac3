"""What `kiosk/domain/reading/likeness.py` compares texts by, learnt: called by ``tests/tri.py --write`` and its test.

For each kind, a logistic regression on all the sentences to work with: whole gradients (AdaGrad), a cost on each
weight, nothing drawn at random. The least that is sure is set by cross-validation: a share of the sentences of other
kinds, told by :data:`FALSE`, reaches it when they are judged by weights learnt without them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import tri
from kiosk.domain.reading import likeness

#: Share of the sentences of other kinds that may reach the least, in cross-validation.
FALSE = {"rude": 0.01, "health": 0.006, "distress": 0.003}
#: Kinds that are no example against another: a pupil in danger speaks of health.
NEITHER = {"rude": set[str](), "health": {"distress"}, "distress": {"health"}}
ROUNDS, STEP, COST, FOLDS = 120, 0.25, 0.2, 5
#: A weight of one byte is this many times one of the regression.
SCALE = 40

Labelled = tuple[str, str]  # (kind, sentence)


class Rows(NamedTuple):
    """Sentences as the places of their features, one after the other: where, how much, and where each begins."""

    places: NDArray[np.int64]
    much: NDArray[np.float64]
    begins: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Rows:
        """Those of texts."""
        counted = [likeness.places(text) for text in texts]
        sizes = [len(one) for one in counted]
        places = np.array([place for one in counted for place in one], dtype=np.int64)
        much = np.array([one[place] / likeness.WORD for one in counted for place in one])
        return cls(places, much, np.cumsum([0, *sizes[:-1]]))

    def said(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """What weights say of each."""
        return np.add.reduceat(weights[self.places] * self.much, self.begins)


def sentences(kind: str) -> list[Labelled]:
    """Those that a kind is learnt from: none that is kept apart in another file or by its hash."""
    found = tri.load(tri.WORK, tri.MORE, tri.LATE, tri.WIDE, tri.STATEMENTS)
    if kind == "health":  # what is no danger may well be of a family
        return [one for one in found if one[0] not in NEITHER[kind]]
    found += [("distress" if one == "d" else "legit", text) for one, text in tri.load("distress-more-fr.tsv")]
    for name, told in (("distress-fr.tsv", "distress"), ("ordinary-fr.tsv", "legit")):
        worked = [text for _kind, text in tri.load(name) if hashlib.sha256(text.encode()).digest()[0] % 3 == 0]
        found += [(told, text) for text in worked]
    return [one for one in found if one[0] not in NEITHER[kind]]


def learn(rows: Rows, mine: NDArray[np.float64], used: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights that tell those of a kind (1 in ``mine``) from the others, the last the one that no feature has;
    ``used``: 1 for those that are learnt from.
    """
    sizes = np.diff(np.append(rows.begins, len(rows.places)))
    weights, seen = np.zeros(likeness.PLACES + 1), np.full(likeness.PLACES + 1, 1e-6)
    for _round in range(ROUNDS):
        odds = 1 / (1 + np.exp(-(rows.said(weights[:-1]) + weights[-1])))
        wrong = (odds - mine) * used
        slope = COST * weights
        slope[:-1] += np.bincount(rows.places, np.repeat(wrong, sizes) * rows.much, likeness.PLACES)
        slope[-1] = wrong.sum()
        seen += slope * slope
        weights -= STEP * slope / np.sqrt(seen)
    return weights


def kinds(least: bool = True) -> dict[str, dict[str, object]]:
    """What the file holds; without ``least``, the weights alone (the rest takes five times as long)."""
    found: dict[str, dict[str, object]] = {}
    for kind, false in FALSE.items():
        told = sentences(kind)
        rows = Rows.of([text for _kind, text in told])
        mine = np.array([float(one == kind) for one, _text in told])
        weights = learn(rows, mine, np.ones(len(told)))
        rounded = np.clip(np.rint(weights * SCALE), -127, 127).astype(np.int8)
        found[kind] = {
            "always": round(float(weights[-1]) * SCALE * likeness.WORD),
            "weights": base64.b64encode(rounded[:-1].tobytes()).decode(),
        }
        if least:
            found[kind]["least"] = round(_least(rows, mine, false) * SCALE * likeness.WORD)
    return found


def _least(rows: Rows, mine: NDArray[np.float64], false: float) -> float:
    fold = np.arange(len(mine)) % FOLDS
    judged = np.zeros(len(mine))
    for one in range(FOLDS):
        weights = learn(rows, mine, (fold != one).astype(float))
        judged = np.where(fold == one, rows.said(weights[:-1]) + weights[-1], judged)
    others = np.sort(judged[mine == 0])
    least = float(others[int(len(others) * (1 - false))])
    print(f"  {100 * (judged[mine == 1] >= least).mean():.1f} % of {int(mine.sum())} found by likeness alone")
    return least


def write() -> None:
    """Learn and write `config/likeness-fr.json`."""
    body = json.dumps(kinds(), indent=1)
    likeness.FILE.write_text(body + "\n", encoding="utf-8")
