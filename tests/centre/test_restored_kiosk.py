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
from kiosk.domain import enrolments
from kiosk.ground.config import Settings
from kiosk.ops import local


def command(data_dir: Path, *words: str, status: int = 0) -> str:
    """A command of the kiosk, as somebody types it."""
    held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "--data-dir", str(data_dir), *words],
        cwd=ROOT,
        env=held,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
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


@pytest.mark.server
def test_a_kiosk_whose_database_was_lost_goes_on_under_its_identity(tmp_path: Path) -> None:
    """No copy was good: it starts anew, by a command first, and the centre does not take it for a copied card."""
    centre = Centre(tmp_path / "centre")
    try:
        office = centre.office()
        office.upload([speaker("SP1"), session("S1", speakers=["SP1"])])
        sheet, data = tmp_path / "salles.csv", tmp_path / "one"
        sheet.write_text(f"uai,salle,centre,code\n{UAI},B204,{centre.url},{office.code()}\n")
        command(data, "provision", str(sheet))
        command(data, "sync")
        settings, before = Settings(data_dir=data, engine="threading", centre_url=centre.url), identity(data)
        for label in ("4e B", "4e C"):
            with local.opened(settings) as kiosk:
                kiosk.write(lambda tx: enrolments.request(tx, "S1", label=label, level="4E", headcount=26))
            assert json.loads(command(data, "sync", "--json"))["accepted"] == 1
            (data / "kiosk.sqlite3").write_bytes(b"x" * 5000)
            for copy in (data / "backups").glob("*.sqlite3"):
                copy.unlink()
            found = command(data, "sync", "--json")  # told beside: the database was damaged
            assert '"class": "ok"' in found and "repart de zéro" in found
        assert identity(data) == before
        page = office.get("/bureau/seances/S1").text
        assert page.count("<b>4e") == 2, re.findall(".*4e.*", page)
    finally:
        centre.kill()
