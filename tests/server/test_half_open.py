"""1,100 half-open connections keep nobody out: places are for those who speak."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.running import Phone, Running

pytestmark = pytest.mark.server

MANY = 1100
#: What those who hold the places have sent, and stop there.
HELD: dict[str, bytes] = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: localhost\r\n",
    "half a body": b"POST /questions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nid=x",
    "one request": b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.fixture(params=["eventlet", "gevent"])
def own(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    made = Running(tmp_path / "data", request.param)
    made.descriptors = 256
    made.start()
    yield made
    assert made.stop() == 0


def crowd(port: int, sent: bytes, hold: list[socket.socket]) -> None:
    """Open MANY connections, from one address, and hold them."""
    for _one in range(MANY):
        line = socket.socket()
        line.bind(("127.0.0.2", 0))
        line.settimeout(10)
        try:
            line.connect(("127.0.0.1", port))
            line.sendall(sent)
        except OSError:  # closed already, to make room
            line.close()
            continue
        hold.append(line)


def answered(port: int, seconds: float, going: Callable[[], bool]) -> list[float]:
    """What another client waited, each time on a new connection, as long as ``going``, and ``seconds`` more."""
    waited: list[float] = []
    end = None
    while end is None or time.monotonic() < end:
        if end is None and not going():
            end = time.monotonic() + seconds
        begun = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=12)
        line.request("GET", "/healthz/live")
        assert line.getresponse().read()
        line.close()
        waited.append(time.monotonic() - begun)
        time.sleep(0.02)
    return waited


@pytest.mark.parametrize("kind", HELD)
def test_another_client_is_answered_throughout(own: Running, kind: str) -> None:
    """Within a second beside what is half open; what makes the server work as well may take its share of it."""
    phone = Phone(own.url, "d" * 22)
    held: list[socket.socket] = []
    filling = threading.Thread(target=crowd, args=(own.port, HELD[kind], held))
    filling.start()
    try:
        waited = answered(own.port, 3.0, filling.is_alive)
        assert max(waited) < (1.0 if kind in ("nothing", "half a head") else 4.0) and len(waited) > 20
        assert phone.ask("after-all", "Et maintenant ?")["ok"]  # whoever was there before stays connected
    finally:
        filling.join()
        for one in held:
            one.close()
        phone.close()
