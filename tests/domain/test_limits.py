"""How often: one device held back without its neighbours, an address that may hide a school, the room."""

from __future__ import annotations

import pytest

from kiosk.domain.people import limits as bounds
from kiosk.domain.people.limits import Limits, Origin, Pace
from kiosk.ground.errors import KioskError, body


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def refused(function, *args, **named):
    with pytest.raises(KioskError) as caught:
        function(*args, **named)
    return caught.value


def times(count, function, *args):
    for _time in range(count):
        function(*args)


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def limits(clock):
    return Limits(monotonic=clock)


def test_a_device_may_send_its_burst_then_waits(limits):
    times(10, limits.question, "r", "d1")
    error = refused(limits.question, "r", "d1")
    assert (error.code, 1 <= error.values["seconds"] <= 10, body(error)["error"]["retry_after"]) == (
        "too_fast",
        True,
        error.values["seconds"],
    )
    limits.question("r", "d2")
    limits.question("s", "d1")


def test_after_the_burst_one_passes_at_each_period(clock):
    slow = Limits(device_burst=2, device_per_second=0.1, monotonic=clock)
    times(2, slow.question, "r", "d1")
    waits = []
    for _later in range(3):
        waits.append(refused(slow.question, "r", "d1").values["seconds"])
        clock.now += waits[-1]
        slow.question("r", "d1")
    assert waits == [10, 10, 10]


def test_the_burst_comes_back_whole_with_time(clock):
    quick = Limits(device_burst=3, device_per_second=2.0, monotonic=clock)
    times(3, quick.question, "r", "d1")
    assert refused(quick.question, "r", "d1").values == {"seconds": 1}
    clock.now += 1.5
    times(3, quick.question, "r", "d1")
    refused(quick.question, "r", "d1")


def test_who_is_refused_is_not_pushed_further_back(clock, limits):
    times(10, limits.question, "r", "d1")
    for _impatience in range(50):
        refused(limits.question, "r", "d1")
    clock.now += 1
    limits.question("r", "d1")


def test_the_room_has_a_bound_of_its_own(clock):
    small = Limits(room_per_second=3, monotonic=clock)
    for n in range(3):
        small.question("r", f"d{n}")
    error = refused(small.question, "r", "d4")
    assert (error.code, error.values) == ("room_too_fast", {"seconds": 1})
    small.question("s", "d1")
    clock.now += 0.34
    small.question("r", "d5")


def test_memory_of_paces_is_bounded(clock):
    pace = Pace(10, 1.0, clock)
    for n in range(50_000):
        assert pace.take(n) == 0
        clock.now += 0.01
    assert len(pace._clear_at) <= 4096 + 1100


def test_keys_have_an_end_whatever_comes(clock, monkeypatch):
    """A million keys at one instant: beyond the most, those that come share one pace, and each act still costs O(1)."""
    monkeypatch.setattr(bounds, "MOST_KEYS", 1_000)
    pace = Pace(10, 1.0, clock)
    passed = sum(not pace.take(n) for n in range(100_000))
    assert (passed, len(pace._clear_at)) == (1_000 + 10 - 1, 1_000) or passed == 1_010
    clock.now += 60
    assert [pace.take("nouveau"), pace.take("autre")] == [0, 0] and len(pace._clear_at) <= 1_000


def test_a_key_that_stands_for_many_has_as_much_as_they(clock):
    pace = Pace(10, 1.0, clock)
    assert sum(not pace.take("école", 50) for _n in range(1000)) in range(451, 510)
    clock.now += 1
    assert sum(not pace.take("école", 50) for _n in range(1000)) in range(49, 52)


def test_one_address_has_its_pace_and_each_phone_there_adds_to_it(limits, clock):
    alone = sum(not limits.of_address("question", "a", 0) for _n in range(2000))
    amphitheatre = sum(not limits.of_address("question", "b", 500) for _n in range(9000))
    assert (alone, amphitheatre > 5000) == (300, True)
    clock.now += 1
    assert sum(not limits.of_address("question", "b", 500) for _n in range(2000)) >= 500
    for act in ("page", "socket", "act"):
        assert sum(not limits.of_address(act, "c", 0) for _n in range(1000)) == 1000  # an amphitheatre comes in at once


def test_a_hundred_rooms_behind_one_address_have_their_own_pace_and_one_room_no_more(clock):
    """A cité scolaire shows one address: 100 rooms of 20 phones, each of which asks every ten seconds."""
    many, school = Limits(monotonic=clock), Origin("a", 20, 2_000)
    for n in range(6_000):
        clock.now += 1 / 200
        many.question(f"r{n % 100}", f"d{n % 2_000}", school)
    alone = sum(not many._of_origin("question", "s", school) for _n in range(2_000))
    assert alone in range(498, 502), "what 20 phones may send at once, though 2,000 are there"
    assert sum(not many._of_origin("act", f"r{n % 100}", school) for n in range(100_000)) == 100_000


def test_other_messages_have_a_wider_bound(limits):
    times(40, limits.message, "r", "d1")
    error = refused(limits.message, "r", "d1")
    assert (error.code, error.values["seconds"]) == ("too_fast", 1)
    limits.message("r", "d2")
    limits.question("r", "d1")


def test_device_max_is_kept_for_the_domain():
    assert [Limits().device_max, Limits(device_max=3).device_max] == [100, 3]


def test_codes_limits_are_each_kiosk_s_own(clock):
    one, other = Limits(monotonic=clock), Limits(monotonic=clock)
    times(10, one.question, "r", "d1")
    other.question("r", "d1")


def test_a_device_that_insists_on_sockets_stays_out_for_a_while(limits, clock):
    """Twenty come in, twenty are told; then it is out for half a minute, and nobody else is."""
    times(20, limits.connection, "d1")
    for _refusal in range(20):
        assert refused(limits.connection, "d1").values["seconds"] == 1
    assert limits.kept_out("d1") == 0
    refused(limits.connection, "d1")
    assert 29 < limits.kept_out("d1") <= 30
    clock.now += 10
    assert refused(limits.connection, "d1").values["seconds"] == 20  # insisting makes it no longer
    assert limits.kept_out("d2") == 0
    limits.connection("d2")
    clock.now += 20.5
    assert limits.kept_out("d1") == 0
    limits.connection("d1")


def test_a_phone_that_flaps_is_never_kept_out(limits, clock):
    """Two sockets a second for two minutes: told once in two, never out."""
    for _half in range(240):
        try:
            limits.connection("d1")
        except KioskError:
            pass
        clock.now += 0.5
        assert limits.kept_out("d1") == 0
