"""The kiosk on a disk that fills: questions are refused with a clear code, reading goes on, room brings all back."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid

import preload
import pytest
from served import Served

pytestmark = pytest.mark.server


@pytest.fixture
def flag(tmp_path):
    """While this file exists, its text is the room left, in bytes."""
    return tmp_path / "full"


@pytest.fixture
def kiosk(tmp_path, flag):
    data = tmp_path / "data"
    data.mkdir()
    library = preload.build("diskfull", tmp_path)
    environment = preload.environment(library, KIOSK_DISKFULL_DIR=str(data), KIOSK_DISKFULL_FLAG=str(flag))
    served = Served(data, environment)
    try:
        served.wait()
        yield served
    finally:
        served.process.kill()
        served.process.wait()


def ask(kiosk, number):
    """Send a question from a new device; returns its id, the HTTP status and the acknowledgement."""
    question = {"id": str(uuid.uuid4()), "text": f"Est-ce que la question {number} tient encore ?", "theme": "metier"}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(kiosk.url + "/questions", json.dumps(question).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return question["id"], answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return question["id"], refusal.code, json.load(refusal)


def test_full_disk_withholds_acknowledgements_and_goes_on_reading(kiosk, flag):
    first, status, answer = ask(kiosk, 1)
    assert (status, answer["ok"]) == (200, True)
    flag.write_text("0")
    refused, status, answer = ask(kiosk, 2)
    assert (status, answer["ok"], answer["error"]["code"]) == (507, False, "storage_full")
    assert "disque" in answer["error"]["message"]
    assert [kiosk.status(path) for path in ("/", "/soutenir/liste", "/ecran", "/prof/connexion")] == [200] * 4
    flag.unlink()
    last, status, answer = ask(kiosk, 3)
    assert (status, answer["ok"]) == (200, True)
    ids = [one["id"] for one in kiosk.questions()]
    assert (ids.count(first), ids.count(refused), ids.count(last)) == (1, 0, 1)


def test_disk_that_fills_at_any_write_loses_nothing_acknowledged(kiosk, flag):
    told, refused, codes = [], [], set()
    for number, room in enumerate([0, 24, 4000, 4119, 4120, 9000, 20000, 60000, 150000]):
        flag.write_text(str(room))
        for each in range(12):
            question_id, _status, answer = ask(kiosk, number * 100 + each)
            (told if answer["ok"] else refused).append(question_id)
            codes |= {answer["error"]["code"]} if not answer["ok"] else set()
        flag.unlink()
        question_id, _status, answer = ask(kiosk, number * 100 + 99)
        assert answer["ok"], answer
        told.append(question_id)
    assert codes == {"storage_full"}
    assert len(refused) > 20
    ids = [one["id"] for one in kiosk.questions()]
    assert [question_id for question_id in told if ids.count(question_id) != 1] == []
    assert [question_id for question_id in refused if question_id in ids] == []
