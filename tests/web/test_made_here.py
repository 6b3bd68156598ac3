"""Sessions that a teacher makes or brings in the browser: checked field by field, seen before anything is written."""

from __future__ import annotations

import gzip
import io
import json
import re
import threading
import time
import zipfile
from typing import Any

import openpyxl
import pytest

from factories import Teacher, configure, make_class, make_question, make_room, make_session, open_document
from kiosk.contract import Change
from kiosk.domain import madehere, rooms, sessions
from kiosk.domain.questions import moderation, preparation, questions
from kiosk.exchange import changes
from kiosk.ground import instants
from kiosk.storage.models import Enrolment, Operation, Question, Session, Speaker

FORM = {
    "metier-1": "soigneur animalier", "nom-1": "Malik Benali", "forme-1": "m", "date": "jeudi 3 décembre 2026",
    "heure": "14 h 00", "classe": "4e B", "effectif": "26", "format": "college-45", "lien": "https://visio.example/1",
    "quand-1": ["2009", "2010"], "etape-1": ["Bac pro", "Un an, livreur"], "genre-1": ["", "pause"],
}  # fmt: skip
TABLE = "Professionnels;Fonction;Quand;Durée;Remarque\nClara Petit;ingénieure;11/12/2026 10h;45;x\n"


def lived(room_id: str) -> str:
    """The session of a room, which has one."""
    session = rooms.view(room_id).session
    assert session is not None
    return session.id


def own() -> list[str]:
    return [one.id for one in sessions.all_sessions() if one.id.startswith("ICI-")]


def bring(teacher: Any, data: bytes, name: str = "t.csv") -> Any:
    fields = {"csrf": teacher.csrf(), "fichier": (io.BytesIO(data), name)}
    return teacher.client.post("/prof/seances/importer", data=fields, content_type="multipart/form-data")


def zipped(data: bytes, name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return held.getvalue()


def preview(teacher: Any, data: bytes) -> str:
    answer = bring(teacher, data)
    assert answer.status_code == 303, answer.text[:2000]
    return str(teacher.client.get(answer.headers["Location"]).text)


def test_a_session_is_made_corrected_and_deleted_and_the_centre_hears_nothing(kiosk, teacher, room):
    answer = teacher.post("/prof/seances/creer", puis="preparer", **FORM)
    assert "/prof/preparer" in answer.headers["Location"]
    (id,) = own()
    seen = sessions.view(id)
    (speaker,) = seen.speakers
    assert (seen.title, speaker.name, speaker.job, speaker.feminine) == (
        "Soigneur animalier", "Malik Benali", "soigneur animalier", False,
    )  # fmt: skip
    assert speaker.path == [{"when": "2009", "what": "Bac pro"}, {"when": "2010", "what": "Pause : Un an, livreur"}]
    held = rooms.view(room)
    assert (lived(room), held.class_label, held.headcount, seen.levels) == (id, "4e B", 26, ["4E"])
    teacher.post("/prof/preparer", texte="Pourquoi ce métier ?")
    page = teacher.client.get(f"/prof/seances/{id}/corriger").text
    assert 'value="Un an, livreur"' in page and 'value="03/12/2026"' in page
    teacher.post(f"/prof/seances/{id}/corriger", **{**FORM, "heure": "15h", "effectif": "27"})
    assert sessions.view(id).starts_at - seen.starts_at == 3_600_000 and rooms.view(room).headcount == 27
    assert teacher.post(f"/prof/seances/{id}/supprimer").status_code == 422
    teacher.post(f"/prof/seances/{id}/supprimer", compris="1")
    assert own() == [] and rooms.view(room).session is None
    left = [model.select().where(model.id.startswith("ICI-")).count() for model in (Session, Speaker, Enrolment)]
    assert (left, Question.select().count(), Operation.select().count()) == ([0, 0, 0], 0, 0)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("nom-1", "", "Cette case est vide"), ("date", "semaine 50", "pas une date"), ("heure", "25h", "pas une heure"),
     ("lien", "http://x", "https://"), ("effectif", "-3", "entre 0 et 500"), ("metier-1", "x" * 301, "dépasse 300"),
     ("quand-1", ["2009", "2010", "2011"], "sans étape"), ("classe", "x" * 61, "dépasse 60")],
)  # fmt: skip
def test_each_fault_is_beside_its_field_and_nothing_typed_is_lost(teacher, field, value, said):
    answer = teacher.post("/prof/seances/creer", **{**FORM, field: value})
    assert answer.status_code == 422 and own() == []
    page = answer.text
    assert len(re.findall(r'class="fault"', page)) == 1 and said in re.sub(r"[\u00a0\u202f]", " ", page)
    for kept in ("soigneur animalier", "Malik Benali", "jeudi 3 décembre 2026", "Un an, livreur"):
        assert kept in page or value in ("", "semaine 50") or field == "metier-1"
    if isinstance(value, str) and value:
        assert f'value="{value}"' in page


