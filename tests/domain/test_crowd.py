"""What a room may hold whatever tokens are shown: one laptop beside a class, a school behind one address, memory."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_question, make_room, make_session, refused
from kiosk.domain import rooms
from kiosk.domain.people.presence import SETTLED, Presence, There
from kiosk.domain.questions import crowd as crowds
from kiosk.domain.questions import moderation
from kiosk.domain.questions.crowd import MOST_ADDRESSES, MOST_WAITING, Crowd, margin
from kiosk.ground.errors import KioskError


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Hall:
    """A room's counters alone: who comes, asks and supports, on a clock of ours."""

    def __init__(self, room, **bounds):
        self.room, self.clock = room, Time()
        self.presence = Presence(self.clock)
        self.crowd = Crowd(self.presence, monotonic=self.clock, **bounds)

    def phones(self, *places):
        for device, address in places:
            self.presence.connected(self.room, device, address)
        self.clock.now += SETTLED

    def ask(self, device, address):
        """The bound on the device's earlier questions; -1 when refused."""
        try:
            with self.crowd.asking(self.room, device, address) as place:
                return place.most
        except KioskError as error:
            assert error.code == "list_full"
            return -1

    def support(self, device, address, key="q1", on=True, old=True):
        try:
            with self.crowd.backing(self.room, device, address, key, on, old=old) as most:
                return most
        except KioskError as error:
            return error.code


@pytest.fixture
def hall(kiosk, room):
    """Room « Salle 12 », 26 pupils said."""
    kiosk.database.use()
    return Hall(room)


def class_of(n, first=2):
    return [(f"eleve-{i}", f"10.0.0.{first + i}") for i in range(n)]


# -- questions -------------------------------------------------------------------------------------


def test_one_laptop_fills_a_share_of_the_list_and_the_class_is_never_refused(hall):
    hall.phones(*class_of(26), *((f"faux-{i}", "10.0.0.99") for i in range(400)))
    passed = sum(hall.ask(f"faux-{i}", "10.0.0.99") >= 0 for i in range(5000))
    assert passed <= 10 * (margin(28) + 26 - 20)  # 10 × what is left of the class, not 10 × 400
    assert {hall.ask(d, a) for d, a in class_of(26) for _ in range(9)} <= {0, 10}  # nine each, not three
    assert hall.crowd.full(hall.room).refused == 5000 - passed


def test_tokens_without_a_socket_do_not_raise_the_ceiling(hall):
    hall.phones(("eleve-2", "10.0.0.3"))
    passed = sum(hall.ask(f"jeton-{i}", "10.0.0.99") >= 0 for i in range(3000))
    assert passed <= 300
    for n in range(400):
        hall.ask(f"autre-{n}", f"10.0.{1 + n // 250}.{n % 250}")
    assert hall.crowd.full(hall.room).now
    assert hall.ask("eleve-1", "10.0.0.2") == 3  # an address where nobody is: its first three
    assert [hall.ask("eleve-2", "10.0.0.3") for _ in range(4)] == [3, 3, 3, -1]


def test_a_socket_counts_after_some_seconds_only(hall):
    for n in range(500):
        hall.presence.connected(hall.room, f"faux-{n}", "10.0.0.99")
    assert hall.presence.there(hall.room).total() == 0
    hall.clock.now += SETTLED
    assert hall.presence.there(hall.room).total() == 500


def test_an_amphitheatre_behind_one_address_asks_at_once(kiosk, write):
    make_session(kiosk, "S2")
    room = make_room(kiosk, "Amphi", session_id="S2", headcount=0)
    kiosk.database.use()
    hall = Hall(room)
    hall.phones(*((f"tel-{n}", "10.9.9.9") for n in range(500)))
    assert {hall.ask(f"tel-{n % 500}", "10.9.9.9") for n in range(2700)} == {0}


