"""The pace of a room is the room's, whoever serves it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from scale.farm import Ear, Worker, farm

pytestmark = pytest.mark.server
#: Questions a second in the room: a burst of as many, then this rate.
RATE = 2


def test_two_workers_let_in_no_more_than_one(tmp_path: Path) -> None:
    """Both are asked all the time, for some seconds; of all that arrived, none came sooner than the rate lets it."""
    told: Counter[str] = Counter()
    with farm(tmp_path / "farm", rooms=1, settings={"KIOSK_LIMITS_ROOM_PER_SECOND": str(RATE)}) as made:
        ((code,),) = made.rows("SELECT code FROM room WHERE name = 'Banc 0'")

        def press(which: int, worker: Worker) -> None:
            ear = Ear(worker, "/phone", device=f"un-appareil-presse-{which}", room=code)
            until = time.monotonic() + 5
            asked = 0
            while time.monotonic() < until:
                asked += 1
                answer = ear.ask("ask", id=f"presse-{which}-{asked}", text=f"Combien, {which} et {asked} ?")
                told["in" if answer["ok"] else answer["error"]["code"]] += 1
                time.sleep(0.05)  # no faster than one device may
            ear.close()

        both = [threading.Thread(target=press, args=one) for one in enumerate(made.workers)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        came = [at for (at,) in made.rows("SELECT created_at FROM question WHERE id LIKE 'presse-%%' ORDER BY number")]
    assert len(came) == told["in"] > 2 * RATE and set(told) == {"in", "room_too_fast"}, told
    assert all(later - at >= 1_000 for at, later in zip(came, came[2 * RATE :])), came
