"""A real server exchanges by itself, through its courier, on both engines; its loop goes on answering meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factories import make_room, make_session
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import preparation
from kiosk.ops.process import free_port
from kiosk.storage.models import Operation
from sync.servers import ABOUT, Asked, Server, said

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.server
@pytest.mark.parametrize("engine", ["eventlet", "gevent"])
def test_a_server_exchanges_without_stopping(
    engine: str, serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk]
) -> None:
    held: list[float] = []

    def centre(server: Server, connection: Any, asked: Asked) -> bytes:
        if asked.path == "/v1/about":
            time.sleep(1.0)  # a slow centre: the kiosk's own pages must not wait for it
            held.append(time.monotonic())
            return said(ABOUT)
        verdicts = [{"id": o["id"], "status": "accepted"} for o in asked.json()["operations"]]
        return said(
            {"contract": 1, "time": ABOUT["time"], "cursor": "c", "more": False, "verdicts": verdicts, "changes": []}
        )

    url = serve(centre).url
    kiosk = kiosk_at(url)
    make_session(kiosk, "S1")
    room = make_room(kiosk, session_id="S1", class_label="4e B")
    kiosk.write(lambda tx: preparation.add_many(tx, room, ["Une ?", "Deux ?"], origin="prepared"))
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "serve", "--data-dir", str(kiosk.settings.data_dir), "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "KIOSK_CENTRE_URL": url, "KIOSK_ENGINE": engine, "KIOSK_HOST": "127.0.0.1"},
    )
    try:
        end, slowest, answered = time.monotonic() + 40, 0.0, 0
        while any(row.state == "waiting" for row in Operation.select()):
            assert time.monotonic() < end and process.poll() is None
            start = time.monotonic()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as page:
                    answered += page.status == 200
                slowest = max(slowest, time.monotonic() - start) if answered > 3 else slowest
            except OSError:
                pass  # not listening yet
            time.sleep(0.02)
        assert [row.state for row in Operation.select()] == ["accepted", "accepted"]
        assert held and answered > 10 and slowest < 0.9  # it answered while the centre kept it waiting
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
