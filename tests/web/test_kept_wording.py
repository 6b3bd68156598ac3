"""A question that the teacher reworded is shown in the teacher's words wherever it is read; the pupil's own words stand
only where they help: to its author, and to the teacher who still decides of it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from factories import Teacher, make_question
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import devices
from kiosk.domain.questions import moderation, replies
from kiosk.storage.models import Answer

OWN, KEPT = "T’as déjà flippé là-haut", "Avez-vous déjà eu peur en hauteur"
PHONE = "telephone-de-l-autrice"


@pytest.fixture
def reworded(kiosk: Kiosk, room: str, write: Callable[..., object]) -> str:
    """A question that the teacher reworded and put on the display, in a room at its questions."""
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "q1", f"{OWN} ?", author=devices.author_of(PHONE, "S1"))
    write(moderation.reword, room, "q1", f"{KEPT} ?")
    write(moderation.approve, room, "q1")
    return room


def read(client: FlaskClient, address: str) -> tuple[bool, bool]:
    """(the teacher's words are there, the pupil's are)."""
    page = client.get(address, follow_redirects=True).text.replace("\u2060", "")
    return KEPT in page, OWN in page


def test_while_the_teacher_decides_both_texts_stand(reworded: str, teacher: Teacher) -> None:
    assert read(teacher.client, "/prof?liste=validees") == (True, True)


def test_on_screen_the_class_reads_the_teacher_s_words(app: Flask, reworded: str, write: Callable[..., object]) -> None:
    write(moderation.put_on_screen, reworded, "q1")
    for address in ("/ecran", "/", "/soutenir"):
        assert read(app.test_client(), address) == (True, False), address
    author = app.test_client()
    author.set_cookie("kiosk_device", PHONE)
    assert read(author, "/mes-questions") == (True, True)


@pytest.mark.parametrize("phase", ["questions", "reflection", "closed"])
def test_once_asked_only_the_teacher_s_words_stand(
    app: Flask, reworded: str, teacher: Teacher, write: Callable[..., object], phase: str
) -> None:
    write(moderation.mark_asked, reworded, "q1")
    write(rooms.set_phase, reworded, phase)
    for address in ("/prof?liste=posees", "/prof/reponses", "/prof/souvenir"):
        assert read(teacher.client, address) == (True, False), address
    noting = Teacher(app).invited(reworded, "secretary")
    assert read(noting.client, "/prof/reponses") == (True, False)


def test_what_the_speaker_wrote_back_comes_with_the_teacher_s_words(
    app: Flask, reworded: str, teacher: Teacher, write: Callable[..., object]
) -> None:
    """It had left as the pupil wrote it, before the teacher reworded it."""
    values = {"rev": 3, "session_id": "S1", "question": f"{OWN} ?", "text": "Oui.", "answered_at": 1, "came_at": 1}
    write(lambda tx: Answer.insert(id="A1", question_id="q1", **values).execute())
    write(replies.show, reworded, "A1")
    assert read(teacher.client, "/prof/souvenir") == (True, False)
    assert read(app.test_client(), "/ecran") == (True, False)
    assert read(teacher.client, "/prof/transmettre") == (True, True), "the teacher knows what the answer is to"
    write(rooms.set_phase, reworded, "closed")
    assert read(app.test_client(), "/") == (True, False)


def test_of_a_question_erased_here_the_office_s_words_are_what_is_left(
    room: str, teacher: Teacher, write: Callable[..., object]
) -> None:
    values = {"rev": 3, "session_id": "S1", "question": f"{KEPT} ?", "text": "Oui.", "answered_at": 1, "came_at": 1}
    write(lambda tx: Answer.insert(id="A1", question_id="gone", **values).execute())
    page = teacher.client.get("/prof/transmettre").text
    assert KEPT in page and "a lu" not in page
