"""A real kiosk in a subprocess, as ``python -m kiosk serve`` starts it, and a teacher's and a phone's hands on it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
import socketio

from kiosk.ops.process import free_port

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """One kiosk; :meth:`kill` is a power cut, :meth:`start` its end."""

    def __init__(self, data_dir: Path, engine: str, port: int | None = None) -> None:
        self.data_dir, self.engine, self.port = data_dir, engine, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.settings: dict[str, str] = {}  # more of its environment, KIOSK_…
        self.descriptors = 0  # as many as the system allows it, when not 0
        self.program = ["-m", "kiosk"]  # what Python runs
        self.root = ROOT  # where the program is

    def launch(self) -> subprocess.Popen[str]:
        """Start the process without waiting for it."""
        held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
        command = [sys.executable, *self.program, "serve", "--data-dir", str(self.data_dir), "--port", str(self.port)]
        if self.descriptors:
            command = ["sh", "-c", f'ulimit -n {self.descriptors}; exec "$@"', "sh", *command]
        self.process = subprocess.Popen(
            command,
            cwd=self.root,
            env={
                **held,
                "PYTHONPATH": str(self.root),
                "KIOSK_ENGINE": self.engine,
                "KIOSK_HOST": "127.0.0.1",
                **self.settings,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        return self.process

    def start(self) -> Running:
        """Start and wait until it can take a question."""
        process = self.launch()
        until = time.monotonic() + 40
        while self.health() != 200:
            assert process.poll() is None and time.monotonic() < until, process.stdout and process.stdout.read()
            time.sleep(0.05)
        return self

    def health(self) -> int:
        """Status of /healthz; 0 when nobody answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code
        except requests.RequestException:
            return 0

    def kill(self) -> None:
        """Kill -9."""
        self.stop(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end; the exit code."""
        assert self.process is not None and self.process.stdout is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(10)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()

    def teacher(self) -> requests.Session:
        """A browser that gave the right code."""
        browser = requests.Session()
        pin = json.loads((self.data_dir / "secrets.json").read_text())["pin"]
        csrf = self.csrf(browser.get(f"{self.url}/prof/connexion", timeout=10).text)
        answer = browser.post(f"{self.url}/prof/connexion", data={"pin": pin, "csrf": csrf}, timeout=10)
        assert answer.status_code == 200, answer.text
        return browser

    def act(self, browser: requests.Session, path: str, **data: Any) -> None:
        """One act of the teacher, as the page's script sends it."""
        if "csrf" not in data:
            data["csrf"] = self.csrf(browser.get(f"{self.url}/prof", timeout=10).text)
        answer = browser.post(f"{self.url}{path}", data=data, headers={"X-Fragment": "1"}, timeout=10)
        assert answer.status_code == 204, answer.text

    @staticmethod
    def csrf(page: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{32})"', page)
        assert found, page[:400]
        return found.group(1)

    def questions(self) -> list[dict[str, Any]]:
        """What is on disk, by the command for it."""
        command = [sys.executable, "-m", "kiosk", "export", "questions", "--json", "--data-dir", str(self.data_dir)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


class Phone:
    """A pupil's phone, with the Python client of Socket.IO."""

    def __init__(self, url: str, device: str, transports: list[str] | None = None) -> None:
        self.client = socketio.Client(reconnection=False)
        self.state: dict[str, Any] = {}
        self.acks: list[tuple[str, dict[str, Any]]] = []
        self.client.on("state", self._took, namespace="/phone")
        self.client.connect(
            url, namespaces=["/phone"], auth={"device": device}, transports=transports or ["websocket"], wait_timeout=20
        )
        until = time.monotonic() + 10
        while not self.state:
            assert time.monotonic() < until
            time.sleep(0.01)

    def _took(self, state: dict[str, Any]) -> None:
        self.state = state

    def send(self, id: str, text: str) -> None:
        """Ask without waiting; the answer goes to ``acks``."""
        message = {"id": id, "text": text}
        self.client.emit("ask", message, namespace="/phone", callback=lambda ack: self.acks.append((id, ack)))

    def ask(self, id: str, text: str) -> dict[str, Any]:
        """Ask and wait for the answer."""
        answer: dict[str, Any] = self.client.call("ask", {"id": id, "text": text}, namespace="/phone", timeout=20)
        return answer

    def close(self) -> None:
        self.client.disconnect()
