"""The proposed running order: fair among devices, speakers and themes; votes hardly move it, what was placed stays."""

from __future__ import annotations

import random

import pytest

from kiosk.contract.themes import THEMES
from kiosk.domain.questions.running_order import MOST, Candidate, proposed, with_placed

CODES = THEMES.codes()


def ids(slots):
    return [one.id for one in slots]


def class_of(seed: int) -> list[Candidate]:
    """Three pupils with five questions each and their friends' votes, twenty with one each; by votes, as listed."""
    dice = random.Random(seed)
    many = [
        Candidate(f"{name}{n}", dice.choice(CODES[:4]), None, name, 8 + dice.randrange(12))
        for name in ("a", "b", "c")
        for n in range(5)
    ]
    one = [Candidate(f"q{n}", dice.choice(CODES[:4]), None, f"d{n}", dice.randrange(4)) for n in range(20)]
    return sorted([*many, *one], key=lambda q: -q.support)


@pytest.mark.parametrize("seed", range(40))
def test_at_least_twelve_devices_are_heard_among_the_first_fifteen(seed: int) -> None:
    waiting = class_of(seed)
    by = {one.id: one for one in waiting}
    first = [by[id].device for id in ids(proposed(waiting, []))[:15]]
    assert len(set(first)) >= 12
    assert len({one.device for one in waiting[:15]}) <= 6  # the votes' own order, as control


@pytest.mark.parametrize("seed", range(20))
def test_no_device_speaks_twice_running_while_another_may(seed: int) -> None:
    waiting = class_of(seed)
    by = {one.id: one for one in waiting}
    order = [by[id].device for id in ids(proposed(waiting, [by["a0"]]))]
    assert order[0] != "a"
    twice = [at for at, (one, two) in enumerate(zip(order, order[1:])) if one == two]
    assert all(len(set(order[at + 1 :])) == 1 for at in twice)  # only when nobody else is left


def test_what_nobody_s_device_sent_is_no_device() -> None:
    typed = [Candidate(f"t{n}", "metier", support=9 - n) for n in range(4)]
    assert ids(proposed(typed, [])) == ["t0", "t1", "t2", "t3"]
    assert {one.reason for one in proposed(typed, [])} == {"theme", "voices"}


@pytest.mark.parametrize("seed", range(20))
def test_each_speaker_stays_within_one_of_the_others_while_they_have_questions(seed: int) -> None:
    dice = random.Random(seed)
    speakers = ["x", "y", "z"]
    waiting = [
        Candidate(f"q{n}", dice.choice(CODES), dice.choice([*speakers, None]), f"d{n}", dice.randrange(20))
        for n in range(30)
    ]
    by, count = {one.id: one for one in waiting}, dict.fromkeys(speakers, 0)
    left: dict[str | None, int] = {}  # None: a question to nobody in particular
    for one in waiting:
        left[one.speaker_id] = left.get(one.speaker_id, 0) + 1
    for id in ids(proposed(waiting, [], speakers)):
        who = by[id].speaker_id
        left[who] -= 1
        if who:
            count[who] += 1
        owed = [s for s in speakers if left.get(s)]
        assert all(count[who or s] - count[s] <= 1 for s in owed)


def test_what_the_teacher_placed_never_moves() -> None:
    waiting = [Candidate(f"q{n}", "vie", None, f"d{n}", 20 - n, placed=n in (2, 5)) for n in range(8)]
    for asked in ([], [Candidate("x", "vie", None, "d0")]):
        slots = proposed(waiting, asked)
        assert [(at, one.id) for at, one in enumerate(slots) if one.reason == "placed"] == [(2, "q2"), (5, "q5")]
        assert sorted(ids(slots)) == sorted(one.id for one in waiting)


