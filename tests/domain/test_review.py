"""Without review: ten minutes at most, never for a text with a hint, and what nobody read waits again afterwards."""

from __future__ import annotations

import pytest

from factories import audit_lines, make_question, make_room, refused, settle
from kiosk.domain import rooms, timers, unreviewed
from kiosk.domain.questions import decisions, moderation, questions, review
from kiosk.ground.events import Event, RoomChanged
from kiosk.storage.models import Room

PLAIN = "Vous travaillez la nuit ?"
FLAGGED = {
    "phone": "Appelez-moi au 06 12 34 56 78",
    "email": "Mon adresse : lea.martin@exemple.fr",
    "name": "Je m’appelle Jade Martin, vous aimez votre métier ?",
    "health": "J’ai du diabète, je peux faire ce métier ?",
    "rude": "C’est un métier de merde, non ?",
    "distress": "J’ai envie de mourir",
}


def status(room, *ids):
    return [questions.one(room, id).status for id in ids]


def approved(room):
    return {q.id for q in questions.listed(room, "S1", "approved")}


@pytest.fixture
def off(room, write):
    """A room in its questions, review off."""
    write(rooms.set_phase, room, "questions")
    write(review.suspend, room)
    return room


def pass_time(kiosk, ms):
    """The kiosk's clock goes on by so much; a room's timers are not moved with it."""
    kiosk.clock.correct(kiosk.clock.now() + ms, "teacher")


def test_an_ordinary_question_goes_to_the_class_at_once(kiosk, off):
    make_question(kiosk, off, "q1", PLAIN)
    view = questions.one(off, "q1")
    assert (view.status, view.approved_at) == ("approved", view.created_at)


@pytest.mark.parametrize("text", FLAGGED.values(), ids=FLAGGED)
def test_a_text_with_a_hint_waits_even_then(kiosk, off, text):
    make_question(kiosk, off, "q1", text)
    assert status(off, "q1") == ["pending"]


def test_the_speaker_may_be_named(kiosk, off):
    make_question(kiosk, off, "q1", "Sophie, vous avez toujours voulu faire ça ?")
    assert status(off, "q1") == ["approved"]


def test_it_lasts_ten_minutes_and_asking_again_adds_none(kiosk, off, write):
    until = rooms.view(off).review_off_until
    assert until is not None
    assert until - rooms.row_of(off).phase_started_at <= unreviewed.LONGEST_MS + 1_000
    pass_time(kiosk, 60_000)
    write(review.suspend, off)
    assert rooms.view(off).review_off_until == until


def test_after_its_end_a_question_waits_whatever_the_duties_do(kiosk, off):
    pass_time(kiosk, unreviewed.LONGEST_MS + 1)
    make_question(kiosk, off, "q1", PLAIN)
    assert status(off, "q1") == ["pending"]


def test_a_clock_that_went_back_makes_it_no_longer(kiosk, off):
    """A restart on a machine that lost its clock: an end years ahead is no end."""
    pass_time(kiosk, -400 * 86_400_000)
    make_question(kiosk, off, "q1", PLAIN)
    kiosk.write(review.restore_due)
    assert (status(off, "q1"), rooms.view(off).reviewed) == (["pending"], True)


def test_a_correction_of_the_clock_leaves_it_as_long(kiosk, off, write):
    left = rooms.view(off).review_off_until - kiosk.clock.now()
    write(timers.shift_timers, kiosk.clock.correct(kiosk.clock.now() + 3_600_000, "teacher"))
    assert abs(rooms.view(off).review_off_until - kiosk.clock.now() - left) < 1_000


def test_its_end_calls_back_what_nobody_touched(kiosk, off, write):
    ids = "unread", "shown", "asked", "reworded", "aside", "first", "kept", "joined", "typed", "gone"
    for id in ids[:-2]:
        make_question(kiosk, off, id, f"{PLAIN} {id}")
    make_question(kiosk, off, "typed", PLAIN, origin="spoken", author=None)
    make_question(kiosk, off, "gone", PLAIN, author="eleve-9")
    write(moderation.put_on_screen, off, "asked")
    write(moderation.mark_asked, off, "asked")
    write(moderation.put_on_screen, off, "shown")
    write(moderation.reword, off, "reworded", "Et la nuit ?")
    write(moderation.set_aside, off, "aside", "hors_sujet")
    write(moderation.reorder, off, "first", "unread")
    write(moderation.merge, off, "kept", ["joined"])
    write(questions.withdraw, off, "gone", "eleve-9")
    pass_time(kiosk, unreviewed.LONGEST_MS)
    kiosk.write(review.restore_due)
    assert status(off, *ids) == [
        "pending",
        "on_screen",
        "asked",
        "approved",
        "set_aside",
        "approved",
        "approved",
        "merged",
        "approved",
        "withdrawn",
    ]
    assert rooms.view(off).reviewed and questions.one(off, "unread").approved_at is None
    assert [(line.actor, line.action, line.detail) for line in audit_lines(1, off)] == [("machine", "review_on", "1")]


def test_by_hand_it_says_how_many_and_tells_their_authors(kiosk, off, write):
    make_question(kiosk, off, "q1", PLAIN)
    settle(kiosk)
    heard: list[Event] = []
    kiosk.bus.subscribe(heard.extend)
    assert write(review.restore, off) == 1
    settle(kiosk)
    (event,) = heard
    assert isinstance(event, RoomChanged) and (event.what, event.ids) == (("room", "status"), ("q1",))
    assert write(review.restore, off) == 0


def test_undo_ends_it_too_and_only_once(kiosk, off, write):
    make_question(kiosk, off, "q1", PLAIN)
    assert write(decisions.undo, off) == "review_off"
    assert (status(off, "q1"), rooms.view(off).reviewed) == (["pending"], True)
    refused("nothing_to_undo", write, decisions.undo, off)


