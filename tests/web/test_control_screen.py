"""The live page tells the truth about the screen: open or not, which view, what it shows, masked, who speaks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from factories import Phone, Teacher, audit_lines, make_question, make_session
from kiosk.domain import rooms, shown, timers
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation
from kiosk.ground.network import AddressWatch

MINUTE = 60_000


def text(answer: Any) -> str:
    """What an answer's page says, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u202f", " ").replace("\u00a0", " ").split())


def poster(page: str) -> str:
    """What the poster says, on one line."""
    held = page.partition('id="poster"')[2].partition('class="note tail"')[0]
    return " ".join(
        re.sub(r"<[^>]+>", " ", held.partition(">")[2]).replace("\u202f", " ").replace("\u00a0", " ").split()
    )


def test_a_queue_that_is_empty_says_what_waits_already(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    make_question(kiosk, room, "p1", "Avez-vous le vertige ?", origin="prepared", after=moderation.approve)
    page = text(teacher.client.get("/prof"))
    assert "1 question validée attend déjà son tour." in page
    assert "Aucun écran n’est ouvert : il le montrera dès son ouverture." in page


def test_no_screen_is_said_and_leads_to_one(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    page = teacher.client.get("/prof").text
    said = poster(page)
    assert "Aucun écran ouvert" in said and "La classe ne voit rien" in said
    assert 'class="poster blind"' in page
    assert 'href="/ecran" target="_blank"' in page and 'href="/ecran?vue=bandeau" target="_blank"' in page
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    make_question(kiosk, room, "q", "Et le vertige ?", after=moderation.put_on_screen)
    said = poster(teacher.client.get("/prof").text)
    assert "Aucun écran ouvert" in said and "Et le vertige ?" in said and "Copier" in said, (
        "it can be read all the same"
    )


@pytest.mark.parametrize(
    "views, said",
    [
        (["ecran"], "Le grand écran montre :"),
        (["bandeau", "bandeau"], "Le bandeau montre :"),
        (["bandeau", "ecran"], "Le grand écran et le bandeau montrent :"),
    ],
)
def test_the_views_that_are_open_are_named(
    kiosk: Kiosk, room: str, teacher: Teacher, views: list[str], said: str
) -> None:
    for view in views:
        kiosk.sockets.opened("/display", room, view)
    kiosk.sockets.opened("/display", "another", "ecran")
    page = teacher.client.get("/prof").text
    assert said in poster(page) and "Aucun écran" not in page


def test_a_display_says_how_it_is_laid_out_and_the_panel_is_told(
    app: Flask, kiosk: Kiosk, room: str, teacher: Teacher
) -> None:
    panel, remote = Phone(app, "/control", browser=teacher.client), {"X-Forwarded-For": "192.168.1.50"}
    for number, (sent, view) in enumerate((("bandeau", "bandeau"), ("<b>", "ecran"), (None, "ecran"))):
        screen = Phone(app, "/display", {"view": sent, "token": kiosk.secrets.display_token}, headers=remote)
        assert view in kiosk.sockets.views(room)
        panel.wait("changed", more_than=number)
        assert [one["what"] for one in panel.heard("changed")] == [["screen"]] * (number + 1)
        screen.close()
    panel.close()


def test_the_screen_is_masked_and_shown_again(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    make_question(kiosk, room, "q", "Et le vertige ?", after=moderation.put_on_screen)
    assert "Masquer l’écran" in poster(teacher.client.get("/prof").text)
    teacher.post("/prof/masque", masque="1")
    page = teacher.client.get("/prof").text
    assert "Écran masqué" in poster(page) and "vertige" not in poster(page)
    assert "La classe lit : « L’écran fait une pause." in poster(page) and "Montrer de nouveau" in page
    assert "Un instant" in teacher.client.get("/ecran/fragment").text
    teacher.post("/prof/masque", masque="0")
    assert "Et le vertige ?" in poster(teacher.client.get("/prof").text)
    assert [line.action for line in audit_lines(2, room)] == ["screen_shown", "screen_hidden"]
    teacher.post("/prof/masque", masque="1")
    teacher.post("/prof/etape", vers="closed")
    assert rooms.view(room).hidden is False
    assert teacher.post("/prof/masque", masque="1").status_code == 409


def test_the_panel_says_what_the_screen_shows_whatever_the_phase(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    kiosk.sockets.opened("/display", room, shown.WHOLE)
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    assert "Que voulez-vous savoir" in poster(teacher.client.get("/prof").text).replace("\u2060", "")
    make_question(kiosk, room, "q", "Et le vertige ?", after=moderation.approve)
    assert "Quelle question ensuite" in poster(teacher.client.get("/prof").text)
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "countdown"))
    assert "Compte à rebours Début à" in poster(teacher.client.get("/prof").text)
    now = kiosk.clock.now()
    kiosk.write(lambda tx: rooms.set_fields(tx, room, "timer", ends_at=now - 1))
    assert "Compte à rebours" not in poster(teacher.client.get("/prof").text), "the speaker is on screen by now"


def test_the_minutes_are_those_of_the_display(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    now = kiosk.clock.now()
    for left, said in ((14 * MINUTE + 20_000, "encore 15 min"), (20_000, "encore 1 min")):
        kiosk.write(lambda tx: rooms.set_fields(tx, room, "timer", ends_at=now + left))
        assert said in text(teacher.client.get("/prof"))
        assert said in text(teacher.client.get("/ecran/fragment"))
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "countdown"))
    kiosk.write(lambda tx: rooms.set_fields(tx, room, "timer", ends_at=now + 60 * 60 * MINUTE))
    page = text(teacher.client.get("/prof"))
    assert re.search(r"début \w+ \d+\w* \w+, \d+ h \d\d", page) and "encore 60 h" not in page


def test_nothing_validated_leads_to_the_first_to_read_never_to_the_end(
    kiosk: Kiosk, room: str, teacher: Teacher
) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))

    def action() -> str:
        return text(teacher.client.get("/prof")).partition("téléphone connecté")[2]

    assert action().strip().startswith("Saisir une question de la classe")
    make_question(kiosk, room, "q", "Et le vertige ?")
    assert action().strip().startswith("Lire la première « Et le vertige")
    assert "Passer au bilan" in action()


