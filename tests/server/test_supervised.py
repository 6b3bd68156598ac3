"""A kiosk that a service manager watches: the protocol of sd_notify(3), on a real socket, from a real server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.ops.process import free_port
from server.running import ROOT

pytestmark = pytest.mark.server

#: The watchdog's delay given to the kiosk, in seconds: it pings three times as often.
DELAY = 1.5


class Manager:
    """What systemd does with a service, in short: a socket, a process, and its next life when the pings stop."""

    def __init__(self, folder: Path, engine: str, **more: str) -> None:
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.port = free_port()
        self.command = [
            sys.executable,
            "-m",
            "kiosk",
            "serve",
            "--data-dir",
            str(folder / "data"),
            "--port",
            str(self.port),
        ]
        held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
        self.environment = {
            **held,
            "KIOSK_ENGINE": engine,
            "KIOSK_HOST": "127.0.0.1",
            "NOTIFY_SOCKET": str(self.path),
            "WATCHDOG_USEC": str(int(DELAY * 1e6)),
            **more,
        }
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def hear(self, seconds: float) -> str:
        """The next message, or nothing in that time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return ""

    def hear_nothing_for(self, seconds: float, at_most: float = 12) -> None:
        """Wait for a silence that long. Messages already on their way are read first."""
        until = time.monotonic() + at_most
        while self.hear(seconds):
            assert time.monotonic() < until, "the pings go on"

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.socket.close()


@pytest.fixture(params=["eventlet", "gevent"])
def manager(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Manager]:
    held = Manager(tmp_path, request.param)
    yield held
    held.end()


def test_it_tells_ready_pings_and_tells_its_stop(manager: Manager):
    assert manager.hear(20).split("\n")[0] == "READY=1"
    with socket.create_connection(("127.0.0.1", manager.port), 2):
        pass  # READY means that it listens
    heard = [manager.hear(DELAY) for _ in range(3)]
    assert heard == ["WATCHDOG=1"] * 3
    manager.process.send_signal(signal.SIGTERM)
    words: list[str] = []
    while manager.process.poll() is None or not words:
        words.append(manager.hear(0.2))
    assert "STOPPING=1" in words and manager.process.wait(10) == 0


def test_a_stalled_process_stops_pinging_and_its_next_life_is_ready(manager: Manager):
    assert manager.hear(20).startswith("READY=1")
    manager.process.send_signal(signal.SIGSTOP)
    manager.hear_nothing_for(DELAY)
    manager.process.kill()  # as the watchdog does
    manager.process.wait()
    manager.start()
    assert manager.hear(20).startswith("READY=1") and manager.hear(DELAY) == "WATCHDOG=1"


STALLED = """
import os, sys, time
from kiosk import engine
engine.activate(sys.argv[1])
from kiosk.ground import config
from kiosk.ops import serving, supervision

def block(kiosk, sock, told, start=supervision.start):
    start(kiosk, sock, told)
    def later():
        kiosk.engine.sleep(2.0)
        sys.stderr.write("stalled")
        sys.stderr.flush()
        engine.native_sleep(60)  # C code that never yields: the loop is stuck, the process lives
    kiosk.engine.spawn(later)

serving.supervision.start = block
serving.serve(config.load({"data_dir": sys.argv[2], "port": sys.argv[3]}, {"KIOSK_HOST": "127.0.0.1"}, None))
"""


def test_a_stalled_loop_stops_the_pings_while_the_process_lives(manager: Manager):
    manager.process.kill()
    manager.process.wait()
    while manager.hear(0.1):
        pass
    engine, data = manager.environment["KIOSK_ENGINE"], str(manager.path.parent / "other")
    manager.command = [sys.executable, "-c", STALLED, engine, data, str(free_port())]
    manager.start()
    assert manager.hear(20).startswith("READY=1") and manager.hear(DELAY) == "WATCHDOG=1"
    manager.hear_nothing_for(DELAY * 2)
    assert manager.process.poll() is None


def test_a_full_disk_does_not_start_the_kiosk_again_and_again(tmp_path: Path):
    """It cannot take a question, says so with 503, and lives: what it holds is shown, and erased, meanwhile."""
    from faults import preload

    flag, library = tmp_path / "full", preload.build("diskfull", tmp_path)
    (tmp_path / "data").mkdir()
    for moment in ("while it serves", "at its start"):
        manager = Manager(tmp_path, "eventlet", LD_PRELOAD=str(library), KIOSK_DISKFULL_DIR=str(tmp_path / "data"),
                          KIOSK_DISKFULL_FLAG=str(flag))  # fmt: skip
        try:
            assert manager.hear(20).startswith("READY=1"), moment
            if moment == "while it serves":
                flag.write_text("0")
                with pytest.raises(urllib.error.HTTPError):
                    form = b"id=5f0c1d62-0000-4000-8000-000000000001&text=Une+question+?&theme=metier"
                    urllib.request.urlopen(f"http://127.0.0.1:{manager.port}/questions", form, timeout=5)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{manager.port}/healthz/ready", timeout=5)
            assert refused.value.code == 503 and b"storage_full" in refused.value.read()
            while manager.hear(0.01):
                pass
            assert [manager.hear(DELAY) for _ in range(4)] == ["WATCHDOG=1"] * 4
            assert manager.process.poll() is None
        finally:
            manager.end()
            manager.path.unlink()


def test_under_systemd_the_teacher_s_code_stays_out_of_the_journal(tmp_path: Path):
    """Standard output is told to be the journal by its device and inode, as systemd does."""
    path = tmp_path / "journal"
    with path.open("w") as journal:
        held = os.fstat(journal.fileno())
        environment = {
            **os.environ,
            "KIOSK_HOST": "127.0.0.1",
            "JOURNAL_STREAM": f"{held.st_dev}:{held.st_ino}",
        }
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "kiosk",
            "serve",
            "--data-dir",
            str(tmp_path / "data"),
            "--port",
            str(port),
        ]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=journal, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 20
            while "/prof" not in path.read_text():
                assert time.monotonic() < until
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
    code = json.loads((tmp_path / "data/secrets.json").read_text())["pin"]
    assert code not in path.read_text()
