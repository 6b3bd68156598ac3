"""Phones counted by device, by socket or by page, and the wait for the first."""

from __future__ import annotations

import pytest

from kiosk.domain.people import presence
from kiosk.domain.people.presence import Presence


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def there(clock):
    return Presence(clock)


def test_a_device_counts_once_however_it_is_there(there):
    there.connected("r", "d1"), there.connected("r", "d1"), there.visited("r", "d1"), there.visited("r", "d2")
    assert [there.phones("r"), there.phones("s")] == [2, 0]


def test_a_device_leaves_with_its_last_socket(there):
    there.connected("r", "d1"), there.connected("r", "d1")
    there.disconnected("r", "d1")
    assert there.phones("r") == 1
    there.disconnected("r", "d1")
    assert there.phones("r") == 0
    there.disconnected("r", "d1"), there.disconnected("s", "d1")
    there.connected("r", "d1")
    assert there.phones("r") == 1


def test_leaving_forgets_its_page_too(there):
    there.visited("r", "d1"), there.connected("r", "d1"), there.visited("r", "d2")
    there.disconnected("r", "d1")
    assert there.phones("r") == 1


def test_a_page_counts_for_three_minutes(there, clock):
    there.visited("r", "d1")
    clock.now += 180
    assert there.phones("r") == 1
    clock.now += 0.1
    assert there.phones("r") == 0
    there.visited("r", "d1")
    clock.now += 100
    there.visited("r", "d1")
    clock.now += 100
    assert there.phones("r") == 1


def test_pages_are_bounded(there, clock, monkeypatch):
    monkeypatch.setattr(presence, "MOST_VISITS", 2)
    for device in ("d1", "d2", "d3"):
        there.visited("r", device)
    clock.now += 100
    there.visited("r", "d1")
    clock.now += 100
    assert there.phones("r") == 1


def test_waiting_starts_when_first_asked_and_ends_with_the_first_phone(there, clock):
    assert there.waiting_seconds("r") == 0.0
    clock.now += 61
    assert (there.waiting_seconds("r"), there.joined("r")) == (61.0, False)
    there.visited("r", "d1")
    assert (there.waiting_seconds("r"), there.joined("r"), there.joined("s")) == (0.0, True, False)


def test_a_socket_ends_the_wait_too(there, clock):
    there.start_waiting("r")
    clock.now += 5
    assert there.waiting_seconds("r") == 5.0
    there.connected("r", "d1")
    assert there.joined("r") is True


def test_a_new_session_waits_again_unless_phones_are_there(there, clock):
    there.connected("r", "d1")
    there.start_waiting("r")
    assert there.joined("r") is True
    there.disconnected("r", "d1")
    clock.now += 9
    there.start_waiting("r")
    clock.now += 2
    assert (there.joined("r"), there.waiting_seconds("r")) == (False, 2.0)


def test_the_last_room_of_a_phone_outlives_its_socket(there, monkeypatch):
    monkeypatch.setattr(presence, "MOST_REMEMBERED", 2)
    there.connected("r", "d1"), there.disconnected("r", "d1")
    there.visited("r", "d2"), there.visited("s", "d1")
    assert [there.last_room("d1"), there.last_room("d2"), there.last_room("d3")] == ["s", "r", None]
    there.visited("s", "d3")  # one too many: the oldest goes
    assert [there.last_room("d1"), there.last_room("d2"), there.last_room("d3")] == ["s", None, "s"]


def test_a_display_that_comes_back_at_once_never_left(clock):
    open_now = presence.Sockets(lambda: clock.now)
    open_now.opened("/display", "r", "ecran")
    open_now.opened("/display", "r", "ecran")
    open_now.opened("/display", "s", "bandeau")
    open_now.opened("/phone", "r")
    assert (open_now.views("r"), open_now.views("s"), open_now.views("t")) == ({"ecran"}, {"bandeau"}, set())
    open_now.closed("/display", "r", "ecran")
    clock.now += 60
    assert open_now.views("r") == {"ecran"}, "one of two"
    open_now.closed("/display", "r", "ecran")
    open_now.closed("/phone", "r")
    clock.now += presence.LINGER - 0.5
    assert open_now.views("r") == {"ecran"}
    open_now.opened("/display", "r", "ecran")
    open_now.closed("/display", "r", "ecran")
    clock.now += presence.LINGER + 0.5
    assert open_now.views("r") == set() and open_now.number("/display") == 1
