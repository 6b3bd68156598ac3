"""An exchange on a USB stick, a centre killed between commit and answer, a database that is another."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from centre.centre_process import UAI, Centre, Office, enrolment, question, session

pytestmark = pytest.mark.server


def put(office: Office, **body: Any) -> str:
    """A session; its id."""
    made = f"S-{uuid.uuid4()}"
    office.upload([session(made, **body)])
    return made


def mac(message: Any, token: str) -> str:
    """Section 6, written from the page."""
    text = json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_section_6_an_exchange_on_a_stick_twice_is_once(office: Office) -> None:
    kiosk, sid = office.pair(), put(office)
    message = kiosk.message(kiosk.operation("question.prepared", **question("u" + sid, sid, "Par clé à molette ?")))
    file = {
        "kind": "request",
        "kiosk": kiosk.id,
        "uai": UAI,
        "made_at": "2026-11-24T09:00:00Z",
        "message": message,
        "mac": mac(message, kiosk.token),
    }

    def hand_over(content: Any, status: int = 200) -> bytes:
        return office.post("/bureau/fichiers/cle", {"file": ("x.kiosk.json.gz", content)}, status).content

    answers = [json.loads(gzip.decompress(hand_over(gzip.compress(json.dumps(file).encode())))) for _time in range(2)]
    for answer in answers:
        assert (answer["kind"], answer["kiosk"], answer["mac"]) == (
            "answer",
            kiosk.id,
            mac(answer["message"], kiosk.token),
        )
        assert answer["message"]["verdicts"][0]["status"] == "accepted"
    assert answers[0]["message"]["changes"] == answers[1]["message"]["changes"]
    assert office.get(f"/bureau/questions/{sid}").text.count('id="q-') == 1
    forged = {**file, "message": {**message, "max_changes": 49}}
    assert "signature" in hand_over(gzip.compress(json.dumps(forged).encode()), 422).decode()
    for broken in (
        b"",
        b"garbage",
        gzip.compress(b"{}"),
        gzip.compress(json.dumps(file).encode())[:-4],
        gzip.compress(b" " * 5_000_000),
    ):
        hand_over(broken, 422)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Centre]:
    """A centre that dies between its commit and its answer when told."""
    made = Centre(tmp_path, command=(sys.executable, str(Path(__file__).with_name("dying_server.py"))))
    yield made
    made.stop()


def test_rule_4_killed_after_the_commit_and_before_the_answer(mortal: Centre) -> None:
    office = mortal.office()
    sid = put(office, places=1)
    kiosk = office.pair()
    kiosk.sync()
    operations = [
        kiosk.operation("question.prepared", **question("k" + sid, sid, "Une seule fois ?")),
        kiosk.operation("enrolment.request", **enrolment("k" + sid, sid)),
    ]
    (mortal.data_dir / "die").touch()
    with pytest.raises(requests.RequestException):
        kiosk.send(kiosk.message(*operations, cursor=kiosk.cursor))
    mortal.process.wait(10)
    mortal.start()
    assert [one["status"] for one in kiosk.sync(*operations)] == ["accepted", "accepted"]
    assert kiosk.body("enrolment", "k" + sid)["state"] == "confirmed"
    assert mortal.office().get(f"/bureau/questions/{sid}").text.count('id="q-') == 1


def test_another_database_makes_cursors_expire(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "a")
    kiosk = centre.office().pair()
    kiosk.sync()
    centre.kill()
    (tmp_path / "a" / "centre.sqlite3").rename(tmp_path / "gone")
    for name in ("centre.sqlite3-wal", "centre.sqlite3-shm"):
        (tmp_path / "a" / name).unlink(missing_ok=True)
    centre.start()
    try:
        fresh = centre.office().pair(kiosk=kiosk.id)
        answer = fresh.send(fresh.message(cursor=kiosk.cursor))
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
    finally:
        centre.stop()
