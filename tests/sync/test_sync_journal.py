"""Whatever a centre answers, and whatever breaks while it is read, none of its words is in the journal."""

from __future__ import annotations

import io
import logging
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from kiosk.domain.kiosk import Kiosk
from kiosk.exchange.wire import HttpLine
from kiosk.exchange.worker import Worker
from kiosk.ops.journal import Words
from sync.servers import ABOUT, Server, http, said

MARKER = "MarqueurSecretDeLaClasse"
WHOLE = {"contract": 1, "time": ABOUT["time"], "cursor": MARKER, "more": False, "verdicts": [], "changes": []}
TOLD = {"level": "info", "text": MARKER, "expires_at": "2030-01-01T00:00:00Z"}
NOTICE = {"type": "notice", "id": MARKER, "rev": 1, "body": TOLD}
SESSION = {"type": "session", "id": MARKER, "rev": MARKER, "body": {"title": MARKER, "starts_at": MARKER}}
ANSWERS = [
    said({**WHOLE, "changes": [NOTICE]}), said({**WHOLE, "changes": [SESSION]}), said({"contract": MARKER}),
    said({**WHOLE, "verdicts": MARKER}), said({**WHOLE, "verdicts": [{"id": MARKER, "status": MARKER}]}),
    http(500, MARKER), http(302, "", Location=f"http://203.0.113.81/{MARKER}"),
    http(200, f'["{MARKER}', "application/json"), http(200, f"<h1>{MARKER}</h1>"),
    said({"code": MARKER, "title": MARKER}, 422), b"HTTP/1.1 " + MARKER.encode() + b"\r\n\r\n",
    http(200, MARKER, "application/json", Content_Encoding="gzip"),
]  # fmt: skip


@pytest.fixture
def written() -> Any:
    """What the journal writes of everything, libraries included, from the lowest level."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Words())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_answer_of_a_centre_is_written(
    serve: Callable[..., Server], kiosk_at: Callable[..., Kiosk], written: io.StringIO
) -> None:
    def play(_server: Server, _connection: Any, asked: Any) -> bytes:
        return said({**ABOUT, "name": MARKER}) if asked.path == "/v1/about" else ANSWERS[number]

    kiosk = kiosk_at(serve(play).url, token=MARKER)
    worker = Worker(kiosk, HttpLine)
    seen = set()
    for number in range(len(ANSWERS)):
        worker.nudge()
        worker.tick(0.1)
        seen.add(worker.last.failure if worker.last else None)
    assert len(seen) >= 4, seen
    held = sqlite3.connect(kiosk.database.path)
    held.execute("ALTER TABLE notice RENAME TO elsewhere")
    held.commit()
    held.close()
    ANSWERS.append(said({**WHOLE, "changes": [{**NOTICE, "rev": 2}]}))
    number = len(ANSWERS) - 1
    worker.nudge()
    worker.tick(0.1)
    told = written.getvalue()
    assert "urllib3" in told and "a round failed [" in told
    assert [line for line in told.splitlines() if MARKER in line or "203.0.113" in line or "127.0.0.1" in line] == []
