"""Near-duplicates: few false alarms first, speed second, finding much third. The figures are printed
(`pytest -s`).
"""

import csv
import sys
import time
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import pytest

from kiosk.contract.reading import similarity
from kiosk.contract.reading.neargroups import Groups

DATA = Path(__file__).resolve().parents[1] / "data"


def load(name: str) -> list[tuple[str, str, str]]:
    """(id, text, group) of a file of questions."""
    with (DATA / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(str(index), row["text"], row["group"]) for index, row in enumerate(rows)]


def grouped(rows: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The groups of near questions among (id, text) pairs."""
    found = Groups()
    for id, text in rows:
        found.add(id, similarity.features(text))
    return found.listed()


def near(text: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    """The ids of the (id, text) pairs that are near a text, the nearest first."""
    found = Groups()
    for id, other in rows:
        found.add(id, similarity.features(other))
    return found.near(similarity.features(text), 9)


def pairs(groups: list[list[str]]) -> set[tuple[str, str]]:
    return {pair for ids in groups for pair in combinations(sorted(ids, key=int), 2)}


def measure(name: str) -> tuple[int, int, int]:
    """(pairs to find, found, false alarms)."""
    rows = load(name)
    wanted = {(a, b) for (a, _t, g), (b, _u, h) in combinations(rows, 2) if g == h}
    found = pairs(grouped((id, text) for id, text, _group in rows))
    print(f"{name}: {len(wanted)} pairs, {len(wanted & found)} found, {len(found - wanted)} false alarms")
    return len(wanted), len(wanted & found), len(found - wanted)


def test_questions_the_lexicon_was_tuned_on() -> None:
    assert measure("similar-fr.tsv") == (92, 88, 0)
    assert measure("similar-held-fr.tsv") == (14, 13, 0)
    assert measure("similar-more-fr.tsv") == (87, 87, 0)


def test_questions_the_lexicon_never_saw() -> None:
    """``docs/tri.md``: at least 60 % attached to one that says the same, 90 % of the pairs right."""
    rows = load("similar-apart-fr.tsv")
    wanted = {(a, b) for (a, _t, g), (b, _u, h) in combinations(rows, 2) if g == h}
    found = pairs(grouped((id, text) for id, text, _group in rows))
    copies = {id for pair in wanted for id in pair}
    attached = {id for pair in wanted & found for id in pair}
    print(f"apart: {len(attached)} of {len(copies)} attached, {len(wanted & found)} of {len(found)} pairs right")
    assert len(attached) >= 0.6 * len(copies) and len(wanted & found) >= 0.9 * len(found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vous gagnez combien ?", "C'est quoi votre salaire ?"),
        ("C'est quoi une journée type pour vous ?", "vous faite koi dans la journer ??"),
        ("vous travailler tout seul ?", "Est-ce que vous travaillez seul ou en équipe ?"),
        ("Combien pèse une pale ?", "combien pese une pale"),
        ("wesh cb de thunes par mois svp", "sa paye bien ??"),
        ("jpeux faire mon stage la bas", "Est-ce que vous prenez des stagiaires ?"),
        ("ta deja eu un axident frr", "Avez-vous déjà eu un accident ?"),
        ("S'il vous plaît, quel est votre salaire ?", "votre salaire ?"),
        ("Est-ce que ça fait du bruit une éolienne ?", "Une éolienne, ça fait du bruit ?"),
    ],
)
def test_near(one: str, other: str) -> None:
    assert near(one, [("x", other)]) == ["x"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Qu'est-ce que vous aimez le plus ?", "Qu'est-ce que vous aimez le moins ?"),
        ("Combien gagne un débutant ?", "Les femmes gagnent autant que les hommes ?"),
        ("Comment réparer une pale ?", "Pourquoi réparer une pale ?"),
        ("Combien pèse une éolienne ?", "Combien coûte une éolienne ?"),
        ("Quel âge avez-vous ?", "À quel âge avez-vous commencé ?"),
        ("Vous avez des enfants ?", "Vous avez des vacances ?"),
        ("Vous avez peur des serpents ?", "Vous avez peur du vide ?"),
        ("S'il vous plaît, quel est votre salaire ?", "Qu'est-ce qui vous plaît ?"),
        ("???", "!!!"),
        ("🌍", "🔧"),
        ("aaaaaaaaaaaa", "bbbbbbbbbbbb"),
        ("Et vous ?", "Pourquoi ?"),
    ],
)
def test_not_near(one: str, other: str) -> None:
    assert near(one, [("x", other)]) == []


def test_near_puts_the_nearest_first() -> None:
    candidates = [
        ("far", "Avez-vous peur ?"),
        ("intent", "C'est quoi votre salaire ?"),
        ("same", "vous gagnez combien"),
    ]
    assert near("Vous gagnez combien ?", candidates) == ["same", "intent"]


def test_groups_keep_the_order_of_arrival() -> None:
    rows = [
        ("a", "Avez-vous peur ?"),
        ("b", "Vous gagnez combien ?"),
        ("c", "C'est quoi votre salaire ?"),
        ("d", "vous avez peur ?"),
    ]
    assert grouped(rows) == [["a", "d"], ["b", "c"]]
    assert grouped([]) == []


def test_two_hundred_questions_in_fifty_milliseconds() -> None:
    texts = [text for _id, text, _group in load("similar-fr.tsv")]
    rows = [(str(index), texts[index % len(texts)] + " " * (index // len(texts))) for index in range(200)]
    similarity.lexicon()
    best = 1.0
    for _attempt in range(3):
        similarity.features.forget()
        start = time.process_time()
        grouped(rows)
        best = min(best, time.process_time() - start)
    traced = sys.gettrace() is not None  # coverage makes every line cost several
    assert best < (0.25 if traced else 0.05)
