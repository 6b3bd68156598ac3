"""The rooms of a kiosk as a whole: where the plain address leads, names, and taking a room away."""

from __future__ import annotations

import re

import pytest

from factories import make_question, make_room, make_session, refused, settle
from kiosk.domain import ready, receipts, rehearsal, retention, rooms, roomset, souvenirs, stored
from kiosk.domain.people import access
from kiosk.domain.questions import moderation, preparation, questions, reflection_acts, reflections
from kiosk.domain.questions.drafts import Draft
from kiosk.ground.events import AccessRevoked, Event, RoomRemoved
from kiosk.storage.models import (
    TABLES,
    Access,
    AuditEntry,
    Decision,
    Invitation,
    Question,
    Room,
    Souvenir,
    Support,
    Wording,
)


@pytest.fixture
def second(kiosk, room):
    """A second room, session « S2 » chosen there, at the lobby."""
    make_session(kiosk, "S2")
    return make_room(kiosk, "CDI", session_id="S2")


# -- where the address without a code leads


def test_the_first_room_keeps_the_plain_address(write):
    first = write(rooms.add, "Zoé")
    others = [write(rooms.add, name) for name in ("Arts", "CDI")]
    assert [rooms.plain_address(), rooms.resolve(None)] == [first, first]
    write(roomset.set_plain_address, rooms.view(others[0]).code.lower())
    assert rooms.resolve("") == others[0]
    write(roomset.set_plain_address, rooms.ASK)
    assert rooms.plain_address() is None
    refused("unknown_room", rooms.resolve, None)
    for wrong in ("ZZZ9", "", "é"):
        refused("unknown_room", write, roomset.set_plain_address, wrong)


def test_no_room_has_no_plain_address(kiosk):
    assert rooms.plain_address() is None
    refused("unknown_room", rooms.resolve, None)


# -- names


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_rename_refuses_a_name(room, write, name):
    refused("name_invalid", write, roomset.rename, room, name)


def test_rename_takes_it_without_its_margins(room, write):
    write(roomset.rename, room, "  B204 ")
    assert rooms.view(room).name == "B204"


# -- taking one away


def test_the_last_room_stays(room, write):
    refused("room_last", write, roomset.remove, room, sure=True)


def test_a_room_never_used_goes_without_a_word(kiosk, room, write):
    empty = make_room(kiosk, "B12")
    assert roomset.standing(empty).idle
    assert write(roomset.remove, empty) == "B12"
    assert [one[0] for one in rooms.all_rooms()] == [room]


def test_a_chosen_session_is_asked_about_first(second, write):
    assert refused("confirm_missing", write, roomset.remove, second).field == "compris"
    write(roomset.remove, second, sure=True)
    refused("unknown_room", rooms.view, second)


@pytest.mark.parametrize("phase", ["countdown", "talk", "questions", "reflection"])
def test_a_room_in_session_stays(second, write, phase):
    write(rooms.set_phase, second, phase)
    refused("room_running", write, roomset.remove, second, sure=True)
    refused("room_running", write, roomset.empty, second)


@pytest.mark.parametrize("origin", ["live", "spoken", "paper"])
def test_a_room_that_holds_what_a_class_said_stays_until_it_is_erased(kiosk, second, write, origin):
    make_question(kiosk, second, "q1", origin=origin)
    assert refused("room_not_empty", write, roomset.remove, second, sure=True).values == {"n": 1}
    assert write(roomset.empty, second) == 1
    write(roomset.remove, second, sure=True)
    assert not Question.select().where(Question.id == "q1").exists()


def test_what_an_earlier_session_left_counts_too(kiosk, second, write):
    make_question(kiosk, second, "q1")
    make_session(kiosk, "S3")
    write(rooms.choose_session, second, "S3")
    write(preparation.add_many, second, ["Préparée ?"], origin="prepared")
    assert roomset.standing(second).raw == 1
    write(roomset.empty, second)
    held = roomset.standing(second)
    assert held.room.session is not None
    assert (held.raw, held.prepared, held.room.session.id) == (0, 1, "S3")  # what is to come stays


def test_a_reflection_is_what_a_class_said(kiosk, second, write):
    write(rooms.set_phase, second, "reflection")
    write(reflections.submit, second, "eleve-1", job="cheffe")
    write(rooms.set_phase, second, "closed")
    refused("room_not_empty", write, roomset.remove, second, sure=True)
    write(roomset.empty, second)
    write(roomset.remove, second)


