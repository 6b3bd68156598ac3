"""« Toutes les salles »: what is on where, for the school's code alone; many rooms made from a table or a list."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask

from factories import Phone, Teacher, make_question, make_room, make_session
from kiosk.domain import overview, rooms, roomset
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ops import rooms_state
from kiosk.storage.database import CURRENT


def said(answer: Any) -> str:
    return " ".join(re.sub("<[^>]+>", " ", answer.text).replace("\u00a0", " ").replace("\u202f", " ").split())


def row(answer: Any, room_id: str) -> str:
    code = rooms.code_of(room_id)
    found = re.search(rf'<li id="salle-{code}">.*?</li>', answer.text, re.S)
    assert found
    return " ".join(re.sub("<[^>]+>", " ", found[0]).replace("\u00a0", " ").split())


@pytest.fixture
def busy(kiosk: Kiosk, room: str) -> str:
    """A second room in the middle of a session, a class written down."""
    make_session(kiosk, "S2")
    made = make_room(kiosk, "B204", session_id="S2")
    kiosk.write(lambda tx: rooms.set_class(tx, made, "3e C", 24))
    kiosk.write(lambda tx: rooms.set_phase(tx, made, "questions"))
    return made


def test_each_room_says_what_is_on_and_what_calls(kiosk: Kiosk, app: Flask, busy: str, teacher: Teacher) -> None:
    make_question(kiosk, busy, "1")
    make_question(kiosk, busy, "2", text="Je veux mourir, personne ne m’aide.")
    phone = Phone(app, "/phone", {"room": rooms.code_of(busy), "device": "au-deuxieme-rang"})
    free = make_room(kiosk, "CDI")
    page = teacher.client.get("/prof/salles")
    line = row(page, busy)
    assert "B204" in line and "3e C" in line and "1 question à relire" in line and "1 message à ouvrir" in line
    assert "Aucun écran ouvert" in line
    on = rooms.view(busy).session
    assert on is not None and on.title in line.replace("\u202f", " ")
    assert "Libre" in row(page, free) and "Aucun écran" not in row(page, free)
    assert "3 salles" in said(page) and "1 téléphone" in said(page) and "mourir" not in page.text
    display = Phone(app, "/display", {"room": rooms.code_of(busy)}, browser=teacher.client)
    fragment = teacher.client.get("/prof/fragment/all_rooms", headers={"X-Fragment": "1"})
    assert "Aucun écran ouvert" not in row(fragment, busy) and 'data-soon="5000"' in fragment.text
    for one in (phone, display):
        one.close()


def test_two_hundred_rooms_cost_no_more_readings_than_two(
    kiosk: Kiosk, busy: str, teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def readings() -> int:
        seen: list[str] = []
        real = CURRENT.obj.execute_sql

        def noted(sql: str, *more: Any) -> Any:
            seen.append(sql)
            return real(sql, *more)

        with monkeypatch.context() as patch:
            patch.setattr(CURRENT.obj, "execute_sql", noted)
            assert teacher.client.get("/prof/salles").status_code == 200
        return len(seen)

    teacher.client.get("/prof/salles")
    few = readings()
    kiosk.write(lambda tx: roomset.open_many(tx, kiosk.settings, [f"Salle {n:03}" for n in range(260)]))
    assert readings() == few
    page = teacher.client.get("/prof/salles")
    assert page.text.count('<li id="salle-') == overview.MOST and "Les 62 suivantes" in said(page)
    rest = teacher.client.get("/prof/salles?suite=200")
    assert rest.text.count('<li id="salle-') == 62
    assert "Salle 259" in said(teacher.client.get("/prof/salles?cherche=salle+259"))
    assert "B204" in said(teacher.client.get("/prof/salles?cherche=3e+c"))
    assert "Aucune salle" in said(teacher.client.get("/prof/salles?cherche=nulle+part"))
    assert teacher.client.get("/prof/salle").text.count('class="room"') == 12


def test_a_table_is_looked_at_then_made_and_each_room_may_have_its_code(
    kiosk: Kiosk, busy: str, teacher: Teacher
) -> None:
    table = "Bâtiment;Salle;Étage\nA;B204;2\nA;B205;2\n;;\nB;Amphi Curie;0\nB;amphi curie;0\nB;" + "x" * 61 + ";0\n"
    before = rooms.number()
    seen = teacher.client.post(
        "/prof/salles/fichier",
        data={"csrf": teacher.csrf(), "fichier": (io.BytesIO(table.encode("cp1252")), "salles.csv")},
    )
    assert "2 salles à ajouter" in said(seen) and "1 salle de ce nom est déjà là" in said(seen)
    assert "ligne 7" in said(seen) and rooms.number() == before
    names = re.search(r"<textarea[^>]*>(.*?)</textarea>", seen.text, re.S)
    assert names and names[1].split("\n")[1:3] == ["B205", "Amphi Curie"]
    done = teacher.post("/prof/salles/plusieurs", noms=names[1], codes="1")
    assert done.status_code == 303 and rooms.number() == before + 2
    made = [id for id, name, _code in rooms.all_rooms() if name in ("B205", "Amphi Curie")]
    pins = [kiosk.secrets.room_pins[id] for id in made]
    assert len(set(pins)) == 2
    page = teacher.client.get(done.headers["Location"])
    assert "2 salles ajoutées" in said(page) and f"{pins[0][:4]} {pins[0][4:]}" in said(page)
    again = teacher.post("/prof/salles/plusieurs", noms=names[1])
    assert again.status_code == 422 and rooms.number() == before + 2


def test_a_list_is_as_good_and_what_is_no_table_is_said(kiosk: Kiosk, room: str, teacher: Teacher) -> None:
    seen = teacher.post("/prof/salles/fichier", noms="C1\nC2\n\nC1")
    assert "2 salles à ajouter" in said(seen)
    assert teacher.post("/prof/salles/fichier").status_code == 422
    refused = teacher.client.post(
        "/prof/salles/fichier",
        data={"csrf": teacher.csrf(), "fichier": (io.BytesIO("a;b\n1;2\n".encode()), "x.csv")},
    )
    assert refused.status_code == 422 and "colonne « Salle »" in said(refused)
    many = "\n".join(f"S{n}" for n in range(201))
    assert teacher.post("/prof/salles/plusieurs", noms=many).status_code == 422
    assert rooms.number() == 1


def test_a_room_made_twice_in_one_list_is_one(kiosk: Kiosk, room: str) -> None:
    with pytest.raises(KioskError) as refused:
        kiosk.write(lambda tx: roomset.open_many(tx, kiosk.settings, ["  "]))
    assert refused.value.code == "name_invalid"


def test_the_command_says_the_same_whether_the_kiosk_runs_or_not(
    kiosk: Kiosk, app: Flask, busy: str, settings: Settings
) -> None:
    """On a real server with its proof: tests/scale/test_between_workers.py."""
    make_question(kiosk, busy, "1", text="Rien de ceci ne sort ?")
    code = rooms.code_of(busy)
    found = rooms_state.look(settings)
    (on,) = [one for one in found["rooms"] if one["code"] == code]
    assert (on["name"], on["class"], on["phase"], on["running"], on["intake"]) == (
        "B204",
        "3e C",
        "questions",
        True,
        "open",
    )
    assert found["workers"] is None and on["phones"] is on["displays"] is None
    assert "Rien de ceci" not in rooms_state.as_json(found) and "pending" not in on
    line, *others, last = rooms_state.lines(found)
    assert line.startswith(f"{code}  B204") and "3e C" in line and "téléphone" not in line and "personne" in last


def test_who_is_there_is_told_to_the_machine_or_the_school_s_code_alone(
    kiosk: Kiosk, app: Flask, busy: str, teacher: Teacher
) -> None:
    phone = Phone(app, "/phone", {"room": rooms.code_of(busy), "device": "au-deuxieme-rang"})
    away = app.test_client()
    away.environ_base["REMOTE_ADDR"] = "10.0.0.66"
    assert away.get("/prof/salles/presence", headers={"Accept": "application/json"}).status_code == 403
    proof = {access.MACHINE_HEADER: access.machine_proof(kiosk.secrets.key)}
    told = away.get("/prof/salles/presence", headers=proof).get_json()
    assert told["workers"] == 1 and told["rooms"][rooms.code_of(busy)] == [1, 0, 0]
    phone.close()
