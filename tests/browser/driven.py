"""A kiosk in a subprocess that obeys the test: what ``driven_server.py`` serves, started, driven, cut and restarted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from kiosk.ops.process import free_port

ROOT = Path(__file__).resolve().parents[2]


class Driven:
    """:meth:`stop` and :meth:`start` are a power cut and its end. ``arguments`` follow the folder and the port."""

    def __init__(self, script: str, data_dir: Path, *arguments: str) -> None:
        self.data_dir, self.port = data_dir, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self._command = [sys.executable, str(Path(__file__).with_name(script)), str(data_dir), str(self.port)]
        self._command += arguments
        data_dir.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start (again), and wait until it answers."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=2).close()
                return
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    self.stop()
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Kill it: what was acknowledged must be there when it starts again."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def do(self, name: str, /, **values: Any) -> Any:
        """One act of the server's ``act``, done when this returns; its value. Fails on a refusal."""
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": name, **values}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["ok"], answer
        return answer["value"]
