"""Real processes: `kiosk sync` killed (SIGKILL) at each step; the next one ends the work, nothing lost, nothing
doubled.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factories import make_room, make_session
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from sync.servers import ABOUT, Asked, Server, http, said

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("about", "request", "committed", "half an answer", "answer")


class Remembering:
    """A centre that keeps operations by id, as the contract wants, and kills its visitor once, at a step."""

    def __init__(self, step: str, delay: float) -> None:
        self.step, self.delay = step, delay
        self.process: subprocess.Popen[str] | None = None
        self.texts: dict[str, str] = {}
        self.repeats = 0

    def kill(self, at: str) -> bool:
        if self.step != at or self.process is None:
            return False
        time.sleep(self.delay)
        os.kill(self.process.pid, signal.SIGKILL)
        self.step = ""
        return True

    def __call__(self, server: Server, connection: Any, asked: Asked) -> bytes | None:
        if asked.path == "/v1/about":
            return None if self.kill("about") else said(ABOUT)
        if self.kill("request"):
            return None
        operations = asked.json()["operations"]
        for one in operations:
            self.repeats += one["id"] in self.texts
            self.texts[one["id"]] = one["body"]["text"]
        if self.kill("committed"):
            return None
        verdicts = [{"id": one["id"], "status": "accepted"} for one in operations]
        answer = http(
            200,
            json.dumps(
                {
                    "contract": 1,
                    "time": ABOUT["time"],
                    "cursor": "c",
                    "more": False,
                    "verdicts": verdicts,
                    "changes": [],
                }
            ),
            "application/json",
        )
        if self.step == "half an answer":
            connection.sendall(answer[:-50])
            self.kill("half an answer")
            return None
        if self.step == "answer":
            connection.sendall(answer)
            self.kill("answer")
            return None
        return answer


@pytest.mark.server
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_exchange_is_harmless(
    step: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk], tmp_path: Path
) -> None:
    centre = Remembering(step, random.Random(step).uniform(0, 0.02))
    server = serve(centre)
    kiosk = kiosk_at(server.url)
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    texts = [f"Question {n} ?" for n in range(60)]
    kiosk.write(lambda tx: preparation.add_many(tx, room, texts, origin="prepared"))
    command = [sys.executable, "-m", "kiosk", "sync", "--json", "--data-dir", str(kiosk.settings.data_dir)]
    values = {**os.environ, "KIOSK_CENTRE_URL": server.url, "no_proxy": "127.0.0.1"}
    centre.process = subprocess.Popen(command, cwd=ROOT, env=values, stdout=subprocess.PIPE, text=True)
    centre.process.communicate(timeout=60)
    assert centre.process.returncode == -signal.SIGKILL and centre.step == ""
    centre.process = None
    again = subprocess.run(command, cwd=ROOT, env=values, capture_output=True, text=True, timeout=60)
    outcome = json.loads(again.stdout)
    assert (again.returncode, outcome["class"], outcome["waiting"]) == (0, "ok", 0)
    assert sorted(centre.texts.values()) == sorted(texts)  # each once, whatever was sent again