def test_what_has_begun_or_comes_from_the_centre_is_not_corrected(kiosk, teacher, room, write):
    teacher.post("/prof/seances/creer", puis="direct", **FORM)
    (id,) = own()
    write(rooms.set_phase, room, "talk")
    for path in (f"/prof/seances/{id}/corriger", f"/prof/seances/{id}/supprimer"):
        assert "a commencé" in teacher.post(path, compris="1", **FORM).text
    assert own() == [id]
    assert teacher.client.get("/prof/seances/S1/corriger").status_code == 409
    page = teacher.client.get("/prof/seances").text
    assert "Créée ici" in page and f"/{id}/corriger" not in page


def test_what_pupils_wrote_for_is_not_corrected_though_no_room_has_begun_it(kiosk, teacher, room, write):
    teacher.post("/prof/seances/creer", puis="direct", **FORM)
    (id,) = own()
    assert teacher.client.get(f"/prof/seances/{id}/corriger").status_code == 200
    make_question(kiosk, room, "q1", "Que faites-vous le matin ?")
    assert teacher.client.get(f"/prof/seances/{id}/corriger").status_code == 409


def test_it_is_announced_though_the_school_is_enrolled_elsewhere(kiosk, teacher):
    make_session(kiosk, "S8")
    make_class(kiosk, "S8", "3e A")
    teacher.post("/prof/seances/creer", **{**FORM, "classe": "", "effectif": ""})
    kiosk.database.connect_reader()
    announced = sessions.following(0, but="S8")
    assert announced is not None and [announced.id] == own()


def test_the_demonstration_is_no_real_class_s_next_session(kiosk):
    """On a new kiosk both stand beside each other: a souvenir named the invented one as « Prochaine séance »."""
    make_session(kiosk, "DEMO-S-1")
    make_session(kiosk, "S8")
    kiosk.database.connect_reader()
    said = [sessions.following(0, but=but) for but in (None, "DEMO-S-0", "S8")]
    assert [one and one.id for one in said] == ["S8", "S8", None]


def test_no_change_of_a_centre_touches_what_was_made_here(kiosk, teacher, write):
    teacher.post("/prof/seances/creer", **FORM)
    (id,) = own()
    before = [[row.__data__ for row in model.select()] for model in (Session, Speaker, Enrolment)]
    question = {"session_id": id, "text": "Intrus ?", "theme": "vie", "origin": "web", "state": "kept"}
    said = [Change("session", id, 99, None, True), Change("question", "q-9", 99, question)]
    assert len(said) == 2 and before[2]
    said += [Change("speaker", one["id"], 99, None, True) for one in before[1] if one["id"].startswith("ICI-")]
    assert write(changes.apply, said) == {}
    assert [[row.__data__ for row in model.select()] for model in (Session, Speaker, Enrolment)] == before
    assert Question.select().count() == 0


