"""The message to the centre is offered where it has something to carry, and nowhere else."""

from __future__ import annotations

from typing import Any

from factories import Teacher, make_question
from kiosk.domain.questions import preparation
from kiosk.exchange import letters

LINK = 'href="/prof/courriel/S1?salle='


def offered(teacher: Teacher) -> list[bool]:
    """Whether « Synchronisation » and « Préparer » offer the message."""
    return [LINK in teacher.client.get(path).text for path in ("/prof/synchro", "/prof/preparer")]


def test_the_message_is_offered_once_a_class_prepared_a_question(
    kiosk: Any, teacher: Teacher, room: str, write: Any
) -> None:
    assert offered(teacher) == [False, False]
    page = teacher.client.get("/prof/synchro").text
    assert "écrivez-en d’abord" in page and 'class="btn" href="/prof/preparer?salle=' in page
    make_question(kiosk, room, "c1", "Du centre ?", author=None, origin="centre")
    assert offered(teacher) == [False, False] and not letters.any_for("S1")
    assert "Du centre" in teacher.client.get("/prof/preparer").text
    write(preparation.add, room, "De la classe ?")
    assert offered(teacher) == [True, True]
    assert teacher.client.get("/prof/courriel/S1").status_code == 200
