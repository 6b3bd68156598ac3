"""« Prêt pour la salle »: what the kiosk sees and what only somebody in the room can see, before the talk."""

from __future__ import annotations

import re

from factories import Phone, make_question, make_session
from kiosk.domain import ready, rooms
from kiosk.domain.questions import moderation
from kiosk.storage.models import Session


def left(page: str) -> int:
    found = re.search(r"Encore (\d+) point", page.replace("\u00a0", " "))
    return int(found[1]) if found else 0


def test_facts_come_from_the_kiosk_and_boxes_from_the_teacher(app, kiosk, teacher, room, phone):
    link = Session.update(meeting_url="https://visio.example/1").where(Session.id == "S1")
    kiosk.write(lambda tx: link.execute())
    page = teacher.client.get("/prof/pret").text
    assert "Aucun écran n’est ouvert" in page and "Visez le code" in page and "https://visio.example/1" in page
    before = left(page)
    display = Phone(app, "/display", {}, browser=teacher.client)
    phone("telephone-1", room=rooms.view(room).code)
    teacher.post("/prof/preparer", texte="Pourquoi ce métier ?")
    page = teacher.client.get("/prof/pret").text.replace("\u00a0", " ")
    assert "1 écran ouvert" in page and "1 téléphone connecté" in page and "1 question préparée" in page
    assert left(page) == before - 3
    display.close()
    teacher.post("/prof/pret", case=["sound", "camera", "<script>"])
    assert ready.ticked(room, "S1") == {"sound", "camera"}
    assert left(teacher.client.get("/prof/pret").text) == before - 3 - 2 + 1  # the display is closed again
    teacher.post("/prof/pret")
    assert ready.ticked(room, "S1") == set()


def test_ticks_are_of_one_session(kiosk, teacher, room, write):
    make_session(kiosk, "S2")
    teacher.post("/prof/pret", case="sound")
    write(rooms.choose_session, room, "S2")
    assert ready.ticked(room, "S2") == set()
    write(rooms.leave, room)
    assert teacher.client.get("/prof/pret").status_code == 409


def test_a_class_without_phones_nor_link_can_be_ready(teacher, room):
    """Nothing is asked for that it does not need, and each point can be seen to."""
    teacher.post("/prof/salle/reglages", nom="phones", valeur="0")
    page = teacher.client.get("/prof/pret").text
    assert "tablette partagée" in page and "Visez le code" not in page
    before = left(page)
    teacher.post("/prof/pret", case=list(ready.BOXES))
    assert "link_at_hand" in ready.ticked(room, "S1")
    page = teacher.client.get("/prof/pret").text.replace("\u00a0", " ")
    assert left(page) == before - 5 and "aucun appareil n’y est encore arrivé" not in page


def test_words_without_phones_ask_nothing_of_phones(app, kiosk, teacher, room, write):
    teacher.post("/prof/salle/reglages", nom="phones", valeur="0")
    write(rooms.set_phase, room, "questions")
    shown = Phone(app, "/display", {}, browser=teacher.client)
    make_question(kiosk, room, "1", after=moderation.approve)
    page = teacher.client.get("/prof").text
    assert "L’écran montre les questions qui attendent." in page and "à soutenir" not in page
    write(rooms.set_phase, room, "reflection")
    assert "comptez les mains levées" in teacher.client.get("/prof").text
    display = teacher.client.get("/ecran/fragment").text
    assert "on compte ensemble" in display and "un par question" not in display
    shown.close()
