"""Rooms: codes, the session and class on, phases, timers, intake, preferences."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from factories import configure, make_class, make_question, make_room, make_session, refused, settle
from kiosk.domain import policy, rooms, stored, timers
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import moderation, questions, review
from kiosk.domain.views import RoomView, SessionView
from kiosk.ground.events import RoomChanged
from kiosk.storage.models import Enrolment, Question, Room, Session
from kiosk.storage.writer import Transaction

MINUTE = 60_000


def to(write, room, *phases):
    for phase in phases:
        write(rooms.set_phase, room, phase)


def moment_of(kiosk: Kiosk, act: Callable[..., None], *args: Any) -> int:
    """Do it; the instant of its unit (UTC ms)."""

    def unit(tx: Transaction) -> int:
        act(tx, *args)
        return tx.now

    return kiosk.write(unit)


def session_on(room: str) -> SessionView:
    """The session that the room is on."""
    session = rooms.view(room).session
    assert session is not None
    return session


def end_of(view: RoomView) -> int:
    """The instant of a running timer's end."""
    assert view.ends_at is not None
    return view.ends_at


def now_of(kiosk):
    return kiosk.write(lambda tx: tx.now)


# -- rooms and codes


def test_rooms_are_listed_as_people_count(kiosk: Kiosk) -> None:
    given = ("Salle 10", "salle 2", "CDI", "Salle 1", "3e étage", "B²", "Salle 2 bis")
    kiosk.write(lambda tx: [rooms.add(tx, name) for name in given])
    kiosk.database.connect_reader()
    names = [name for _id, name, _code in rooms.all_rooms()]
    assert names == ["3e étage", "B²", "CDI", "Salle 1", "salle 2", "Salle 2 bis", "Salle 10"]


def test_add_gives_a_code_that_can_be_typed(kiosk):
    made = [kiosk.write(lambda tx: rooms.add(tx, f"Salle {n}")) for n in range(20)]
    codes = [rooms.view(id).code for id in made]
    assert len(set(codes)) == 20
    assert [c for c in codes if not re.fullmatch("[A-HJ-NP-TW-Z]{3}[2-9]", c) or "I" in c or "L" in c] == []


