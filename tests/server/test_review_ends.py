"""A time without review ends by itself, on the real program: across a power cut, without anybody pressing anything."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from server.running import Phone, Running

pytestmark = pytest.mark.server
#: What is left of it when the kiosk starts again, in ms.
LEFT = 4_000


@pytest.mark.parametrize("engine", ["eventlet", "gevent"])
def test_a_time_without_review_ends_by_itself_across_a_cut(engine, tmp_path):
    kiosk = Running(tmp_path, engine).start()
    try:
        kiosk.act(kiosk.teacher(), "/prof/relecture", active="0", compris="1")
        phone = Phone(kiosk.url, "telephone-avant")
        assert phone.ask("q1", "Vous travaillez la nuit ?")["question"]["status"] == "approved"
        assert phone.ask("q2", "Appelez-moi au 06 12 34 56 78")["question"]["status"] == "pending"
        kiosk.kill()
        with closing(sqlite3.connect(tmp_path / "kiosk.sqlite3")) as base, base:
            base.execute("UPDATE room SET review_off_until = ?", (time.time_ns() // 1_000_000 + LEFT,))
        kiosk.start()
        phone = Phone(kiosk.url, "telephone-apres")
        heard: list[dict[str, Any]] = []
        phone.client.on("changed", heard.append, namespace="/phone")
        assert phone.state["moderation"] is False
        until = time.monotonic() + LEFT / 1000 + 6
        while not any(news.get("moderation") for news in heard):
            assert time.monotonic() < until, heard
            time.sleep(0.05)
        assert {q["id"]: q["status"] for q in kiosk.questions() if q["id"] in ("q1", "q2")} == {
            "q1": "pending",
            "q2": "pending",
        }
        assert phone.ask("q3", "Et le bruit ?")["question"]["status"] == "pending"
        phone.close()
    finally:
        kiosk.stop(signal.SIGKILL)
