"""« Écrites par les élèves » in « Préparer »: what is ticked, what is not, what a click does."""

from __future__ import annotations

import re

from factories import Teacher, make_question
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation, preparation
from kiosk.ground.typography import plain

OPEN, CLOSED, NAMED = "Que faites-vous le matin ?", "Vous avez peur ?", "Lucas Martin a le vertige, que faire ?"


def written(kiosk: Kiosk, room: str) -> None:
    for id, text in (("open", OPEN), ("closed", CLOSED), ("named", NAMED)):
        make_question(kiosk, room, id, text, after=moderation.approve)
    make_question(kiosk, room, "wait", "Pourquoi pas ?")
    make_question(kiosk, room, "fear", "je veux mourir")


def box(page: str, id: str) -> str:
    return re.search(rf'<input type="checkbox" name="ids" value="{id}"[^>]*>', page)[0]  # type: ignore[index]


def test_only_what_was_read_is_listed_and_a_hint_unticks(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    written(kiosk, room)
    page = plain(teacher.client.get("/prof/preparer").text)
    assert "checked" in box(page, "open")
    assert "checked" not in box(page, "closed") and "« Oui » y répond" in page
    assert "disabled" in box(page, "named") and "Reformuler avant d’ajouter" in page
    assert "Pourquoi pas" not in page and "1 question à relire d’abord" in page and "mourir" not in page


def test_all_those_ticked_one_alone_and_the_way_back(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    written(kiosk, room)
    teacher.post("/prof/preparer/ajouter", ids=["open", "closed"])
    assert [q.text for q in preparation.listed(room, "S1")] == [OPEN, CLOSED]
    page = teacher.client.get("/prof/preparer").text
    assert "2 questions ajoutées aux préparées." in plain(page)
    answer = teacher.post("/prof/annuler", page="prepare")
    assert answer.headers["Location"].startswith("/prof/preparer")
    assert preparation.listed(room, "S1") == []
    teacher.post("/prof/preparer/ajouter", ids=["open", "closed"], seule="closed")
    assert [q.text for q in preparation.listed(room, "S1")] == [CLOSED]


def test_a_refusal_says_why_on_the_page(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    written(kiosk, room)
    answer = teacher.post("/prof/preparer/ajouter", ids=["open", "named"])
    assert answer.status_code == 409 and "Une question signalée ne rejoint pas" in plain(answer.text)
    assert preparation.listed(room, "S1") == []


def test_during_the_talk_nothing_is_offered(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    written(kiosk, room)
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "talk"))
    assert "Écrites par les élèves" not in teacher.client.get("/prof/preparer").text
