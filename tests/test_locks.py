"""Locks made before eventlet patches are exchanged for some that greenlets may wait for, as by eventlet itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.engine import locks

ROOT = Path(__file__).resolve().parent.parent
#: What a program of ours has made before the engine is activated, and which locks are left after it.
LEFT = """
import gc, logging, threading
kind = type(threading.RLock())
class Holder:
    pass
one = Holder()
one.lock, one.several, one.named = threading.RLock(), [threading.RLock()], {"a": threading.RLock()}
Holder.of_all = one.again = one.lock
from kiosk import versions
from kiosk.engine import activate
activate("eventlet")
held = [one.lock, one.several[0], one.named["a"], Holder.of_all, logging._lock, threading._active_limbo_lock]
print([type(lock) is kind for lock in held], one.again is one.lock is Holder.of_all)
gc.unfreeze()
gc.collect()
print(sum(type(each) is kind for each in gc.get_objects()))
"""


def test_no_lock_made_before_is_left():
    done = subprocess.run(
        [sys.executable, "-c", LEFT], cwd=ROOT, capture_output=True, text=True, timeout=60, env={"PATH": ""}
    )
    assert done.stdout.splitlines() == [f"{[False] * 6} True", "0"], done.stderr


class Old:
    pass


@pytest.mark.parametrize("place", [dict, list, object])
def test_each_place_gets_the_same_new_one(place):
    old, new = Old(), object()

    class Holder:
        held: object

    holder = Holder()
    holder.held = {"a": old, "b": 1} if place is dict else [1, old, old] if place is list else old
    locks.exchange(Old, lambda one: new if one is old else one)
    expected = {"a": new, "b": 1} if place is dict else [1, new, new] if place is list else new
    assert holder.held == expected


def test_another_eventlet_keeps_its_own_way():
    other = type(sys)("other")
    locks.found_by_collector(other)
    assert vars(other).keys() == vars(type(sys)("other")).keys()
