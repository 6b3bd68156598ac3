"""Sorting help, learnt and measured: ``python tests/tri.py`` prints the figures of docs/tri.md.

``--write`` learns the themes' weights, ``--cross`` judges them by cross-validation (``--wrong``: what it gets wrong);
``--apart`` counts on the sentences kept apart too: docs/tri.md says how often that was done.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kiosk.contract.themes import THEMES  # noqa: E402
from kiosk.domain.reading import flags, themeguess  # noqa: E402

DATA = Path(__file__).resolve().parent / "data"
WORK, MORE, APART = "sorting-fr.tsv", "sorting-more-fr.tsv", "sorting-held-fr.tsv"
#: Kinds that strangers tried and the others had not: for the hints alone, no theme is learnt from them.
LATE = "sorting-late-fr.tsv"
#: Other registers, trades and kinds, written to widen what was known.
WIDE = "sorting-wide-fr.tsv"
#: Half of what was written before its writer read lists and rules: « vie|metier » where two themes may be right.
DECEMBER = "sorting-december-fr.tsv"
#: What asks nothing: names of jobs, studies, notes of a reflection. No kind's, for likeness to know.
STATEMENTS = "statements-fr.tsv"
CODES = THEMES.codes()
#: Rounds of learning, how much each step moves, how much a weight costs, folds of the cross-validation.
ROUNDS, STEP, COST, FOLDS = 30, 0.1, 0.3, 10
#: What a group says for its theme before anything is learnt.
GIVEN = 2.0

Example = tuple[str, str]  # (theme, sentence)


def load(*names: str) -> list[Example]:
    """(kind, sentence) of each line of files of sentences."""
    found = []
    for name in names:
        for line in (DATA / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                kind, _tab, text = line.partition("\t")
                found.append((kind, text))
    return found


def of_a_theme(examples: list[Example]) -> list[Example]:
    """Those that have a theme."""
    return [one for one in examples if one[0] in CODES]


def learn(examples: list[Example]) -> themeguess.Weights:
    """Weights of a multinomial logistic regression: AdaGrad, one sentence after the other in a fixed order."""
    rows = [(CODES.index(theme), sorted(themeguess.features(text))) for theme, text in examples]
    width = len(CODES)
    themes = themeguess.groups().themes
    before: dict[str, list[float]] = defaultdict(lambda: [0.0] * width)
    for name, code in themes.items():
        before["g:" + name][CODES.index(code)] = GIVEN
    held: dict[str, list[float]] = defaultdict(lambda: [0.0] * width)
    held.update({feature: list(row) for feature, row in before.items()})
    seen: dict[str, list[float]] = defaultdict(lambda: [1e-6] * width)
    many = Counter(feature for _theme, row in rows for feature in row)
    rows = [(theme, ["", *(f for f in row if many[f] > 1 or f.startswith("g:"))]) for theme, row in rows]
    for turn in range(ROUNDS):
        for at in range(len(rows)):
            theme, row = rows[(at * 7919 + turn * 31) % len(rows)]
            scale = 1.0
            total = [sum(held[f][k] for f in row) * scale for k in range(width)]
            top = max(total)
            odds = [math.exp(one - top) for one in total]
            whole = sum(odds)
            for k in range(width):
                wrong = odds[k] / whole - (k == theme)
                for f in row:
                    slope = wrong * scale + COST * (held[f][k] - before[f][k]) / many.get(f, len(rows))
                    seen[f][k] += slope * slope
                    held[f][k] -= STEP * slope / math.sqrt(seen[f][k])
    kept = {f: [round(100 * one) for one in held[f]] for f in sorted(held)}
    return themeguess.Weights(kept.pop(""), {f: row for f, row in kept.items() if max(map(abs, row)) >= 15})


def guess(held: themeguess.Weights, text: str) -> str:
    """What these weights propose."""
    total = list(held.always)
    for feature in themeguess.features(text):
        for place, said in enumerate(held.features.get(feature, ())):
            total[place] += said
    return themeguess.best(total)


def crossed(examples: list[Example]) -> list[tuple[str, str, str]]:
    """(theme, proposed, sentence) of each, judged by weights learnt from the other folds."""
    found = []
    for fold in range(FOLDS):
        held = learn([one for at, one in enumerate(examples) if at % FOLDS != fold])
        found += [(k, guess(held, text), text) for at, (k, text) in enumerate(examples) if at % FOLDS == fold]
    return found


def told(title: str, judged: list[tuple[str, str, str]]) -> None:
    """Print how often it is right, by class, and what it gets wrong."""
    right = sum(theme == proposed for theme, proposed, _text in judged)
    print(f"{title}: {right}/{len(judged)} = {100 * right / len(judged):.1f} %")
    for code in CODES:
        mine = [(theme, proposed) for theme, proposed, _text in judged if theme == code]
        if mine:
            said = sum(proposed == code for _t, proposed, _x in judged)
            ok = sum(theme == proposed for theme, proposed in mine)
            print(f"  {code:14} {ok:3}/{len(mine):3} found, {ok:3}/{said:3} of those proposed are right")


#: What a sentence of a kind should be hinted at by, and the kinds among which none should be.
HINTS = {
    "rude": {"rude"},
    "personal": {"phone", "email", "handle", "link", "name", "birth", "address", "school"},
    "health": {"health", "distress"},
    "nonsense": {"nonsense"},
    "autre": {"off_topic", "nonsense"},
}
#: Kinds that may bear another kind's hint: an insult may name somebody, a text without a question be off the subject…
EXCUSED = {
    "personal": {"rude", "health", "nonsense"},
    "health": {"personal", "rude", "distress"},
    "nonsense": {"autre", "rude"},
    "autre": {"nonsense", "rude", "personal", "distress"},
    "rude": {"nonsense", "health", "distress"},
}


def hinted(kind: str, examples: list[Example]) -> tuple[list[str], list[str], int, int]:
    """(missed, false alarms, how many of the kind, how many of the others) of the hints of a kind."""
    wanted = HINTS[kind]
    mine = [text for one, text in examples if one == kind]
    others = [text for one, text in examples if one != kind and one not in EXCUSED[kind]]
    missed = [text for text in mine if wanted.isdisjoint(flags.codes(text))]
    false = [text for text in others if not wanted.isdisjoint(flags.codes(text))]
    return missed, false, len(mine), len(others)


def told_hints(examples: list[Example], wrong: bool) -> None:
    """Print how often each kind of hint is right."""
    for kind in HINTS:
        missed, false, mine, others = hinted(kind, examples)
        print(
            f"  {kind:10} {mine - len(missed):3}/{mine:3} = {100 - 100 * len(missed) / max(1, mine):5.1f} % found, "
            f"{len(false):2}/{others:4} = {100 * len(false) / max(1, others):4.1f} % false alarms"
        )
        if wrong:
            print(
                "".join(f"    missed: {text}\n" for text in missed) + "".join(f"    false:  {text}\n" for text in false)
            )


def main(words: list[str]) -> None:
    import tri_likeness  # it reads this module

    examples = of_a_theme(load(WORK, MORE, WIDE))
    if "--write" in words:
        held = learn(examples)
        body = ",\n".join(f"  {json.dumps(f)}: {json.dumps(row)}" for f, row in held.features.items())
        tri_likeness.write()
        themeguess.WEIGHTS.write_text(f'{{"always": {json.dumps(held.always)},\n "features": {{\n{body}\n}}}}\n')
    if "--cross" in words:
        judged = crossed(examples)
        told("cross-validation", judged)
        if "--wrong" in words:
            for theme, proposed, text in judged:
                if theme != proposed:
                    print(f"    {theme:13} -> {proposed:13} {text}")
    if "--hints" in words:
        told_hints(load(WORK, MORE, LATE, WIDE), "--wrong" in words)
    if "--apart" in words:
        told_hints(load(APART), False)
        told("kept apart", [(k, themeguess.theme(t), t) for k, t in of_a_theme(load(APART))])


if __name__ == "__main__":
    start = time.process_time()
    main(sys.argv[1:])
    print(f"{time.process_time() - start:.1f} s", file=sys.stderr)
