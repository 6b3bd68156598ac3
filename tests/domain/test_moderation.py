"""The teacher's acts: what each does, what it refuses, and that undo puts back exactly what it changed."""

from __future__ import annotations

from typing import Any

import pytest

from factories import make_question, make_room, refused, settle
from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import decisions, moderation, preparation, questions
from kiosk.ground.errors import KioskError
from kiosk.ground.events import RoomChanged
from kiosk.storage.models import Decision, Question

STATUSES = ("pending", "approved", "on_screen", "asked", "answered", "set_aside", "withdrawn", "merged")


@pytest.fixture
def three(kiosk, room):
    """q1, q2, q3: pending, each from a pupil of its own."""
    for n in (1, 2, 3):
        make_question(kiosk, room, f"q{n}", f"Question {n} ?", author=f"eleve-{n}")
    return room


def status(room, *ids):
    return [questions.one(room, id).status for id in ids]


def rows():
    return {row.id: row.__data__ for row in Question.select()}


def listening(kiosk: Kiosk) -> list[RoomChanged]:
    """What is announced from now on."""
    settle(kiosk)
    heard: list[Any] = []  # the bus carries other events too: one that an act announced would fail where it is read
    kiosk.bus.subscribe(heard.extend)
    return heard


def force(kiosk, status, *ids):
    kiosk.write(lambda tx: Question.update(status=status).where(Question.id << ids).execute())


ACTS = {
    "approve": lambda tx, room: moderation.approve(tx, room, "q1"),
    "reword": lambda tx, room: moderation.reword(tx, room, "q1", "Autrement ?", "parcours"),
    "put_on_screen": lambda tx, room: moderation.put_on_screen(tx, room, "q1"),
    "mark_asked": lambda tx, room: moderation.mark_asked(tx, room, "q1"),
    "mark_answered": lambda tx, room: moderation.mark_answered(tx, room, "q1"),
    "set_aside": lambda tx, room: moderation.set_aside(tx, room, "q1", "ton"),
    "merge": lambda tx, room: moderation.merge(tx, room, "q1", ["q2"]),
    "keep_apart": lambda tx, room: moderation.keep_apart(tx, room, ["q1", "q2"]),
}


@pytest.mark.parametrize("verb", ACTS)
def test_undo_puts_back_exactly_what_was(kiosk, write, three, verb):
    before, shown = rows(), rooms.view(three).current_id
    write(ACTS[verb], three)
    assert rows() != before
    last = decisions.last(three, "S1")
    assert last is not None and last.verb == verb
    assert write(decisions.undo, three) == verb
    assert (rows(), rooms.view(three).current_id) == (before, shown)
    assert refused("nothing_to_undo", write, decisions.undo, three).code == "nothing_to_undo"


@pytest.mark.parametrize(
    "verb, allowed",
    [
        ("approve", ("pending", "set_aside")),
        ("reword", ("pending", "approved", "on_screen", "asked", "answered", "set_aside")),
        ("put_on_screen", ("pending", "approved", "on_screen", "asked", "set_aside")),
        ("mark_asked", ("pending", "approved", "on_screen", "asked")),
        ("mark_answered", ("pending", "approved", "on_screen", "asked")),
        ("set_aside", ("pending", "approved", "on_screen")),
        ("merge", ("pending", "approved", "on_screen", "set_aside")),
        ("keep_apart", ("pending", "approved", "on_screen", "asked", "answered", "set_aside")),
    ],
)
def test_each_act_takes_only_its_statuses(kiosk, write, three, verb, allowed):
    taken = []
    for one in STATUSES:
        force(kiosk, one, "q1")
        force(kiosk, "pending", "q2")
        try:
            write(ACTS[verb], three)
            taken.append(one)
        except KioskError as error:
            assert error.code == "wrong_status"
    assert sorted(taken) == sorted(allowed)


@pytest.mark.parametrize("verb", ACTS)
def test_an_unknown_question_or_another_room_s_is_refused(kiosk, write, room, verb):
    other = make_room(kiosk, "B", session_id="S1")
    make_question(kiosk, other, "q1")
    refused("unknown_question", write, ACTS[verb], room)


