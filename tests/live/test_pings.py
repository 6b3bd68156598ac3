"""Every socket is asked for a sign of life, by one task for all of them; who is gone costs nothing more."""

from __future__ import annotations

import gc
import queue
import threading
import time
import weakref

import engineio
import pytest
from engineio import packet
from engineio.socket import Socket

from kiosk.web.live.pings import APART, Pings
from kiosk.web.live.wire import Journal

INTERVAL = 0.2


@pytest.fixture
def server():
    # Without a logger it sets the level of its own for the whole process.
    return engineio.Server(async_mode="threading", ping_interval=INTERVAL, ping_timeout=1, logger=Journal())


@pytest.fixture
def tasks():
    return []


@pytest.fixture
def pings(tasks):
    def spawn(target):
        tasks.append(threading.Thread(target=target, daemon=True))
        tasks[-1].start()

    return Pings(INTERVAL, spawn, time.sleep)


def enters(server, pings, name):
    """As Engine.IO lets a socket in: made, adopted, first ping asked."""
    socket = server.sockets[name] = Socket(server, name)
    pings.adopt(socket)
    socket.schedule_ping()
    return socket


def pinged(socket, seconds=5.0):
    """Whether a ping comes within `seconds`."""
    try:
        return socket.queue.get(timeout=seconds).packet_type == packet.PING
    except queue.Empty:
        return False


def test_a_ping_comes_an_interval_after_each_answer(server, pings):
    socket = enters(server, pings, "a")
    for _time in range(3):
        begun = time.monotonic()
        assert pinged(socket)
        assert time.monotonic() - begun > INTERVAL - 0.1
        assert not pinged(socket, 2 * INTERVAL), "a ping without an answer to the last"
        socket.receive(packet.Packet(packet.PONG))


def test_one_task_serves_all_and_ends_with_the_last(server, pings, tasks):
    sockets = [enters(server, pings, f"s{number}") for number in range(50)]
    assert all(pinged(socket) for socket in sockets)
    tasks[-1].join(5)
    assert len(tasks) == 1 and not tasks[0].is_alive()
    sockets[7].receive(packet.Packet(packet.PONG))
    assert pinged(sockets[7])
    assert len(tasks) == 2


def test_who_does_not_answer_is_closed_at_the_next_word(server, pings):
    socket = enters(server, pings, "a")
    assert pinged(socket)
    socket.last_ping -= 5
    socket.send(packet.Packet(packet.NOOP))
    assert socket.closed


def test_a_closed_socket_is_not_pinged_and_one_that_fails_does_not_stop_the_others(server, pings):
    gone, broken, kept = (enters(server, pings, name) for name in ("gone", "broken", "kept"))
    gone.closed = True
    broken.queue = None
    assert pinged(kept)
    assert gone.queue.empty()


def test_a_socket_that_left_is_not_held(server, pings):
    held = weakref.ref(enters(server, pings, "a"))
    del server.sockets["a"]
    gc.collect()
    assert held() is None


def test_those_that_leave_together_leave_one_after_the_other(server):
    ends: list[float] = []
    pings = Pings(INTERVAL, lambda target: None, lambda seconds: ends.append(time.monotonic() + seconds))
    begun = time.monotonic()
    for number in range(20):
        socket = server.sockets[str(number)] = Socket(server, str(number))
        pings.adopt(socket)
        socket.take_turn()
    assert ends[-1] - begun >= 19 * APART
    time.sleep(20 * APART)
    ends.clear()
    socket.take_turn()
    assert ends == []  # alone: at once
