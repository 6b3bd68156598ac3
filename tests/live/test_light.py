"""A WebSocket keeps one task, which reads. What is said leaves in order, waits for no other socket, and is not lost
when it ends.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import engineio
import pytest
from engineio import packet
from engineio.socket import Socket

from kiosk.web.live.pings import Pinged, Pings
from kiosk.web.live.wire import Journal

PATIENCE = 10.0


class Wire:
    """The two ends of a WebSocket: frames ``put`` here are read, what is written comes in ``written``."""

    def __init__(self) -> None:
        self.frames: queue.Queue[str | None] = queue.Queue()
        self.written: queue.Queue[str | None] = queue.Queue()
        self.open, self.writing = threading.Event(), threading.Event()
        self.open.set()
        self.broken = False

    def wait(self) -> str | None:
        return self.frames.get()

    def send(self, frame: str) -> None:
        self.writing.set()
        assert self.open.wait(PATIENCE)
        if self.broken:
            raise OSError
        self.written.put(frame)

    def close(self) -> None:
        self.written.put(None)
        self.frames.put(None)


@pytest.fixture
def tasks() -> list[threading.Thread]:
    return []


@pytest.fixture
def server(tasks: list[threading.Thread]) -> Any:
    made = engineio.Server(
        async_mode="threading", async_handlers=False, ping_interval=60, ping_timeout=60, logger=Journal()
    )
    made.tasks = tasks
    return made


@pytest.fixture
def enter(server: Any, tasks: list[threading.Thread]) -> Iterator[Callable[..., tuple[Pinged, Wire, threading.Thread]]]:
    """``enter(name)``: a socket, its wire, and the thread of its handler, that reads."""
    entered: list[tuple[Wire, threading.Thread]] = []

    def spawn(target: Callable[[], None]) -> None:
        tasks.append(threading.Thread(target=target, daemon=True))
        tasks[-1].start()

    pings = Pings(60, spawn, time.sleep)

    def make(name: str, connected: bool = False) -> tuple[Pinged, Wire, threading.Thread]:
        socket, wire = Socket(server, name), Wire()
        server.sockets[name] = socket
        pings.adopt(socket)
        socket.last_ping = None
        socket.connected = connected
        reads = threading.Thread(target=socket._websocket_handler, args=(wire,), daemon=True)
        reads.start()
        entered.append((wire, reads))
        assert isinstance(socket, Pinged)
        until(lambda: connected or socket.upgraded)
        return socket, wire, reads

    yield make
    for wire, reads in entered:
        wire.open.set()
        wire.frames.put(None)
        reads.join(PATIENCE)
        assert not reads.is_alive()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def says(text: str) -> packet.Packet:
    return packet.Packet(packet.MESSAGE, text)


def heard(wire: Wire, number: int) -> list[str | None]:
    return [wire.written.get(timeout=PATIENCE) for _time in range(number)]


def test_at_rest_nobody_waits_to_write(enter: Any, tasks: list[threading.Thread]) -> None:
    socket, wire, _reads = enter("a")
    assert tasks == []
    socket.send(says("one"))
    assert heard(wire, 1) == ["4one"]
    until(lambda: not any(task.is_alive() for task in tasks))


def test_words_leave_in_order_by_one_writer(enter: Any, tasks: list[threading.Thread]) -> None:
    socket, wire, _reads = enter("a")
    wire.open.clear()
    socket.send(says("0"))
    assert wire.writing.wait(PATIENCE)
    for number in range(1, 50):
        socket.send(says(str(number)))
    assert len(tasks) == 1  # the others are written after it, by the same
    wire.open.set()
    assert heard(wire, 50) == [f"4{number}" for number in range(50)]


def test_a_slow_network_holds_nobody_else(enter: Any) -> None:
    slow, wire, _reads = enter("slow")
    quick, other, _reads = enter("quick")
    wire.open.clear()
    for one in (slow, quick):
        one.send(says("news"))
    assert heard(other, 1) == ["4news"]
    assert wire.written.empty()


def test_an_answer_is_written_by_the_one_that_reads(server: Any, enter: Any, tasks: list[threading.Thread]) -> None:
    writers: list[threading.Thread] = []
    server.on("message", lambda sid, data: server.send(sid, f"{data} heard"))
    _socket, wire, reads = enter("a")
    send = wire.send

    def write(frame: str) -> None:
        writers.append(threading.current_thread())
        send(frame)

    wire.send = write
    wire.frames.put("4hello")
    assert heard(wire, 1) == ["4hello heard"]
    assert (writers, tasks) == ([reads], [])


def test_a_goodbye_leaves_after_all_that_was_said(enter: Any) -> None:
    socket, wire, reads = enter("a")
    socket.send(says("last"))
    socket.close()
    assert heard(wire, 3) == ["4last", "1", None]
    reads.join(PATIENCE)
    assert not reads.is_alive()


def test_nobody_waits_for_words_that_cannot_leave(enter: Any) -> None:
    socket, wire, reads = enter("a")
    wire.open.clear()
    for word in ("one", "two", "three"):
        socket.send(says(word))
    closing = threading.Thread(target=socket.close, daemon=True)
    closing.start()
    wire.broken = True
    wire.open.set()
    for thread in (closing, reads):
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_what_was_said_during_an_upgrade_comes_once_it_is_done(enter: Any) -> None:
    socket, wire, _reads = enter("a", connected=True)
    wire.frames.put("2probe")
    assert heard(wire, 1) == ["3probe"]
    assert socket.poll()[0].packet_type == packet.NOOP  # the poll that waited ends
    socket.send(says("meanwhile"))
    assert wire.written.empty()
    wire.frames.put("5")
    assert heard(wire, 1) == ["4meanwhile"]
    until(lambda: socket.upgraded and not socket.upgrading)


def test_a_socket_that_does_not_upgrade_goes_on_polling(enter: Any) -> None:
    socket, wire, reads = enter("a", connected=True)
    wire.frames.put("4hello")
    reads.join(PATIENCE)
    assert not reads.is_alive()
    assert (socket.upgraded, socket.upgrading, socket.closed) == (False, False, False)
    socket.send(says("still"))
    assert socket.poll()[0].data == "still"
