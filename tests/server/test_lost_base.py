"""What a real kiosk does once its files were harmed: it says so, and it is not a new one."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
import requests

from server.running import ROOT, Phone, Running

pytestmark = pytest.mark.server


@pytest.fixture
def kiosk(tmp_path):
    made = Running(tmp_path / "Salle #1 à 50%", "eventlet")
    made.settings["KIOSK_LIMITS_DEVICE_BURST"] = "1000"
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


def ask(kiosk, number, first=0):
    phone = Phone(kiosk.url, "d" * 22)
    told = [phone.ask(f"q-{first + n:04}", f"Question {first + n} de la classe ?") for n in range(number)]
    phone.close()
    return sum(answer["ok"] for answer in told)


def wait_for(condition, seconds=15.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_base_lost_in_the_first_minute_comes_back_with_its_first_questions(kiosk):
    kiosk.start()
    live = kiosk.data_dir / "backups" / "kiosk-live.sqlite3"
    assert ask(kiosk, 5) == 5
    wait_for(live.exists)
    kiosk.kill()
    for file in kiosk.data_dir.glob("kiosk.sqlite3*"):
        file.write_bytes(b"")
    kiosk.start()
    assert len([one for one in kiosk.questions() if one["id"].startswith("q-")]) >= 1
    page = kiosk.teacher().get(f"{kiosk.url}/prof", timeout=10).text
    assert "une copie a été remise en place" in page.replace("\u00a0", " ")


@pytest.mark.parametrize("how", ["emptied", "removed", "zeroed"])
def test_a_base_lost_without_a_copy_leaves_the_kiosk_to_whoever_has_the_code(kiosk, how):
    kiosk.start()
    browser = requests.Session()
    assert "Commencer la mise en route" in browser.get(f"{kiosk.url}/prof/connexion", timeout=10).text
    kiosk.kill()
    for file in kiosk.data_dir.glob("backups/*"):
        file.unlink()
    for file in kiosk.data_dir.glob("kiosk.sqlite3*"):
        file.unlink() if how == "removed" else file.write_bytes(bytes(0 if how == "emptied" else 9000))
    kiosk.start()
    shown = browser.get(f"{kiosk.url}/prof/connexion", timeout=10).text
    assert "Commencer la mise en route" not in shown
    csrf = kiosk.csrf(shown)
    answer = browser.post(f"{kiosk.url}/prof/commencer", data={"csrf": csrf}, allow_redirects=False, timeout=10)
    assert answer.status_code == 401 or "/prof/connexion" in answer.headers.get("Location", "")
    assert "Étape" in kiosk.teacher().get(f"{kiosk.url}/prof/mise-en-route", timeout=10).text  # the code still opens it


def test_a_new_kiosk_that_a_command_prepared_is_still_new(kiosk):
    import subprocess
    import sys

    from server.running import ROOT

    words = [sys.executable, "-m", "kiosk", "pin", "show", "--data-dir", str(kiosk.data_dir)]
    subprocess.run(words, cwd=ROOT, capture_output=True, check=True, timeout=60)
    kiosk.start()
    assert "Commencer la mise en route" in requests.get(f"{kiosk.url}/prof/connexion", timeout=10).text


@pytest.mark.parametrize("copied", [False, True])
def test_questions_lost_in_the_middle_of_the_log_are_said_to_the_teacher(kiosk, copied):
    kiosk.start()
    live = kiosk.data_dir / "backups" / "kiosk-live.sqlite3"
    assert ask(kiosk, 60) == 60
    wait_for(live.exists)
    if copied:  # the next copy comes with the next questions, five seconds after
        before = live.stat().st_ino
        time.sleep(1)
        assert ask(kiosk, 1, 900) == 1
        wait_for(lambda: live.stat().st_ino != before)
    kiosk.kill()
    if not copied:
        for file in kiosk.data_dir.glob("backups/*"):
            file.unlink()
    log = kiosk.data_dir / "kiosk.sqlite3-wal"
    data = bytearray(log.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    log.write_bytes(bytes(data))
    kiosk.start()
    kept = len([one for one in kiosk.questions() if one["id"].startswith("q-")])
    page = re.sub(r"\s+", " ", kiosk.teacher().get(f"{kiosk.url}/prof", timeout=10).text.replace("\u00a0", " "))
    if copied:
        assert kept == 61 and "une copie a été remise en place" in page
    else:
        assert 0 < kept < 60 and "des questions enregistrées manquent" in page
    assert list(kiosk.data_dir.glob("kiosk-damaged-*"))


def test_a_kill_alone_says_nothing(kiosk):
    kiosk.start()
    for turn in range(3):
        assert ask(kiosk, 15, turn * 20) == 15
        kiosk.kill()
        kiosk.start()
        assert 'id="recovery"' not in kiosk.teacher().get(f"{kiosk.url}/prof", timeout=10).text
    assert not list(kiosk.data_dir.glob("kiosk-damaged-*"))
    assert len([one for one in kiosk.questions() if one["id"].startswith("q-")]) == 45


def test_the_folder_and_all_in_it_are_this_account_s_alone(kiosk):
    kiosk.data_dir.mkdir(mode=0o755)
    (kiosk.data_dir / "secrets.json").write_text('{"key": "k", "pin": "135790", "display_token": "t"}')
    kiosk.start()
    assert ask(kiosk, 2) == 2
    wait_for((kiosk.data_dir / "backups" / "kiosk-live.sqlite3").exists)
    modes = {path.name: path.stat().st_mode & 0o077 for path in [kiosk.data_dir, *kiosk.data_dir.rglob("*")]}
    assert {name for name, mode in modes.items() if mode} == set()
    assert {"kiosk.lock", "jobs-examples.sqlite3", "kiosk.sqlite3-wal", "kiosk.reserve"} <= set(modes)


def test_a_command_leaves_a_damaged_base_to_the_kiosk_that_serves_it(kiosk):
    """Put aside by a command, it would take away what the kiosk still writes in it."""
    kiosk.start()
    assert ask(kiosk, 2) == 2
    base = kiosk.data_dir / "kiosk.sqlite3"
    with closing(sqlite3.connect(base)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, held = base.read_bytes(), base.stat().st_ino
    with base.open("r+b") as file:  # in place, as a worn card does
        file.seek(2 * 4096)
        file.write(os.urandom(40 * 4096))
    for words in (["room", "list"], ["export", "questions"], ["demo"], ["pin", "reset"]):
        done = subprocess.run(
            [sys.executable, "-m", "kiosk", *words, "--data-dir", str(kiosk.data_dir)],
            cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        assert done.returncode == 1 and "[data_damaged]" in done.stderr, (words, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1  # no word of the journal beside it
    assert base.stat().st_ino == held and not list(kiosk.data_dir.glob("kiosk-damaged-*"))
    kiosk.kill()
    with base.open("r+b") as file:
        file.write(whole)
    assert {"q-0000", "q-0001"} <= {one["id"] for one in kiosk.questions()}


def test_a_command_that_finds_a_damaged_base_says_what_it_did(kiosk):
    kiosk.start()
    assert kiosk.stop() == 0
    for file in kiosk.data_dir.glob("backups/*"):
        file.unlink()
    (kiosk.data_dir / "kiosk.sqlite3").write_bytes(b"x" * 9000)
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "room", "list", "--data-dir", str(kiosk.data_dir)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0 and "repart de zéro" in done.stderr and "database" not in done.stderr
    assert list(kiosk.data_dir.glob("kiosk-damaged-*"))