def test_add_starts_an_empty_room(kiosk, write):
    before = now_of(kiosk)
    view = rooms.view(write(rooms.add, "  Salle 12 "))
    assert (view.name, view.session, view.phase, view.intake, view.reviewed, view.theme) == (
        "Salle 12",
        None,
        "lobby",
        "open",
        True,
        "clair",
    )
    assert before <= view.phase_started_at <= now_of(kiosk)
    assert (view.rev, view.open, view.phones, view.shortcuts, view.current_id, view.headcount) == (
        0,
        False,
        True,
        True,
        None,
        0,
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_add_refuses_a_name(write, name):
    assert refused("name_invalid", write, rooms.add, name).field == "name"


@pytest.mark.parametrize("name", ["x", "x" * 60])
def test_add_takes_the_shortest_and_longest_name(write, name):
    assert rooms.view(write(rooms.add, name)).name == name


def test_add_draws_again_when_a_code_is_taken(write, monkeypatch):
    letters = iter("AAA2AAA2AAB2")
    monkeypatch.setattr(rooms.secrets, "choice", lambda _from: next(letters))
    assert [rooms.view(write(rooms.add, "Une")).code, rooms.view(write(rooms.add, "Deux")).code] == ["AAA2", "AAB2"]


def test_all_rooms_come_by_name(write):
    b, a = write(rooms.add, "B"), write(rooms.add, "A")
    assert rooms.all_rooms() == [(a, "A", rooms.view(a).code), (b, "B", rooms.view(b).code)]


def test_resolve_finds_by_code_or_id(write):
    a, b = write(rooms.add, "A"), write(rooms.add, "B")
    assert [rooms.resolve(f" {rooms.view(a).code.lower()} "), rooms.resolve(b)] == [a, b]
    refused("unknown_room", rooms.resolve, "ZZZ0")


def test_resolve_without_a_code_leads_to_the_first_room(write):
    refused("unknown_room", rooms.resolve, None)
    only = write(rooms.add, "A")
    assert [rooms.resolve(None), rooms.resolve("")] == [only, only]
    write(rooms.add, "B")
    assert rooms.resolve(None) == only  # what was given before goes on leading there


def test_unknown_room_is_refused_everywhere(write):
    refused("unknown_room", rooms.view, "r-0")
    refused("unknown_room", write, rooms.set_intake, "r-0", "open")
    refused("unknown_room", write, rooms.set_phase, "r-0", "talk")


def test_changed_counts_up_and_tells_after_the_commit(kiosk, room, write):
    heard: list[RoomChanged] = []
    kiosk.bus.subscribe(heard.extend)
    rev = rooms.view(room).rev
    assert write(rooms.changed, room, "votes", "status", ids=("q1",)) == rev + 1
    settle(kiosk)
    assert heard == [RoomChanged(room, rev + 1, ("votes", "status"), ("q1",))]
    assert rooms.view(room).rev == rev + 1


# -- session and class


def test_choose_session_puts_its_class_on(kiosk, write):
    make_session(kiosk, "S1")
    make_class(kiosk, "S1", "3e A", 24)
    room = make_room(kiosk)
    before = now_of(kiosk)
    write(rooms.choose_session, room, "S1")
    view, row = rooms.view(room), rooms.row_of(room)
    assert (session_on(room).id, view.class_label, view.headcount, view.enrolment_id, view.phase) == (
        "S1",
        "3e A",
        24,
        "E-S1-3e A",
        "lobby",
    )
    assert view.open and before <= row.opened_at <= now_of(kiosk)


def test_choose_session_takes_the_class_named(kiosk, write):
    make_session(kiosk, "S1")
    make_class(kiosk, "S1", "3e A", 24)
    other = make_class(kiosk, "S1", "3e B", 30)
    room = make_room(kiosk)
    write(rooms.choose_session, room, "S1", enrolment_id=other, headcount=29)
    view = rooms.view(room)
    assert (view.class_label, view.headcount, view.enrolment_id) == ("3e B", 29, other)
    write(rooms.choose_session, room, "S1", class_label="  Club " + "x" * 80, headcount=0)
    view = rooms.view(room)
    assert (view.class_label, view.headcount, view.enrolment_id) == ("Club " + "x" * 55, 0, None)


def test_choose_session_without_any_class_leaves_it_blank(kiosk, write):
    make_session(kiosk, "S1")
    room = make_room(kiosk)
    write(rooms.choose_session, room, "S1")
    assert (rooms.view(room).class_label, rooms.view(room).headcount) == ("", 0)


@pytest.mark.parametrize("count", [-1, 501])
def test_headcount_out_of_bounds_is_refused(kiosk, room, write, count):
    assert refused("headcount_invalid", write, rooms.choose_session, room, "S1", headcount=count).field == "headcount"
    assert refused("headcount_invalid", write, rooms.set_class, room, "4e B", count).field == "headcount"


@pytest.mark.parametrize("count", [0, 500])
def test_headcount_bounds_are_taken(room, write, count):
    write(rooms.choose_session, room, "S1", headcount=count)
    write(rooms.set_class, room, " 4e C ", count)
    assert (rooms.view(room).class_label, rooms.view(room).headcount) == ("4e C", count)


def test_set_class_refuses_a_long_label(room, write):
    write(rooms.set_class, room, "x" * 60, 3)
    assert refused("name_invalid", write, rooms.set_class, room, "x" * 61, 3).field == "class_label"


def test_choose_session_refuses_an_unknown_one(room, write):
    refused("unknown_session", write, rooms.choose_session, room, "S9")


@pytest.mark.parametrize("phase", ["countdown", "talk", "questions", "reflection"])
def test_choose_session_refuses_while_another_runs(kiosk, room, write, phase):
    make_session(kiosk, "S2")
    to(write, room, phase)
    refused("room_busy", write, rooms.choose_session, room, "S2")
    write(rooms.choose_session, room, "S1", class_label="4e D")  # the same one: only the class changes
    assert (rooms.view(room).phase, rooms.view(room).class_label) == (phase, "4e D")


@pytest.mark.parametrize("phase", ["lobby", "closed"])
def test_choose_session_changes_at_the_ends(kiosk, room, write, phase):
    make_session(kiosk, "S2")
    to(write, room, phase)
    write(rooms.set_intake, room, "paused")
    write(rooms.choose_session, room, "S2")
    row = rooms.row_of(room)
    assert (row.session_id, row.phase, row.intake, row.closed_at, row.purge_at, row.ends_at) == (
        "S2",
        "lobby",
        "open",
        None,
        None,
        None,
    )


def test_choose_session_again_once_closed_opens_it_anew(kiosk, room, write):
    make_question(kiosk, room, "q1", after=moderation.put_on_screen)
    to(write, room, "talk", "closed")
    write(rooms.choose_session, room, "S1")
    row = rooms.row_of(room)
    assert (row.phase, row.purge_at, row.closed_at, row.current_id, questions.one(room, "q1").status) == (
        "lobby",
        None,
        None,
        None,
        "asked",
    )


def test_choose_session_adopts_its_prepared_questions_in_order(kiosk, write):
    make_session(kiosk, "S1")

    def prepared(tx):
        for id, position in (("b", 2), ("a", 1)):
            Question.insert(
                id=id,
                session_id="S1",
                origin="centre",
                status="approved",
                text=id,
                original_text=id,
                position=position,
                created_at=tx.now,
            ).execute()

    kiosk.write(prepared)
    first, second = make_room(kiosk, "A", session_id="S1"), make_room(kiosk, "B", session_id="S1")
    assert [(q.id, q.number) for q in questions.listed(first, "S1", "approved")] == [("a", 1), ("b", 2)]
    assert questions.listed(second, "S1", "approved") == []
    make_question(kiosk, first, "c")
    assert questions.one(first, "c").number == 3


def test_view_survives_a_session_withdrawn_by_the_centre(kiosk, room):
    kiosk.write(lambda tx: Session.update(deleted=True).where(Session.id == "S1").execute())
    assert (rooms.view(room).session, rooms.view(room).open) == (None, False)


def test_zone_is_the_class_s_then_the_school_s(kiosk, write):
    make_session(kiosk, "S1")
    make_class(kiosk, "S1", "A", zone="Indian/Reunion")
    room = make_room(kiosk)
    assert rooms.view(room).zone == "Europe/Paris"
    configure(kiosk, school_zone="Pacific/Noumea")
    assert rooms.view(room).zone == "Pacific/Noumea"
    write(rooms.choose_session, room, "S1")
    assert rooms.view(room).zone == "Indian/Reunion"
    kiosk.write(lambda tx: Enrolment.update(zone="").execute())
    assert rooms.view(room).zone == "Pacific/Noumea"


def test_zone_comes_from_the_uai(kiosk, room, write):
    write(stored.put, policy.PAIRED_UAI, "9740001A")
    assert rooms.view(room).zone == "Indian/Reunion"
    configure(kiosk, school_uai="9720001A")
    assert rooms.view(room).zone == "America/Martinique"
    configure(kiosk, school_uai="")  # taken out: what the pairing gave is there again
    assert rooms.view(room).zone == "Indian/Reunion"


# -- phases and timer


def test_phases_go_forth_and_back(room, write):
    seen = [rooms.view(room).phase]
    for code in PHASES.codes()[1:]:
        write(rooms.set_phase, room, code)
        seen.append(rooms.view(room).phase)
    assert seen == PHASES.codes()
    write(rooms.set_phase, room, "reflection")
    assert rooms.view(room).phase == "reflection"


def test_set_phase_refuses_without_a_session_or_a_known_code(kiosk, room, write):
    refused("unknown_phase", write, rooms.set_phase, room, "pause")
    refused("no_session", write, rooms.set_phase, make_room(kiosk, "Vide"), "talk")


def test_timed_phase_ends_after_the_session_s_minutes(kiosk, room, write):
    minutes = dict(session_on(room).phases)
    for phase in ("talk", "questions", "reflection"):
        to(write, room, phase)
        view = rooms.view(room)
        assert end_of(view) - view.phase_started_at == minutes[phase] * MINUTE
    to(write, room, "lobby")
    assert (rooms.view(room).ends_at, rooms.view(room).paused_ms) == (None, None)


def test_countdown_aims_at_the_session_s_start(kiosk, room, write):
    to(write, room, "countdown")
    assert rooms.view(room).ends_at == session_on(room).starts_at
    kiosk.write(lambda tx: Session.update(starts_at=tx.now - 1).execute())
    to(write, room, "countdown")
    assert rooms.view(room).ends_at is None


def test_closing_sets_the_purge_and_empties_the_screen(kiosk, room, write):
    make_question(kiosk, room, "q1", after=moderation.put_on_screen)
    write(rooms.set_phase, room, "closed", retention_days=3)
    row = rooms.row_of(room)
    assert row.purge_at is not None and row.closed_at is not None
    assert (row.purge_at - row.closed_at, row.closed_at, row.current_id) == (3 * 86_400_000, row.phase_started_at, None)
    assert questions.one(room, "q1").status == "asked"
    to(write, room, "reflection")
    row = rooms.row_of(room)
    assert (row.purge_at, row.closed_at) == (None, None)


def test_closing_keeps_questions_seven_days_by_default(room, write):
    to(write, room, "reflection")
    write(rooms.set_phase, room, "closed")
    row = rooms.row_of(room)
    assert row.purge_at is not None and row.closed_at is not None
    assert row.purge_at - row.closed_at == 7 * 86_400_000


def test_other_phases_leave_the_screen_alone(kiosk, room, write):
    make_question(kiosk, room, "q1", after=moderation.put_on_screen)
    to(write, room, "questions")
    assert (rooms.view(room).current_id, questions.one(room, "q1").status) == ("q1", "on_screen")


def test_pause_keeps_what_is_left_and_resume_gives_it_back(kiosk, room, write):
    to(write, room, "talk")
    end = end_of(rooms.view(room))
    at = moment_of(kiosk, timers.pause, room)
    assert (rooms.view(room).ends_at, rooms.view(room).paused_ms) == (None, end - at)
    refused("wrong_phase", write, timers.pause, room)
    back = moment_of(kiosk, timers.resume, room)
    assert (rooms.view(room).ends_at, rooms.view(room).paused_ms) == (back + end - at, None)
    refused("wrong_phase", write, timers.resume, room)


def test_extend_adds_to_a_running_a_paused_and_an_overrun_timer(kiosk, room, write):
    to(write, room, "talk")
    end = end_of(rooms.view(room))
    write(timers.extend, room)
    assert rooms.view(room).ends_at == end + 5 * MINUTE
    write(timers.pause, room)
    left = rooms.view(room).paused_ms
    assert left is not None
    write(timers.extend, room, 2)
    assert rooms.view(room).paused_ms == left + 2 * MINUTE
    kiosk.write(lambda tx: Room.update(paused_ms=-9).execute())
    write(timers.extend, room, 1)
    assert rooms.view(room).paused_ms == MINUTE
    kiosk.write(lambda tx: Room.update(paused_ms=None, ends_at=tx.now - 90_000).execute())
    at = moment_of(kiosk, timers.extend, room, 3)
    assert rooms.view(room).ends_at == at + 3 * MINUTE


@pytest.mark.parametrize("phase", ["countdown", "talk"])
def test_extend_starts_a_timer_that_was_not(kiosk, room, write, phase):
    to(write, room, phase)
    kiosk.write(lambda tx: Room.update(ends_at=None).execute())
    at = moment_of(kiosk, timers.extend, room)
    assert rooms.view(room).ends_at == at + 5 * MINUTE


@pytest.mark.parametrize("phase", ["lobby", "closed"])
def test_extend_and_pause_are_refused_without_a_timer(room, write, phase):
    to(write, room, phase)
    refused("wrong_phase", write, timers.extend, room)
    refused("wrong_phase", write, timers.pause, room)


def test_a_correction_of_the_clock_keeps_durations(kiosk, room, write):
    make_question(kiosk, room, "q1")
    to(write, room, "talk")
    before, row = rooms.view(room), rooms.row_of(room)
    asked = questions.one(room, "q1").created_at
    write(timers.shift_timers, 5_000)
    after = rooms.view(room)
    assert (end_of(after) - end_of(before), after.phase_started_at - before.phase_started_at) == (5_000, 5_000)
    opened_at = rooms.row_of(room).opened_at
    assert opened_at is not None and row.opened_at is not None
    assert (questions.one(room, "q1").created_at - asked, opened_at - row.opened_at) == (5_000, 5_000)
    assert after.rev == before.rev + 1
    to(write, room, "closed")
    due = rooms.view(room).purge_at
    assert due is not None
    write(timers.shift_timers, -7_000)
    assert (rooms.view(room).purge_at, rooms.view(room).ends_at) == (due - 7_000, None)


def test_a_correction_leaves_the_countdown_s_end(room, write):
    to(write, room, "countdown")
    start = rooms.view(room).ends_at
    write(timers.shift_timers, 5_000)
    assert rooms.view(room).ends_at == start


def test_a_correction_leaves_empty_rooms_and_other_sessions_alone(kiosk, room, write):
    empty = make_room(kiosk, "Vide")
    make_session(kiosk, "S2")
    make_question(kiosk, room, "q1")
    at = questions.one(room, "q1").created_at
    write(rooms.choose_session, room, "S2")
    write(timers.shift_timers, 5_000)
    assert (rooms.view(empty).rev, questions.one(room, "q1").created_at) == (0, at)


# -- intake and preferences


@pytest.mark.parametrize("intake", ["open", "paused", "frozen"])
def test_intake_takes_its_three_values(room, write, intake):
    write(rooms.set_intake, room, intake)
    assert rooms.view(room).intake == intake


def test_intake_refuses_another(room, write):
    assert refused("invalid", write, rooms.set_intake, room, "shut").field == "intake"


@pytest.mark.parametrize(
    "name, value", [("theme", "sombre"), ("phones", False), ("shortcuts", False), ("name", "B 204")]
)
def test_preferences_are_kept(room, write, name, value):
    write(rooms.set_preference, room, name, value)
    assert getattr(rooms.view(room), name) == value


@pytest.mark.parametrize(
    "name, value, code",
    [
        ("theme", "rose", "invalid"),
        ("name", " ", "name_invalid"),
        ("name", "x" * 61, "name_invalid"),
        ("code", "AAA2", "invalid"),
    ],
)
def test_preferences_refuse_others(room, write, name, value, code):
    assert refused(code, write, rooms.set_preference, room, name, value).field == name


def test_a_question_on_screen_when_the_reflection_comes_was_asked(kiosk, room, write):
    """Six shown, six asked: the class and the speaker saw the last one too."""
    for number in range(3):
        make_question(kiosk, room, f"q{number}", after=moderation.put_on_screen)
        if number < 2:
            write(moderation.mark_answered, room, f"q{number}")
    to(write, room, "reflection")
    assert questions.counts(room, "S1").asked == 3
    assert questions.one(room, "q2").asked_at == rooms.row_of(room).phase_started_at
    to(write, room, "questions")  # too early: it is still the one on screen
    assert (rooms.view(room).current_id, questions.one(room, "q2").status) == ("q2", "asked")


@pytest.mark.parametrize(
    "what, act",
    [
        (("intake",), lambda tx, room: rooms.set_intake(tx, room, "paused")),
        (("room",), lambda tx, room: review.suspend(tx, room)),
        (("room",), lambda tx, room: rooms.set_class(tx, room, "4e", 3)),
        (("room",), lambda tx, room: rooms.set_preference(tx, room, "phones", False)),
        (("phase", "timer"), lambda tx, room: rooms.set_phase(tx, room, "talk")),
        (("session", "phase", "room"), lambda tx, room: rooms.choose_session(tx, room, "S1")),
        (("timer",), lambda tx, room: timers.extend(tx, room, 1)),
        (("timer",), lambda tx, room: timers.pause(tx, room)),
        (("timer",), lambda tx, room: timers.shift_timers(tx, 5)),
    ],
)
def test_every_change_is_announced_for_what_it_is(kiosk, room, write, what, act):
    if what == ("timer",):
        to(write, room, "talk")
        settle(kiosk)
    heard: list[RoomChanged] = []
    kiosk.bus.subscribe(heard.extend)
    write(act, room)
    settle(kiosk)
    assert [(event.room_id, event.what) for event in heard] == [(room, what)]


# -- one room's acts are its own


def test_a_room_s_acts_leave_the_others_alone(kiosk, room, write):
    other = make_room(kiosk, "Autre", session_id="S1")
    make_question(kiosk, other, "o1", after=moderation.put_on_screen)
    make_question(kiosk, room, "q1", after=moderation.put_on_screen)
    to(write, other, "talk")
    before, row = rooms.view(other), list(Room.select().where(Room.id == other).dicts())
    write(rooms.set_intake, room, "paused")
    write(rooms.set_preference, room, "theme", "sombre")
    write(rooms.set_class, room, "3e C", 12)
    to(write, room, "talk")
    write(timers.pause, room)
    to(write, room, "closed")
    write(rooms.choose_session, room, "S1")
    assert (rooms.view(other), list(Room.select().where(Room.id == other).dicts())) == (before, row)
    assert (questions.one(other, "o1").status, questions.one(room, "q1").status) == ("on_screen", "asked")


def test_adopted_questions_come_by_position_then_by_age(kiosk, write):
    make_session(kiosk, "S1")

    def prepared(tx):
        for id, position, age in (("z", 1, 5), ("y", 2, 1), ("b", 0, 9), ("c", 0, 8)):
            row = {"id": id, "session_id": "S1", "origin": "centre", "status": "approved", "text": id}
            Question.insert({**row, "original_text": id, "position": position, "created_at": age}).execute()

    kiosk.write(prepared)
    room = make_room(kiosk, "A", session_id="S1")
    numbers = {q.id: q.number for q in questions.listed(room, "S1", "approved")}
    assert sorted(numbers, key=numbers.__getitem__) == ["c", "b", "z", "y"]


def test_a_name_holds_no_sign_that_turns_the_page_round(kiosk, write):
    """Pasted from elsewhere: an override of direction would turn all that follows the name."""
    make_session(kiosk, "S-round")
    room = write(rooms.add, "B\u202e12\u200b ")
    write(rooms.choose_session, room, "S-round", class_label="\u202e4e B")
    assert (rooms.view(room).name, rooms.view(room).class_label) == ("B12", "4e B")
    write(rooms.set_class, room, "4e\u2067 C", 26)
    assert rooms.view(room).class_label == "4e C"
    refused("name_invalid", write, rooms.add, "\u202e\u200b")
