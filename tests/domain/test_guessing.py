"""Guesses of the code: ten days on average whoever guesses, the rightful one in within five seconds, devices known."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import refused
from kiosk.domain.people import guessing, known
from kiosk.domain.people.guessing import BURST, CALM, KEPT, MOST, PATIENCE, RATE, SPARED, Guesses
from kiosk.domain.people.knocking import MOST as MOST_KNOCKS
from kiosk.domain.people.knocking import SECONDS, WORDS, Knocks
from kiosk.ground.errors import KioskError
from kiosk.storage.models import KnownDevice

DAY = 86_400


class Time:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def guesses(clock):
    return Guesses(clock)


def tried(guesses, device, address, **how):
    """A wrong code: the seconds it was held, or the code of its refusal."""
    try:
        wait = guesses.attempt(device, address, **how)
    except KioskError as error:
        return error.code
    guesses.missed(device, address)
    return wait


def test_the_arithmetic_of_ten_days():
    """A code drawn among a million is found after 500,000 tries on average; what all lanes compare in ten days."""
    assert sum(RATE.values()) * 10 * DAY + sum(BURST.values()) + 2 < 500_000


@pytest.mark.parametrize("addresses", [1, 40, 4000])
def test_a_simulated_flood_compares_no_more_than_the_bound(clock, addresses):
    """Everything a class can do at once, for two hours: fresh tokens, many addresses, the machine, a stolen device."""
    guesses, chance = Guesses(clock), random.Random(addresses)
    compared = 0
    for second in range(2 * 3600):
        clock.now += 1
        for n in range(6):
            how = chance.choice([{}, {}, {"old": True}, {"here": True}, {"known": True}])
            device = f"d{second}-{n}" if chance.random() < 0.8 else f"stable-{chance.randrange(200)}"
            compared += not isinstance(tried(guesses, device, f"a{chance.randrange(addresses)}", **how), str)
    assert compared <= sum(RATE.values()) * 2 * 3600 + sum(BURST.values()) + 2
    assert 500_000 / (compared / (2 * 3600)) >= 10 * DAY * 0.985  # the bursts count for this much in two hours
    assert len(guesses._devices) <= MOST and len(guesses._addresses) <= MOST


@pytest.mark.parametrize("a_second", [4, 400])
def test_one_phone_that_guesses_leaves_the_tablet_its_try_at_once(clock, guesses, a_second):
    """The reading's case: 15 right codes of 20 were refused. Fresh tokens each time, an address of its own."""
    for tenth in range(3000):
        clock.now += 0.1
        for n in range(max(1, a_second // 10)):
            tried(guesses, f"jeton-{tenth}-{n}", "10.0.0.66", old=True)
        if tenth % 150 == 149:
            assert guesses.attempt(f"tablette-{tenth}", f"10.0.1.{tenth // 150}") == 0.0


def test_a_whole_class_that_guesses_leaves_the_tablet_its_try(clock, guesses):
    """Thirty phones, each its own address, from the first instant."""
    for second in range(600):
        clock.now += 1
        for n in range(30):
            tried(guesses, f"jeton-{second}-{n}", f"10.0.0.{n}", old=True)
        if second % 20 == 19:
            assert guesses.attempt(f"tablette-{second}", f"10.0.2.{second // 20}") <= PATIENCE


def test_two_slips_of_the_teacher_change_nothing(clock, guesses):
    for n in range(2000):
        clock.now += 0.01
        tried(guesses, f"j{n}", "10.0.0.66")
    assert [tried(guesses, "tablette", "10.0.0.7") for _slip in range(CALM - 1)] == [0.0] * (CALM - 1)
    assert guesses.attempt("tablette", "10.0.0.7") == 0.0


def test_a_known_device_and_the_machine_have_tries_of_their_own(clock, guesses):
    for n in range(2000):
        tried(guesses, f"j{n}", "a")
    assert refused("pin_locked", guesses.attempt, "neuf", "a").values["seconds"] >= 1
    assert guesses.attempt("tablette", "a", known=True) == 0.0
    assert guesses.attempt("clavier", "a", here=True) == 0.0
    for lane in ({"known": True}, {"here": True}):
        for n in range(100):
            tried(guesses, f"k{n}", "a", **lane)
    refused("pin_locked", guesses.attempt, "k999", "a", known=True)
    assert guesses.attempt("ailleurs", "b") == 0.0


def test_behind_one_address_a_phone_that_keeps_its_token_leaves_room(clock, guesses):
    """What can hold behind a shared address: guesses that do not renew their tokens."""
    for n in range(600):
        clock.now += 0.25
        tried(guesses, f"fidele-{n % 30}", "nat", old=True)
    assert guesses.attempt("tablette", "nat", old=True) == 0.0


def test_five_wrong_codes_lock_the_device_longer_and_longer(clock, guesses):
    assert [guesses.left("d1")] + [tried(guesses, "d1", f"a{n}") for n in range(5)] == [5, 0, 0, 0, 0, 0]
    waits = []
    for n in range(7):
        waits.append(refused("pin_locked", guesses.attempt, "d1", "b").values["seconds"])
        clock.now += waits[-1]
        guesses.missed("d1", f"c{n}")
    assert (waits, guesses.left("d1")) == ([30, 60, 120, 240, 480, 900, 900], 0)
    guesses.found("d1")
    assert guesses.left("d1") == 5


def test_an_address_is_calm_again_after_an_hour(clock, guesses):
    for n in range(CALM):
        tried(guesses, f"d{n}", "a")
    assert guesses.misses_of("a") == CALM
    clock.now += 3601
    assert guesses.misses_of("a") == 0
    tried(guesses, "d", "a")
    assert guesses.misses_of("a") == 1


def test_the_burst_is_shared_in_this_order(clock, guesses):
    for name in range(CALM):
        tried(guesses, f"x{name}", "a")
    kinds = {"missed": 0, "fresh": 0, "calm": 0}
    guesses._devices["missed"] = (1, 0.0)
    for kind, how in (("missed", {"old": True}), ("fresh", {"old": True}), ("calm", {})):
        for n in range(100):
            try:
                device, address = "missed" if kind == "missed" else f"{kind}{n}", f"b{n}" if kind == "calm" else "a"
                guesses.attempt(device, address, **how)
            except KioskError:
                break
            kinds[kind] += 1
    assert kinds == {"missed": 30 - CALM - SPARED - KEPT, "fresh": KEPT, "calm": SPARED + 2}  # two booked ahead


def test_the_teacher_is_told_silences_and_shuts(clock, guesses):
    for n in range(5):
        tried(guesses, f"d{n}", "a")
    assert guesses.told() is None
    clock.now += 90
    tried(guesses, "d9", "a")
    told = guesses.told()
    assert (told.tries, told.minutes, told.closed) == (6, 2, False)
    guesses.silence()
    assert guesses.told() is None
    guesses.close(True)
    assert guesses.told().closed is True
    refused("pin_closed", guesses.attempt, "neuf", "z")
    assert guesses.attempt("tablette", "z", known=True) == guesses.attempt("clavier", "z", here=True) == 0.0
    guesses.close(False)
    assert guesses.attempt("neuf", "z") == 0.0
    clock.now += 3601
    assert guesses.told() is None  # they stopped


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 8), st.integers(0, 4), st.sampled_from(["", "here", "known", "old"]), st.floats(0, 20)
        ),
        max_size=120,
    )
)
def test_whatever_the_order_no_lane_passes_its_bound(acts):
    clock = Time()
    guesses, passed = Guesses(clock), dict.fromkeys(RATE, 0)
    begun = clock.now
    for device, address, how, pause in acts:
        clock.now += pause
        lane = how if how in RATE else "away"
        wait = tried(guesses, f"d{device}", f"a{address}", **({how: True} if how else {}))
        if not isinstance(wait, str):
            assert 0 <= wait <= PATIENCE
            passed[lane] += 1
        spent = clock.now - begun
        assert all(n <= BURST[name] + RATE[name] * (spent + PATIENCE) + 1 for name, n in passed.items())