def test_what_the_screen_will_show_is_seen_before_anything_is_saved(kiosk, teacher):
    answer = teacher.post("/prof/seances/creer", puis="voir", **FORM)
    page = re.sub(r"\s+", " ", answer.text.replace("\u00a0", " "))
    assert answer.status_code == 200 and own() == [] and "Rien n’est encore enregistré." in page
    seen = page.split('id="t-seen"')[1].split("</section>")[0]
    for words in (
        "Soigneur animalier",
        "4e B, jeudi 3 décembre, 14 h 00",
        "<b>Malik Benali</b>",
    ):
        assert words in seen, words
    way = page.split('id="vu-1"')[1].split("</section>")[0]
    assert "<b>2009</b><span>Bac pro</span>" in way and 'class="pause lane-0"' in way
    assert 'value="Malik Benali"' in page  # what is typed stays
    assert "t-seen" not in teacher.post("/prof/seances/creer", puis="voir", **{**FORM, "date": "bientôt"}).text


def test_what_is_typed_so_far_is_shown_as_the_class_will_see_it_whatever_is_still_wrong(kiosk, teacher):
    typed = {
        **FORM, "date": "bientôt", "nom-1": "", "quand-1": ["2009", "2010", "2011"],
        "etape-1": ["Bac pro", "Un an, livreur", "BPREA <élevage>"], "genre-1": ["", "pause", "bifurcation"],
    }  # fmt: skip
    answer = teacher.post("/prof/seances/creer", puis="apercu", **typed)
    assert answer.status_code == 200 and own() == [] and "<html" not in answer.text
    assert re.findall(r'id="(vu-\d)" data-seen', answer.text) == ["vu-1", "vu-2", "vu-3"]
    way = re.sub(r"\s+", " ", answer.text.replace("\u00a0", " ").split('id="vu-1"')[1].split("</section>")[0])
    for words in ("Soigneur animalier", "Pause :</b> Un an, livreur", "Bifurcation :</b> BPREA &lt;élevage&gt;"):
        assert words in way, words
    kinds = re.findall(r'<li class="([^"]*)"', way)
    assert kinds == ["step lane-0 to-pause", "pause lane-0 to-fork", "fork lane-1"] and "stub" in way
    again = teacher.post("/prof/seances/creer", puis="voir", **typed).text  # without a script: on the page itself
    assert "Bifurcation :</b>" in again.replace("\u00a0", " ") and "t-seen" not in again
    empty = teacher.client.get("/prof/seances/creer").text
    assert empty.count("« Voir ce que") == 3 or "Voir ce que l’écran montrera » l’écrit ici" in empty.replace(
        "\u00a0", " "
    )


def test_a_turn_is_kept_in_the_class_s_language_whatever_the_teacher_s(kiosk, teacher):
    teacher.post("/prof/langue", langue="en")
    teacher.post("/prof/seances/creer", **{**FORM, "genre-1": ["", "bifurcation"]})
    (id,) = own()
    assert sessions.view(id).speakers[0].path[1]["what"] == "Bifurcation : Un an, livreur"


def test_hours_are_those_of_the_class_s_own_zone_and_the_field_says_so(kiosk, teacher, room):
    assert "heure de Paris, par" in teacher.client.get("/prof/seances/creer").text.replace("\u00a0", " ")
    configure(kiosk, school_zone="Indian/Reunion")
    assert "heure d’ici (Indian/Reunion)" in teacher.client.get("/prof/seances/creer").text
    shown = teacher.post("/prof/seances/creer", puis="voir", **FORM).text.replace("\u00a0", " ")
    assert "14 h 00 (11 h 00, heure de Paris)" in shown
    teacher.post("/prof/seances/creer", puis="preparer", **FORM)
    (id,) = own()
    assert instants.rfc3339(sessions.view(id).starts_at).startswith("2026-12-03T10:00")
    assert 'value="14 h 00"' in teacher.client.get(f"/prof/seances/{id}/corriger").text
    teacher.post(f"/prof/seances/{id}/corriger", **{**FORM, "heure": "15 h"})
    assert instants.rfc3339(sessions.view(id).starts_at).startswith("2026-12-03T11:00")


