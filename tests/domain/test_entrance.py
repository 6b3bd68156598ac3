"""Guesses and knocks of two workers on one database: together they allow what one allows, and keep no address."""

from __future__ import annotations

import json

import pytest

from factories import refused
from kiosk.domain import stored
from kiosk.domain.people.entrance import KEY, Entrance
from kiosk.domain.people.guessing import BURST, FREE, KEPT, LONGEST, SPARED, WAIT
from kiosk.ground.errors import KioskError


@pytest.fixture
def two(kiosk):
    """What two workers hold."""
    return [Entrance(kiosk.write, kiosk.clock, kiosk.secrets.key) for _worker in range(2)]


def tried(entrance, device, address):
    try:
        entrance.guesses.attempt(device, address, old=True)
    except KioskError as error:
        return error.code
    entrance.guesses.missed(device, address)
    return "pin_wrong"


def test_a_guesser_who_goes_from_one_to_the_other_gets_no_more_tries(two):
    said = [tried(two[n % 2], f"jeton-{n}-tout-neuf", "10.0.0.66") for n in range(3 * BURST["away"])]
    alone = BURST["away"] - SPARED
    assert alone <= said.count("pin_wrong") <= alone + 2, "two: seconds that the test itself may take"


def test_a_device_that_missed_by_one_waits_by_the_other(two):
    here, there = two
    for _time in range(FREE):
        assert tried(here, "un-appareil", "10.0.0.66") == "pin_wrong"
    there.look()
    assert there.guesses.left("un-appareil") == 0 and there.guesses.left("un-autre") == FREE
    error = refused("pin_locked", there.guesses.attempt, "un-appareil", "10.0.0.7", old=True)
    assert 0 < error.values["seconds"] <= WAIT
    here.guesses.found("un-appareil")
    there.look()
    assert there.guesses.left("un-appareil") == FREE


def test_who_missed_at_an_address_leaves_the_others_their_tries(two):
    """The address counts by the worker that saw it, whatever the clock of the shared book."""
    here, _there = two
    while tried(here, f"jeton-{here.guesses.misses_of('10.0.0.66')}", "10.0.0.66") == "pin_wrong":
        pass
    assert here.guesses.misses_of("10.0.0.66") >= BURST["away"] - SPARED - KEPT
    assert here.guesses.attempt("une-tablette", "10.0.0.7") == 0.0


def test_the_door_shut_by_one_is_shut_by_all_and_both_panels_tell(two):
    here, there = two
    here.guesses.close(True)
    refused("pin_closed", there.guesses.attempt, "un-appareil", "10.0.0.7")
    there.look()
    told = there.guesses.told()
    assert told is not None and told.closed
    there.guesses.close(False)
    here.look()
    assert here.guesses.told() is None and here.guesses.attempt("un-appareil", "10.0.0.7") == 0.0
    for n in range(8):
        tried(two[n % 2], f"jeton-{n}-tout-neuf", "10.0.0.66")
    here.look()
    assert here.guesses.told().tries == 8
    here.guesses.silence()
    there.look()
    assert there.guesses.told() is None


def test_who_knocks_by_one_is_let_in_by_the_other_under_one_word(two):
    here, there = two
    asked = there.knocks.knock("la-tablette", "10.0.0.7", there.guesses.misses_of)
    other = here.knocks.knock("un-telephone", "10.0.0.66", here.guesses.misses_of)
    assert asked.word != other.word and there.knocks.knock("la-tablette", "10.0.0.9", len).word == asked.word
    here.look()
    assert [(one.id, one.word) for one in here.knocks.waiting()] == [(asked.id, asked.word), (other.id, other.word)]
    here.knocks.let_in(asked.id)
    assert not there.knocks.come_in("un-telephone")
    there.look()
    assert there.knocks.come_in("la-tablette") and not there.knocks.come_in("la-tablette")
    here.look()
    assert not here.knocks.come_in("la-tablette") and [one.id for one in here.knocks.waiting()] == [other.id]
    there.knocks.refuse(other.id)
    refused("knock_gone", here.knocks.let_in, other.id)


def test_what_is_kept_holds_no_address_nor_device_and_goes(two, kiosk):
    here, there = two
    tried(here, "un-appareil-qui-essaie", "10.0.0.66")
    there.knocks.knock("la-tablette-qui-frappe", "10.0.0.7", there.guesses.misses_of)
    kept = json.dumps(stored.get(KEY))
    assert "10.0.0" not in kept and "appareil" not in kept and "tablette" not in kept
    kiosk.clock.correct(kiosk.clock.now() + 2 * 3600 * 1000, "teacher")
    here.look()
    here.tidy()
    assert stored.get(KEY) is None


def test_a_clock_put_back_shuts_nobody_out(two, kiosk):
    here, there = two
    for n in range(BURST["away"]):
        tried(here, f"jeton-{n}-tout-neuf", "10.0.0.66")
    kiosk.clock.correct(kiosk.clock.now() - 24 * 3600 * 1000, "teacher")
    fresh = Entrance(kiosk.write, kiosk.clock, kiosk.secrets.key)
    try:
        fresh.guesses.attempt("une-tablette", "10.0.0.7")
    except KioskError as error:
        assert error.values["seconds"] < LONGEST / 4
