"""« Séance d'essai »: impossible to mistake for a real one, and nothing left of it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from factories import Teacher, make_question, make_room, make_session
from kiosk.domain import figures, rehearsal, rooms, sessions, stored
from kiosk.domain.care import worries
from kiosk.domain.questions import moderation, preparation, questions
from kiosk.domain.reading import flags
from kiosk.domain.rehearsed import WRITTEN
from kiosk.ground.errors import KioskError
from kiosk.ops import serving
from kiosk.storage.models import OF_A_SESSION, Meeting, Operation, Question, Reflection, Session

MARKS = [text.encode() for text in WRITTEN[5:15]]


@pytest.fixture
def shared(kiosk, room, write):
    """A school that shares all it may, with a prepared question."""
    from dataclasses import replace

    kiosk.settings = replace(kiosk.settings, sync_share_asked=True, sync_share_reflection=True)
    write(preparation.add, room, "Question préparée ?")
    return room


def play(write, room: str, many: int = len(WRITTEN)) -> str:
    run = write(rehearsal.begin, room, "presse")
    for number in range(many):
        assert write(rehearsal.step, room, run, number) is True
    return run


def session_of(room: str) -> str:
    """The session that the room is on."""
    session = rooms.view(room).session
    assert session is not None
    return session.id


def rehearsed(room: str) -> dict[str, Any]:
    """What is kept of the rehearsal under way."""
    held = rehearsal.on(room)
    assert held is not None
    return held


def rows_of_rehearsals() -> int:
    return sum(
        table.select().where(table.session_id.startswith("ESSAI-")).count() for table in OF_A_SESSION
    ) + Session.select().where(Session.id.startswith("ESSAI-")).count()  # fmt: skip


def test_a_whole_rehearsal_tells_nobody_and_leaves_nothing(kiosk, shared, write):
    room = shared
    before = [(row.id, row.body) for row in Operation.select()]
    assert len(before) == 1
    figures_before = figures.questions_by_status()
    run = play(write, room)
    for phase in ("talk", "questions", "reflection"):
        write(rooms.set_phase, room, phase)
        if phase == "questions":
            waiting = questions.listed(room, session_of(room), "pending")
            write(moderation.approve, room, waiting[0].id)
            write(moderation.put_on_screen, room, waiting[0].id)
            write(moderation.put_on_screen, room, waiting[1].id)
    for number in range(12):
        write(rehearsal.step, room, run, number)
    assert Reflection.select().count() == 10
    write(rooms.set_phase, room, "closed")
    assert figures.questions_by_status() == figures_before
    write(rehearsal.end, room)
    assert rows_of_rehearsals() == 0 and Meeting.select().count() == 0
    assert [(row.id, row.body) for row in Operation.select()] == before
    assert stored.get("storage.forget") is not None  # copies are made anew
    held = rooms.view(room)
    assert (session_of(room), held.phase, held.class_label, held.headcount) == ("S1", "lobby", "4e B", 26)
    assert [one.text for one in questions.listed(room, "S1", "approved")] == ["Question préparée ?"]
    kiosk.writer.run(lambda tx: None)
    with closing(sqlite3.connect(kiosk.settings.data_dir / "kiosk.sqlite3")) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = b"".join(path.read_bytes() for path in kiosk.settings.data_dir.glob("kiosk.sqlite3*"))
    assert [mark for mark in MARKS if mark in data] == []


def test_the_invented_pupils_bring_what_a_teacher_must_have_met_once(write, shared):
    play(write, shared, 15)
    kinds = {flag.kind for row in Question.select() for flag in flags.find(row.text, [])}
    assert {"phone", "rude"} <= kinds
    assert worries.unopened(shared) == 1
    assert {row.session_id for row in Operation.select()} == {"S1"}  # the prepared question that was there


def test_every_page_and_the_display_say_so(teacher, client, write, shared, app):
    play(write, shared, 3)
    for path in ("/prof", "/prof/preparer", "/prof/seances", "/prof/salle", "/prof/seances/creer", "/prof/synchro"):
        assert "Séance d’essai" in teacher.client.get(path).text, path
    assert "Séance d’essai" in client.get("/").text
    screen = client.get("/ecran?regard=wall", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert "Séance d’essai" in screen
    assert re.search(r'id="screen" class="screen wall[^"]* compact"', screen)  # in a strip, the code makes room
    assert [one.id for one in sessions.all_sessions()] == ["S1"] and sessions.following(0) is not None
    assert "ESSAI-" not in teacher.client.get("/prof/seances/calendrier.ics").text


@pytest.mark.parametrize("how", ["arreter", "choisir", "redemarrer"])
def test_it_ends_at_a_word_at_the_first_real_start_and_at_any_start_of_the_kiosk(kiosk, teacher, room, write, how):
    answer = teacher.post("/prof/essai", faire="commencer", rythme="calme")
    assert answer.status_code == 303 and rooms.view(room).feigned == "rehearsal"
    run = rehearsed(room)["run"]
    write(rehearsal.step, room, run, 0)
    write(rooms.set_phase, room, "questions")
    if how == "arreter":
        teacher.post("/prof/essai", faire="arreter")
    elif how == "choisir":
        teacher.post("/prof/seances/choisir", seance="S1", classe="4e B", effectif="26")
    else:
        serving._begin(kiosk)
    assert rows_of_rehearsals() == 0
    assert (session_of(room), rooms.view(room).phase) == ("S1", "lobby")
    assert write(rehearsal.step, room, run, 1) is None  # the pupils go home


def test_a_kiosk_killed_in_the_middle_begins_without_it(kiosk, room, write):
    play(write, room, 6)
    make_session(kiosk, "ESSAI-r-gone")  # of a room that was removed
    serving._begin(kiosk)
    assert rows_of_rehearsals() == 0 and session_of(room) == "S1"


def test_what_a_real_phone_wrote_of_a_danger_stays_with_the_room(kiosk, room, write):
    play(write, room, 16)
    make_question(kiosk, room, "vraie", "j’ai envie de mourir", author="telephone")
    write(rehearsal.end, room)
    assert [one.id for one in worries.listed(room)] == ["vraie"] and rows_of_rehearsals() == 0


def test_it_begins_only_before_a_session_and_its_real_questions_wait(kiosk, app, room, write):
    make_question(kiosk, room, "q1", "Déjà là ?")
    run = play(write, room, 1)
    with pytest.raises(KioskError, match="."):
        write(rehearsal.begin, room, "normal")
    write(rehearsal.set_pace, room, "calme")
    assert (rehearsed(room)["pace"], rehearsed(room)["run"]) == ("calme", run)
    write(rehearsal.end, room)
    assert questions.counts(room, "S1").received == 1
    write(rooms.set_phase, room, "talk")
    with pytest.raises(KioskError):
        write(rehearsal.begin, room, "normal")
    other = make_room(kiosk, "Vide")
    with pytest.raises(KioskError):
        write(rehearsal.begin, other, "normal")
    moderator = Teacher(app).invited(room)
    assert moderator.post("/prof/essai", faire="commencer").status_code == 403


def test_erasing_all_in_a_rehearsal_ends_it_and_takes_no_real_pupil_s_call(kiosk, room, teacher, write):
    """The invented message is unopened too: the box that one ticks for it must not take a real one along."""
    play(write, room)
    make_question(kiosk, room, "real", "je veux mourir, aidez-moi", author="eleve-1")
    answer = teacher.post("/prof/salle/effacer", compris="1", nonlu="1")
    assert answer.status_code == 303 and "recu" not in answer.headers["Location"]
    kiosk.database.connect_reader()
    assert session_of(room) == "S1" and rows_of_rehearsals() == 0
    assert [(row.id, row.session_id) for row in Question.select()] == [("real", "S1")]
    assert worries.unopened(room) == 1


def test_its_worrying_message_says_that_it_is_invented_and_a_real_phone_s_does_not(
    kiosk, room: str, write, teacher: Teacher
) -> None:
    play(write, room)
    kiosk.database.connect_reader()
    invented = "personne n’est en danger"
    page = teacher.client.get("/prof").text
    assert page.count('data-care="') == 1 and page.count(invented) == 1
    make_question(kiosk, room, "real", "j’ai envie de mourir, personne le sait", author="eleve-7")
    kiosk.database.connect_reader()
    page = teacher.client.get("/prof").text
    assert page.count('data-care="') == 2 and page.count(invented) == 1
    assert invented not in page.split('data-care="real"')[1].split("</section>")[0]


def test_its_end_leads_back_to_the_real_session_and_keeps_nothing(kiosk, room: str, write, teacher: Teacher) -> None:
    real = session_of(room)
    play(write, room, 3)
    write(rooms.set_phase, room, "reflection")
    kiosk.database.connect_reader()
    assert "Tout s’efface dans" not in teacher.client.get("/prof").text
    write(rooms.set_phase, room, "closed")
    kiosk.database.connect_reader()
    page = teacher.client.get("/prof").text
    assert "Tout disparaît quand vous arrêtez l’essai." in page and "tout s’efface le" not in page.lower()
    action = page.split('id="action"')[1].split("</div>")[0]
    assert 'value="arreter"' in action and "Choisir une autre séance" not in action
    souvenir = teacher.client.get("/prof/souvenir").text
    assert 'name="jusque"' not in souvenir and "Rien n’en est gardé" in souvenir
    refused = teacher.post("/prof/souvenir", jusque="2027-01-10")
    assert refused.status_code == 409 and "ne se garde pas" in refused.text
    teacher.post("/prof/essai", faire="arreter")
    kiosk.database.connect_reader()
    assert session_of(room) == real and rows_of_rehearsals() == 0