def test_who_holds_most_is_refused_first(hall):
    hall.phones(*class_of(26))
    passed = [hall.ask("eleve-0", "10.0.0.2") for _ in range(225)]
    assert (passed.count(0), passed[80:]) == (75, [-1] * 145)  # a quarter of the list, while nobody else writes
    assert {hall.ask(d, a) for d, a in class_of(25, 3) for _ in range(8)} == {0, 10}  # the others: their share


def test_the_ceiling_follows_the_class_and_has_an_end(kiosk, write):
    make_session(kiosk, "S2")
    ceilings = []
    for headcount in (0, 26, 100, 500):
        room = make_room(kiosk, f"Salle {headcount}", session_id="S2", headcount=headcount)
        kiosk.database.use()
        hall = Hall(room)
        hall.ask("a", "x")
        ceilings.append(hall.crowd._books[room].ceiling)
    hall.phones(*((f"t{n}", f"10.0.{n % 250}.{n // 250}") for n in range(2000)))
    hall.clock.now += 10
    hall.ask("a", "x")
    assert [*ceilings, hall.crowd._books[room].ceiling] == [300, 300, 1000, 5000, MOST_WAITING]


def test_what_the_teacher_deals_with_makes_room_again(kiosk, write, room):
    kiosk.database.use()
    hall = Hall(room, least=10, per_pupil=1)
    ceiling = 26
    for n in range(ceiling):
        assert hall.ask(f"d{n}", f"a{n}") >= 0
        make_question(kiosk, room, f"q{n}", author=f"d{n}")
    assert [hall.ask(f"autre-{n}", "a0") for n in range(4)] == [3, 3, 3, -1]
    full = hall.crowd.full(room)
    assert full is not None and full.now is True
    for n in range(ceiling):
        write(moderation.set_aside, room, f"q{n}", reason="hors_sujet")
    hall.clock.now += 1
    assert hall.ask("trop", "a0") == 0
    hall.clock.now += 61
    assert hall.crowd.full(room) is None


def test_a_refusal_inside_counts_for_nothing(hall):
    for _ in range(1000):
        with pytest.raises(KioskError), hall.crowd.asking(hall.room, "d", "a"):
            raise KioskError("question_empty")
    assert hall.crowd._books[hall.room].waiting == 0 and hall.ask("d", "a") == 0


def test_a_new_session_starts_from_nothing(kiosk, write, hall):
    for n in range(400):
        hall.ask(f"d{n}", "a")
    assert hall.ask("d", "a") == -1
    make_session(kiosk, "S2")
    write(rooms.choose_session, hall.room, "S2", class_label="3e", headcount=20)
    hall.clock.now += 1
    assert hall.ask("d", "a") == 0


# -- supports and answers ----------------------------------------------------------------------------


def test_one_laptop_gives_what_is_left_of_the_class_to_a_question(hall):
    hall.phones(*class_of(26), *((f"faux-{i}", "10.0.0.99") for i in range(443)))
    given = sum(isinstance(hall.support(f"faux-{i}", "10.0.0.99"), int) for i in range(443))
    assert given <= margin(28) + 2  # what 26 phones seen elsewhere leave of the class, and the margin
    assert [hall.support(d, a) for d, a in class_of(26)] == [0] * 26  # each address's first: always


def test_a_class_behind_one_address_supports_whole_and_no_more(hall):
    hall.phones(*((f"tel-{n}", "10.9.9.9") for n in range(26)))
    answers = [hall.support(f"tel-{n}", "10.9.9.9") for n in range(26)]
    assert [one for one in answers if isinstance(one, str)] == []
    more = [hall.support(f"faux-{n}", "10.9.9.9") for n in range(400)]
    assert sum(isinstance(one, int) for one in more) <= 2 + margin(28)
    assert more[-1] == "support_full"


