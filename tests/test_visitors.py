"""Who is asked to leave when every place is taken."""

from __future__ import annotations

import pytest

from kiosk.engine import visitors
from kiosk.engine.visitors import LEAVING, Visitors, place_of


class Line:
    """A connection: what the table needs of a socket."""

    def __init__(self) -> None:
        self.shut = False

    def shutdown(self, _how: int) -> None:
        self.shut = True


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [100.0]
    monkeypatch.setattr(visitors.time, "monotonic", lambda: at[0])
    return at


def test_the_oldest_of_the_address_that_holds_most_leaves_first(now: list[float]) -> None:
    table = Visitors(4, SystemExit)
    honest, *others = (Line() for _n in range(4))
    assert table.arrived(honest, "10.0.0.1")
    assert all(table.arrived(one, "10.0.0.2") for one in others)
    now[0] += 5
    assert table.arrived(Line(), "10.0.0.3")
    assert [one.shut for one in (honest, *others)] == [False, True, False, False]
    assert table.closed(others[0]) and not table.closed(honest)


def test_who_has_kept_us_waiting_then_who_rests_then_who_has_just_come(now: list[float]) -> None:
    table = Visitors(3, SystemExit)
    slow, resting, busy = Line(), Line(), Line()
    for one in (resting, busy, slow):
        table.arrived(one, "10.0.0.1")
    table.spoke(busy)
    table.rests(resting)
    now[0] += 2
    first, second, third = Line(), Line(), Line()
    assert table.arrived(first, "10.0.0.1") and slow.shut and not resting.shut
    assert table.arrived(second, "10.0.0.1") and resting.shut and not first.shut
    assert table.arrived(third, "10.0.0.1") and first.shut
    table.spoke(second)
    table.spoke(third)
    assert not table.arrived(Line(), "10.0.0.1")  # everybody is being answered
    table.gone(busy)
    assert table.arrived(Line(), "10.0.0.1")


def test_a_body_that_is_awaited_is_no_whole_request(now: list[float]) -> None:
    table = Visitors(1, SystemExit)
    line = Line()
    table.arrived(line, "10.0.0.1")
    table.spoke(line)

    def read() -> bytes:
        now[0] += 2
        assert table.arrived(Line(), "10.0.0.9")  # meanwhile
        return b"half"

    with pytest.raises(SystemExit):
        table.during(line, read)()
    assert line.shut


def test_those_who_leave_are_counted_until_they_have(now: list[float]) -> None:
    table = Visitors(2, SystemExit)
    lines = [Line() for _n in range(LEAVING + 2)]
    for one in lines:
        assert not table.crowded
        table.arrived(one, "10.0.0.1")
    assert table.crowded
    table.gone(lines[0])
    assert not table.crowded
    for one in lines:
        table.gone(one)
    assert (table._where, table._leaving, table._silent._held, table._resting._held) == ({}, set(), {}, {})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("?:", "?:", True),
    ],
)
def test_where_a_connection_comes_from(one: str, other: str, same: bool) -> None:
    assert (place_of(one) == place_of(other)) is same
