"""The large display by itself: a real Chromium under Xvfb, opened by what ``kiosk install`` wrote, killed, seen to
return; the unit read by systemd itself."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import websocket

from kiosk.ground.config import Settings
from kiosk.ops.install import command, desktops, service
from kiosk.ops.install.places import Place, system_place, user_place
from kiosk.ops.process import free_port
from server.running import ROOT, Running

pytestmark = [pytest.mark.server, pytest.mark.browser]
SIZE = (1024, 768)


def until(true: Callable[[], Any], seconds: float = 90) -> Any:
    """Wait for something; what it gave."""
    limit = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.1)


class Desktop:
    """A graphical session: a screen without a monitor, a window manager, a home, and the loop that it starts."""

    def __init__(self, folder: Path, kiosk: Running) -> None:
        self.folder, self.kiosk, self.tools = folder, kiosk, free_port()
        self.runtime = folder / "run"
        self.runtime.mkdir(mode=0o700)
        self.loop: subprocess.Popen[bytes] | None = None
        wanted = os.memfd_create("display")
        self.screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(wanted), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24"],
            pass_fds=[wanted],
            stderr=subprocess.DEVNULL,
        )
        self.display = until(lambda: os.pread(wanted, 9, 0).decode().strip())
        os.close(wanted)
        # The window manager of LXDE and of Raspberry Pi OS on X11: full screen is its to grant.
        self.manager = subprocess.Popen(
            ["openbox"],
            env={**os.environ, "DISPLAY": f":{self.display}", "HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def install(self) -> Place:
        """As the command does, looking at the page every second instead of every half minute."""
        place = user_place({"HOME": str(self.folder)})
        flags = ["--no-sandbox", "--disable-gpu", f"--remote-debugging-port={self.tools}"]
        settings = Settings(data_dir=self.folder / "data", port=self.kiosk.port)
        command.install(settings, command.Wish(start=False, flags=flags), {"HOME": str(self.folder)})
        place.script.write_text(desktops.script(settings, flags=flags, watch=1))
        return place

    def start(self, place: Place) -> None:
        environ = {
            **os.environ,
            "HOME": str(self.folder),
            "DISPLAY": f":{self.display}",
            "XDG_RUNTIME_DIR": str(self.runtime),
        }
        environ.pop("WAYLAND_DISPLAY", None)
        self.environ = environ
        self.loop = subprocess.Popen(
            [str(place.script)], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def browser(self) -> int:
        """The process of the browser; 0 while there is none."""
        try:
            return int((self.runtime / "kiosque-ecran/browser").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def page(self) -> dict[str, Any]:
        """The page on the screen, as the browser's own tools tell; empty while there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.tools}/json", timeout=2) as answer:
                pages = json.load(answer)
        except OSError:
            return {}
        return next((page for page in pages if page["url"].startswith(self.kiosk.url)), {})

    def evaluate(self, script: str) -> Any:
        """What a script says in the page."""
        line = websocket.create_connection(self.page()["webSocketDebuggerUrl"], timeout=10, suppress_origin=True)
        try:
            line.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": script}}))
            return json.loads(line.recv())["result"]["result"].get("value")
        finally:
            line.close()

    def displays(self) -> int:
        with urllib.request.urlopen(f"{self.kiosk.url}/healthz", timeout=5) as answer:
            return int(json.load(answer)["displays"])

    def end(self) -> None:
        if self.loop is not None and self.loop.poll() is None:
            self.loop.terminate()
            self.loop.wait(15)
        for process in (self.manager, self.screen):
            process.terminate()
            process.wait(10)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    kiosk = Running(tmp_path / "data", "eventlet")
    held = Desktop(tmp_path, kiosk)
    yield held
    held.end()
    if kiosk.process is not None:
        kiosk.stop()


