"""A stop is obeyed within ten seconds, whatever holds the loop; what was acknowledged is there afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from kiosk.ops.process import free_port
from server.running import ROOT, Phone, Running

pytestmark = pytest.mark.server

HELD = str(Path(__file__).with_name("held.py"))
#: How the loop is held, and how the process then ends: by itself, or by its keeper.
ENDS = {"": 0, "python": 0, "c-libre": 0, "c": -signal.SIGKILL}


def children(pid: int) -> list[int]:
    """The processes that a process started, and those that they did, and that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found += [int(status.parent.name), *children(int(status.parent.name))]
    return found


def hold(url: str, how: str) -> None:
    """Ask for the address that holds the loop, and wait until nobody is answered any more."""

    def ask() -> None:
        with suppress(requests.RequestException):
            requests.get(f"{url}/tenir/{how}", timeout=30)

    threading.Thread(target=ask, daemon=True).start()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            requests.get(f"{url}/healthz/live", timeout=0.5)
        except requests.RequestException:
            return
    raise AssertionError("the loop was not held")


@pytest.fixture
def kiosk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    made = Running(tmp_path / "data", request.param)
    made.program = [HELD]
    yield made
    assert made.process is not None and made.process.stdout is not None
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    made.process.stdout.close()


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("kiosk", ["eventlet", "gevent"], indirect=True)
def test_a_held_kiosk_stops_and_loses_nothing(kiosk: Running, how: str) -> None:
    kiosk.start()
    assert kiosk.process is not None
    teacher = kiosk.teacher()
    kiosk.act(teacher, "/prof/etape", vers="questions")
    phone = Phone(kiosk.url, "d" * 22)
    assert phone.ask("kept-1", "Avez-vous peur là-haut ?")["ok"]
    keeper = children(kiosk.process.pid)
    assert keeper
    if how:
        hold(kiosk.url, how)
    begun = time.monotonic()
    kiosk.process.send_signal(signal.SIGTERM)
    kiosk.process.send_signal(signal.SIGTERM)
    assert kiosk.process.wait(10) == ENDS[how]
    assert time.monotonic() - begun < (10 if ENDS[how] else 5)
    with suppress(Exception):
        phone.close()
    assert "kept-1" in [question["id"] for question in kiosk.questions()]
    until = time.monotonic() + 20  # it looks once a second, when the machine lets it
    while any(Path(f"/proc/{one}").exists() for one in keeper):
        assert time.monotonic() < until, "the keeper stayed"
        time.sleep(0.02)


@pytest.mark.parametrize("kiosk", ["eventlet", "gevent"], indirect=True)
def test_what_waits_is_written_before_a_held_kiosk_stops(kiosk: Running, tmp_path: Path) -> None:
    """On a card that takes its time two questions wait behind a third, untold; the loop never comes back."""
    card = tmp_path / "slowfsync.so"
    source = ROOT / "bench" / "native" / "slowfsync.c"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", "-o", card, source, "-ldl"], check=True)
    kiosk.start()
    kiosk.act(kiosk.teacher(), "/prof/etape", vers="questions")
    assert kiosk.stop() == 0
    kiosk.settings |= {"LD_PRELOAD": str(card), "KIOSK_FSYNC_MS": "1000"}
    kiosk.start()
    kiosk.teacher()  # a first text would wait for the lists by which it is judged
    assert kiosk.process is not None
    phones = [Phone(kiosk.url, f"{number}" * 22) for number in range(3)]
    for number, phone in enumerate(phones):
        phone.send(f"q{number}", f"La question {number} ?")
        time.sleep(0.15)
    threading.Thread(target=hold, args=(kiosk.url, "c-libre"), daemon=True).start()
    time.sleep(0.15)
    kiosk.process.send_signal(signal.SIGTERM)
    assert kiosk.process.wait(10) == 0
    told = [id for phone in phones for id, _ack in phone.acks]
    for phone in phones:
        with suppress(Exception):
            phone.close()
    assert "q1" not in told and "q2" not in told, "nothing waited"
    assert {question["id"] for question in kiosk.questions()} >= {"q0", "q1", "q2"}


@pytest.mark.parametrize("kiosk", ["eventlet"], indirect=True)
def test_ctrl_c_goes_to_the_whole_group_and_a_dead_keeper_stops_nobody_from_stopping(kiosk: Running) -> None:
    kiosk.start()
    assert kiosk.process is not None
    keeper = children(kiosk.process.pid)
    for one in keeper:
        os.kill(one, signal.SIGINT)
        os.kill(one, signal.SIGTERM)
    time.sleep(0.3)
    assert children(kiosk.process.pid) == keeper
    for one in keeper:
        os.kill(one, signal.SIGKILL)
    kiosk.process.send_signal(signal.SIGINT)
    assert kiosk.process.wait(5) == 0


@pytest.mark.parametrize("how", ENDS)
def test_a_held_centre_stops(tmp_path: Path, how: str) -> None:
    port = free_port()
    words = ["centre", "--port", str(port), "--data-dir", str(tmp_path)]
    held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
    process = subprocess.Popen(
        [sys.executable, HELD, *words],
        cwd=ROOT,
        env={**held, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 30
        while True:
            assert time.monotonic() < until and process.poll() is None, process.stderr and process.stderr.read()
            with suppress(requests.RequestException):
                requests.get(f"{url}/bureau", timeout=2)
                break
            time.sleep(0.05)
        if how:
            hold(url, how)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == ENDS[how]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stderr is not None
        process.stderr.close()
