"""« Fermer aux nouveaux appareils »: those that were seen go on, newcomers wait, and it ends with the session."""

from __future__ import annotations

import pytest

from factories import make_question, make_room, refused
from kiosk.domain import intake, newcomers, rooms, timers
from kiosk.domain.intake import Ask, Back, Reflect, Sender
from kiosk.domain.people import devices
from kiosk.domain.people.presence import Presence
from kiosk.domain.questions import moderation, questions


@pytest.fixture
def open_room(kiosk, room, write):
    write(rooms.set_phase, room, "questions")
    return room


def token(kiosk, *, ago_ms=0):
    """A token that the kiosk made so long ago."""
    return devices.new(kiosk.secrets.key, kiosk.clock.now() - ago_ms)


def sender(device):
    return Sender(device, "192.0.2.1")


def ask(kiosk, room, device, id):
    return intake.ask(kiosk, room, sender(device), Ask(id, f"Question {id} ?")).status


@pytest.fixture
def shut(kiosk, open_room, write):
    """A room shut after: a phone of ours, one of a foreign token that had come, one that had written."""
    kiosk.presence.connected(open_room, "venu-avant")
    make_question(kiosk, open_room, "old", author=devices.author_of("ecrivait-avant", "S1"))
    write(newcomers.shut, open_room)
    newcomers.remember(kiosk, open_room)
    return open_room


def test_those_seen_before_go_on(kiosk, shut, write):
    for id, device in (("a", token(kiosk, ago_ms=60_000)), ("b", "venu-avant"), ("c", "ecrivait-avant")):
        assert ask(kiosk, shut, device, id) == "pending"
    write(moderation.approve, shut, "old")
    number = questions.one(shut, "old").number
    assert intake.support(kiosk, shut, sender("venu-avant"), Back(number)).support == 1


def test_newcomers_are_asked_to_wait(kiosk, shut, write):
    pass_a_second(kiosk)
    for id, device in (("a", token(kiosk)), ("b", "jamais-vu-ici")):
        error = refused("newcomers_paused", ask, kiosk, shut, device, id)
        assert "elle est toujours là" in error.message
    write(moderation.approve, shut, "old")
    number = questions.one(shut, "old").number
    refused("newcomers_paused", intake.support, kiosk, shut, sender("jamais-vu-ici"), Back(number))
    write(rooms.set_phase, shut, "reflection")
    refused("newcomers_paused", intake.reflect, kiosk, shut, sender("jamais-vu-ici"), Reflect("Grutière"))


def pass_a_second(kiosk):
    """Tokens are dated in whole seconds."""
    kiosk.clock.correct(kiosk.clock.now() + 2_000, "teacher")


def test_a_restart_keeps_it_and_knows_the_kiosk_s_own_tokens(kiosk, shut):
    kiosk.presence = Presence()
    refused("newcomers_paused", ask, kiosk, shut, "venu-avant", "a")
    assert ask(kiosk, shut, token(kiosk, ago_ms=60_000), "b") == "pending"
    assert ask(kiosk, shut, "ecrivait-avant", "c") == "pending"


def test_what_is_on_disk_is_acknowledged_all_the_same(kiosk, shut):
    held = make_question(kiosk, shut, "held", "Question held ?", author=devices.author_of("autre-appareil", "S1"))
    assert ask(kiosk, shut, "jamais-vu-ici", held) == "pending"


def test_the_teacher_s_typing_passes(kiosk, shut):
    make_question(kiosk, shut, "typed", author=None, origin="spoken")
    assert questions.one(shut, "typed").status == "approved"


def test_reopened_anybody_may_come(kiosk, shut, write):
    write(newcomers.reopen, shut)
    assert ask(kiosk, shut, "jamais-vu-ici", "a") == "pending"


def test_shutting_again_does_not_let_in_who_came_since(kiosk, shut, write):
    at = rooms.view(shut).shut_at
    pass_a_second(kiosk)
    write(newcomers.shut, shut)
    assert rooms.view(shut).shut_at == at


def test_it_ends_with_the_session_and_is_one_room_s(kiosk, shut, write):
    other = make_room(kiosk, "Autre", session_id="S1")
    assert ask(kiosk, other, "jamais-vu-ici", "o") == "pending"
    write(rooms.set_phase, shut, "closed")
    assert rooms.view(shut).shut_at is None
    refused("wrong_phase", write, newcomers.shut, shut)
    write(rooms.choose_session, shut, "S1")
    write(newcomers.shut, shut)
    write(rooms.set_phase, shut, "closed")
    write(rooms.choose_session, shut, "S1")
    assert rooms.view(shut).shut_at is None
    refused("no_session", write, newcomers.shut, make_room(kiosk, "Vide"))


def test_a_correction_of_the_clock_moves_it_too(kiosk, shut, write):
    at = rooms.view(shut).shut_at
    write(timers.shift_timers, kiosk.clock.correct(kiosk.clock.now() + 3_600_000, "teacher"))
    moved = rooms.view(shut).shut_at
    assert at is not None and moved is not None and abs(moved - at - 3_600_000) < 1_000
    pass_a_second(kiosk)
    refused("newcomers_paused", ask, kiosk, shut, token(kiosk), "a")
