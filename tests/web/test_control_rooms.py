"""« Salles » on the panel: adding, removing, naming, a room's own code, the plain address; and coming in by a code."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from factories import Teacher, make_question, make_room, make_session
from kiosk.domain import rooms, roomset
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.people.devices import TEACHER_COOKIE
from kiosk.storage import secretfile
from kiosk.storage.models import Access, Invitation


def code_of(room_id: str) -> str:
    return str(rooms.code_of(room_id))


def said(answer: Any) -> str:
    return " ".join(re.sub("<[^>]+>", " ", answer.text).replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def other(kiosk: Kiosk, room: str) -> str:
    """A second room, « CDI », session « S2 » chosen."""
    make_session(kiosk, "S2")
    return make_room(kiosk, "CDI", session_id="S2")


# -- adding, removing


def test_with_one_room_nothing_is_said_of_several(room: str, teacher: Teacher) -> None:
    page = said(teacher.client.get("/prof/salle"))
    assert "Ajouter une salle" in page and "Nom de cette salle" in page
    for words in ("Retirer la salle", "L’adresse sans code", "Code propre", "salles sur ce kiosque"):
        assert words not in page
    assert "ou à 8" not in said(FlaskClient(teacher.app).get("/prof/connexion"))


def test_a_room_added_here_has_the_settings_of_new_rooms(kiosk: Kiosk, teacher: Teacher) -> None:
    kiosk.settings = replace(kiosk.settings, display_theme="sombre", phones=False)
    answer = teacher.post("/prof/salles", nom="B204")
    made = rooms.view(rooms.resolve(answer.headers["Location"].partition("salle=")[2]))
    assert (made.name, made.theme, made.phones) == ("B204", "sombre", False)


def test_an_unused_room_goes_at_once(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    empty = make_room(kiosk, "B12")
    assert "Retirer la salle" in said(teacher.client.get("/prof/salle"))
    answer = teacher.post("/prof/salles/retirer", code=code_of(empty))
    assert answer.status_code == 303 and [one[0] for one in rooms.all_rooms()] == [room]


def test_a_chosen_session_is_asked_about(kiosk: Kiosk, room: str, other: str, teacher: Teacher) -> None:
    make_question(kiosk, other, "p1", origin="prepared", author=None)
    code = code_of(other)
    page = said(teacher.client.get(f"/prof/salle?salle={code_of(room)}&retirer={code}"))
    assert "Retirer « CDI » ?" in page and "Sa question préparée aussi." in page
    refused = teacher.post("/prof/salles/retirer", code=code)
    assert refused.status_code == 422 and rooms.code_of(other)
    assert teacher.post("/prof/salles/retirer", code=code, compris="1").status_code == 303
    assert rooms.code_of(other) is None
    gone = teacher.client.get(f"/prof?salle={code}")
    assert gone.status_code == 404 and "« CDI » n’est plus une salle de ce kiosque." in said(gone)


def test_the_room_one_stands_in_goes_too(kiosk: Kiosk, room: str, other: str, teacher: Teacher) -> None:
    here = code_of(other)
    answer = teacher.post(f"/prof/salles/retirer?salle={here}", code=here, compris="1", salle=here)
    assert answer.headers["Location"] == f"/prof/salle?salle={code_of(room)}"


def test_a_running_room_and_the_last_one_stay(kiosk: Kiosk, room: str, other: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: rooms.set_phase(tx, other, "talk"))
    assert "Retirer" not in said(teacher.client.get("/prof/salle")).partition("CDI")[2].partition("Renommer")[0]
    refused = teacher.post("/prof/salles/retirer", code=code_of(other), compris="1")
    assert refused.status_code == 409 and "terminez-la d’abord" in said(refused)
    kiosk.write(lambda tx: rooms.set_phase(tx, other, "closed"))
    teacher.post("/prof/salles/retirer", code=code_of(other), compris="1")
    last = teacher.post("/prof/salles/retirer", code=code_of(room), compris="1")
    assert last.status_code == 409 and "seule salle" in said(last)


def test_pupils_texts_are_erased_first(kiosk: Kiosk, room: str, other: str, teacher: Teacher) -> None:
    make_question(kiosk, other, "q1")
    code = code_of(other)
    refused = teacher.post("/prof/salles/retirer", code=code, compris="1")
    assert refused.status_code == 409 and "effacez-les d’abord" in said(refused)
    assert "Il y reste 1 texte d’élève" in said(teacher.client.get(f"/prof/salle?retirer={code}"))
    assert teacher.post("/prof/salles/effacer", code=code).status_code == 422
    answer = teacher.post("/prof/salles/effacer", code=code, compris="1")
    assert f"retirer={code}" in answer.headers["Location"]
    assert teacher.post("/prof/salles/retirer", code=code).status_code == 303


def test_a_worrying_message_is_not_erased_by_the_way(kiosk: Kiosk, room: str, other: str, teacher: Teacher) -> None:
    make_question(kiosk, other, "q1", "J’ai envie de mourir.")
    code = code_of(other)
    assert "message inquiétant" in said(teacher.client.get(f"/prof/salle?retirer={code}"))
    assert teacher.post("/prof/salles/effacer", code=code, compris="1").status_code == 409
    assert teacher.post("/prof/salles/effacer", code=code, compris="1", nonlu="1").status_code == 303


@pytest.mark.parametrize("path", ["/prof/salles/retirer", "/prof/salles/effacer"])
def test_no_room_is_taken_by_mistake(kiosk: Kiosk, room: str, other: str, teacher: Teacher, path: str) -> None:
    for code in ("", "ZZZ9", "é"):
        assert teacher.post(path, code=code, compris="1").status_code == 404
    assert len(rooms.all_rooms()) == 2


def test_the_plain_address_is_chosen(room: str, other: str, teacher: Teacher) -> None:
    assert teacher.post("/prof/salles/adresse", vers=code_of(other)).status_code == 303
    assert rooms.plain_address() == other
    page = teacher.client.get("/prof/salle").text
    assert f'<option value="{code_of(other)}" selected>' in page
    teacher.post("/prof/salles/adresse", vers="ask", salle=code_of(room))
    assert rooms.plain_address() is None
    assert teacher.post("/prof/salles/adresse", vers="ZZZ9", salle=code_of(room)).status_code == 404


# -- a room's own code


def test_a_room_gets_a_code_that_opens_it_alone(
    app: Flask, kiosk: Kiosk, room: str, other: str, teacher: Teacher
) -> None:
    here = code_of(other)
    teacher.post(f"/prof/salle/code?salle={here}", faire="nouveau", salle=here)
    pin = kiosk.secrets.room_pins[other]
    shown = said(teacher.client.get(f"/prof/salle?salle={here}"))
    assert re.fullmatch(r"\d{8}", pin) and f"{pin[:4]} {pin[4:]}" in shown
    assert secretfile.load(kiosk.settings.data_dir).room_pins == {other: pin}
    guest = Teacher(app)
    assert "ou à 8 pour une seule salle" in said(guest.client.get("/prof/connexion"))
    answer = guest.post("/prof/connexion", pin=f"{pin[:4]} {pin[4:]}", suite="/prof/etat")
    assert answer.headers["Location"] == f"/prof?salle={here}"
    page = said(guest.client.get("/prof/salle"))  # bound to its own room, whatever the plain address is
    assert "CDI" in page
    for words in ("Ajouter une salle", "Télécharger une sauvegarde", "État du poste", "Code propre"):
        assert words not in page
    assert guest.client.get(f"/prof?salle={code_of(room)}").status_code == 403
    teacher.post(f"/prof/salle/code?salle={here}", faire="retirer", salle=here)
    assert kiosk.secrets.room_pins == {} and guest.client.get("/prof").headers["Location"].startswith("/prof/connexion")
    assert Teacher(app).post("/prof/connexion", pin=pin).status_code == 403


def test_a_code_of_a_removed_room_opens_nothing(app: Flask, kiosk: Kiosk, other: str, teacher: Teacher) -> None:
    here = code_of(other)
    teacher.post(f"/prof/salle/code?salle={here}", faire="nouveau", salle=here)
    pin = kiosk.secrets.room_pins[other]
    kiosk.write(lambda tx: roomset.remove(tx, other, sure=True))  # as a command does it, beside the running kiosk
    guest = Teacher(app)
    guest.client.get("/prof/connexion")
    assert guest.post("/prof/connexion", pin=pin).status_code == 403


def test_a_code_changed_by_a_command_serves_at_once(app: Flask, kiosk: Kiosk, room: str) -> None:
    before, after = kiosk.secrets.pin, secretfile.reset_pin(kiosk.settings.data_dir).pin
    guest = Teacher(app)
    guest.client.get("/prof/connexion")
    assert guest.post("/prof/connexion", pin=before).status_code == 403
    assert guest.post("/prof/connexion", pin=after).status_code == 303


def test_a_damaged_file_of_secrets_leaves_those_held(app: Flask, kiosk: Kiosk, room: str) -> None:
    (kiosk.settings.data_dir / "secrets.json").write_text("{")
    Teacher(app).enter()


# -- coming in


@pytest.mark.parametrize("suite", [
    "/prof\r\nX: y", "/prof\nX", "//ailleurs.example/prof", "https://ailleurs.example/prof", "/prof\\..", "/profil",
    "\x00/prof", "/prof\u2028", "/prof//ailleurs.example", "javascript:alert(1)",
])  # fmt: skip
def test_where_to_go_once_in_is_a_page_of_the_panel_or_ignored(
    app: Flask, room: str, teacher: Teacher, suite: str
) -> None:
    for browser in (teacher, Teacher(app)):
        assert browser.client.get("/prof/connexion", query_string={"suite": suite}).status_code in (200, 303)
    again = Teacher(app)
    again.client.get("/prof/connexion")
    answer = again.post("/prof/connexion", pin=again.kiosk.secrets.pin, suite=suite)
    assert answer.headers["Location"] == "/prof"
    assert teacher.client.get("/prof/connexion", query_string={"suite": suite}).headers["Location"] == "/prof"


def test_an_invited_person_s_cookie_lives_as_long_as_the_right(app: Flask, kiosk: Kiosk, room: str) -> None:
    def seconds(answer: Any) -> int:
        held = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(TEACHER_COOKIE))
        return int(re.search(r"Max-Age=(\d+)", held)[1])  # type: ignore[index]

    guest = Teacher(app)
    link = kiosk.write(lambda tx: access.invite(tx, room))[1]
    guest.client.get(f"/relecture/{link}")
    assert seconds(guest.post(f"/relecture/{link}")) == 2 * 3600


@pytest.mark.parametrize(("chosen", "seats"), [("un", 1), ("plusieurs", 0), ("", 1)])
def test_an_invitation_is_for_one_device_unless_told(
    app: Flask, kiosk: Kiosk, room: str, teacher: Teacher, chosen: str, seats: int
) -> None:
    page = teacher.post("/prof/salle/invitations", appareils=chosen)
    link = re.search(r"/relecture/[\w-]+", page.text)[0]  # type: ignore[index]
    assert ("Pour un seul appareil, pendant deux heures" in said(page)) is bool(seats)
    first, second = Teacher(app), Teacher(app)
    for browser in (first, second):
        browser.client.get(link)
    assert first.post(link).status_code == 303
    assert first.post(link).status_code == 303  # a double click
    shown = said(teacher.client.get("/prof/salle"))
    assert ("Pour un seul appareil, déjà entré" if seats else "Pour plusieurs appareils, 1 entré") in shown
    late = second.post(link)
    assert late.status_code == (403 if seats else 303)
    if seats:
        assert "elle a déjà servi" in said(late)


def test_a_right_dated_ahead_is_shown_as_ended_and_can_be_removed(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    kiosk.write(lambda tx: access.accept(tx, access.invite(tx, room)[1]))
    ahead = 400 * 86_400_000
    guests = Access.role == "moderator"
    kiosk.write(lambda tx: Access.update(created_at=Access.created_at + ahead).where(guests).execute())
    kiosk.write(
        lambda tx: Invitation.update(
            created_at=Invitation.created_at + ahead, expires_at=Invitation.expires_at + ahead
        ).execute()
    )
    page = teacher.client.get("/prof/salle")
    assert "accès daté d’une heure fausse" in said(page) and "il n’ouvre plus rien" in said(page)
    actions = re.findall(r'action="(/prof/salle/(?:appareils|invitations)/\d+/retirer[^"]*)"', page.text)
    for action in sorted(actions):  # a link ends its devices too
        assert teacher.post(action.replace("&amp;", "&")).status_code == 303
    assert "fausse" not in said(teacher.client.get("/prof/salle"))