# -- devices where the code was right --------------------------------------------------------------


def test_a_device_is_known_for_thirty_days_by_a_hash(kiosk, write):
    kiosk.database.use()
    now = kiosk.clock.now()
    write(known.remember, "jeton-de-la-tablette")
    assert known.knows("jeton-de-la-tablette", now + 1000) and known.number(now + 1000) == 1
    assert not known.knows("jeton-de-la-tablette", now + known.KNOWN_MS + 5000)
    assert not known.knows("jeton-de-la-tablette", now - 3_600_000)  # dated in the future: a clock went wrong
    assert not known.knows("", now) and not known.knows("autre", now)
    held: Any = KnownDevice.select().dicts().get()  # peewee's types see a model there still
    assert "jeton" not in str(held) and len(held["token_hash"]) == 64
    write(known.remember, "suivant", "jeton-de-la-tablette")
    assert [known.knows(t, now + 1000) for t in ("jeton-de-la-tablette", "suivant")] == [False, True]
    write(known.forget)
    assert known.number(now + 1000) == 0


def test_the_devices_known_have_an_end(kiosk, write):
    kiosk.database.use()
    for n in range(known.MOST + 3):
        write(known.remember, f"appareil-{n}")
    now = kiosk.clock.now() + 1000
    assert known.number(now) == known.MOST
    assert [known.knows(f"appareil-{n}", now) for n in (0, 2, 3, known.MOST + 2)] == [False, False, True, True]


# -- « laisser entrer » ----------------------------------------------------------------------------


def test_a_device_that_asks_keeps_its_word_and_comes_in_once(clock):
    knocks = Knocks(clock)
    one = knocks.knock("tablette", "a", lambda address: 0)
    assert knocks.knock("tablette", "a", lambda address: 0) == one
    assert one.word.split()[0] in WORDS and not knocks.come_in("tablette")
    knocks.let_in(one.id)
    assert [knocks.come_in("autre"), knocks.come_in("tablette"), knocks.come_in("tablette")] == [False, True, False]
    refused("knock_gone", knocks.let_in, one.id)


def test_asking_ends_and_can_be_refused(clock):
    knocks = Knocks(clock)
    one, two = (knocks.knock(name, name, lambda address: 0) for name in "ab")
    knocks.refuse(one.id)
    assert knocks.waiting() == [two]
    knocks.let_in(two.id)
    clock.now += SECONDS
    assert not knocks.come_in("b") and knocks.waiting() == []


def test_those_who_guess_give_way_and_an_address_asks_once(clock):
    knocks = Knocks(clock)
    for n in range(1000):
        knocks.knock(f"jeton-{n}", "eleve", {"eleve": 9}.__getitem__)
    assert len(knocks.waiting()) == 1
    for n in range(MOST_KNOCKS - 1):
        knocks.knock(f"d{n}", f"a{n}", lambda address: 5)
    refused("too_many_knocks", knocks.knock, "encore", "autre", lambda address: 5)
    mine = knocks.knock("tablette", "prof", lambda address: 0 if address == "prof" else 5)
    assert mine in knocks.waiting() and len(knocks.waiting()) == MOST_KNOCKS
    assert len({k.word for k in knocks.waiting()}) == MOST_KNOCKS


def test_no_two_words_begin_alike():
    assert len({word[0] for word in WORDS}) == len(WORDS)
    assert guessing.MEMORY >= 3600