def test_the_display_waits_opens_full_screen_and_comes_back(desktop: Desktop):
    desktop.start(desktop.install())
    time.sleep(2)
    assert desktop.browser() == 0  # nothing to show yet: no error page on the class's screen
    desktop.kiosk.start()
    until(lambda: desktop.page().get("url") == f"{desktop.kiosk.url}/ecran")
    until(desktop.displays)
    size = until(lambda: desktop.evaluate("innerWidth + 'x' + innerHeight + ' ' + document.visibilityState"))
    assert size == f"{SIZE[0]}x{SIZE[1]} visible"

    first = desktop.browser()
    os.kill(first, signal.SIGKILL)  # as the system does when memory is short
    until(lambda: desktop.browser() not in (0, first) and desktop.page())
    until(desktop.displays)

    second = desktop.browser()
    time.sleep(3)  # the loop has seen the page connected
    for pid in children(second):
        if b"--type=renderer" in cmdline(pid):
            os.kill(pid, signal.SIGKILL)  # « Aw, snap »: the browser lives, its page does not
    until(lambda: desktop.displays() == 0)
    until(lambda: desktop.browser() != second and desktop.displays())

    desktop.kiosk.kill()  # the server too may go: the page waits for it, the browser stays
    third = desktop.browser()
    desktop.kiosk.start()
    until(desktop.displays)
    assert desktop.browser() == third

    script = str(user_place({"HOME": str(desktop.folder)}).script)
    another = subprocess.run([script], env=desktop.environ, timeout=20, check=False)
    assert another.returncode == 0 and desktop.browser() == third  # one loop a session
    assert desktop.loop is not None
    desktop.loop.terminate()
    assert desktop.loop.wait(15) == 0
    until(lambda: not Path(f"/proc/{third}").exists(), 10)
    assert not (desktop.runtime / "kiosque-ecran/profile").exists()


def test_the_loop_ends_with_the_session(desktop: Desktop):
    desktop.kiosk.start()
    desktop.start(desktop.install())
    until(desktop.displays)
    desktop.screen.terminate()
    assert desktop.loop is not None
    assert desktop.loop.wait(30) == 0


def program(path: Path, script: str) -> None:
    """A program of the machine, in a few words of shell."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def plan(data: Path, name: str, starts_in_ms: int) -> None:
    """A session that the kiosk knows, in its own database."""
    with closing(sqlite3.connect(data / "kiosk.sqlite3", timeout=30)) as base, base:
        columns = "id, rev, title, starts_at, duration_min, format, meeting_url, levels, theme_week, status, speakers"
        starts = int(time.time() * 1000) + starts_in_ms
        values = (name, 0, "Cheffe", starts, 45, "college-45", "", "[]", "", "planned", "[]")
        marks = ", ".join("?" * (len(values) + 3))
        base.execute(
            f"INSERT INTO session ({columns}, dossier, no_place_left, deleted) VALUES ({marks})", (*values, "[]", 0, 0)
        )


def test_the_screen_sleeps_without_a_class_and_is_woken_for_one(desktop: Desktop, monkeypatch: pytest.MonkeyPatch):
    programs, said = desktop.folder / "bin", desktop.folder / "xset.log"
    programs.mkdir()
    program(programs / "xset", f'echo "$@" >>{said}')  # Xvfb has no power to save
    program(programs / "chromium", "exec sleep 1000")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    data = desktop.kiosk.data_dir
    words = [sys.executable, "-m", "kiosk", "demo", "--remove", "--data-dir", str(data)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    desktop.kiosk.start()
    plan(data, "S1", -86_400_000)
    desktop.start(desktop.install())
    until(lambda: said.exists() and "force off" in said.read_text())
    assert said.read_text().splitlines()[0] == "s off s noblank dpms force on -dpms"
    off = said.read_text().count("force off")
    time.sleep(3)
    assert said.read_text().count("force off") == off == 1  # who moved the mouse is left alone
    plan(data, "S2", 600_000)
    until(lambda: "force on" in said.read_text().rpartition("force off")[2])


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def children(pid: int) -> list[int]:
    """Every descendant of a process."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found, rest = [], [pid]
    while rest:
        more = parents.get(rest.pop(), [])
        found += more
        rest += more
    return found


@pytest.mark.parametrize("mode", ["system", "user", "user without namespaces"])
def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path, mode: str):
    assert shutil.which("systemd-analyze"), "systemd is missing: sudo apt install systemd"
    settings = Settings(data_dir=tmp_path / "clé 100 %", port=8080)
    place = system_place({}, "nobody", tmp_path / "root") if mode == "system" else user_place({"HOME": str(tmp_path)})
    unit = tmp_path / "kiosque-metiers.service"
    text = service.unit(settings, place, {"data_dir": str(settings.data_dir)}, mode != "user without namespaces")
    unit.write_text(text.replace("User=nobody", "User=daemon"))  # « nobody » has a remark of its own
    option = ["--system"] if mode == "system" else ["--user"]
    done = subprocess.run(
        ["systemd-analyze", "verify", *option, str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        cwd=ROOT,
    )
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "kiosque" in line]
    assert (done.returncode, ours) == (0, [])
    if mode == "system":
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(unit)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout[-300:]  # exposure 3.0 at most
