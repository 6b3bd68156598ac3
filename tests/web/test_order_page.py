"""« Ordre proposé » on the panel: what it says, following it, what was placed by hand, undo."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from factories import Teacher, make_question
from kiosk.domain import rooms
from kiosk.domain.questions import moderation, ordering, questions
from kiosk.storage.models import Question, Support


@pytest.fixture
def three(kiosk: Any, room: str, write: Any) -> str:
    """Two questions of one device, much backed, and one of another."""
    write(rooms.set_phase, room, "questions")
    for id, author, theme, voices in (("a1", "a", "vie", 9), ("a2", "a", "vie", 8), ("b1", "b", "metier", 0)):
        make_question(kiosk, room, id, f"Question {id} ?", author=author, theme=theme, after=moderation.approve)
        kiosk.write(lambda tx, id=id, n=voices: Question.update(support=n).where(Question.id == id).execute())
    kiosk.database.connect_reader()
    return room


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))).replace("\u2060", "")


def order(kiosk: Any, room: str) -> list[str]:
    kiosk.database.connect_reader()
    return questions.ids_in_order(room, "S1", "approved")


def proposed(room: str) -> list[str]:
    now = rooms.view(room)
    return [slot.id for slot in ordering.proposal(now, ordering.waiting(now))]


def test_it_is_proposed_with_a_reason_and_followed_only_when_the_teacher_says_so(
    kiosk: Any, three: str, teacher: Teacher
) -> None:
    page = text(teacher.client.get("/prof/ordre"))
    assert page.index("Question a1") < page.index("Question b1") < page.index("Question a2")
    assert "Rien encore sur « La personne et la vie »." in page
    assert "Après les autres : cet appareil a déjà eu une question." in page
    assert "Ce qui manque encore" in page and order(kiosk, three) == ["a1", "a2", "b1"]
    assert teacher.post("/prof/ordre/suivre").status_code == 303
    assert order(kiosk, three) == ["a1", "b1", "a2"]
    assert "La liste suit cet ordre." in text(teacher.client.get("/prof/ordre"))
    teacher.post("/prof/annuler")
    assert order(kiosk, three) == ["a1", "a2", "b1"]


def test_what_is_dragged_stays_until_it_is_released(kiosk: Any, three: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: moderation.reorder(tx, three, "a2", "a1"))
    assert "Placée par vous" in text(teacher.client.get("/prof/ordre"))
    teacher.post("/prof/ordre/suivre")
    assert order(kiosk, three) == ["a2", "b1", "a1"]
    teacher.post("/prof/ordre/a2/liberer")
    kiosk.database.connect_reader()
    assert "Placée par vous" not in text(teacher.client.get("/prof/ordre"))
    assert teacher.post("/prof/ordre/none/liberer").status_code == 404


def test_a_place_is_given_on_the_page_by_dragging_or_by_its_buttons(kiosk: Any, three: str, teacher: Teacher) -> None:
    assert proposed(three) == ["a1", "b1", "a2"]
    teacher.post("/prof/ordre/a2/place", avant="b1")
    kiosk.database.connect_reader()
    assert proposed(three) == ["b1", "a2", "a1"]  # second, as dropped; its device does not speak just before
    assert "Placée par vous" in text(teacher.client.get("/prof/ordre"))
    teacher.post("/prof/ordre/b1/place", sens="bas")  # a2 keeps its place: b1 goes past it
    kiosk.database.connect_reader()
    assert proposed(three) == ["a1", "a2", "b1"]
    teacher.post("/prof/annuler")
    kiosk.database.connect_reader()
    assert proposed(three) == ["b1", "a2", "a1"]
    teacher.post("/prof/ordre/a1/place", avant="")
    kiosk.database.connect_reader()
    assert proposed(three)[-1] == "a1"
    assert teacher.post("/prof/ordre/none/place", avant="").status_code == 404
    assert teacher.post("/prof/ordre/a1/place", avant="none").status_code == 404


def test_without_phones_a_device_is_a_shared_tablet_and_the_voices_decide(kiosk: Any, three: str, write: Any) -> None:
    write(rooms.set_preference, three, "phones", False)
    kiosk.database.connect_reader()
    assert proposed(three) == ["a1", "a2", "b1"]


def test_the_device_of_the_question_on_screen_has_had_its_turn(kiosk: Any, three: str, write: Any) -> None:
    write(moderation.put_on_screen, three, "a1")
    kiosk.database.connect_reader()
    assert proposed(three) == ["b1", "a2"]


def test_a_vote_moves_nothing_that_was_followed(kiosk: Any, three: str, teacher: Teacher) -> None:
    teacher.post("/prof/ordre/suivre")
    kiosk.write(lambda tx: Support.insert(question_id="b1", device="x").execute())
    kiosk.write(lambda tx: Question.update(support=30).where(Question.id == "a2").execute())
    assert order(kiosk, three) == ["a1", "b1", "a2"]


def test_nothing_to_order_is_said(room: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof/ordre")
    assert page.status_code == 200 and "Aucune question validée n’attend" in text(page)
    assert teacher.post("/prof/ordre/suivre").status_code == 404
