"""A machine whose clock is far off (an empty battery, a BIOS of another century) starts, says so, and loses nothing,
neither then nor once its clock is right. Real processes under Debian's ``faketime``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import requests

from centre.centre_process import Centre
from kiosk.ground.typography import plain
from server.running import ROOT, Phone, Running

pytestmark = pytest.mark.server
#: Before any date of the contract, long after this kiosk, and beyond what a .zip may say.
CLOCKS = ("1970-01-02 00:00:10", "2060-02-29 10:00:00", "2150-01-01 00:00:00")
WORDS = "À quelle heure vous levez-vous ?"


def off(clock: str) -> dict[str, str]:
    """The environment of a process that believes it is this instant when it starts; the tool itself would be another
    process, which takes the signals.
    """
    told = subprocess.run(["faketime", clock, "env"], capture_output=True, text=True, check=True).stdout
    held = dict(line.split("=", 1) for line in told.splitlines() if line.startswith(("LD_PRELOAD=", "FAKETIME=")))
    return {**held, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def command(kiosk: Running, *words: str) -> str:
    """What a command says on this machine, at its time; it succeeds."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *words, "--data-dir", str(kiosk.data_dir)],
        env={**os.environ, **kiosk.settings, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True, text=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    if "doctor" not in words:
        assert done.returncode == 0, done.stdout + done.stderr
    return plain(done.stdout)


def display(kiosk: Running) -> str:
    return plain(re.sub(r"<[^>]+>", " ", requests.get(f"{kiosk.url}/ecran", timeout=10).text))


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_that_is_far_off_is_said_and_stops_nothing(tmp_path: Path, clock: str) -> None:
    kiosk = Running(tmp_path / "data", "eventlet")
    kiosk.settings = off(clock)
    kiosk.start()
    try:
        assert "L’heure de ce poste est fausse" in display(kiosk)
        teacher = kiosk.teacher()
        phone = Phone(kiosk.url, "c" * 22)
        kiosk.act(teacher, "/prof/etape", vers="questions")
        assert phone.ask("q-hour", WORDS)["ok"]
        phone.client.disconnect()
        assert "fausse" in plain(teacher.get(f"{kiosk.url}/prof", timeout=10).text)
        assert "[clock]" in command(kiosk, "doctor", "--port", str(kiosk.port))
        command(kiosk, "doctor", "--bundle", str(tmp_path / "report.zip"))
        command(kiosk, "backup", str(tmp_path / "saved.zip"))
        for name in ("report.zip", "saved.zip"):
            with zipfile.ZipFile(tmp_path / name) as packed:
                assert packed.testzip() is None
        assert kiosk.stop() == 0
        kiosk.settings = {}  # the battery is changed
        kiosk.start()
        assert "fausse" not in display(kiosk)
        assert WORDS in [plain(one["text"]) for one in kiosk.questions()]
        kiosk.act(kiosk.teacher(), "/prof/etape", vers="questions")
        phone = Phone(kiosk.url, "c" * 22)
        assert phone.ask("q-then", WORDS)["ok"]
        phone.client.disconnect()
        assert "sauvegarde" in command(kiosk, "backup", str(tmp_path / "again.zip")).lower()
    finally:
        kiosk.kill()


def test_only_one_place_dates_an_entry_of_an_archive() -> None:
    """The library dates an entry by the machine's clock, and fails when sixteen bits do not hold it."""
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "kiosk").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\bwritestr\((?!zipped\.entry\(|zipfile\.ZipInfo\(|member\b)", line)
        or re.search(r"(?<!zopfli\.)\bgzip\.compress\((?!.*mtime=|.*, \w+\)$)", line)
        or re.search(r'\.open\((?!zipped\.entry)\w+, "w", force_zip64', line)
    ]
    assert found == []


@pytest.mark.parametrize("clock", (CLOCKS[0], CLOCKS[-1]))
def test_a_centre_starts_too_with_its_demonstration(
    tmp_path: Path, clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as around:
        for name, value in off(clock).items():
            around.setenv(name, value)
        centre = Centre(tmp_path, command=(sys.executable, "-m", "kiosk", "centre", "--demo"))
    try:
        office = centre.office()
        for page in (
            "seances",
            "inscriptions",
            "statistiques",
            "equipe/journal",
            "donnees",
            "comptes-rendus",
            "annonces",
        ):
            assert office.get(f"/bureau/{page}/".replace("journal/", "journal")).status_code == 200, page
        assert "Enregistré" in office.bring("s.csv", "Titre;Date;Heure;Durée\nX;24/11/2035;9h;45\n".encode()).text
    finally:
        centre.stop()
    assert "Traceback" not in centre.log.read_text("utf-8")
