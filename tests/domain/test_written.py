"""What pupils wrote before the talk becomes prepared: read, without a hint, whole, undone as one act."""

from __future__ import annotations

from typing import Any

import pytest

from factories import make_question, refused
from kiosk.domain import rooms
from kiosk.domain.questions import decisions, moderation, preparation, questions, written
from kiosk.domain.reading import distress
from kiosk.storage.models import Operation, Question


def prepared(room: str) -> list[tuple[str, str]]:
    return [(q.id, q.origin) for q in preparation.listed(room, "S1")]


def waiting() -> list[tuple[str, str]]:
    rows = Operation.select().where(Operation.state == "waiting").order_by(Operation.seq)
    return [(row.type, row.subject) for row in rows]


def ready(kiosk: Any, room: str, id: str, text: str = "", **values: Any) -> str:
    """A question that somebody read over."""
    after = moderation.approve if values.get("origin", "live") == "live" else None
    return make_question(kiosk, room, id, text, after=after, **values)


@pytest.mark.parametrize("origin", ["live", "paper", "spoken"])
def test_it_joins_the_end_of_the_list_and_the_outbox(kiosk, room, write, origin):
    first = write(preparation.add, room, "Déjà préparée ?").id
    ready(kiosk, room, "one", "Que faites-vous le matin ?", origin=origin, theme="metier")
    before = Question.get_by_id("one")
    write(written.make_prepared, room, ["one"])
    assert prepared(room) == [(first, "prepared"), ("one", "prepared")]
    assert waiting() == [("question.prepared", first), ("question.prepared", "one")]
    after = Question.get_by_id("one")
    assert (after.text, after.theme, after.status, after.author) == (before.text, "metier", "approved", before.author)
    assert written.listed(room, "S1") == []


def test_words_of_somebody_in_danger_are_not_offered(kiosk, room, write):
    ready(kiosk, room, "a")
    assert (len(written.listed(room, "S1")), written.count(room, "S1")) == (1, 1)
    kiosk.write(lambda tx: Question.update(worry=distress.OPENED).execute())
    assert (written.listed(room, "S1"), written.count(room, "S1")) == ([], 0)


def test_all_at_once_keeps_their_order_and_is_undone_as_one(kiosk, room, write):
    for id in ("a", "b", "c"):
        ready(kiosk, room, id)
    before = list(Question.select().dicts())
    write(written.make_prepared, room, ["c", "a", "c"])
    assert [id for id, _origin in prepared(room)] == ["c", "a"]
    assert write(decisions.undo, room) == "make_prepared"
    assert list(Question.select().dicts()) == before
    assert waiting() == [] and prepared(room) == []
    write(written.make_prepared, room, ["a"])
    assert waiting() == [("question.prepared", "a")]


def test_undone_after_it_left_it_is_taken_back(kiosk, room, write):
    ready(kiosk, room, "a")
    write(written.make_prepared, room, ["a"])
    kiosk.write(lambda tx: Operation.update(state="accepted", attempts=1).execute())
    write(decisions.undo, room)
    assert waiting() == [("question.withdraw", "a")]


def test_what_was_prepared_already_is_no_double(kiosk, room, write):
    first = write(preparation.add, room, "Déjà préparée ?").id
    write(written.make_prepared, room, [first])
    assert prepared(room) == [(first, "prepared")] and decisions.last(room, "S1") is None


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("Est-ce que Lucas Martin peut venir ?", "approved", "flagged_first"),
        ("Appelez-moi au 06 12 34 56 78 ?", "approved", "flagged_first"),
        ("Que faites-vous ?", "pending", "wrong_status"),
        ("Que faites-vous ?", "set_aside", "wrong_status"),
        ("Que faites-vous ?", "asked", "wrong_status"),
        ("je veux mourir", "pending", "worry_waits"),
    ],
)
def test_what_nobody_read_or_a_hint_concerns_goes_nowhere(kiosk, room, write, text, status, code):
    """One that may not go refuses them all: the list is what the page showed, or nothing."""
    ready(kiosk, room, "good")
    make_question(kiosk, room, "bad", text)
    kiosk.write(lambda tx: Question.update(status=status).where(Question.id == "bad").execute())
    refused(code, write, written.make_prepared, room, ["good", "bad"])
    assert prepared(room) == [] and waiting() == []


def test_what_went_to_the_class_unread_is_not_offered(kiosk, room, write):
    ready(kiosk, room, "a")
    kiosk.write(lambda tx: Question.update(unread=True).execute())
    assert (written.listed(room, "S1"), written.count(room, "S1")) == ([], 0)
    refused("wrong_status", write, written.make_prepared, room, ["a"])


@pytest.mark.parametrize("ids", [[], ["nulle"], [f"q{n}" for n in range(written.MOST + 1)]])
def test_nothing_too_much_or_unknown_is_refused(kiosk, room, write, ids):
    refused("unknown_question" if ids == ["nulle"] else "invalid", write, written.make_prepared, room, ids)


def test_once_the_talk_began_the_list_is_what_it_is(kiosk, room, write):
    ready(kiosk, room, "a")
    write(rooms.set_phase, room, "talk")
    refused("wrong_phase", write, written.make_prepared, room, ["a"])


def test_another_rooms_question_is_unknown(kiosk, room, write):
    ready(kiosk, room, "a")
    other = kiosk.write(lambda tx: rooms.add(tx, "Salle 13"))
    kiosk.write(lambda tx: rooms.choose_session(tx, other, "S1"))
    refused("unknown_question", write, written.make_prepared, other, ["a"])


def test_what_was_merged_comes_with_its_voices(kiosk, room, write):
    ready(kiosk, room, "a")
    make_question(kiosk, room, "b", author="eleve-2")
    write(questions.set_support, room, "a", "eleve-3", True)
    write(moderation.merge, room, "a", ["b"])
    write(written.make_prepared, room, ["a"])
    body = Operation.get(Operation.subject == "a").body
    assert body["support"] == Question.get_by_id("a").support == 2
