"""What may leave a class of its counts (contract, section 3, ``reflection.summary``)."""

from __future__ import annotations

import itertools

import pytest

from kiosk.contract.aggregates import SMALLEST, may_leave, shareable

STEPS = ("very", "rather", "little")


def useful(very: int, rather: int, little: int, answers: int = 0) -> dict[str, int]:
    counts = dict(zip(STEPS, (very, rather, little)))
    return shareable(counts, answers or sum(counts.values()), every=3)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((10, 6, 5), {"very": 10, "rather": 6, "little": 5}),
        ((14, 5, 2), {"very": 14}),  # two hides five
        ((12, 7, 4), {"very": 12}),
        ((18, 2, 1), {}),  # three in all would be told by eighteen
        ((15, 6, 0), {"very": 15}),  # nobody is a number too
        ((21, 0, 0), {"very": 21}),
        ((4, 4, 4), {}),
        ((5, 5, 0), {"very": 5}),
        ((0, 0, 0), {}),
    ],
)
def test_three_steps_of_a_class(counts: tuple[int, int, int], told: dict[str, int]) -> None:
    assert useful(*counts) == told


def test_some_who_did_not_say_count_in_the_complement() -> None:
    assert useful(17, 0, 0, answers=21) == {}
    assert useful(16, 0, 0, answers=21) == {"very": 16}
    assert [may_leave(n, 21) for n in (4, 5, 16, 17, 20, 21)] == [False, True, True, False, False, True]


def test_a_set_that_hides_one_count_hides_the_next_smallest() -> None:
    assert shareable({"metier": 9, "vie": 6, "autre": 3}, 30) == {"metier": 9}
    assert shareable({"metier": 9, "vie": 6, "autre": 2, "egalite": 1}, 30) == {"metier": 9}  # three together are few
    assert shareable({"metier": 9, "vie": 6, "autre": 4, "egalite": 1}, 30) == {"metier": 9, "vie": 6}
    assert shareable({"metier": 9, "vie": 6}, 30) == {"metier": 9, "vie": 6}
    assert shareable({"metier": 28, "vie": 6}, 30) == {}


def test_no_class_up_to_forty_lets_a_small_number_be_deduced() -> None:
    """Whoever knows the rule, the total and what is told finds at least two ways to share out what is hidden, unless
    nothing small is in it.
    """
    for total in range(SMALLEST, 41):
        for very, rather in itertools.product(range(total + 1), repeat=2):
            if very + rather > total:
                continue
            counts = dict(zip(STEPS, (very, rather, total - very - rather)))
            told = shareable(counts, total, every=3)
            assert all(may_leave(n, total) for n in told.values())
            left, gone = total - sum(told.values()), 3 - len(told)
            assert gone != 1 and (gone == 0 or left == 0 or left >= SMALLEST), counts