@pytest.mark.parametrize("verb", ACTS)
def test_each_act_is_announced_once(kiosk, write, three, verb):
    heard = listening(kiosk)
    write(ACTS[verb], three)
    settle(kiosk)
    (event,) = heard
    expected = {
        "put_on_screen": ("status", "current"),
        "mark_answered": ("status", "current"),
        "set_aside": ("status", "current"),
        "merge": ("status", "votes"),
    }
    both = verb in ("merge", "keep_apart")
    assert (event.what, sorted(event.ids)) == (expected.get(verb, ("status",)), ["q1", "q2"] if both else ["q1"])


def test_approve_gives_the_instant_and_clears_the_reason(kiosk, write, three):
    write(moderation.set_aside, three, "q1", "ton")
    write(moderation.approve, three, "q1")
    view = questions.one(three, "q1")
    assert (view.status, view.reason, view.approved_at is None) == ("approved", None, False)


def test_reword_keeps_the_original_and_the_theme(write, three):
    write(moderation.reword, three, "q1", " Autrement  ? ", "parcours")
    write(moderation.reword, three, "q1", "Encore autrement ?")
    view = questions.one(three, "q1")
    assert (view.text, view.original_text, view.theme, view.reworded) == (
        "Encore autrement ?",
        "Question 1 ?",
        "parcours",
        True,
    )
    write(moderation.reword, three, "q1", "Question 1 ?", "")
    assert (questions.one(three, "q1").theme, questions.one(three, "q1").reworded) == ("", False)


def test_reword_refuses_what_is_not_a_question(write, three):
    assert refused("unknown_theme", write, moderation.reword, three, "q1", "Bon ?", "sport").field == "theme"
    refused("question_empty", write, moderation.reword, three, "q1", " ")
    refused("question_too_long", write, moderation.reword, three, "q1", "x" * 501)
    write(moderation.reword, three, "q1", "x" * 500)
    assert Decision.select().count() == 1


# -- the screen


def test_screen_holds_one_question(write, three):
    write(moderation.put_on_screen, three, "q1")
    first = questions.one(three, "q1")
    assert (first.status, rooms.view(three).current_id, first.approved_at) == ("on_screen", "q1", first.on_screen_at)
    write(moderation.put_on_screen, three, "q2")
    assert (status(three, "q1", "q2"), rooms.view(three).current_id) == (["approved", "on_screen"], "q2")
    write(moderation.put_on_screen, three, "q2")
    assert status(three, "q1", "q2") == ["approved", "on_screen"]


def test_undo_of_the_screen_brings_the_one_before_back(kiosk, write, three):
    write(moderation.put_on_screen, three, "q1")
    write(moderation.put_on_screen, three, "q2")
    heard = listening(kiosk)
    write(decisions.undo, three)
    settle(kiosk)
    assert (status(three, "q1", "q2"), rooms.view(three).current_id) == (["on_screen", "pending"], "q1")
    assert [(event.what, sorted(event.ids)) for event in heard] == [(("status", "current", "votes"), ["q1", "q2"])]
    write(decisions.undo, three)
    assert (status(three, "q1", "q2"), rooms.view(three).current_id) == (["pending", "pending"], None)


def test_put_on_screen_announces_both(kiosk, write, three):
    write(moderation.put_on_screen, three, "q1")
    heard = listening(kiosk)
    write(moderation.put_on_screen, three, "q2")
    settle(kiosk)
    assert sorted(heard[0].ids) == ["q1", "q2"]


def test_an_approved_question_keeps_its_instant_on_screen(write, three):
    write(moderation.approve, three, "q1")
    at = questions.one(three, "q1").approved_at
    __import__("time").sleep(0.003)
    write(moderation.put_on_screen, three, "q1")
    view = questions.one(three, "q1")
    assert at is not None and view.on_screen_at is not None
    assert (view.approved_at, view.on_screen_at > at) == (at, True)


def test_an_asked_question_can_be_shown_again_and_stays_asked(write, three):
    write(moderation.mark_asked, three, "q1")
    write(moderation.put_on_screen, three, "q1")
    assert (status(three, "q1"), rooms.view(three).current_id) == (["asked"], "q1")
    write(moderation.put_on_screen, three, "q2")
    assert status(three, "q1", "q2") == ["asked", "on_screen"]