def test_a_table_is_seen_before_it_is_written_and_again_makes_no_twin(kiosk, teacher):
    page = preview(teacher, (TABLE + "A B;C;semaine 50;45;\n").encode())
    assert own() == [] and re.search(r"Remarque.*?non lue", page, re.S) and "semaine 50" in page and "Nouvelle" in page
    answer = teacher.post("/prof/seances/importer/enregistrer", ligne="1")
    assert answer.status_code == 303 and len(own()) == 1
    assert sessions.view(own()[0]).speakers[0].name == "Clara Petit"
    assert "Déjà là, la même" in preview(teacher, TABLE.encode())
    page = preview(teacher, TABLE.replace("10h", "11h30").encode())
    assert "elle change" in page and "11\u00a0h\u00a030" in page
    teacher.post("/prof/seances/importer/enregistrer", ligne="1")
    assert len(own()) == 1 and Operation.select().count() == 0
    assert teacher.post("/prof/seances/importer/enregistrer", ligne="1").status_code == 409  # it is gone


def test_a_table_keeps_the_path_that_it_does_not_say(teacher):
    teacher.post("/prof/seances/creer", **FORM)
    page = preview(teacher, "Métier;Nom;Date;Heure\nSoigneur animalier;Malik Benali;03/12/2026;14h30-15h15\n".encode())
    assert "elle change" in page
    teacher.post("/prof/seances/importer/enregistrer", ligne="1")
    (id,) = own()
    assert [step["what"] for step in sessions.view(id).speakers[0].path] == ["Bac pro", "Pause : Un an, livreur"]
    assert madehere.class_of(id) == ("4e B", 26)


def test_the_centre_s_session_is_left_as_it_is(kiosk, teacher):
    make_session(kiosk, "S-2026-118")
    table = "Identifiant;Titre;Date;Heure;Durée\nS-2026-118;Autre;03/12/2026;14h;45\n"
    assert "reçue du centre" in preview(teacher, table.encode())
    assert teacher.post("/prof/seances/importer/enregistrer", ligne="0").status_code == 422
    assert sessions.view("S-2026-118").title == "Cheffe d’équipe"


def test_a_file_of_the_contract_is_taken_as_the_command_takes_it(teacher):
    body = {"title": "Éolien", "starts_at": "2026-12-03T13:00:00Z", "duration_min": 45, "format": "college-45",
            "meeting_url": "", "levels": [], "status": "planned", "speakers": [], "dossier": []}  # fmt: skip
    file = json.dumps({"changes": [{"type": "session", "id": "S-9", "rev": 1, "body": body}]}).encode()
    assert "Un fichier du centre" in preview(teacher, file)
    teacher.post("/prof/seances/importer/enregistrer")
    assert sessions.view("S-9").title == "Éolien"
    for packed, name in ((gzip.compress(file), "c.json.gz"), (zipped(file, "c.json"), "c.zip")):
        assert "Un fichier du centre" in preview(teacher, packed)
        assert teacher.post("/prof/seances/importer/enregistrer").status_code == 303, name
    assert preview(teacher, zipped(TABLE.encode(), "t.csv")).count("Clara Petit") == 1
    for large in (gzip.compress(b" " * 3_000_000), zipped(b" " * 3_000_000, "c.json")):
        refused = bring(teacher, large)
        assert refused.status_code == 422 and "2 Mo" in refused.text.replace("\u00a0", " ")
    wrong = bring(teacher, file.replace(b"2026-12-03T13:00:00Z", b"demain"))
    assert wrong.status_code == 422 and "starts_at" in wrong.text


