"""What phones are told stays small and rare, whatever the length of the list."""

from __future__ import annotations

import json
import time

from factories import make_question, settle
from kiosk.domain import rooms
from kiosk.domain.questions import moderation, questions
from kiosk.web.live.outbound import PHONE_PERIOD, _Pace

NUMBER = 200


def size(name, data):
    return len(json.dumps([name, data], separators=(",", ":"), ensure_ascii=False).encode())


def many(kiosk, room):
    for n in range(NUMBER):
        make_question(
            kiosk, room, f"q{n}", f"Une question numéro {n} ?", author=f"auteur-{n}", after=moderation.approve
        )


def test_updates_are_small_whatever_the_list(kiosk, room, phone):
    many(kiosk, room)
    one = phone("appareil-1")
    settle(kiosk)
    time.sleep(2 * PHONE_PERIOD)
    one.heard()
    one.seen.clear()

    def burst(tx):
        for n in range(NUMBER):
            questions.set_support(tx, room, f"q{n}", f"d{n % 7}", True)

    kiosk.write(burst)
    make_question(kiosk, room, "nouvelle", after=moderation.approve)
    told: dict[int, int] = {}  # number → votes
    end = time.monotonic() + 15
    while len(told) < NUMBER:
        assert time.monotonic() < end, len(told)
        for delta in one.heard("changed"):
            told.update(dict(delta.get("votes", [])))
        time.sleep(0.05)
    assert max(size("changed", delta) for delta in one.heard("changed")) <= 250
    assert told == {n: 1 for n in range(1, NUMBER + 1)}
    revs = [delta["rev"] for delta in one.heard("changed")]
    assert revs == sorted(revs)


def test_votes_are_told_together_at_most_twice_a_second(kiosk, room, phone):
    make_question(kiosk, room, "q1", after=moderation.approve)
    one = phone("appareil-1")
    settle(kiosk)
    time.sleep(2 * PHONE_PERIOD)
    one.heard()
    one.seen.clear()
    start = time.monotonic()
    for n in range(60):
        kiosk.write(lambda tx: questions.set_support(tx, room, "q1", f"d{n}", True))
        time.sleep(0.02)
    spent = time.monotonic() - start
    time.sleep(PHONE_PERIOD + 0.2)
    updates = one.heard("changed")
    assert 2 <= len(updates) <= spent / PHONE_PERIOD + 2
    assert updates[-1]["votes"] == [[1, 60]]


def test_a_quiet_room_tells_nothing(kiosk, room, phone):
    one = phone("appareil-1")
    settle(kiosk)
    time.sleep(2 * PHONE_PERIOD)
    before = len(one.heard())
    time.sleep(2 * PHONE_PERIOD)
    assert len(one.heard()) == before


def test_a_delta_holds_only_what_moved(kiosk, room, phone):
    one = phone("appareil-1")
    settle(kiosk)
    time.sleep(2 * PHONE_PERIOD)
    one.heard()
    one.seen.clear()
    kiosk.write(lambda tx: rooms.set_intake(tx, room, "paused"))
    assert one.wait("changed") == {"rev": rooms.view(room).rev, "intake": "paused"}


def test_a_slow_round_of_phones_is_never_overtaken(kiosk, room):
    """Two rounds at once would leave some phones with the older word; what is asked meanwhile is not lost."""
    begun, inside, worst = [], [], []

    def slow(room_id):
        begun.append(room_id)
        inside.append(room_id)
        worst.append(len(inside))
        time.sleep(0.05)
        inside.remove(room_id)

    pace = _Pace(kiosk, 0.01, slow)
    for _round in range(4):
        pace.ask(room)
        time.sleep(0.03)
    end = time.monotonic() + 5
    while len(begun) < 2 or inside:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert max(worst) == 1
    rounds = len(begun)
    pace.ask(room)
    while len(begun) == rounds or inside:
        assert time.monotonic() < end
        time.sleep(0.01)