def test_take_off_screen_clears_it(kiosk, write, three):
    write(moderation.put_on_screen, three, "q1")
    heard = listening(kiosk)
    write(moderation.take_off_screen, three)
    settle(kiosk)
    assert (status(three, "q1"), rooms.view(three).current_id) == (["approved"], None)
    assert [(event.what, event.ids) for event in heard] == [(("status", "current"), ("q1",))]
    decided = Decision.select().count()
    write(moderation.take_off_screen, three)
    assert Decision.select().count() == decided
    write(decisions.undo, three)
    assert (status(three, "q1"), rooms.view(three).current_id) == (["on_screen"], "q1")


def test_asked_on_screen_stays_there(write, three):
    write(moderation.put_on_screen, three, "q1")
    write(moderation.mark_asked, three, "q1")
    view = questions.one(three, "q1")
    assert (view.status, rooms.view(three).current_id, view.asked_at is None) == ("asked", "q1", False)
    decided, at = Decision.select().count(), view.asked_at
    __import__("time").sleep(0.003)
    write(moderation.mark_asked, three, "q1")
    assert (Decision.select().count(), questions.one(three, "q1").asked_at) == (decided, at)


def test_asked_from_the_queue_is_approved_by_it(write, three):
    write(moderation.mark_asked, three, "q1")
    view = questions.one(three, "q1")
    assert view.approved_at == view.asked_at
    write(moderation.approve, three, "q2")
    at = questions.one(three, "q2").approved_at
    __import__("time").sleep(0.003)
    write(moderation.mark_asked, three, "q2")
    assert questions.one(three, "q2").approved_at == at


def test_answered_leaves_the_screen(write, three):
    write(moderation.put_on_screen, three, "q1")
    assert write(moderation.mark_answered, three, "q1") is None
    view = questions.one(three, "q1")
    assert (view.status, rooms.view(three).current_id, view.asked_at) == ("answered", None, view.answered_at)


def test_answered_elsewhere_leaves_the_screen_as_it_is(write, three):
    write(moderation.put_on_screen, three, "q1")
    write(moderation.mark_answered, three, "q2")
    assert (status(three, "q1"), rooms.view(three).current_id) == (["on_screen"], "q1")


def test_answered_keeps_earlier_instants(write, three):
    write(moderation.approve, three, "q1")
    write(moderation.mark_asked, three, "q1")
    before = questions.one(three, "q1")
    __import__("time").sleep(0.003)
    write(moderation.mark_answered, three, "q1")
    view = questions.one(three, "q1")
    assert before.asked_at is not None and view.answered_at is not None
    assert (view.approved_at, view.asked_at, view.answered_at > before.asked_at) == (
        before.approved_at,
        before.asked_at,
        True,
    )
    write(moderation.mark_answered, three, "q2")
    assert questions.one(three, "q2").approved_at == questions.one(three, "q2").answered_at


def test_answered_and_next_shows_the_first_of_the_list(kiosk, write, three):
    for id in ("q1", "q2", "q3"):
        write(moderation.approve, three, id)
    write(moderation.reorder, three, "q3", "q1")
    write(moderation.put_on_screen, three, "q1")
    heard = listening(kiosk)
    assert write(moderation.mark_answered, three, "q1", show_next=True) == "q3"
    settle(kiosk)
    assert (status(three, "q1", "q2", "q3"), rooms.view(three).current_id) == (
        ["answered", "approved", "on_screen"],
        "q3",
    )
    assert heard[0].ids == ("q1", "q3")
    assert questions.one(three, "q3").on_screen_at == questions.one(three, "q1").answered_at
    write(decisions.undo, three)
    assert (status(three, "q1", "q2", "q3"), rooms.view(three).current_id) == (
        ["on_screen", "approved", "approved"],
        "q1",
    )


def test_answered_and_next_does_not_show_itself(write, three):
    write(moderation.approve, three, "q1")
    assert write(moderation.mark_answered, three, "q1", show_next=True) is None
    assert rooms.view(three).current_id is None


