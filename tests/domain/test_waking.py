"""When the class's large display is wanted, and when it may sleep."""

from __future__ import annotations

import pytest

from factories import configure, make_room, make_session
from kiosk.domain import rooms, waking
from kiosk.ground.clock import BUILD_MS
from kiosk.ground.instants import DAY, MINUTE
from kiosk.ops import demo

HOUR = 60 * MINUTE


@pytest.fixture
def at(kiosk):
    """``at(ms)`` puts the kiosk's clock so many milliseconds after the test's beginning."""
    began = kiosk.clock.now()

    def move(after: int) -> bool:
        kiosk.clock.correct(began + after, "teacher")
        return waking.wanted(kiosk)

    return move


def test_it_sleeps_between_sessions_and_is_woken_half_an_hour_before(kiosk, at):
    make_session(kiosk, "S1", starts_in_ms=3 * HOUR)  # 45 minutes
    make_room(kiosk)  # where nothing is chosen
    end = 3 * HOUR + 45 * MINUTE
    seen = {after: at(after) for after in (0, 2 * HOUR + 29 * MINUTE, 2 * HOUR + 31 * MINUTE, 3 * HOUR, end,
                                           end + 29 * MINUTE, end + 31 * MINUTE)}  # fmt: skip
    assert list(seen.values()) == [False, False, True, True, True, True, False]


def test_a_cancelled_session_and_one_taken_away_wake_nobody(kiosk, at):
    make_session(kiosk, "S1", starts_in_ms=HOUR, status="cancelled")
    make_session(kiosk, "S2", starts_in_ms=HOUR, deleted=True)
    assert not at(HOUR)


def test_a_class_at_work_keeps_it_awake_beyond_its_planned_end_and_one_left_on_does_not_for_ever(kiosk, at):
    make_session(kiosk, "S1", starts_in_ms=0)
    room = make_room(kiosk, session_id="S1")
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "questions"))
    assert at(2 * HOUR) and not at(DAY)


def test_once_closed_it_may_sleep_after_the_minutes_that_are_set(kiosk, at):
    make_session(kiosk, "S1", starts_in_ms=-2 * HOUR)
    room = make_room(kiosk, session_id="S1")
    kiosk.write(lambda tx: rooms.set_phase(tx, room, "closed"))
    assert at(29 * MINUTE) and not at(31 * MINUTE)
    configure(kiosk, display_sleep=120)
    assert at(31 * MINUTE)
    configure(kiosk, display_sleep=0)
    assert at(10 * DAY)


def test_a_phone_or_a_panel_that_is_open_keeps_it_awake(kiosk, at):
    make_session(kiosk, "S1", starts_in_ms=-DAY)
    assert not at(0)
    for namespace in waking.THERE:
        kiosk.sockets.opened(namespace, "any")
        assert at(0)
        kiosk.sockets.closed(namespace, "any")
        assert not at(0)


def test_where_nothing_is_sure_it_stays_awake(kiosk, at):
    assert at(0)  # no session is known: just set up
    make_session(kiosk, "S1", starts_in_ms=-DAY)
    assert not at(0)
    kiosk.clock.correct(BUILD_MS - DAY, "system")
    assert waking.wanted(kiosk)  # nobody vouches for the time
    kiosk.clock.correct(BUILD_MS + 10 * DAY, "teacher")
    make_room(kiosk)
    demo.load(kiosk)
    assert at(30 * DAY)  # the demonstration is looked at by whoever discovers the kiosk