@pytest.mark.parametrize("seed", range(60))
def test_a_place_given_on_the_page_is_the_one_shown_and_moves_nothing_that_was_placed(seed: int) -> None:
    dice = random.Random(seed)
    stands = [
        Candidate(one.id, one.theme, None, one.device, one.support, False, dice.random() < 0.3)
        for one in class_of(seed)[: dice.randrange(2, 14)]
    ]
    shown = ids(proposed(stands, []))
    moved = dice.choice(shown)
    kept = {at: one.id for at, one in enumerate(stands) if one.placed and one.id != moved}
    for before in [*(id for id in shown if id != moved), None]:
        order = with_placed(stands, shown, moved, before=before)
        assert sorted(order) == sorted(shown) and all(order[at] == id for at, id in kept.items())
        others = [one.id for one in stands if one.id != moved and not one.placed]
        assert [id for id in order if id in others] == others
        by = {one.id: one for one in stands}
        after = [Candidate(id, by[id].theme, None, by[id].device, by[id].support, False, by[id].placed) for id in order]
        after = [one if one.id != moved else Candidate(one.id, one.theme, placed=True) for one in after]
        seen = ids(proposed(after, []))
        assert seen.index(moved) == order.index(moved)
        free = [at for at in range(len(stands)) if at not in kept]
        if before is None:
            assert order.index(moved) == free[-1]
        elif before in kept.values() and shown.index(before) > free[0]:
            assert order.index(moved) < order.index(before)
    for step in (-1, 1):
        order = with_placed(stands, shown, moved, step=step)
        assert (order.index(moved) - shown.index(moved)) * step >= 0 and all(order[at] == id for at, id in kept.items())


def test_a_device_does_not_come_just_before_its_placed_question() -> None:
    waiting = [
        Candidate("first", "vie", None, "a", 20),
        Candidate("placed", "vie", None, "a", 1, placed=True),
        Candidate("other", "vie", None, "b", 0),
    ]
    assert ids(proposed(waiting, [])) == ["other", "placed", "first"]


def test_what_was_prepared_comes_before_its_equals() -> None:
    waiting = [Candidate("heard", "vie", None, "a", 0), Candidate("ready", "vie", None, None, 0, prepared=True)]
    assert ids(proposed(waiting, [Candidate("x", "vie")])) == ["ready", "heard"]


def test_one_vote_changes_nothing() -> None:
    """Voices count by steps: within one the order stands."""
    waiting = [Candidate(f"q{n}", CODES[n % 4], None, f"d{n}", 7) for n in range(12)]
    before = ids(proposed(waiting, []))
    for n in range(12):
        voted = [
            Candidate(q.id, q.theme, None, q.device, q.support + 1 if q.id == f"q{n}" else q.support) for q in waiting
        ]
        assert ids(proposed(voted, [])) == before


def test_each_has_the_reason_that_put_it_there() -> None:
    waiting = [
        Candidate("theme", "metier", None, "a", 0),
        Candidate("again", "vie", None, "b", 0),
        Candidate("ready", "vie", None, None, 0, prepared=True),
        Candidate("loud", "vie", None, "c", 12),
        Candidate("more", "vie", None, "h", 12),
        Candidate("typed", "vie", None, None, 0),
    ]
    asked = [Candidate("x", "vie", None, "h")]
    assert {one.id: (one.reason, one.of) for one in proposed(waiting, asked)} == {
        "theme": ("theme", "metier"),
        "again": ("device", ""),
        "ready": ("prepared", ""),
        "loud": ("voices", ""),
        "more": ("after", ""),
        "typed": ("list", ""),  # nobody backed it
    }
    slots = proposed([Candidate("y1", "vie", "y", "q")], [Candidate("x1", "vie", "x", "p")], ["x", "y"])
    assert [(one.reason, one.of) for one in slots] == [("turn", "y")]


def test_thousands_cost_no_more_than_the_first_ones() -> None:
    waiting = [Candidate(f"q{n}", CODES[n % 9], None, f"d{n % 50}", n % 30) for n in range(5000)]
    assert ids(proposed(waiting, [])) == ids(proposed(waiting[:MOST], [])) and len(proposed(waiting, [])) == MOST