def test_answered_and_next_never_leaves_two_on_screen(kiosk, write, three):
    for id in ("q1", "q2", "q3"):
        write(moderation.approve, three, id)
    write(moderation.put_on_screen, three, "q3")
    before = rows()
    heard = listening(kiosk)
    write(moderation.mark_answered, three, "q1", show_next=True)
    settle(kiosk)
    assert (status(three, "q1", "q2", "q3"), rooms.view(three).current_id) == (
        ["answered", "on_screen", "approved"],
        "q2",
    )
    assert sorted(heard[0].ids) == ["q1", "q2", "q3"]
    write(decisions.undo, three)
    assert (rows(), rooms.view(three).current_id) == (before, "q3")


def test_set_aside_tells_why_and_clears_the_screen(write, three):
    write(moderation.put_on_screen, three, "q1")
    write(moderation.put_on_screen, three, "q2")
    write(moderation.set_aside, three, "q1", "hors_sujet")
    assert (questions.one(three, "q1").reason, rooms.view(three).current_id) == ("hors_sujet", "q2")
    write(moderation.set_aside, three, "q2", "ton")
    assert (status(three, "q2"), rooms.view(three).current_id) == (["set_aside"], None)
    write(decisions.undo, three)
    assert (status(three, "q2"), rooms.view(three).current_id) == (["on_screen"], "q2")
    assert refused("unknown_reason", write, moderation.set_aside, three, "q3", "nul").code == "unknown_reason"


# -- merging


def test_merge_needs_two(write, three):
    refused("merge_needs_two", write, moderation.merge, three, "q1", [])
    refused("merge_needs_two", write, moderation.merge, three, "q1", ["q1", "q1"])
    refused("unknown_question", write, moderation.merge, three, "q1", ["q9"])
    refused("unknown_question", write, moderation.merge, three, "q9", ["q1"])


@pytest.mark.parametrize("state", ["on_screen", "asked", "answered", "withdrawn", "merged"])
def test_merge_leaves_alone_what_the_class_has_seen(kiosk, write, three, state):
    force(kiosk, state, "q2")
    refused("wrong_status", write, moderation.merge, three, "q1", ["q2"])


def test_merge_keeps_every_support_once_a_device(write, three):
    for id in ("q1", "q2"):
        write(moderation.approve, three, id)
    for id, device in (("q1", "d1"), ("q1", "d2"), ("q2", "d2"), ("q2", "d3"), ("q1", "eleve-3")):
        write(questions.set_support, three, id, device, True)
    write(moderation.merge, three, "q1", ["q2", "q3", "q2"])
    head = questions.one(three, "q1")
    assert head.support == 5  # d1, d2, d3, the author of q2, and eleve-3 who wrote q3 and backs q1
    assert [(questions.one(three, id).status, questions.one(three, id).merged_into) for id in ("q2", "q3")] == [
        ("merged", "q1")
    ] * 2


def test_merge_approves_unless_told_not_to(write, three):
    write(moderation.merge, three, "q1", ["q2"], approve_it=False)
    assert (status(three, "q1"), questions.one(three, "q1").approved_at) == (["pending"], None)
    write(moderation.set_aside, three, "q1", "ton")
    write(moderation.merge, three, "q1", ["q3"])
    view = questions.one(three, "q1")
    assert (view.status, view.reason, view.approved_at is None) == ("approved", None, False)


def test_merge_under_the_one_on_screen_leaves_it_there(write, three):
    write(moderation.put_on_screen, three, "q1")
    at = questions.one(three, "q1").approved_at
    write(moderation.merge, three, "q1", ["q2"])
    assert (status(three, "q1"), questions.one(three, "q1").approved_at) == (["on_screen"], at)


def test_merge_clears_the_reason_of_one_set_aside(write, three):
    write(moderation.set_aside, three, "q2", "ton")
    write(moderation.merge, three, "q1", ["q2"])
    assert (questions.one(three, "q2").status, questions.one(three, "q2").reason) == ("merged", None)


