"""Forgetting: what is erased is nowhere any more, neither in the tables nor in the bytes of the files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from factories import make_question, make_room, make_session, settle
from kiosk.domain import overdue, retention, rooms, stored, timers
from kiosk.domain.questions import moderation, questions, reflections
from kiosk.ground.errors import KioskError
from kiosk.ground.events import Event, RoomChanged, RoomWiped, SettingsChanged
from kiosk.storage.models import Decision, Question, Reflection, Room, Session, Support

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
    with closing(sqlite3.connect(kiosk.database.path)) as other:
        assert other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0
    assert {word for _file, word in on_disk(kiosk)} == {SECRET, "appareil-secret", "auteur-secret"}
    write(retention.wipe, room)
    assert on_disk(kiosk) == set()


def test_wipe_empties_the_room_and_tells(kiosk, room, write):
    fill(kiosk, write, room)
    write(rooms.set_intake, room, "frozen")
    settle(kiosk)
    heard: list[Event] = []
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
    on = rooms.view(other).session
    assert on is not None and on.id == "S1"


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
    assert (write(overdue.forget, 7), left()[0]) == (0, 12)
    kiosk.write(lambda tx: Room.update(purge_at=tx.now + 60_000).execute())
    assert write(overdue.forget, 7) == 0
    kiosk.write(lambda tx: Room.update(purge_at=tx.now).execute())
    assert (write(overdue.forget, 7), left(), on_disk(kiosk)) == (12, [0, 0, 0, 0], set())
    assert rooms.view(room).session is None


def test_purge_at_the_very_instant(kiosk, room, write):
    make_question(kiosk, room, "q1")
    write(rooms.set_phase, room, "closed", retention_days=0)
    assert write(overdue.forget, 7) == 1


def test_old_sessions_are_purged_whichever_room_held_them(kiosk, room, write):
    make_session(kiosk, "S2")
    fill(kiosk, write, room)
    write(rooms.set_phase, room, "closed")
    write(rooms.choose_session, room, "S2")
    make_question(kiosk, room, "neuve")
    now = kiosk.write(lambda tx: tx.now)
    assert write(overdue.forget, 1) == 0
    kiosk.write(lambda tx: Question.update(created_at=now - 2 * DAY).where(Question.session_id == "S1").execute())
    settle(kiosk)
    heard: list[Event] = []
    kiosk.bus.subscribe(heard.extend)
    assert write(overdue.forget, 1) == 12
    settle(kiosk)
    assert ([q.id for q in Question.select()], on_disk(kiosk), heard) == (["neuve"], set(), [])


def test_a_running_session_is_never_purged(kiosk, room, write):
    make_question(kiosk, room, "q1")
    other = make_room(kiosk, "B", session_id="S1")
    write(rooms.set_phase, other, "closed")
    kiosk.write(lambda tx: Question.update(created_at=1).execute())
    assert write(overdue.forget, 7) == 0


def test_a_room_closed_on_an_old_session_is_emptied_and_told(kiosk, room, write):
    make_question(kiosk, room, "q1")
    write(rooms.set_phase, room, "closed")
    kiosk.write(lambda tx: Question.update(created_at=tx.now - 2 * DAY).execute())
    settle(kiosk)
    heard: list[Event] = []
    kiosk.bus.subscribe(heard.extend)
    assert write(overdue.forget, 3) == 0
    assert write(overdue.forget, 1) == 1
    settle(kiosk)
    kinds = [type(e) for e in heard if not isinstance(e, SettingsChanged)]
    assert (kinds, rooms.view(room).session) == ([RoomChanged, RoomWiped], None)


@pytest.mark.parametrize("origin, gone", [("live", 1), ("spoken", 1), ("paper", 1), ("prepared", 0), ("centre", 0)])
def test_only_a_class_s_own_words_make_a_session_old_before_its_time(kiosk, room, write, origin, gone):
    make_question(kiosk, room, "q1")
    write(rooms.set_phase, room, "closed")
    kiosk.write(lambda tx: Question.update(created_at=1, origin=origin).execute())
    kiosk.write(lambda tx: Room.update(session_id=None, purge_at=None).execute())
    assert write(overdue.forget, 7) == gone
    kiosk.write(lambda tx: Session.update(starts_at=tx.now - 8 * DAY).execute())
    assert write(overdue.forget, 7) == 1 - gone  # its day is past: prepared ones go too


def test_prepared_questions_nobody_holds_go_once_their_session_is_past(kiosk, room, write):
    make_session(kiosk, "S9")

    def unit(tx):
        for id, session in (("p", "S9"), ("x", "unknown here")):
            Question.insert(
                id=id,
                session_id=session,
                origin="prepared",
                status="pending",
                text="x",
                original_text="x",
                created_at=tx.now - 30 * DAY,
            ).execute()

    kiosk.write(unit)
    assert (write(overdue.forget, 7), [q.id for q in Question.select()]) == (1, ["p"])
    kiosk.write(lambda tx: Session.update(starts_at=tx.now - 8 * DAY).execute())
    assert (write(overdue.forget, 7), left()[0]) == (1, 0)


# -- nobody closed it


def left_on(kiosk, write, room, phase="questions", days=0.0):
    """A session on in a room, in a phase, its last act and its planned end so many days ago."""
    make_question(kiosk, room, "q1", SECRET, after=moderation.approve)
    write(rooms.set_phase, room, phase)

    def unit(tx):
        gone = round(days * DAY)
        Session.update(starts_at=tx.now - gone - 45 * 60_000).execute()
        Room.update(phase_started_at=tx.now - gone, opened_at=tx.now - gone).execute()
        Question.update(created_at=tx.now - gone, approved_at=tx.now - gone).execute()
        Decision.update(at=tx.now - gone).execute()

    kiosk.write(unit)


@pytest.mark.parametrize("phase", ["countdown", "talk", "questions", "reflection"])
def test_a_session_nobody_closed_counts_as_closed_then_is_forgotten(kiosk, room, write, phase):
    left_on(kiosk, write, room, phase, days=0.2)
    assert (write(overdue.forget, 7), rooms.view(room).phase) == (0, "closed")
    ended = rooms.row_of(room)
    assert ended.closed_at is not None
    assert ended.purge_at == ended.closed_at + 7 * DAY < kiosk.clock.now() + 7 * DAY
    kiosk.write(lambda tx: Room.update(phase=phase, closed_at=None, purge_at=None).execute())
    left_on_since = 400 * DAY  # the PC was switched off for more than a year

    def unit(tx):
        gone = tx.now - left_on_since
        Session.update(starts_at=gone).execute()
        Room.update(phase_started_at=gone, opened_at=gone).execute()
        Question.update(created_at=gone, approved_at=gone).execute()
        Decision.update(at=gone).execute()

    kiosk.write(unit)
    assert overdue.anything(kiosk.clock.now(), 7)
    assert (write(overdue.forget, 7), left(), on_disk(kiosk)) == (1, [0, 0, 0, 0], set())
    assert not overdue.anything(kiosk.clock.now(), 7)


def test_what_never_began_is_forgotten_at_the_same_date(kiosk, room, write):
    left_on(kiosk, write, room, "lobby", days=2)
    assert (write(overdue.forget, 7), rooms.view(room).phase, left()[0]) == (0, "lobby", 1)
    assert (write(overdue.forget, 1), rooms.view(room).session) == (1, None)


@pytest.mark.parametrize("act", ["asked", "answered", "decided", "reflected", "phase", "planned"])
def test_one_late_act_or_a_later_plan_keeps_a_session_open(kiosk, room, write, act):
    left_on(kiosk, write, room, days=300)

    def unit(tx):
        {
            "asked": lambda: Question.update(created_at=tx.now).execute(),
            "answered": lambda: Question.update(answered_at=tx.now).execute(),
            "decided": lambda: Decision.update(at=tx.now).execute(),
            "reflected": lambda: Reflection.insert(room_id=room, session_id="S1", created_at=tx.now).execute(),
            "phase": lambda: Room.update(phase_started_at=tx.now).execute(),
            "planned": lambda: Session.update(starts_at=tx.now + DAY).execute(),
        }[act]()

    kiosk.write(unit)
    assert (write(overdue.forget, 7), rooms.view(room).phase) == (0, "questions")


def test_where_somebody_is_nothing_counts_as_left(kiosk, room, write):
    left_on(kiosk, write, room, days=300)
    assert write(overdue.forget, 7, lambda id: id == room) == 0
    assert rooms.view(room).phase == "questions"


@pytest.mark.parametrize("days", [400, -400])
def test_a_clock_put_right_in_the_middle_of_a_lesson_erases_nothing(kiosk, room, write, days):
    make_question(kiosk, room, "q1", after=moderation.approve)
    write(rooms.set_phase, room, "reflection")
    write(reflections.submit, room, "e", job="x")
    step = kiosk.clock.correct(kiosk.clock.now() + days * DAY, "teacher")
    write(timers.shift_timers, step)
    assert (write(overdue.forget, 7), rooms.view(room).phase) == (0, "reflection")
    kiosk.write(lambda tx: Session.update(starts_at=1).execute())
    assert overdue.over_since(rooms.row_of(room)) <= kiosk.clock.now()  # no act is left in a year that never came


def test_a_clock_that_could_not_be_kept_is_not_put_right(kiosk, room, write, monkeypatch):
    before = kiosk.clock.offset_ms()

    def refuses(_unit):
        raise KioskError("storage_full")

    with monkeypatch.context() as patched:
        patched.setattr(kiosk.writer, "run", refuses)
        with pytest.raises(KioskError):
            timers.set_clock(kiosk, kiosk.clock.now() + 400 * DAY, "teacher")
    assert abs(kiosk.clock.offset_ms() - before) < 1000 and kiosk.clock.source == "system"
    assert timers.set_clock(kiosk, kiosk.clock.now() + DAY, "teacher") == DAY
    assert stored.get("clock.source") == "teacher"


def test_what_a_clock_that_ran_ahead_dated_is_counted_from_now(kiosk, room, write):
    left_on(kiosk, write, room, days=-400)
    kiosk.write(lambda tx: Session.update(starts_at=tx.now - DAY).execute())
    assert overdue.anything(kiosk.clock.now(), 7)
    assert (write(overdue.forget, 7), rooms.view(room).phase) == (0, "questions")
    kiosk.clock.correct(kiosk.clock.now() + 4 * 3_600_000, "teacher")
    assert (write(overdue.forget, 7), rooms.view(room).phase) == (0, "closed")
    kiosk.write(lambda tx: Room.update(purge_at=tx.now + 400 * DAY).execute())
    kiosk.clock.correct(kiosk.clock.now() + 8 * DAY, "teacher")
    assert write(overdue.forget, 7) == 1


def test_a_clock_that_cannot_be_right_dates_nothing_anew(kiosk, room, write):
    make_question(kiosk, room, "q1")
    write(rooms.set_phase, room, "closed")
    before = Question.get().created_at
    kiosk.clock.correct(1_000_000_000_000, "system")  # 2001: an empty battery
    assert write(overdue.forget, 7) == 0
    assert Question.get().created_at == before


def test_reflections_alone_make_a_session_old(kiosk, room, write):
    make_session(kiosk, "S2")
    write(rooms.set_phase, room, "reflection")
    write(reflections.submit, room, "e", job=SECRET)
    write(rooms.set_phase, room, "closed")
    write(rooms.choose_session, room, "S2")
    kiosk.write(lambda tx: Reflection.update(created_at=tx.now - 8 * DAY).execute())
    write(overdue.forget, 7)
    assert (left(), on_disk(kiosk)) == ([0, 0, 0, 0], set())
