"""The list of prepared questions, sheet by sheet."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.web.teacher import prints

LONG = "Pouvez-vous nous raconter comment vous avez choisi ce métier plutôt qu’un autre, et qui vous y a aidée ?"


def questions(number: int, text: str) -> list[Any]:
    return [SimpleNamespace(text=f"{text} {n}", theme="") for n in range(number)]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("text", ["Et la nuit ?", LONG])
def test_all_are_there_in_order_and_none_is_alone_on_the_last(text: str, several: bool) -> None:
    for number in range(1, 60):
        listed = questions(number, text)
        shared = prints.sheets(listed, several)
        assert [one for sheet in shared for one in sheet] == listed
        assert number == 1 or len(shared[-1]) > 1
        for at, sheet in enumerate(shared):
            room = prints.NEXT_MM if at else prints.FIRST_MM - prints.NAMES_MM * several
            assert sum(prints.height_mm(one) for one in sheet) <= room
