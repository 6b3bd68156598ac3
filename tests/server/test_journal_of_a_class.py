"""A class's hour on a real server, then its journal: what support needs, and not one word of a pupil."""

from __future__ import annotations

import json
import re
import time
import zipfile
from pathlib import Path

import pytest
import requests

from kiosk import cli
from server.running import Phone, Running

pytestmark = pytest.mark.server

#: What pupils write, each with a word of its own; what is refused, too.
WORDS = [f"Question-zibeline-{number} sur le métier ?" for number in range(12)]
ADDRESS = re.compile(r"(?<![\d.])127\.0\.0\.\d+|zibeline|salle-des-loutres|Mozilla|python-requests", re.IGNORECASE)


def seen(kiosk: Running) -> str:
    """Every file of the journal, in one text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((kiosk.data_dir / "logs").iterdir()))


@pytest.fixture
def kiosk(tmp_path):
    running = Running(tmp_path / "data", "eventlet")
    running.settings = {"KIOSK_PUBLIC_URL": "http://kiosque.ecole.test"}
    yield running.start()
    running.stop()


def test_the_journal_tells_a_class_s_hour_and_none_of_its_words(kiosk, tmp_path, capsys):
    teacher = kiosk.teacher()
    phones = [Phone(kiosk.url, f"{number:032x}") for number in range(1, 5)]
    course = ("lobby", "countdown", "talk", "questions")
    for phase in course[1:]:
        kiosk.act(teacher, "/prof/etape", vers=phase)
    for number, text in enumerate(WORDS):
        assert phones[number % 4].ask(f"q{number:030d}", text)["ok"]
    assert phones[0].ask("r" * 30, "  ")["error"]["code"] == "question_empty"
    assert requests.post(f"{kiosk.url}/questions", data={"text": "z" * 5000}, timeout=10).status_code == 422
    assert requests.get(f"{kiosk.url}/salle-des-loutres/zibeline", timeout=10).status_code == 404
    for phone in phones:
        phone.close()
    assert kiosk.process is not None
    kiosk.process.terminate()
    assert kiosk.process.wait(15) == 0

    told = seen(kiosk)
    first, *_middle, tally, last = told.splitlines()
    assert re.search(
        r"INFO kiosk\.life: started: kiosk \d+\.\d+\.\d+.*, eventlet, Python 3\.\d+\.\d+, .*, SQLite", first
    )
    assert f"port {kiosk.port}" in first and "address shown to phones: http://kiosque.ecole.test" in told
    assert [found for found in re.findall(r"room 1: (\w+), \d+ phones, \d+ displays", told)] == list(course)
    assert "question_empty 1" in tally and "not_found 1" in tally and "stopped:" in last
    assert not ADDRESS.findall(told), told

    # and the archive carries it, scrubbed
    assert cli.main(["doctor", "--data-dir", str(kiosk.data_dir), "--bundle", str(tmp_path / "a.zip"), "--json"]) in (
        0,
        1,
        2,
    )
    json.loads(capsys.readouterr().out)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        carried = archive.read("journal.txt").decode()
    assert "started: kiosk" in carried and "stopped:" in carried and "question_empty 1" in carried
    assert "kiosque.ecole.test" not in carried and not ADDRESS.findall(carried)


def test_no_block_of_a_code_goes_to_a_journal(tmp_path: Path):
    """Under systemd the console is the journal: « systemctl status » shows its last ten lines."""
    running = Running(tmp_path / "data", "eventlet")
    program = (
        "import os, sys; held = os.fstat(1); "
        "os.environ['JOURNAL_STREAM'] = f'{held.st_dev}:{held.st_ino}'; "
        "os.execv(sys.executable, [sys.executable, '-m', 'kiosk', *sys.argv[1:]])"
    )
    running.program = ["-c", program]
    process = running.start().process
    assert process is not None and process.stdout is not None
    deadline, said = time.monotonic() + 20, ""
    while "kiosk.life: room 1" not in said:
        assert time.monotonic() < deadline, said
        said += process.stdout.readline()
    assert "<6>kiosk.life: started" in said and f":{running.port}" in said
    assert not any(block in said for block in "█▀▄"), said
    running.stop()
