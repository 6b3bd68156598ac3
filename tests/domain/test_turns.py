"""Where each phone has its own address, one address waits its turn; where a class may stand behind one, nobody does."""

from __future__ import annotations

import pytest

from kiosk.domain.people.presence import SETTLED, Presence
from kiosk.domain.people.turns import LONGEST, PHONE, WAITING, Turns
from kiosk.domain.questions.crowd import FLAT, Crowd

BURST = PHONE[0]


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Hall:
    """A room's phones on a clock of ours; :meth:`ask` is one request of an address, as its seconds of waiting."""

    def __init__(self, room):
        self.room, self.clock, self.slept = room, Time(), []
        self.presence = Presence(self.clock)
        self.crowd = Crowd(self.presence, monotonic=self.clock)
        self.turns = Turns(self.crowd.counts_for, self.sleep, self.clock)
        self.during = None

    def sleep(self, seconds):
        self.slept.append(seconds)
        if self.during is not None:
            self.during()
        self.clock.now += seconds

    def phones(self, *places):
        for device, address in places:
            self.presence.connected(self.room, device, address)
        self.clock.now += SETTLED
        with self.crowd.asking(self.room, *places[0]):
            pass

    def ask(self, address, spared=False):
        return self.turns.wait(address, lambda: spared)


@pytest.fixture
def hall(kiosk, room):
    """Room « Salle 12 », 26 pupils said."""
    kiosk.database.use()
    return Hall(room)


def class_of(n):
    return [(f"eleve-{i}", f"10.0.0.{2 + i}") for i in range(n)]


def test_a_laptop_waits_its_turn_beside_a_class_of_phones(hall):
    hall.phones(*class_of(26))
    begun = hall.clock.now
    assert {hall.ask("10.0.0.99") for _ in range(BURST + 30)} == {0.0}
    assert len(hall.slept) == 30 and hall.clock.now - begun == pytest.approx(30 / PHONE[1])


def test_a_phone_never_waits_for_what_a_pupil_does(hall):
    hall.phones(*class_of(26))
    for _minute in range(10):
        assert {hall.ask("10.0.0.2") for _page in range(30)} == {0.0}
        hall.clock.now += 60
    assert hall.slept == []


def test_what_would_wait_behind_too_many_is_sent_away_with_its_seconds(hall):
    hall.phones(*class_of(26))
    for _ in range(BURST):
        hall.ask("10.0.0.99")
    told: list[float] = []

    def another():  # while one waits, another comes
        if len(told) < 10:
            place = len(told)
            told.append(-1.0)  # until it is known
            told[place] = hall.ask("10.0.0.99")

    hall.during = another
    assert hall.ask("10.0.0.99") == 0.0
    waited, refused = told[: WAITING - 1], told[WAITING - 1 :]
    assert waited == [0.0] * (WAITING - 1) and all(one > 0 for one in refused) and len(refused) >= 1
    assert hall.turns._waiting == {}, "who was served waits no more"


def test_one_that_others_always_pass_is_sent_away_in_the_end(hall):
    hall.phones(*class_of(26))
    for _ in range(BURST):
        hall.ask("10.0.0.99")

    def pass_it():  # a turn comes, and another request of the address has it
        hall.turns._pace.block("10.0.0.99", 2.0)

    hall.during, begun = pass_it, hall.clock.now
    assert hall.ask("10.0.0.99") > 0
    assert LONGEST <= hall.clock.now - begun <= LONGEST + 4 and hall.turns._waiting == {}


def test_a_teacher_and_the_machine_itself_never_wait(hall):
    hall.phones(*class_of(26))
    assert {hall.ask("10.0.0.1", spared=True) for _ in range(10 * BURST)} == {0.0} and hall.slept == []


def test_nobody_waits_behind_a_school_s_one_address(hall):
    hall.phones(*((f"eleve-{i}", "10.9.9.9") for i in range(26)))
    assert {hall.ask("10.9.9.9") for _ in range(5_000)} == {0.0}
    assert {hall.ask("10.9.9.10") for _ in range(5_000)} == {0.0} and hall.slept == []


def test_an_address_has_as_much_as_the_phones_it_may_hide(hall):
    """Half the class behind an access point, the others at addresses of their own: nobody of them waits."""
    hall.phones(*class_of(16), *((f"autre-{i}", "10.0.1.1") for i in range(14)))
    assert hall.crowd.counts_for("10.0.1.1") == 14
    assert {hall.ask("10.0.1.1") for _ in range(13 * BURST)} == {0.0} and hall.slept == []


def test_sockets_held_open_do_not_make_a_laptop_a_class(hall):
    hall.phones(*class_of(26), *((f"faux-{i}", "10.0.0.99") for i in range(300)))
    assert hall.crowd.counts_for("10.0.0.99") <= 26


@pytest.mark.parametrize("phones", range(FLAT - 1, FLAT + 8))
def test_a_network_is_flat_once_half_the_class_shows_it(hall, phones):
    hall.phones(*class_of(phones))
    assert (hall.crowd.counts_for("10.0.0.99") is not None) == (phones >= 13)
