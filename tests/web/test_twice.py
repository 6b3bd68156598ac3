"""What leads on (a phase, a step of the lesson, the next question, who speaks) says what it leaves: the same form sent
twice is done once and answers as the first; one of a page that things went past is refused and changes nothing.
"""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from factories import Teacher, make_question, make_room, make_session
from kiosk.domain import rooms, speaking
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.lesson import lessons, steps
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import moderation
from kiosk.storage.models import Decision, Lesson, Question, Room

Fields = dict[str, str]


@pytest.fixture
def pair(kiosk: Kiosk) -> str:
    """A room whose session has two speakers, with three questions to ask; its id."""
    room = make_room(kiosk, "Duo", session_id=make_session(kiosk, "S2", speakers=2))
    for id in ("q1", "q2", "q3"):
        make_question(kiosk, room, id, f"Que faites-vous le {id} ?", after=moderation.approve)
    return room


def onward(page: str) -> tuple[str, str, Fields] | None:
    """The form that a page leads on by: its tag, its address and what it sends. None: a link, which changes nothing."""
    place = re.search(r'<div class="action[^>]*>(.*?)</div>', page, re.S)
    assert place, page
    form = re.search(r"(<form [^>]*>)(.*?)</form>", place[1], re.S)
    if form is None:
        return None
    address = re.search(r'action="([^"]*)"', form[1])
    assert address
    named = re.findall(r'<(?:input type="hidden"|button[^>]*) name="([^"]*)" value="([^"]*)"', form[2])
    return form[1], html.unescape(address[1]), {name: html.unescape(value) for name, value in named}


def everything(kiosk: Kiosk) -> list[Any]:
    """All that an act may change, but the number that says that something was told."""
    kiosk.database.connect_reader()
    tables: tuple[Any, ...] = (Room, Question, Lesson)
    rows = [row for table in tables for row in table.select().order_by(table.id).dicts()]
    return [*({name: value for name, value in row.items() if name != "rev"} for row in rows), Decision.select().count()]


def twice(kiosk: Kiosk, teacher: Teacher, address: str, fields: Fields) -> None:
    before = everything(kiosk)
    first = teacher.client.post(address, data=fields)
    after = everything(kiosk)
    assert first.status_code == 303 and after != before, (address, fields, first.status_code)
    second = teacher.client.post(address, data=fields)
    assert second.status_code == 303, (address, fields, second.text)
    assert everything(kiosk) == after, (address, fields)


def test_every_button_that_leads_on_is_done_once(kiosk: Kiosk, pair: str, teacher: Teacher) -> None:
    """From the lobby to the end by the large button of the live page, each form sent twice."""
    at = "/prof?salle=" + rooms.view(pair).code
    pressed: list[str] = []
    for _ in range(30):
        kiosk.database.connect_reader()
        if rooms.view(pair).stage.over:
            break
        found = onward(teacher.client.get(at).text)
        turns = pressed.count("parole")  # a turn of no time is not counted: the first is proposed again
        if found is None or (turns > 1 and "/prof/parole" in found[1]):  # the phase's button is elsewhere
            phase = rooms.view(pair).phase
            csrf = {"csrf": teacher.csrf(), "salle": rooms.view(pair).code}
            twice(kiosk, teacher, "/prof/etape", {**csrf, "vers": "suivante", "depuis": phase})
            continue
        tag, address, fields = found
        assert "depuis" in fields or "data-leaves" in tag, (tag, fields)
        pressed.append(urlsplit(address).path.rpartition("/")[2])
        twice(kiosk, teacher, address, fields)
    assert rooms.view(pair).stage.over
    assert {"etape", "parole", "ecran", "repondue"} <= set(pressed), pressed
    assert [q.status for q in Question.select()] == ["answered"] * 3


def test_every_step_of_the_lesson_too(kiosk: Kiosk, pair: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: lessons.begin(tx, pair))
    kiosk.write(lambda tx: lessons.choose(tx, pair, "q1", True))
    at = "/prof/lecon?salle=" + rooms.view(pair).code
    for step in steps.STEPS:
        kiosk.database.connect_reader()
        held = lessons.of(pair, "S2")
        assert held and held.step == step
        found = onward(teacher.client.get(at).text)
        assert found and ("depuis" in found[2] or "data-leaves" in found[0])
        twice(kiosk, teacher, found[1], found[2])
    held = lessons.of(pair, "S2")
    assert held and held.done and not held.shown


def test_a_page_that_things_went_past_takes_nobody_anywhere(kiosk: Kiosk, pair: str, teacher: Teacher) -> None:
    """Another device led the class on meanwhile: the late press of each kind is refused and changes nothing."""
    code = rooms.view(pair).code
    kiosk.write(lambda tx: lessons.begin(tx, pair))
    kiosk.write(lambda tx: lessons.go(tx, pair, "choose"))
    late = [("/prof/lecon", {"etape": "write", "depuis": "look"})]
    refuses(kiosk, teacher, code, late)
    kiosk.write(lambda tx: rooms.set_phase(tx, pair, "talk"))
    first, second = (one.id for one in rooms.view(pair).session.speakers)  # type: ignore[union-attr]
    kiosk.write(lambda tx: speaking.give(tx, pair, first))
    refuses(kiosk, teacher, code, [("/prof/parole", {"qui": second, "depuis": ""})])
    kiosk.write(lambda tx: rooms.set_phase(tx, pair, "questions"))
    kiosk.write(lambda tx: moderation.put_on_screen(tx, pair, "q2"))
    late = [
        ("/prof/etape", {"vers": "talk", "depuis": PHASES.codes()[0]}),
        ("/prof/questions/q1/ecran", {"depuis": ""}),
        ("/prof/questions/q1/ecran", {"depuis": "q3"}),
    ]
    refuses(kiosk, teacher, code, late)


def refuses(kiosk: Kiosk, teacher: Teacher, code: str, late: list[tuple[str, Fields]]) -> None:
    for address, fields in late:
        before = everything(kiosk)
        answer = teacher.client.post(address, data={"csrf": teacher.csrf(), "salle": code, **fields})
        assert answer.status_code == 409 and "a avancé entre-temps" in answer.text, (address, fields)
        assert everything(kiosk) == before
