"""A WebSocket is read a kilobyte at a time, and loses nothing of what comes in pieces or together."""

from __future__ import annotations

import random
import socket
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.engine import with_eventlet
from kiosk.engine.http import GATHERED, unmask

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says at each import that it will be retired
    from eventlet.websocket import RFC6455WebSocket


class Counted:
    """A socket that counts how often the system is asked for bytes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self.reads = sock, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, most: int) -> bytes:
        self.reads += 1
        return self._sock.recv(most)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, Counted]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield theirs, Counted(ours)


def frame(text: str) -> bytes:
    """A client's frame of less than 64 KB (RFC 6455, section 5.2)."""
    data, mask = text.encode(), b"\x07\x70\x17\x71"
    short = len(data) < 126
    length = bytes([128 | len(data)]) if short else bytes([128 | 126]) + len(data).to_bytes(2, "big")
    return b"\x81" + length + mask + unmask(data, mask)


def test_whatever_the_pieces_the_bytes_are_those(pair: tuple[socket.socket, Counted]) -> None:
    theirs, counted = pair
    gathered, chance = with_eventlet.Gathered(counted), random.Random(7)
    sent = chance.randbytes(20_000)
    theirs.sendall(sent)
    theirs.shutdown(socket.SHUT_WR)
    got = b""
    while piece := gathered.recv(most := chance.choice((1, 2, 4, 200, GATHERED, 5000))):
        assert len(piece) <= most
        got += piece
    assert got == sent


def test_a_question_is_read_in_one_call_and_two_that_came_together_too(pair: tuple[socket.socket, Counted]) -> None:
    with_eventlet._bound_messages()
    with_eventlet._bound_messages()  # a second server in the process: read once all the same
    theirs, counted = pair
    reader = RFC6455WebSocket(counted, {})
    words = ["Aimez-vous votre métier ? " * 6, "Et vos collègues ?"]
    theirs.sendall(frame(words[0]))
    assert reader.wait() == words[0] and counted.reads == 1
    theirs.sendall(frame(words[0]) + frame(words[1]))
    assert [reader.wait(), reader.wait()] == words and counted.reads == 2
    long = "é" * 3000
    theirs.sendall(frame(long) + frame(words[1]))
    assert [reader.wait(), reader.wait()] == [long, words[1]]