def test_merge_of_a_group_takes_all_its_members(kiosk, write, three):
    write(moderation.merge, three, "q1", ["q2"])
    middle = rows()
    heard = listening(kiosk)
    write(moderation.merge, three, "q3", ["q1"])
    settle(kiosk)
    assert [questions.one(three, id).merged_into for id in ("q1", "q2")] == ["q3", "q3"]
    assert (questions.one(three, "q3").support, sorted(heard[0].ids)) == (2, ["q1", "q2", "q3"])
    write(decisions.undo, three)
    assert rows() == middle
    write(decisions.undo, three)
    assert [questions.one(three, id).merged_into for id in ("q1", "q2")] == [None, None]


def test_undo_of_a_merge_keeps_supports_given_since(write, three):
    for id in ("q1", "q2"):
        write(moderation.approve, three, id)
    write(questions.set_support, three, "q2", "d1", True)
    write(moderation.merge, three, "q1", ["q2"])
    write(questions.set_support, three, "q1", "d2", True)
    write(questions.set_support, three, "q1", "d1", False)
    write(decisions.undo, three)
    assert [questions.one(three, id).support for id in ("q1", "q2")] == [1, 0]


def test_undo_of_a_merge_whose_head_was_withdrawn_gives_the_others_back(write, three):
    write(moderation.merge, three, "q1", ["q2", "q3"])
    write(questions.withdraw, three, "q1", "eleve-1")
    write(decisions.undo, three)
    assert (status(three, "q1", "q2", "q3"), questions.one(three, "q3").merged_into) == (
        ["withdrawn", "pending", "pending"],
        None,
    )


def test_authors_of_merged_questions_can_be_told(write, three):
    write(moderation.merge, three, "q1", ["q2"])
    assert questions.authors(["q1", "q2"]) == {"q1": "eleve-1", "q2": "eleve-2"}


def test_keep_apart_is_remembered_by_session(write, three):
    write(moderation.keep_apart, three, ["q1", "q3"])
    apart = Question.select(Question.id, Question.session_id).where(Question.kept_apart)
    assert {(row.id, row.session_id) for row in apart} == {("q1", "S1"), ("q3", "S1")}


# -- order


def test_reorder_fixes_the_whole_list_and_undo_frees_it(kiosk, write, three):
    for id in ("q1", "q2", "q3"):
        write(moderation.approve, three, id)
    before = rows()
    heard = listening(kiosk)
    write(moderation.reorder, three, "q3", "q2")
    settle(kiosk)
    assert [(q.id, q.position) for q in questions.listed(three, "S1", "approved")] == [
        ("q1", -3),
        ("q3", -2),
        ("q2", -1),
    ]
    assert [(event.what, event.ids) for event in heard] == [(("status",), ("q3",))]
    write(moderation.reorder, three, "q1", None)
    assert [q.id for q in questions.listed(three, "S1", "approved")] == ["q3", "q2", "q1"]
    assert (write(decisions.undo, three), write(decisions.undo, three), rows()) == ("reorder", "reorder", before)


def test_reorder_refuses_what_is_not_in_the_list(write, three):
    write(moderation.approve, three, "q1")
    refused("unknown_question", write, moderation.reorder, three, "q2", "q1")
    refused("unknown_question", write, moderation.reorder, three, "q1", "q2")


def test_next_up_is_the_first_approved(write, three):
    assert moderation.next_up(three, "S1") is None
    write(moderation.approve, three, "q1")
    write(moderation.approve, three, "q2")
    write(moderation.reorder, three, "q2", "q1")
    assert [
        moderation.next_up(three, "S1"),
        moderation.next_up(three, "S1", but="q2"),
        moderation.next_up(three, None),
    ] == ["q2", "q1", None]


# -- undo


def test_undo_leaves_a_withdrawn_question_withdrawn(write, three):
    write(moderation.approve, three, "q1")
    write(questions.withdraw, three, "q1", "eleve-1")
    write(decisions.undo, three)
    assert status(three, "q1") == ["withdrawn"]


def test_undo_never_shows_a_question_taken_back(write, three):
    write(moderation.put_on_screen, three, "q1")
    write(moderation.take_off_screen, three)
    write(questions.withdraw, three, "q1", "eleve-1")
    write(decisions.undo, three)
    assert (status(three, "q1"), rooms.view(three).current_id) == (["withdrawn"], None)