def test_a_support_taken_back_makes_room_and_twice_is_once(hall):
    bound = 26 + margin(26)
    for n in range(bound):
        assert isinstance(hall.support(f"d{n}", "a"), int)
        assert isinstance(hall.support(f"d{n}", "a"), int)
    assert hall.support("trop", "a") == "support_full"
    hall.support("inconnu", "a", on=False)
    assert hall.support("trop", "a") == "support_full"
    hall.support("d0", "a", on=False)
    assert isinstance(hall.support("trop", "a"), int)


def test_newcomers_have_few_acts(hall):
    said = [hall.support(f"d{n}", "a", key=f"q{n}", old=False) for n in range(30)]
    assert (said.count("newcomer"), said[:20].count("newcomer")) == (10, 0)
    assert isinstance(hall.support("vieux", "a", key="q99", old=True), int)
    hall.phones(("d-la", "a"))
    assert isinstance(hall.support("d-la", "a", key="q99", old=False), int)


def test_answers_of_the_end_have_the_same_bound(hall):
    hall.phones(*class_of(26))
    done = 0
    for n in range(1629):
        try:
            with hall.crowd.reflecting(hall.room, f"faux-{n}", "10.0.0.99", old=True):
                done += 1
        except KioskError as error:
            assert error.code == "reflections_full"
    assert done <= margin(26)
    for device, address in class_of(26):
        with hall.crowd.reflecting(hall.room, device, address) as most:
            assert most == 0


def test_the_bound_is_held_on_disk_too(kiosk, write, room):
    from kiosk.domain.questions import questions, reflections

    make_question(kiosk, room, "q1", after=moderation.approve)
    for n in range(4):
        write(questions.set_support, room, "q1", f"d{n}", True, most=4)
    refused("support_full", write, questions.set_support, room, "q1", "d9", True, most=4)
    write(questions.set_support, room, "q1", "d3", True, most=4)  # its own, again
    write(rooms.set_phase, room, "reflection")
    write(reflections.submit, room, "a1", job="cheffe", most=1)
    refused("reflections_full", write, reflections.submit, room, "a2", job="chef", most=1)
    write(reflections.submit, room, "a1", job="autre", most=1)


def test_a_question_held_already_passes_a_full_list(write, room):
    from kiosk.domain.questions import questions

    sent = {"id": "q1", "text": "Avez-vous peur ?", "author": "a1"}
    first = write(questions.submit, room, **sent)
    assert not first.known and write(questions.submit, room, **sent, spare=1) == replace(first, known=True)
    refused("list_full", write, questions.submit, room, id="q2", text="Et vous ?", author="a1", spare=1)


# -- memory and time -----------------------------------------------------------------------------------


def test_memory_is_bounded_whatever_is_sent(hall, monkeypatch):
    monkeypatch.setattr(crowds, "MOST_ADDRESSES", 64)
    monkeypatch.setattr(crowds, "MOST_BACKED", 500)
    for n in range(5000):
        hall.ask(f"d{n}", f"a{n}")
        hall.support(f"d{n}", f"a{n}", key=f"q{n % 7}")
        with pytest.raises(KioskError), hall.crowd.backing(hall.room, "x", "y", f"inconnue-{n}", True, old=True):
            raise KioskError("unknown_question")
    book = hall.crowd._books[hall.room]
    assert len(book.sent) <= 65 and len(book.over) <= 65
    assert book.backed == sum(len(d) for by in book.backing.values() for d in by.values()) <= 500
    assert len(book.backing) <= 7


def spent(n):
    """Seconds of processor for ``n`` questions of ``n`` devices and addresses, best of five."""
    best = 1e9
    for _round in range(5):
        clock = Time()
        there = There(clock)
        start = time.process_time()
        for i in range(n):
            there.came(f"d{i}", f"a{i % 300}", old=i % 3 == 0)
            there.total(), there.at(f"a{i}"), there.spread()
            clock.now += 0.001
            there.went(f"d{i - 500}")
        best = min(best, time.process_time() - start)
    return best


