"""A crowd is heard and let in a few at a time: whatever waits for its turn of the loop has it between them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kiosk.engine.with_eventlet import TOGETHER

BEGIN = """
import eventlet
eventlet.monkey_patch()
import collections, socket
from eventlet import greenio, hubs
from kiosk.engine import with_eventlet

engine = with_eventlet.EventletEngine()
engine.start_bridge()
turns, done = 0, collections.Counter()

def others():
    global turns
    while sum(done.values()) < 60:
        turns += 1
        eventlet.sleep(0)

def crowd():
"""
END = """
waiting = eventlet.spawn(others)
engine.sleep(0)
eventlet.spawn_n(crowd)
with eventlet.Timeout(20):
    waiting.wait()
print(max(done.values()))
"""
HEARD = """
    def hear(sock):
        hubs.trampoline(sock.fileno(), read=True)
        done[turns] += 1
    pairs = [socket.socketpair() for _ in range(60)]
    for one, _other in pairs:
        eventlet.spawn_n(hear, one)
    engine.sleep(0)
    crowd.pairs = pairs
    for _one, other in pairs:
        other.send(b"!")
"""
LET_IN = """
    class Visitors:
        crowded = False
        def arrived(self, connection, address):
            return True
    listening = greenio.GreenSocket(socket.socket())
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)
    crowd.outside = [socket.create_connection(listening.getsockname()) for _ in range(60)]
    door = with_eventlet._Door(listening, Visitors(), eventlet.sleep)
    crowd.inside = []
    for _ in range(60):
        crowd.inside.append(door.accept())
        done[turns] += 1
"""


@pytest.mark.skipif(sys.platform != "linux", reason="epoll")
@pytest.mark.parametrize("crowd", [HEARD, LET_IN], ids=["heard", "let in"])
def test_the_rest_has_its_turn_within_a_crowd(crowd):
    done = subprocess.run([sys.executable, "-c", BEGIN + crowd + END], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= TOGETHER
