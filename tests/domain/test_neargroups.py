"""Groups kept while questions come and go: the same as from scratch, at a cost that follows what changes."""

from __future__ import annotations

import csv
import random
import string
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from domain.test_similarity import grouped
from kiosk.contract.reading import neargroups
from kiosk.contract.reading.neargroups import Groups
from kiosk.contract.reading.similarity import are_near, features

DATA = Path(__file__).resolve().parents[1] / "data"


def asked() -> list[str]:
    found = []
    for name in ("similar-fr.tsv", "similar-held-fr.tsv"):
        with (DATA / name).open(encoding="utf-8") as file:
            found += [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return found


def mixed(count: int, seed: int) -> list[str]:
    """Pupils' questions, then halves of two, and some twice."""
    rng, texts = random.Random(seed), asked()
    halves = [" ".join(rng.choice(texts).split()[:5] + rng.choice(texts).split()[-5:]) for _ in range(count)]
    found = [*texts, *halves, *rng.choices(texts, k=count // 5)]
    rng.shuffle(found)
    return found[:count]


def from_scratch(texts: dict[str, str]) -> list[list[str]]:
    """The rule, as it is said: each joins the first group whose first question it is near. Everything is compared."""
    found: list[list[str]] = []
    for id, text in texts.items():
        mine = features(text)
        home = next((group for group in found if are_near(features(texts[group[0]]), mine)), None)
        if home is None:
            found.append([id])
        else:
            home.append(id)
    return [group for group in found if len(group) > 1]


@pytest.mark.parametrize("seed", range(4))
def test_what_comes_is_grouped_as_when_everything_is_compared(seed: int) -> None:
    texts = {str(n): text for n, text in enumerate(mixed(300, seed))}
    assert grouped(texts.items()) == from_scratch(texts)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_changes_a_group_is_still_one(seed: int) -> None:
    rng, pool = random.Random(seed), mixed(120, seed)
    groups = Groups()
    held: dict[str, tuple[str, bool]] = {}
    for step in range(900):
        id = f"q{rng.randrange(80)}"
        groups.remove(id)
        held.pop(id, None)
        if rng.random() < 0.7:
            held[id] = (rng.choice(pool), rng.random() < 0.2)
            groups.add(id, features(held[id][0]), ahead=held[id][1])
        if step % 30:
            continue
        listed = groups.listed()
        ids = [id for group in listed for id in group]
        assert len(ids) == len(set(ids)) and set(ids) <= set(held)
        for first, *others in listed:
            for other in others:
                assert are_near(features(held[first][0]), features(held[other][0]))
                assert held[first][1] or not held[other][1]  # what is approved comes first
        grouped = set(ids)
        for one, other in combinations(held, 2):  # the same words are never apart
            if features(held[one][0]).words == features(held[other][0]).words:
                assert one in grouped and any(one in group and other in group for group in listed)


def test_removing_everything_leaves_nothing() -> None:
    groups = Groups()
    texts = mixed(150, 1)
    for n, text in enumerate(texts):
        groups.add(str(n), features(text), ahead=n % 7 == 0)
    for n in random.Random(1).sample(range(150), 150):
        groups.remove(str(n))
    assert (len(groups), groups.listed(), groups._forms, groups._filed) == (0, [], {}, {})


def test_an_approved_question_takes_the_head_of_its_group() -> None:
    groups = Groups()
    for id, text in (("a", "Avez-vous peur ?"), ("b", "vous avez peur"), ("c", "Vous avez peur ?")):
        groups.add(id, features(text))
    groups.remove("b")
    groups.add("b", features("vous avez peur"), ahead=True)
    assert [group[0] for group in groups.listed()] == ["b"] and set(groups.listed()[0]) == {"a", "b", "c"}
    groups.remove("b")
    assert groups.listed() == [["a", "c"]]


def look_alikes(count: int) -> list[str]:
    rng = random.Random(3)
    return [f"spam numero {n} {rng.getrandbits(64):016x}" for n in range(count)]


def two_letters(count: int) -> list[str]:
    """36 words shared by all, as many not: 240 letters, and never six tenths in common."""
    rng = random.Random(4)
    shared = [a + b for a in "bcdfgh" for b in "klmnpq"]
    pairs = [a + b for a in string.ascii_lowercase for b in string.digits]
    return [" ".join([*shared, *rng.sample(pairs, 44)])[:240] for _ in range(count)]


def long_shared(count: int) -> list[str]:
    """The shared words are the longest: every question is filed under the same ones."""
    rng = random.Random(5)
    shared = [a + b + c for a in "bcd" for b in "klmn" for c in "pq"]
    pairs = [a + b for a in string.ascii_lowercase for b in string.ascii_lowercase]
    return [" ".join([*shared, *rng.sample(pairs, 44)])[:240] for _ in range(count)]


def one_thing(count: int) -> list[str]:
    """All ask the same thing, each about something else."""
    rng = random.Random(6)
    return [f"Combien gagne un {rng.getrandbits(40):010x} {rng.getrandbits(40):010x} ?" for _ in range(count)]


def ordinary(count: int) -> list[str]:
    return mixed(count, 9)


@pytest.mark.parametrize("kind", [ordinary, look_alikes, two_letters, long_shared, one_thing])
def test_a_question_is_compared_with_a_bounded_number_of_others(kind: Callable[[int], list[str]]) -> None:
    """Work is counted, not timed: comparing each with each made 1,000 questions cost a hundred times what 100 do."""
    most = neargroups.COMPARED + neargroups.FOLLOWERS
    groups = Groups()
    for n, text in enumerate(kind(1500)):
        before = groups.compared
        groups.add(str(n), features(text))
        assert groups.compared - before <= most
    for n in range(0, 1500, 3):
        before = groups.compared
        groups.remove(str(n))
        assert groups.compared - before <= neargroups.FOLLOWERS * most