def test_a_room_s_code_leaves_the_other_rooms_sessions_and_the_centre_s_word(app, kiosk, teacher, room, write):
    other = make_room(kiosk, "B12")
    teacher.post(f"/prof/seances/creer?salle={rooms.view(other).code}", puis="preparer", **FORM)
    (id,) = own()
    stranger, neighbour = Teacher(app).of_room(room), Teacher(app).of_room(other)
    for path in ("supprimer", "corriger"):
        assert stranger.post(f"/prof/seances/{id}/{path}", compris="1", **{**FORM, "heure": "16h"}).status_code == 403
    assert neighbour.post(f"/prof/seances/{id}/corriger", **{**FORM, "heure": "15h"}).status_code == 303
    write(rooms.choose_session, other, "S1")
    write(rooms.choose_session, other, id)
    write(preparation.add_many, other, ["Pourquoi ?", "J’ai envie de mourir"], origin="prepared")
    assert lived(other) == id
    # nobody erases unopened what may come from a pupil in danger
    answer = teacher.post(f"/prof/seances/{id}/supprimer", compris="1")
    assert answer.status_code >= 400 and own() == [id] and Question.select().count() == 2
    file = json.dumps({"changes": [{"type": "session", "id": "S1", "rev": 9, "deleted": True}]}).encode()
    assert bring(stranger, file).status_code == 403 and bring(teacher, file).status_code == 303
    assert bring(stranger, TABLE.encode()).status_code == 303


def test_a_table_is_written_without_going_through_all_sessions_for_each(kiosk, teacher, caplog):
    """Pupils' questions wait for the same writer: 200 sessions beside 2,000 took it nine seconds."""
    table = TABLE + "".join(f"Nom {n};ingénieure;{n}/01/2027 10h;45;x\n" for n in range(1, 20))
    preview(teacher, table.encode())
    with caplog.at_level("DEBUG", "peewee"):
        teacher.post("/prof/seances/importer/enregistrer", ligne=[str(n) for n in range(50)])
    asked = [str(record.msg) for record in caplog.records if record.name == "peewee"]
    assert len(own()) == 20 and sum('."speakers" FROM "session"' in one for one in asked) == 1


def test_one_file_is_read_at_a_time(kiosk, teacher):
    """Each reading process may take 768 MB: two of them, and a small machine has none left for the class."""
    with kiosk.brought.turn.taken(time.sleep):
        second = threading.Thread(target=bring, args=(teacher, TABLE.encode()))
        second.start()
        second.join(1.5)
        assert second.is_alive()
    second.join(30)
    assert not second.is_alive() and "Clara Petit" in teacher.client.get("/prof/seances/importer?etape=voir").text
    refused = bring(teacher, b"%PDF-1.7")
    assert refused.status_code == 422 and bring(teacher, TABLE.encode()).status_code == 303


def mountain() -> bytes:
    """A small .ods that says « the same cell, everywhere »."""
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
    return open_document(
        f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-cell></table:table-row>'
    )


def test_a_workbook_that_is_a_mountain_or_no_table_is_refused_with_its_cause(teacher):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "Titre", "x"
    book.save(file := io.BytesIO())
    for data, said in (
        (file.getvalue(), "XFD1048576"),
        (mountain(), "abîmé"),
        (b"%PDF-1.4", "document"),
        (b"a;b\n1;2\n", "Aucune colonne"),
    ):
        answer = bring(teacher, data)
        assert answer.status_code == 422 and said in answer.text
    assert bring(teacher, b"").status_code == 422


def test_a_rooms_own_teacher_makes_a_session_and_only_the_school_takes_the_demonstration_away(kiosk, teacher, room):
    make_session(kiosk, "DEMO-S-1")
    other = make_room(kiosk, "Autre", session_id="DEMO-S-1")
    code = rooms.view(other).code
    assert "Séance de démonstration" in teacher.client.get(f"/prof?salle={code}").text
    assert "Séance de démonstration" not in teacher.client.get(f"/prof?salle={rooms.view(room).code}").text
    kiosk.write(lambda tx: rooms.set_phase(tx, other, "talk"))
    assert teacher.post("/prof/seances/demonstration").status_code == 409
    kiosk.write(lambda tx: rooms.set_phase(tx, other, "closed"))
    assert teacher.post("/prof/seances/demonstration").status_code == 303
    assert Session.get_or_none(Session.id == "DEMO-S-1") is None