def test_undo_after_the_end_shows_nothing(write, three):
    write(moderation.put_on_screen, three, "q1")
    write(moderation.take_off_screen, three)
    write(rooms.set_phase, three, "closed")
    write(decisions.undo, three)
    assert (status(three, "q1"), rooms.view(three).current_id) == (["approved"], None)


def test_undo_of_another_act_leaves_the_screen_alone(write, three):
    write(moderation.put_on_screen, three, "q1")
    write(moderation.approve, three, "q2")
    write(rooms.set_phase, three, "closed")
    write(decisions.undo, three)
    assert (status(three, "q1", "q2"), rooms.view(three).current_id) == (["asked", "pending"], None)


def test_undo_keeps_a_rewording_made_before_by_another_way(kiosk, write, three):
    write(moderation.approve, three, "q1")
    kiosk.write(lambda tx: Question.update(text="Corrigée ?").where(Question.id == "q1").execute())
    write(decisions.undo, three)
    assert (questions.one(three, "q1").text, status(three, "q1")) == ("Corrigée ?", ["pending"])


def test_undo_goes_back_act_by_act(write, three):
    write(moderation.approve, three, "q1")
    write(moderation.mark_asked, three, "q1")
    assert [write(decisions.undo, three), *status(three, "q1")] == ["mark_asked", "approved"]
    assert [write(decisions.undo, three), *status(three, "q1")] == ["approve", "pending"]
    refused("nothing_to_undo", write, decisions.undo, three)


def test_undo_is_by_room_and_session(kiosk, write, three):
    other = make_room(kiosk, "B", session_id="S1")
    write(moderation.approve, three, "q1")
    refused("nothing_to_undo", write, decisions.undo, other)
    assert (decisions.last(three, "S2"), decisions.last(other, "S1")) == (None, None)


def test_undo_history_has_an_end(kiosk, write, three):
    other = make_room(kiosk, "B", session_id="S1")
    make_question(kiosk, other, "b1", after=moderation.approve)
    for n in range(decisions.UNDO_DEPTH + 3):
        write(moderation.reword, three, "q1", f"Version {n} ?")
    assert [Decision.select().where(Decision.room_id == r).count() for r in (three, other)] == [50, 1]
    for _act in range(50):
        write(decisions.undo, three)
    refused("nothing_to_undo", write, decisions.undo, three)
    assert questions.one(three, "q1").text == "Version 2 ?"


def test_a_decision_never_holds_more_than_its_act_changed(write, three):
    write(moderation.approve, three, "q1")
    decision = decisions.last(three, "S1")
    assert decision is not None
    assert (decision.before, decision.label) == (
        [{"id": "q1", "status": "pending", "reason": None, "approved_at": None}],
        "",
    )
    assert decision.at == questions.one(three, "q1").approved_at


def test_the_most_backed_come_first_whatever_was_prepared(kiosk, write, three):
    write(preparation.add, three, "Préparée ?", id="p1")
    for id in ("q1", "q2"):
        write(moderation.approve, three, id)
    write(questions.set_support, three, "q2", "device-x", True)
    assert [q.id for q in questions.listed(three, "S1", "approved")] == ["q2", "p1", "q1"]


def test_an_order_made_by_hand_stays_and_what_comes_later_follows_it(kiosk, write, three):
    for id in ("q1", "q2"):
        write(moderation.approve, three, id)
    write(moderation.reorder, three, "q2", "q1")
    write(moderation.approve, three, "q3")
    write(questions.set_support, three, "q3", "device-x", True)
    assert [q.id for q in questions.listed(three, "S1", "approved")] == ["q2", "q1", "q3"]


def test_a_question_said_aloud_can_go_before_all_others(kiosk, write, three):
    for id in ("q1", "q2", "q3"):
        write(moderation.approve, three, id)
    write(moderation.reorder, three, "q2", "q1")
    write(moderation.put_first, three, "q3")
    assert [q.id for q in questions.listed(three, "S1", "approved")] == ["q3", "q2", "q1"]


def test_an_act_on_no_question_is_refused(write, room):
    """« Garder séparées » of nothing was kept as the last act, and no panel could say what it undoes any more."""
    refused("invalid", write, moderation.keep_apart, room, [])
