"""The kiosk on a disk that fills: questions are refused with a clear code, reading goes on, room brings all back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from faults import preload
from faults.served import Served, Teacher

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
    told: list[str] = []
    refused: list[str] = []
    codes: set[str] = set()
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


def health(kiosk, path="/healthz/ready"):
    """Status and code of a health check."""
    try:
        with urllib.request.urlopen(kiosk.url + path, timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)["error"]["code"]


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(("text", "code", "status"), [("0", "storage_full", 507), ("ro", "storage_readonly", 503)])
def test_the_health_check_says_so_and_heals_by_itself(kiosk, flag, text, code, status):
    assert health(kiosk) == (200, "")
    teacher = Teacher(kiosk)
    flag.write_text(text)
    _id, seen, answer = ask(kiosk, 1)
    assert (seen, answer["error"]["code"]) == (status, code)
    assert "votre question" in answer["error"]["message"].lower() or "votre texte" in answer["error"]["message"].lower()
    assert [health(kiosk), health(kiosk, "/healthz")] == [(503, code)] * 2
    assert kiosk.status("/healthz/live") == 200
    shown = teacher._browser.open(kiosk.url + "/prof", timeout=10).read().decode()
    assert 'id="t-disk"' in shown and "Enregistré ici" not in shown
    with pytest.raises(urllib.error.HTTPError) as refused:
        teacher.act("/prof/salle/effacer", compris="1")
    said = refused.value.read().decode()
    assert refused.value.code == status and "votre question" not in said and "rien n’a été enregistré" in said
    flag.unlink()
    wait_for(lambda: health(kiosk) == (200, ""))
    shown = teacher._browser.open(kiosk.url + "/prof", timeout=10).read().decode()
    assert 'id="t-disk"' not in shown
    words = kiosk.words()
    assert f"[{code}]" in words and "votre question" not in words and "se laisse de nouveau écrire" in words


def started(data, environment):
    """A second start on the folder, once it answers or has ended."""
    served = Served(data, environment)
    wait_for(lambda: served.process.poll() is not None or served.status("/healthz/live") == 200, 20)
    return served


def test_a_start_on_a_full_disk_shows_what_is_held(tmp_path, kiosk, flag):
    first, _status, answer = ask(kiosk, 1)
    assert answer["ok"]
    kiosk.kill()
    flag.write_text("0")
    library = tmp_path / "diskfull.so"
    environment = preload.environment(library, KIOSK_DISKFULL_DIR=str(kiosk.data_dir), KIOSK_DISKFULL_FLAG=str(flag))
    again = started(kiosk.data_dir, environment)
    try:
        assert again.process.poll() is None, again.words()
        assert health(again) == (503, "storage_full")
        assert [again.status(path) for path in ("/", "/ecran", "/prof/connexion")] == [200] * 3
        flag.unlink()
        wait_for(lambda: health(again) == (200, ""))
        assert first in [one["id"] for one in again.questions()]
        assert "[storage_full]" in again.words() and "votre question" not in again.words()
    finally:
        again.process.kill()
        again.process.wait()


@pytest.mark.parametrize("held", [True, False])
def test_a_read_only_folder_gets_a_sentence_a_cure_and_a_code(tmp_path, kiosk, flag, held):
    """What an SD card becomes after an error: no trace, the same from the server and from a command."""
    kiosk.stop()
    data = kiosk.data_dir if held else tmp_path / "data" / "new"
    flag.write_text("ro")
    library = tmp_path / "diskfull.so"
    environment = preload.environment(library, KIOSK_DISKFULL_DIR=str(kiosk.data_dir), KIOSK_DISKFULL_FLAG=str(flag))
    for words in (["serve", "--port", "0"], ["room", "add", "B204"], ["pin", "reset"]):
        done = subprocess.run(
            [sys.executable, "-m", "kiosk", *words, "--data-dir", str(data)],
            cwd=kiosk.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 1, said
        assert "[storage_readonly]" in said or "[data_readonly]" in said or "[data_folder]" in said, said
        assert "Traceback" not in said and "nobody caught" not in said and "votre question" not in said


def test_a_class_on_a_disk_of_nine_megabytes(tmp_path):
    """The log stays short under load; full, killed, started again, the teacher comes in and erases everything."""
    place = tmp_path / "small"
    place.mkdir()
    names = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    program = Path(__file__).with_name("smalldisk.py")
    done = subprocess.run(
        ["unshare", *names, sys.executable, str(program), str(place)], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout)
    words = seen.pop("words")
    assert seen.pop("log") < 6_000_000
    assert seen == {
        "reserve": True,
        "full": [507, 503, "storage_full", 200, 200],
        "started": True,
        "kept": 0,
        "again": [503, "storage_full"],
        "banner": True,
        "forgotten": True,
        "healed": True,
        "banner after": False,
    }, words
    assert "Traceback" not in words and "votre question" not in words, words