def test_once_it_ended_otherwise_undo_leaves_it(kiosk, off, write):
    write(review.restore, off)
    refused("nothing_to_undo", write, decisions.undo, off)


@pytest.mark.parametrize("act", [moderation.put_on_screen, moderation.mark_asked, moderation.mark_answered])
def test_undoing_a_touch_makes_it_unread_again(kiosk, off, write, act):
    make_question(kiosk, off, "q1", PLAIN)
    write(act, off, "q1")
    write(decisions.undo, off)
    assert status(off, "q1") == ["approved"]
    write(review.restore, off)
    assert status(off, "q1") == ["pending"]


def test_undoing_a_touch_later_shows_nothing_unread(kiosk, off, write):
    make_question(kiosk, off, "q1", PLAIN)
    write(moderation.put_on_screen, off, "q1")
    write(review.restore, off)
    write(decisions.undo, off)
    assert (status(off, "q1"), rooms.view(off).current_id) == (["pending"], None)


@pytest.mark.parametrize("phase", ["reflection", "closed"])
def test_it_ends_with_the_questions(kiosk, off, write, phase):
    make_question(kiosk, off, "q1", PLAIN)
    write(rooms.set_phase, off, phase)
    assert (rooms.view(off).reviewed, status(off, "q1")) == (True, ["pending"])
    refused("wrong_phase", write, review.suspend, off)


def test_it_does_not_pass_to_another_session(kiosk, room, write):
    write(review.suspend, room)
    make_question(kiosk, room, "q1", PLAIN)
    from factories import make_session

    make_session(kiosk, "S2")
    write(rooms.choose_session, room, "S2")
    assert (rooms.view(room).reviewed, status(room, "q1")) == (True, ["pending"])


def test_it_needs_a_session_and_leaves_other_rooms_alone(kiosk, off, write):
    refused("no_session", write, review.suspend, make_room(kiosk, "Vide"))
    other = make_room(kiosk, "Autre", session_id="S1")
    make_question(kiosk, other, "o1", PLAIN)
    assert status(other, "o1") == ["pending"] and rooms.view(other).reviewed


def test_a_question_is_sent_back_and_undo_returns_it(kiosk, off, write):
    make_question(kiosk, off, "q1", PLAIN)
    write(review.send_back, off, "q1")
    assert status(off, "q1") == ["pending"]
    write(decisions.undo, off)
    assert approved(off) == {"q1"}
    write(moderation.put_on_screen, off, "q1")
    refused("wrong_status", write, review.send_back, off, "q1")


def test_an_act_kept_before_this_existed_can_be_undone(kiosk, room, write):
    from kiosk.storage.models import Decision

    make_question(kiosk, room, "q1", PLAIN, after=moderation.put_on_screen)
    old = [{"id": "q1", "status": "pending", "reason": None, "approved_at": None, "on_screen_at": None}]
    kiosk.write(lambda tx: Decision.update(before=old).execute())
    write(decisions.undo, room)
    assert status(room, "q1") == ["pending"]


def test_nothing_is_off_by_default(kiosk, room):
    assert Room.get().review_off_until is None and rooms.view(room).reviewed


# -- all that waits, set aside at once


def statements(kiosk, act):
    """How many statements a unit of work runs."""
    seen: list[str] = []

    def unit(tx):
        connection = tx.database.connection()
        connection.set_trace_callback(seen.append)
        try:
            act(tx)
        finally:
            connection.set_trace_callback(None)

    kiosk.write(unit)
    return len(seen)


def test_all_that_waits_is_set_aside_but_what_worries(kiosk, room, write):
    for id, text in (("q1", PLAIN), ("q2", FLAGGED["rude"]), ("w", FLAGGED["distress"]), ("q3", "Et le bruit ?")):
        make_question(kiosk, room, id, text)
    write(moderation.approve, room, "q3")
    assert write(review.set_all_aside, room) == 2
    assert status(room, "q1", "q2", "w", "q3") == ["set_aside", "set_aside", "pending", "approved"]
    assert questions.one(room, "q1").reason == "pas_le_temps"
    write(moderation.approve, room, "q1")
    write(decisions.undo, room)
    write(questions.withdraw, room, "q2", "eleve-1")
    assert write(decisions.undo, room) == "set_all_aside"
    assert status(room, "q1", "q2", "w", "q3") == ["pending", "withdrawn", "pending", "approved"]
    assert write(review.set_all_aside, room) == 1


def test_nothing_waits_nothing_to_undo(room, write):
    assert write(review.set_all_aside, room) == 0
    refused("nothing_to_undo", write, decisions.undo, room)


def test_its_cost_does_not_follow_their_number(kiosk, room, write):
    counted = []
    for first, last in ((0, 20), (20, 800)):
        kiosk.write(
            lambda tx: [
                questions.submit(tx, room, id=f"m{n}", text=f"Question {n} ?", author="eleve-1")
                for n in range(first, last)
            ]
        )
        counted.append(statements(kiosk, lambda tx: review.set_all_aside(tx, room)))
        counted.append(statements(kiosk, lambda tx: decisions.undo(tx, room)))
    assert counted[0] == counted[2] and counted[3] <= counted[1] + 2
    assert {q.status for q in questions.listed(room, "S1", "pending")} == {"pending"}


def test_their_authors_are_told_a_few_at_a_time(kiosk, room, phone, write):
    one = phone("telephone-1")
    for n in range(70):
        make_question(kiosk, room, f"m{n}", f"Question {n} ?", author=None)
    assert one.call("ask", {"id": "mine", "text": "La mienne ?"})["ok"]
    write(review.set_all_aside, room)
    assert one.wait("mine")["status"] == "set_aside"
