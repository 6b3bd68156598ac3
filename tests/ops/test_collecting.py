"""Full collections wait for a quiet moment, but not while memory grows."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from kiosk.ground.events import AlertChanged
from kiosk.ops import collecting


class Cycle:
    """Something that only a full collection frees, and ``size`` bytes with it."""

    def __init__(self, size):
        self.itself = self
        self.weight = b"x" * size  # written, so that the system counts it


@pytest.fixture
def busy(kiosk, monkeypatch):
    """A kiosk where something happens all the time; a collector that waits for half a second of quiet."""
    monkeypatch.setattr(collecting, "PERIOD", 0.02)
    monkeypatch.setattr(collecting, "QUIET", 0.5)
    monkeypatch.setattr(collecting, "GROWN", 16 << 20)
    over = threading.Event()

    def happen():
        while not over.is_set():
            kiosk.bus.publish([AlertChanged()])
            time.sleep(0.002)

    task = threading.Thread(target=happen)
    gc.disable()
    yield collecting.Collector(kiosk), task.start, over.set
    over.set()
    if task.ident:
        task.join(5)
    gc.enable()


def collects(collector, seconds):
    """Whether a turn comes to its end within that time."""
    turn = threading.Thread(target=collector.turn)
    turn.start()
    turn.join(seconds)
    return turn, not turn.is_alive()


def test_a_quiet_moment_is_waited_for(busy):
    collector, begin, end = busy
    begin()
    gone = weakref.ref(Cycle(1))
    turn, done = collects(collector, 1.0)
    assert not done and gone() is not None
    end()
    turn.join(5)
    assert not turn.is_alive() and gone() is None


def test_memory_that_grows_is_not_left_to_grow(busy):
    collector, begin, _end = busy
    begin()
    gone = weakref.ref(Cycle(64 << 20))
    _turn, done = collects(collector, 5)
    assert done and gone() is None
