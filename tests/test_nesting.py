"""Brackets that nest too deep are seen before a parser is."""

from __future__ import annotations

import json

import pytest

from kiosk.ground.nesting import DEEPEST, too_deep

DEEP = DEEPEST + 1


@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_depth_is_counted(opening, closing):
    per = sum(opening.count(mark) for mark in "[{")
    allowed, refused = DEEPEST // per, DEEPEST // per + 1
    assert not too_deep(opening * allowed + "1" + closing * allowed)
    assert too_deep(opening * refused + "1" + closing * refused)
    assert too_deep((opening * 30_000).encode())


def test_brackets_in_words_and_side_by_side_are_not_depth():
    assert not too_deep(json.dumps(["[{" * 500 + '\\"[', "]" * 9] * 3))
    assert not too_deep(json.dumps([[] for _n in range(1000)]))
    assert not too_deep(b"\xff" + b"[]" * DEEP)


def test_what_cannot_be_read_is_only_counted():
    assert not too_deep("]" * DEEP + "[" * DEEPEST)
    assert not too_deep('"never closed ' + "[" * DEEP)  # one long string, for a parser too
