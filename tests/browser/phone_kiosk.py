"""Starts and drives the kiosk of ``phone_server.py``: what the phone tests hold in their hand."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("phone_server.py")
ROOT = SERVER.parents[2]


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class PhoneKiosk:
    """A kiosk in a subprocess; :meth:`stop` and :meth:`start` are a power cut and its end."""

    def __init__(self, data_dir: Path, engine: str = "eventlet") -> None:
        self.data_dir, self.engine, self.port = data_dir, engine, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start (again), and wait until it answers."""
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER), str(self.data_dir), str(self.port), self.engine], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT), "PATH": ""},
        )
        until = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2).close()
                return
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Kill it: what was acknowledged must be there when it starts again."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def do(self, name: str, **values: Any) -> Any:
        """One act of the teacher; its value."""
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": name, **values}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["ok"], answer
        return answer["value"]

    def texts(self) -> list[str]:
        """The texts of every question held."""
        return [question["text"] for question in self.do("list")]
