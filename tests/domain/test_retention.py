"""Forgetting: what is erased is nowhere any more, neither in the tables nor in the bytes of the files."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import make_question, make_room, make_session, settle

from kiosk.domain import moderation, questions, reflections, retention, rooms
from kiosk.domain.events import RoomChanged, RoomWiped
from kiosk.storage.models import Decision, Question, Reflection, Room, Support

SECRET = "Pourquoi ma cousine Zoé pleure"
DAY = 86_400_000


def fill(kiosk, write, room):
    """A session with all that a pupil can leave behind."""
    for n in range(12):
        make_question(kiosk, room, f"{room}-{n}", f"{SECRET} numéro {n} ?", after=moderation.approve)
    write(questions.set_support, room, f"{room}-1", "appareil-secret", True)
    write(moderation.reword, room, f"{room}-2", f"{SECRET} autrement ?")
    write(moderation.reword, room, f"{room}-2", "Encore autrement ?")
    write(moderation.merge, room, f"{room}-3", [f"{room}-4"])
    write(rooms.set_phase, room, "reflection")
    write(reflections.submit, room, "auteur-secret", surprise=SECRET)


def on_disk(kiosk, words=(SECRET, "appareil-secret", "auteur-secret")):
    folder = Path(kiosk.settings.data_dir)
    found = set()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            found |= {(file.name, word) for word in words if word.encode() in content}
    return found


def left():
    return [model.select().count() for model in (Question, Support, Decision, Reflection)]


def test_wipe_leaves_no_byte_behind(kiosk, room, write):
    fill(kiosk, write, room)
    assert {word for _file, word in on_disk(kiosk)} == {SECRET, "appareil-secret", "auteur-secret"}
    assert write(retention.wipe, room) == 12
    assert (left(), on_disk(kiosk)) == ([0, 0, 0, 0], set())


def test_wipe_leaves_no_byte_behind_in_pages_already_folded_back(kiosk, room, write):
    fill(kiosk, write, room)
    kiosk.writer._pages = 10_000
    settle(kiosk)
    settle(kiosk)
    assert {word for _file, word in on_disk(kiosk)} == {SECRET, "appareil-secret", "auteur-secret"}
    write(retention.wipe, room)
    assert on_disk(kiosk) == set()


def test_wipe_empties_the_room_and_tells(kiosk, room, write):
    fill(kiosk, write, room)
    write(rooms.set_intake, room, "frozen")
    settle(kiosk)
    heard = []
    kiosk.bus.subscribe(heard.extend)
    write(retention.wipe, room)
    settle(kiosk)
    row, view = rooms.row_of(room), rooms.view(room)
    assert (
        view.session,
        view.phase,
        view.intake,
        view.class_label,
        view.headcount,
        view.current_id,
        view.purge_at,
    ) == (None, "lobby", "open", "", 0, None, None)
    assert (row.ends_at, row.paused_ms, row.enrolment_id, row.opened_at, row.closed_at) == (
        None,
        None,
        None,
        None,
        None,
    )
    assert heard == [RoomChanged(room, row.rev, ("session", "phase", "status"), ()), RoomWiped(room, row.rev)]


def test_wipe_of_an_empty_room_does_nothing(kiosk, write):
    empty = make_room(kiosk, "Vide")
    assert (write(retention.wipe, empty), rooms.view(empty).rev) == (0, 0)


def test_wipe_spares_other_rooms_and_sessions(kiosk, room, write):
    make_session(kiosk, "S2")
    other = make_room(kiosk, "B", session_id="S1")
    make_question(kiosk, other, "b1", after=moderation.approve)
    write(questions.set_support, other, "b1", "d1", True)
    write(rooms.set_phase, other, "reflection")
    write(reflections.submit, other, "e1", job="x")
    make_question(kiosk, room, "a1", after=moderation.approve)
    write(rooms.choose_session, room, "S2")
    make_question(kiosk, room, "a2")
    assert write(retention.wipe, room) == 1
    assert ([q.id for q in Question.select().order_by(Question.id)], left()) == (["a1", "b1"], [2, 1, 2, 1])
    assert rooms.view(other).session.id == "S1"


def test_wipe_works_beyond_one_statement_s_bound(kiosk, room, write):
    def many(tx):
        for n in range(950):
            Question.insert(
                id=f"q{n}",
                room_id=room,
                session_id="S1",
                origin="live",
                status="pending",
                text="x",
                original_text="x",
                created_at=tx.now,
            ).execute()
            Support.insert(question_id=f"q{n}", device="d").execute()

    kiosk.write(many)
    assert (write(retention.wipe, room), left()) == (950, [0, 0, 0, 0])


def test_purge_erases_at_its_date_not_before(kiosk, room, write):
    fill(kiosk, write, room)
    write(rooms.set_phase, room, "closed")
    assert (write(retention.purge_due), left()[0]) == (0, 12)
    kiosk.write(lambda tx: Room.update(purge_at=tx.now + 60_000).execute())
    assert write(retention.purge_due) == 0
    kiosk.write(lambda tx: Room.update(purge_at=tx.now).execute())
    assert (write(retention.purge_due), left(), on_disk(kiosk)) == (12, [0, 0, 0, 0], set())
    assert rooms.view(room).session is None


def test_purge_at_the_very_instant(kiosk, room, write):
    make_question(kiosk, room, "q1")
    write(rooms.set_phase, room, "closed", retention_days=0)
    assert write(retention.purge_due) == 1


def test_old_sessions_are_purged_whichever_room_held_them(kiosk, room, write):
    make_session(kiosk, "S2")
    fill(kiosk, write, room)
    write(rooms.set_phase, room, "closed")
    write(rooms.choose_session, room, "S2")
    make_question(kiosk, room, "neuve")
    now = kiosk.write(lambda tx: tx.now)
    assert write(retention.purge_older, now - DAY) == 0
    kiosk.write(lambda tx: Question.update(created_at=now - 2 * DAY).where(Question.session_id == "S1").execute())
    settle(kiosk)
    heard = []
    kiosk.bus.subscribe(heard.extend)
    assert write(retention.purge_older, now - DAY) == 12
    settle(kiosk)
    assert ([q.id for q in Question.select()], on_disk(kiosk), heard) == (["neuve"], set(), [])


def test_a_running_session_is_never_purged(kiosk, room, write):
    make_question(kiosk, room, "q1")
    other = make_room(kiosk, "B", session_id="S1")
    write(rooms.set_phase, other, "closed")
    kiosk.write(lambda tx: Question.update(created_at=1).execute())
    assert write(retention.purge_older, 1_000) == 0


def test_a_room_closed_on_an_old_session_is_emptied_and_told(kiosk, room, write):
    make_question(kiosk, room, "q1")
    write(rooms.set_phase, room, "closed")
    kiosk.write(lambda tx: Question.update(created_at=1).execute())
    settle(kiosk)
    heard = []
    kiosk.bus.subscribe(heard.extend)
    assert write(retention.purge_older, 1) == 0
    assert write(retention.purge_older, 2) == 1
    settle(kiosk)
    assert ([type(e) for e in heard], rooms.view(room).session) == ([RoomChanged, RoomWiped], None)


@pytest.mark.parametrize("origin, gone", [("live", 1), ("spoken", 1), ("paper", 1), ("prepared", 0), ("centre", 0)])
def test_only_a_class_s_own_words_make_a_session_old(kiosk, room, write, origin, gone):
    make_question(kiosk, room, "q1")
    write(rooms.set_phase, room, "closed")
    kiosk.write(lambda tx: Question.update(created_at=1, origin=origin).execute())
    assert write(retention.purge_older, 1_000) == gone


def test_prepared_questions_nobody_holds_are_spared(kiosk, room, write):
    kiosk.write(
        lambda tx: Question.insert(
            id="p", session_id="S9", origin="live", status="pending", text="x", original_text="x", created_at=1
        ).execute()
    )
    assert (write(retention.purge_older, 1_000), left()[0]) == (0, 1)