def test_three_speakers_have_three_buttons(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    make_session(kiosk, "S3", speakers=3)
    kiosk.write(lambda tx: rooms.choose_session(tx, room, "S3"))
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "talk"))
    page = teacher.client.get("/prof").text
    assert page.count('name="qui"') == 4 and re.findall('data-key="([123])"', page) == ["1", "2", "3"]
    assert "À Sophie de parler" in page and "parle, encore 5 min" in poster(page)
    assert "Sa part : 5 min." in page.replace("\xa0", " ") and "en a eu" not in page
    now = kiosk.clock.now()
    kiosk.write(lambda tx: rooms.set_fields(tx, room, "timer", ends_at=now + 10 * MINUTE))
    teacher.post("/prof/parole", qui="S3-P2")
    assert rooms.view(room).speaking_id == "S3-P2" and audit_lines(1, room)[0].action == "speak"
    page = teacher.client.get("/prof").text
    assert "a parlé 5 min" in poster(page) and "Sa part : 5 min." in page.replace("\xa0", " ") and "en a eu" not in page
    kiosk.write(lambda tx: rooms.set_fields(tx, room, "timer", ends_at=now + 7 * MINUTE))
    assert "Sa part : 5 min. Sophie en a eu 3." in text(teacher.client.get("/prof"))
    kiosk.write(lambda tx: timers.pause(tx, room))
    assert "data-until" not in teacher.client.get("/prof").text
    assert teacher.post("/prof/parole", qui="S1-P1").status_code == 422
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    assert teacher.post("/prof/parole", qui="S3-P1").status_code == 409


def test_who_reads_over_alone_has_the_queue_and_nothing_else(app: Flask, kiosk: Kiosk, room: str) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    make_question(kiosk, room, "shown", "Et le vertige ?", after=moderation.put_on_screen)
    make_question(kiosk, room, "q", "Et la paie ?")
    page = Teacher(app).invited(room).client.get("/prof").text
    assert 'class="nowline"' in page and 'id="poster"' not in page and 'id="rest"' not in page
    assert page.index("Et le vertige") < page.index("Et la paie") and "J’ai fini de relire" in page
    kiosk.write(lambda tx: rooms.set_hidden(tx, room, True))
    assert (
        "Et le vertige ?"
        not in Teacher(app).invited(room).client.get("/prof").text.partition('id="queue"')[0].partition("nowline")[2]
    )


def test_a_phone_can_pilot_by_a_code_of_its_own(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    assert "Piloter de mon téléphone" not in teacher.client.get("/prof").text, "no network, no way in"
    kiosk.addresses = AddressWatch(replace(kiosk.settings, public_url="http://192.168.1.20"))
    page = teacher.client.get("/prof").text
    assert "Piloter de mon téléphone" in page and "ouvrir 192.168.1.20/prof" in page
    assert 'id="pilot-shown"' in page and 'id="pilot"' not in page, "no screen, nothing to read over: in sight"
    make_question(kiosk, room, "q", "Et le vertige ?")
    page = teacher.client.get("/prof").text
    assert 'id="pilot-shown"' not in page and 'id="pilot"' in page
