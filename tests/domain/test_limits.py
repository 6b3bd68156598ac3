"""How often: one device held back without its neighbours, the room, and wrong codes."""

from __future__ import annotations

import pytest

from kiosk.domain.limits import KNOWN, Limits, Pace
from kiosk.errors import KioskError, body


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


def test_other_messages_have_a_wider_bound(limits):
    times(40, limits.message, "d1")
    error = refused(limits.message, "d1")
    assert (error.code, error.values["seconds"]) == ("too_fast", 1)
    limits.message("d2")
    limits.question("r", "d1")


def test_device_max_is_kept_for_the_domain():
    assert [Limits().device_max, Limits(device_max=3).device_max] == [100, 3]


def test_five_wrong_codes_lock_the_device_for_thirty_seconds(limits, clock):
    left = [limits.pin_left("d1")]
    for _try in range(4):
        limits.pin_missed("d1")
        limits.pin_allowed("d1")
        left.append(limits.pin_left("d1"))
    limits.pin_missed("d1")
    assert left + [limits.pin_left("d1")] == [5, 4, 3, 2, 1, 0]
    error = refused(limits.pin_allowed, "d1")
    assert (error.code, error.values) == ("pin_locked", {"seconds": 30})
    limits.pin_allowed("d2")
    clock.now += 29.5
    assert refused(limits.pin_allowed, "d1").values == {"seconds": 1}
    clock.now += 0.5
    limits.pin_allowed("d1")


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(limits, clock):
    times(5, limits.pin_missed, "d1")
    waits = []
    for _try in range(7):
        waits.append(refused(limits.pin_allowed, "d1").values["seconds"])
        clock.now += waits[-1]
        limits.pin_missed("d1")
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    assert limits.pin_left("d1") == 0


def test_the_right_code_forgets_the_misses(limits):
    times(4, limits.pin_missed, "d1")
    limits.pin_found("d1"), limits.pin_found("d2")
    assert limits.pin_left("d1") == 5
    limits.pin_missed("d1")
    limits.pin_allowed("d1")


def test_everybody_together_has_a_bound(limits):
    for n in range(29):
        limits.pin_missed(f"d{n}")
    limits.pin_allowed("fresh")
    limits.pin_missed("d30")
    error = refused(limits.pin_allowed, "fresh")
    assert (error.code, error.values) == ("pin_locked", {"seconds": 2})


def test_a_class_that_guesses_keeps_out_neither_the_machine_itself_nor_a_known_device(limits):
    limits.pin_found("teacher")
    for n in range(40):
        limits.pin_missed(f"d{n}")
    assert refused(limits.pin_allowed, "fresh").code == "pin_locked"
    limits.pin_allowed("fresh", here=True)
    limits.pin_allowed("teacher")
    times(5, limits.pin_missed, "teacher")
    assert refused(limits.pin_allowed, "teacher").values == {"seconds": 30}


def test_guesses_on_the_machine_itself_have_a_bound_too(limits):
    for n in range(30):
        limits.pin_missed(f"d{n}", here=True)
    assert refused(limits.pin_allowed, "fresh", here=True).code == "pin_locked"
    limits.pin_allowed("away")


def test_the_devices_known_are_the_last_ones(limits):
    for n in range(KNOWN + 1):
        limits.pin_found(f"k{n}")
    times(40, limits.pin_missed, "other")
    assert refused(limits.pin_allowed, "k0").code == "pin_locked"
    limits.pin_allowed(f"k{KNOWN}")


def test_memory_of_devices_is_bounded(limits):
    times(5, limits.pin_missed, "d0")
    for n in range(10_001):
        limits._pins.setdefault(f"x{n}", (1, 0.0))
    limits.pin_missed("d1")
    assert (len(limits._pins), limits.pin_left("d1")) == (1, 4)


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
