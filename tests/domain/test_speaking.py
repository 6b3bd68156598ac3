"""Who speaks: the talk's time shared between those who have not had their turn, whatever the timer does."""

from __future__ import annotations

import pytest

from factories import make_room, make_session
from kiosk.domain import rooms, speaking, timers
from kiosk.ground.errors import KioskError

MINUTE = 60_000


@pytest.fixture
def trio(kiosk):
    make_session(kiosk, "S3", speakers=3, format="lycee-55")
    room = make_room(kiosk, "Trois", session_id="S3")
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "talk"))
    return room


def left(kiosk, room, minutes):
    """So many minutes of the talk are left."""
    now = kiosk.clock.now()
    kiosk.write(lambda tx: rooms.set_fields(tx, room, "timer", ends_at=now + minutes * MINUTE, paused_ms=None))


def begun(kiosk, room, minutes):
    left(kiosk, room, minutes)
    kiosk.write(lambda tx: rooms.set_fields(tx, room, "timer", turn_left=minutes * MINUTE))


def said(kiosk, room):
    turns = speaking.of(rooms.view(room), kiosk.clock.now())
    shown = {"done": lambda turn: turn.spoken, "": lambda turn: 0}
    return [(turn.state, round(shown.get(turn.state, lambda t: t.left)(turn) / MINUTE)) for turn in turns]


def shares(kiosk, room):
    """What those to come will have, in minutes."""
    turns = speaking.of(rooms.view(room), kiosk.clock.now())
    return [round((turn.share or 0) / MINUTE) for turn in turns if turn.state == "todo"]


def give(kiosk, room, who):
    speaker = who and f"S3-P{'abc'.index(who) + 1}"
    kiosk.write(lambda tx: speaking.give(tx, room, speaker))


def test_the_first_speaks_first_and_each_has_a_third(kiosk, trio):
    begun(kiosk, trio, 21)
    assert said(kiosk, trio) == [("now", 7), ("todo", 7), ("todo", 14)]
    assert shares(kiosk, trio) == [7, 7]


def test_who_was_longer_is_said_so_and_the_rest_is_shared_again(kiosk, trio):
    begun(kiosk, trio, 21)
    left(kiosk, trio, 12)
    assert said(kiosk, trio) == [("now", -2), ("todo", 0), ("todo", 6)]
    assert shares(kiosk, trio) == [6, 6]
    give(kiosk, trio, "b")
    assert said(kiosk, trio) == [("done", 9), ("now", 6), ("todo", 6)]
    left(kiosk, trio, 6)
    give(kiosk, trio, "c")
    assert said(kiosk, trio) == [("done", 9), ("done", 6), ("now", 6)]


def test_a_pause_and_more_time_move_the_turns_as_they_move_the_timer(kiosk, trio):
    begun(kiosk, trio, 21)
    left(kiosk, trio, 18)
    kiosk.write(lambda tx: timers.pause(tx, trio))
    assert said(kiosk, trio) == [("now", 4), ("todo", 4), ("todo", 11)]
    kiosk.write(lambda tx: timers.extend(tx, trio, 6))
    assert said(kiosk, trio) == [("now", 6), ("todo", 6), ("todo", 15)]
    kiosk.write(lambda tx: timers.resume(tx, trio))
    give(kiosk, trio, "c")
    assert said(kiosk, trio)[0] == ("done", 3)


def test_more_time_after_the_end_keeps_what_was_spoken(kiosk, trio):
    begun(kiosk, trio, 3)
    left(kiosk, trio, -2)
    kiosk.write(lambda tx: timers.extend(tx, trio))
    give(kiosk, trio, "b")
    assert said(kiosk, trio)[0] == ("done", 5)


def test_a_wrong_press_leaves_no_trace(kiosk, trio):
    begun(kiosk, trio, 21)
    give(kiosk, trio, "c")
    give(kiosk, trio, "a")
    assert [state for state, _n in said(kiosk, trio)] == ["now", "todo", "todo"]
    give(kiosk, trio, "a")
    assert rooms.view(trio).spoken == {}


def test_only_a_shared_talk_has_turns(kiosk, room, trio):
    for who in ("S1-P1", ""):
        with pytest.raises(KioskError) as refused:
            kiosk.write(lambda tx: speaking.give(tx, trio, who))
        assert refused.value.code == "invalid"
    kiosk.write(lambda tx: rooms.set_phase(tx, trio, "questions"))
    assert said(kiosk, trio) == []
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "talk"))
    assert said(kiosk, room) == [] and rooms.view(room).speaking_id is None
    for where in (trio, room):
        with pytest.raises(KioskError) as refused:
            give(kiosk, where, "a")
        assert refused.value.code == "wrong_phase"


def test_another_session_begins_without_anybodys_turn(kiosk, room, trio):
    give(kiosk, trio, "b")
    kiosk.write(lambda tx: rooms.set_hidden(tx, trio, True))
    kiosk.write(lambda tx: rooms.set_phase(tx, trio, "closed"))
    kiosk.write(lambda tx: rooms.choose_session(tx, trio, "S1"))
    view = rooms.view(trio)
    assert (view.speaking_id, view.turn_left, view.spoken, view.hidden) == (None, None, {}, False)
