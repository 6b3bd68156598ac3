"""The end-of-session answers: one a device, reviewed before display, counted together."""

from __future__ import annotations

import pytest

from factories import make_room, refused, settle
from kiosk.domain import reflected, rooms
from kiosk.domain.questions import reflections
from kiosk.ground.events import Event, RoomChanged
from kiosk.storage.models import Reflection


@pytest.fixture
def answer(write, room):
    write(rooms.set_phase, room, "reflection")
    return lambda author="e1", **values: write(reflections.submit, room, author, **values)


def changes(heard: list[Event]) -> list[RoomChanged]:
    """All that was heard: changes of a room, and nothing else."""
    found = [event for event in heard if isinstance(event, RoomChanged)]
    assert found == heard
    return found


def own(room: str) -> reflections.ReflectionView:
    """The answer of the device « e1 »: there must be one."""
    view = reflections.answered(room, "S1", "e1")
    assert view is not None
    return view


def test_an_answer_written_for_another_session_is_not_taken(kiosk, write, room):
    """The check stands in the unit of work: the session may give way between the page and the writing."""
    write(rooms.set_phase, room, "reflection")
    refused("wrong_phase", write, reflections.submit, room, "e1", job="x", for_session="S0")
    write(reflections.submit, room, "e1", job="x", for_session="S1")


def test_answer_is_kept_for_review(kiosk, room, answer):
    heard: list[Event] = []
    settle(kiosk)
    kiosk.bus.subscribe(heard.extend)
    id = answer(job="  Soudeuse ", studies="Bac pro", surprise="")
    settle(kiosk)
    (view,) = reflections.listed(room, "S1")
    assert (view.id, view.job, view.studies, view.surprise, view.status) == (id, "Soudeuse", "Bac pro", "", "pending")
    row = Reflection.get()
    assert (row.author, row.session_id, row.room_id, row.created_at > 1e12) == ("e1", "S1", room, True)
    assert [event.what for event in changes(heard)] == [("reflection",)]


@pytest.mark.parametrize("phase", ["lobby", "questions", "closed"])
def test_answer_outside_the_reflection_is_refused(room, write, answer, phase):
    write(rooms.set_phase, room, phase)
    refused("wrong_phase", answer, job="x")


def test_answer_without_a_session_is_refused(kiosk, write):
    refused("wrong_phase", write, reflections.submit, make_room(kiosk, "Vide"), "e1", job="x")


@pytest.mark.parametrize("field", ["job", "studies", "surprise"])
def test_each_answer_is_bounded(room, answer, field):
    answer(**{field: "x" * 120})
    assert getattr(reflections.listed(room, "S1")[0], field) == "x" * 120
    refused("question_too_long", answer, **{field: "x" * 121})


def test_the_same_device_replaces_its_answer(kiosk, room, answer, write):
    first = answer(job="Soudeuse", surprise="Le bruit")
    write(reflections.review, room, first, "approved")
    answer(job="Cheffe")
    refused("unknown_question", write, reflections.review, room, first, "approved")  # nobody has read the new words
    (view,) = reflections.listed(room, "S1")
    assert (view.job, view.surprise, view.status) == ("Cheffe", "", "pending")
    assert answer("e2", job="x") != first
    assert answer(None, job="x") != answer(None, job="x")
    assert len(reflections.listed(room, "S1")) == 4


def test_the_same_device_in_another_room_is_another_answer(kiosk, room, answer, write):
    other = make_room(kiosk, "B", session_id="S1")
    write(rooms.set_phase, other, "reflection")
    answer(job="A")
    write(reflections.submit, other, "e1", job="B")
    assert [v.job for v in reflections.listed(room, "S1")] == ["A"]
    assert [own(r).job for r in (room, other)] == ["A", "B"]


def test_an_empty_answer_needs_no_review(room, answer):
    answer(job="  ")
    assert reflections.listed(room, "S1")[0].status == "approved"


def test_an_answer_is_shown_at_once_only_when_the_teacher_typed_it(room, answer):
    answer("e1", job="A", approved=True)
    answer("e2", job="B")
    assert [v.status for v in reflections.listed(room, "S1")] == ["approved", "pending"]


def test_review_shows_hides_and_refuses(kiosk, room, answer, write):
    id = answer(job="A")
    settle(kiosk)
    heard: list[Event] = []
    kiosk.bus.subscribe(heard.extend)
    for status in ("approved", "hidden", "pending"):
        write(reflections.review, room, id, status)
        assert [v.status for v in reflections.listed(room, "S1")] == [status]
    settle(kiosk)
    assert [event.what for event in changes(heard)] == [("reflection",)] * 3
    assert refused("invalid", write, reflections.review, room, id, "seen").field == "status"
    refused("unknown_question", write, reflections.review, room, id + 1, "hidden")
    refused("unknown_question", write, reflections.review, make_room(kiosk, "B"), id, "hidden")


def test_approve_all_shows_what_waits_here_and_nothing_hidden(kiosk, room, answer, write):
    other = make_room(kiosk, "B", session_id="S1")
    write(rooms.set_phase, other, "reflection")
    write(reflections.submit, other, "e1", job="ailleurs")
    hidden = answer("e1", job="A")
    write(reflections.review, room, hidden, "hidden")
    answer("e2", job="Cheffe")
    kiosk.write(lambda tx: Reflection.insert(room_id=room, session_id="S0", job="old", created_at=1).execute())
    settle(kiosk)
    heard: list[Event] = []
    kiosk.bus.subscribe(heard.extend)
    seen = [view.id for view in reflections.listed(other, "S1") + reflections.listed(room, "S1")]
    write(reflections.approve_seen, room, seen)
    settle(kiosk)
    assert [v.status for v in reflections.listed(room, "S1")] == ["hidden", "approved"]
    assert [v.status for v in reflections.listed(other, "S1") + reflections.listed(room, "S0")] == [
        "pending",
        "pending",
    ]
    assert [(event.room_id, event.what) for event in changes(heard)] == [(room, ("reflection",))]


def test_listed_filters_by_status(room, answer, write):
    answer("e1", job="A")
    write(reflections.review, room, answer("e2", job="B"), "approved")
    assert [v.job for v in reflections.listed(room, "S1", "approved")] == ["B"]
    assert [v.job for v in reflections.listed(room, "S1", "approved", "pending")] == ["A", "B"]


def test_picture_counts_everybody_and_shows_only_the_reviewed(room, answer, write):
    for author, job in (("e1", "Soudeuse"), ("e2", " soudeuse"), ("e3", "Chaudronnière"), ("e4", "Secret")):
        answer(author, job=job, studies="BTS", surprise="Le bruit")
    answer("e5")
    for view in reflections.listed(room, "S1", "pending")[:3]:
        write(reflections.review, room, view.id, "approved")
    together = reflected.of_class(room, "S1", 26)
    assert (together.answers, together.headcount, together.pending) == (5, 26, 1)
    assert (together.jobs, together.studies, together.surprises) == (
        [("Soudeuse", 2), ("Chaudronnière", 1)],
        [("BTS", 3)],
        [("Le bruit", 3)],
    )


def test_answered_gives_this_device_s_own(room, answer):
    id = answer(job="A", studies="B", surprise="C")
    view = own(room)
    assert (view.id, view.job, view.studies, view.surprise, view.status) == (id, "A", "B", "C", "pending")
    assert [
        reflections.answered(room, "S1", "e2"),
        reflections.answered(room, None, "e1"),
        reflections.answered(room, "S1", None),
        reflections.answered(room, "S2", "e1"),
    ] == [None] * 4
