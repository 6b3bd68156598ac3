"""A real centre, a provisioned kiosk, its backup on another machine: a new identity, an outbox that counts once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from centre.centre_process import ROOT, UAI, Centre, session, speaker
from kiosk.config import Settings
from kiosk.domain import enrolments
from kiosk.ops import local


def command(data_dir: Path, *words: str, status: int = 0) -> str:
    """A command of the kiosk, as somebody types it."""
    held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "--data-dir", str(data_dir), *words],
        cwd=ROOT, env=held, capture_output=True, text=True, encoding="utf-8", timeout=60,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def identity(data_dir: Path) -> str:
    return str(json.loads((data_dir / "centre.json").read_text())["kiosk"])


@pytest.mark.server
def test_a_restored_kiosk_is_another_one_and_says_nothing_twice(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "centre")
    try:
        office = centre.office()
        office.upload([speaker("SP1"), session("S1", speakers=["SP1"])])
        sheet = tmp_path / "salles.csv"
        sheet.write_text(f"uai,salle,centre,code\n{UAI},B204,{centre.url},{office.code()}\n")
        first, second = tmp_path / "one", tmp_path / "two"
        assert "jumelé" in command(first, "provision", str(sheet))
        assert "Déjà jumelé" in command(first, "provision", str(sheet))
        command(first, "sync")
        with local.opened(Settings(data_dir=first, engine="threading", centre_url=centre.url)) as kiosk:
            kiosk.write(lambda tx: enrolments.request(tx, "S1", label="4e B", level="4E", headcount=26))
        command(first, "backup", str(tmp_path / "a.zip"))
        assert json.loads(command(first, "sync", "--json"))["accepted"] == 1
        command(second, "restore", str(tmp_path / "a.zip"))
        assert identity(second) != identity(first)
        assert json.loads(command(second, "sync", "--json", status=1))["class"] == "auth"
        command(second, "pair", office.code(), "--uai", UAI)
        again = json.loads(command(second, "sync", "--json"))
        assert (again["class"], again["accepted"], again["waiting"]) == ("ok", 1, 0)
        page = office.get("/bureau/seances/S1").text
        assert page.count("<b>4e") == 1, re.findall(".*4e.*", page)
    finally:
        centre.kill()
