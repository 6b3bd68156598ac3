"""What outlives a session's words: that it took place, how long, and how many questions; and what an erasure tells."""

from __future__ import annotations

import pytest

from factories import make_class, make_question, make_room, make_session
from kiosk.domain import meetings, receipts, retention, rooms
from kiosk.domain.people.identifiers import INVENTED, REHEARSAL
from kiosk.domain.questions import answers, moderation, reflections
from kiosk.storage.models import Meeting

MINUTE = 60_000


@pytest.fixture
def later(kiosk):
    def pass_(minutes):
        kiosk.clock._anchor_ms += minutes * MINUTE

    return pass_


def lasted(meeting: Meeting) -> int:
    """Minutes of a talk, which is over."""
    assert meeting.ended_at is not None
    return (meeting.ended_at - meeting.began_at) // MINUTE


def held():
    return [(m.label, m.level, m.received, m.asked, lasted(m)) for m in Meeting.select()]


def test_a_talk_is_counted_from_its_beginning_to_its_end(kiosk, room, write, later):
    later(60 * 24)  # chosen the day before
    write(rooms.set_phase, room, "countdown")
    assert Meeting.select().count() == 0
    write(rooms.set_phase, room, "talk")
    later(20)
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "a", after=moderation.approve)
    make_question(kiosk, room, "b")
    write(moderation.mark_asked, room, "a")
    later(26)
    write(rooms.set_phase, room, "closed")
    assert held() == [("4e B", "4E", 2, 1, 46)]
    (row,) = Meeting.select()
    assert row.speakers == [{"id": "S1-P1", "job": "cheffe", "key": "cheffe", "feminine": True}]


def test_a_session_reopened_is_the_same_talk(room, write, later):
    for phase in ("talk", "closed"):
        write(rooms.set_phase, room, phase)
        later(10)
    write(rooms.set_phase, room, "reflection")
    later(5)
    write(rooms.set_phase, room, "closed")
    later(60)
    write(retention.wipe, room)
    assert [row[-1] for row in held()] == [25]


def test_two_classes_on_one_session_are_two_talks(room, write, later):
    for label in ("4e B", "4e C"):
        write(rooms.choose_session, room, "S1", class_label=label)
        write(rooms.set_phase, room, "talk")
        later(10)
        write(rooms.set_phase, room, "closed")
        write(retention.wipe, room)
        later(1)
    assert [row[0] for row in held()] == ["4e B", "4e C"]


def test_what_is_asked_until_the_erasure_counts_and_stays(kiosk, room, write):
    write(rooms.set_phase, room, "questions")
    make_question(kiosk, room, "a", after=moderation.approve)
    write(rooms.set_phase, room, "closed")
    write(moderation.mark_asked, room, "a")
    write(retention.wipe, room)
    assert [row[2:4] for row in held()] == [(1, 1)]


@pytest.mark.parametrize("invented", ["", INVENTED, REHEARSAL])
def test_what_was_no_talk_leaves_nothing(kiosk, room, write, invented):
    if invented:
        make_session(kiosk, f"{invented}1")
        write(rooms.choose_session, room, f"{invented}1")
        write(rooms.set_phase, room, "talk")
    write(rooms.set_phase, room, "closed")
    write(retention.wipe, room)
    assert Meeting.select().count() == 0


@pytest.mark.parametrize("asked, talks", [(False, []), (True, [("4e B", "4E", 1, 1, 9)])])
def test_a_session_stopped_by_another_took_place_when_something_was_asked(kiosk, room, write, later, asked, talks):
    write(rooms.set_phase, room, "questions")
    if asked:
        make_question(kiosk, room, "a", after=moderation.approve)
        write(moderation.mark_asked, room, "a")
    later(9)
    make_session(kiosk, "S2")
    write(rooms.choose_session, room, "S2", stop=True)
    assert held() == talks


def test_an_individual_s_name_is_no_class(kiosk, room, write):
    make_class(kiosk, "S1", "Zoé", kind="individual", level="3E")
    write(rooms.choose_session, room, "S1", enrolment_id="E-S1-Zoé")
    write(rooms.set_phase, room, "talk")
    assert [(m.label, m.level) for m in Meeting.select()] == [("", "3E")]


def test_talks_of_long_ago_are_forgotten(room, write, later):
    write(rooms.set_phase, room, "talk")
    later(3 * 366 * 24 * 60)
    write(meetings.forget_old)
    assert Meeting.select().count() == 1
    later(2 * 366 * 24 * 60)
    write(meetings.forget_old)
    assert Meeting.select().count() == 0


def test_an_erasure_answers_with_a_receipt(kiosk, room, write):
    assert receipts.last(room) is None
    write(rooms.set_phase, room, "questions")
    for id in ("a", "b"):
        make_question(kiosk, room, id, after=moderation.approve)
    write(moderation.mark_asked, room, "a")
    write(answers.note, room, "a", "Oui")
    write(rooms.set_phase, room, "reflection")
    write(reflections.submit, room, "eleve", job="cheffe")
    write(retention.wipe, room)
    told = receipts.last(room)
    assert told is not None and told.at == pytest.approx(kiosk.clock.now(), abs=5000)
    assert (told.title, told.label) == ("Cheffe d’équipe", "4e B")
    assert (told.questions, told.reflections, told.lines, told.unsent, told.met) == (2, 1, 1, 0, True)
    other = make_room(kiosk, "Autre")
    assert receipts.last(other) is None