def test_the_wrong_session_is_stopped_and_the_other_opened_and_nothing_is_lost(kiosk, teacher, room, write):
    make_session(kiosk, "S2")
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "q1", "Gardée ?", after=moderation.put_on_screen)
    asked = teacher.post("/prof/seances/choisir", seance="S2", classe="4e C", effectif="24")
    assert lived(room) == "S1"
    page = teacher.client.get(asked.headers["Location"]).text
    assert "rien n’est perdu" in page and 'value="4e C"' in page and "1 question reçue" in page.replace("\u00a0", " ")
    teacher.post("/prof/seances/choisir", seance="S2", classe="4e C", effectif="24", arreter="1")
    there = rooms.view(room)
    assert (lived(room), there.class_label, there.phase, there.current_id) == ("S2", "4e C", "lobby", None)
    assert Operation.select().count() == 0  # nobody is told that the first one was held
    teacher.post("/prof/seances/choisir", seance="S1")
    assert questions.one(room, "q1").status == "approved" and questions.counts(room, "S1").received == 1


def test_one_made_to_be_opened_at_once_asks_to_stop_the_one_that_runs(kiosk, teacher, room, write):
    make_session(kiosk, "S-runs")
    write(rooms.choose_session, room, "S-runs")
    write(rooms.set_phase, room, "talk")
    answer = teacher.post("/prof/seances/creer", puis="direct", **FORM)
    page = teacher.client.get(answer.headers["Location"]).text
    assert "L’arrêter et ouvrir" in page and "Soigneur animalier" in page and lived(room) == "S-runs"


def test_a_table_of_thousands_costs_little_and_says_what_it_leaves(kiosk, teacher):
    rows = "".join(f"Métier {n};A B{n};11/12/2026;10h;45\n" for n in range(1_200))
    page = preview(teacher, ("Métier;Nom;Date;Heure;Durée\n" + rows).encode())
    assert "1000 séances de plus ne sont pas lues" in page.replace("\u00a0", " ").replace("\u202f", "")
    assert page.count('name="ligne"') == 200


def test_a_path_of_fifteen_steps_is_whole_and_there_are_always_more_to_fill(teacher, room):
    steps = {"quand-1": [str(2000 + n) for n in range(15)], "etape-1": [f"Étape {n}" for n in range(15)]}
    page = teacher.post("/prof/seances/creer", **{**FORM, **steps, "genre-1": [""] * 15, "puis": "etapes"}).text
    assert own() == [] and page.count('name="etape-1"') == 20 and 'value="Étape 14"' in page
    teacher.post("/prof/seances/creer", **{**FORM, **steps, "genre-1": [""] * 15})
    (id,) = own()
    teacher.post(f"/prof/seances/{id}/corriger", **{**FORM, **steps, "genre-1": [""] * 15})
    assert len(sessions.view(id).speakers[0].path) == 15
    many = {name: [f"{name} {n}" for n in range(41)] for name in steps}
    answer = teacher.post(f"/prof/seances/{id}/corriger", **{**FORM, **many, "genre-1": [""] * 41})
    assert answer.status_code == 422 and "40 étapes" in answer.text and 'value="etape-1 40"' in answer.text


@pytest.mark.parametrize(("said", "days"), [("aujourd’hui", 0), ("Demain", 1), ("après-demain", 2)])
def test_a_day_may_be_told_from_today(kiosk, teacher, room, said, days):
    teacher.post("/prof/seances/creer", **{**FORM, "date": said, "heure": "14h"})
    (id,) = own()
    now = instants.local(kiosk.clock.now(), "Europe/Paris")
    start = instants.local(sessions.view(id).starts_at, "Europe/Paris")
    assert (start.date() - now.date()).days == days and start.hour == 14


def test_the_length_of_a_class_s_name_is_said_before_it_is_cut(teacher, room):
    teacher.post("/prof/seances/creer", puis="direct", **FORM)
    for path in ("/prof/seances/creer", "/prof/seances", "/prof/salle"):
        assert "60 signes au plus" in teacher.client.get(path).text.replace("\u00a0", " "), path