def test_the_cost_of_presence_does_not_follow_the_number_of_phones():
    assert spent(20_000) <= 15 * spent(2_000)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["came", "old", "went", "wait"]), st.integers(0, 5), st.integers(0, 2)), max_size=60
    )
)
def test_presence_counts_as_a_plain_list_would(acts):
    """Against the definition, written the slow way."""
    clock = Time()
    there = There(clock)
    open_since: dict[str, tuple[float, str]] = {}
    for act, number, place in acts:
        device, address = f"d{number}", f"a{place}"
        if act == "wait":
            clock.now += 1.3
        elif act == "went":
            there.went(device)
            open_since.pop(device, None)
        elif device not in open_since:
            there.came(device, address, old=act == "old")
            open_since[device] = (clock.now - SETTLED if act == "old" else clock.now, address)
        settled = [a for at, a in open_since.values() if at <= clock.now - SETTLED]
        by = {a: settled.count(a) for a in set(settled)}
        assert (there.total(), there.addresses(), there.spread()) == (
            len(settled),
            by,
            sum(min(n, 2) for n in by.values()),
        )
        assert len(there._arrivals) <= len(acts)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 40), st.integers(0, 400), st.integers(0, 40))
def test_whatever_one_address_does_every_other_gets_its_first_three(pupils, sockets, headcount):
    """The promise, for any class, any number of sockets of one laptop and any headcount."""
    hall = Hall("r")
    hall.crowd = Told(hall.presence, headcount, hall.clock)
    hall.phones(*class_of(pupils), *((f"faux-{i}", "10.0.0.99") for i in range(sockets)))
    for i in range(5300):
        hall.ask(f"faux-{i}", "10.0.0.99")
    assert all(hall.ask(d, a) in (0, 3, 10) for d, a in class_of(pupils) for _ in range(3))
    assert hall.crowd._books["r"].waiting <= MOST_WAITING + 3 * (pupils + sockets + 1)


class Told(Crowd):
    """Is told the headcount, and reads no database."""

    def __init__(self, presence, headcount, clock):
        super().__init__(presence, monotonic=clock)
        self.headcount = headcount

    def _read(self, room_id, book, there, now):
        book.headcount = self.headcount
        book.phones_there = sum(self._weight(book, there, address) for address in there.addresses())
        book.phones = max(self.headcount, book.phones_there, 1)
        book.ceiling = max(300, min(MOST_WAITING, 10 * book.phones))
        return book


def test_addresses_remembered_are_a_bound():
    assert MOST_ADDRESSES < 10_000


def test_messages_kept_apart_take_nobody_s_place(kiosk, room, hall):
    """One laptop writes what must wait for an adult: the class's list stays open, and a pupil's own message is kept."""
    fear = 0

    def ask(device, address, *, guarded):
        nonlocal fear
        with hall.crowd.asking(room, device, address) as place:
            if guarded and not place.apart:
                raise KioskError("list_full", seconds=1)
            fear += guarded
            place.guarded = guarded

    hall.phones(*class_of(26))
    for n in range(600):
        try:
            ask(f"jeton-{n}", "10.0.0.99", guarded=True)
        except KioskError as error:
            assert error.code == "list_full"
    assert fear <= crowds.APART * 300 + crowds.FIRST
    assert hall.crowd.full(room) is None or hall.crowd.full(room).waiting == 0
    for device, address in class_of(26):
        for _time in range(3):
            ask(device, address, guarded=True)
            ask(device, address, guarded=False)


def test_a_room_read_again_counts_them_apart(kiosk, room, hall):
    for n in range(40):
        make_question(kiosk, room, f"w{n}", f"J'ai envie de mourir {n}", author=f"a{n}")
    make_question(kiosk, room, "q", "Une question ?", author="b")
    assert hall.ask("d", "a") == 0
    book = hall.crowd._books[hall.room]
    assert (book.waiting, book.apart) == (2, 40)