def test_prepared_questions_wait_for_the_next_room(kiosk, room, second, write):
    write(preparation.add_many, second, ["Une préparée ?", "Deux préparées ?"], origin="prepared")
    one, two = [q.id for q in preparation.listed(second, "S2")]
    write(questions.set_support, second, one, "appareil", True)
    write(moderation.put_on_screen, second, two)
    write(roomset.remove, second, sure=True)
    assert [(q.room_id, q.number, q.support) for q in Question.select()] == [(None, 0, 0)] * 2
    assert Support.select().count() == 0
    write(rooms.choose_session, room, "S2")
    assert [q.status for q in preparation.listed(room, "S2")] == ["approved", "approved"]
    assert sorted(q.number for q in questions.listed(room, "S2", "approved")) == [1, 2]


def test_everything_of_it_goes_and_nothing_else(kiosk, room, second, write):
    heard: list[Event] = []
    kiosk.bus.subscribe(heard.extend)
    mine, theirs = [write(access.invite, one)[1] for one in (room, second)]
    kept, lost = [write(access.accept, token)[0] for token in (mine, theirs)]
    make_question(kiosk, second, "q1", origin="prepared")
    write(moderation.set_aside, second, "q1", "hors_sujet")
    code = rooms.view(second).code
    write(ready.tick, second, {"sound"})
    write(rehearsal.begin, second, "calme")
    kiosk.drafts.keep(("right", second, "paper"), Draft("Un billet"))
    write(roomset.remove, second, sure=True)
    settle(kiosk)
    assert kiosk.drafts.get(("right", second, "paper")).text == ""
    now = kiosk.clock.now()
    assert access.check(kept, now) is not None and access.check(lost, now) is None
    assert RoomRemoved(second) in heard and AccessRevoked((access.digest(lost),)) in heard
    rows = [row for table in TABLES if table is not AuditEntry for row in table.select().dicts()]
    assert not re.search(second, str(rows)), "something of the room stays"
    assert [t.select().count() for t in (Room, Access, Invitation, Decision)] == [1, 1, 1, 0]
    assert (roomset.name_of_removed(f" {code.lower()} "), roomset.name_of_removed("AAA2")) == ("CDI", "")


def test_souvenirs_go_with_their_room_once_somebody_was_asked(kiosk, second, write):
    """Nobody could see, print or forget one whose room is no more, and it says what a class asked."""
    write(rooms.set_phase, second, "questions")
    page = souvenirs.page_of(rooms.view(second), kiosk.clock.now())
    write(souvenirs.keep, second, page, kiosk.clock.now() + 86_400_000)
    write(reflection_acts.regroup, second, "job", ["Soudeuse", "Soudure"])
    write(retention.wipe, second)
    write(stored.put, retention.FORGET, None)
    assert receipts.last(second) is not None
    assert (roomset.standing(second).kept, roomset.standing(second).idle) == (1, False)
    refused("confirm_missing", write, roomset.remove, second)
    write(roomset.remove, second, sure=True)
    assert (Souvenir.select().count(), Wording.select().count()) == (0, 0)
    assert stored.get(retention.FORGET) is not None and receipts.last(second) is None


def test_the_plain_address_finds_another_room(kiosk, write):
    first, b, c = (write(rooms.add, name) for name in ("A", "B", "C"))
    write(roomset.remove, first)
    assert rooms.plain_address() is None  # two are left: nobody is sent to a class by chance
    write(roomset.set_plain_address, c)
    write(roomset.remove, c)
    assert rooms.plain_address() == b


def test_no_room_takes_the_code_of_one_removed(kiosk, room, write, monkeypatch):
    letters = iter("AAA2AAA2AAB2")
    monkeypatch.setattr(rooms.secrets, "choice", lambda _from: next(letters))
    write(roomset.remove, write(rooms.add, "Une"))
    assert rooms.view(write(rooms.add, "Deux")).code == "AAB2"


def test_few_removed_rooms_are_remembered(room, write):
    for number in range(roomset.MOST_REMOVED + 5):
        write(roomset.remove, write(rooms.add, f"B{number}"))
    assert list(stored.get(rooms.REMOVED).values()) == [f"B{n}" for n in range(5, roomset.MOST_REMOVED + 5)]
