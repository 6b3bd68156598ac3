"""``kiosk status``: what a fleet's tools are told, of a kiosk that runs, that is stopped, that has nothing yet."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from factories import make_question
from kiosk.ground.typography import plain
from kiosk.ops import status
from kiosk.storage import backups, secretfile
from server.running import Running

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "diagnostic.md").read_text(encoding="utf-8")


def keys(found: object, before: str = "") -> set[str]:
    """Every key, as the documentation writes it: ``rooms[].code``."""
    if isinstance(found, list):
        return set().union(*(keys(one, before + "[]") for one in found))
    if not isinstance(found, dict):
        return {before}
    return set().union(*(keys(value, f"{before}.{key}" if before else key) for key, value in found.items()))


def run(data: Path, *words: str, port: int = 1) -> tuple[int, str]:
    """Exit code and output of the command."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "status", "--data-dir", str(data), "--port", str(port), *words],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("KIOSK_")},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stderr == ""
    return done.returncode, plain(done.stdout)


def test_a_kiosk_that_never_started_is_out_of_service_and_nothing_is_written(tmp_path):
    code, said = run(tmp_path / "data", "--json")
    found = json.loads(said)
    assert (code, found["exit"], found["health"], found["reasons"]) == (2, 2, "down", ["stopped"])
    assert found["rooms"] is None and found["phones"] is None and found["backup"]["at"] is None
    assert not (tmp_path / "data").exists()
    code, said = run(tmp_path / "data")
    assert code == 2 and said.startswith("Hors service : ") and "serveur arrêté" in said and said.count("\n") == 1


def test_a_stopped_kiosk_tells_its_rooms_its_exchange_and_its_copy(kiosk, room):
    backups.make(kiosk.database.path, kiosk.clock.now())
    found = status.look(replace(kiosk.settings, port=1, centre_url="https://compte:secret@centre.example/v1"))
    assert [(one["name"], one["phase"], one["session"]["id"]) for one in found["rooms"]] == [
        ("Salle 12", "lobby", "S1")
    ]
    assert found["exchange"]["centre"] == "centre.example" and found["exchange"]["age_s"] is None
    assert found["backup"]["age_s"] < 60 and found["disk"]["free_mb"] > 0 and found["reasons"] == ["stopped"]
    assert "Salle 12" in status.line(found) and "Accueil" in status.line(found)


def test_no_word_of_a_pupil_no_secret(kiosk, room):
    make_question(kiosk, room, "q1", "Combien gagnez-vous par zyxmot ?")
    found = status.look(replace(kiosk.settings, metrics_token="jeton-zyx", wifi_password="zyx-wifi", port=1))
    said = status.as_json(found) + status.line(found)
    assert "questions" not in found["rooms"][0]  # how much a class asked is nobody's figure but its own
    secrets = secretfile.load(kiosk.settings.data_dir, "")
    for word in ("zyx", secrets.pin, secrets.display_token, "Combien"):
        assert word and word not in said


def test_every_key_is_documented(kiosk, room):
    rows = re.findall(r"^\| (`[^|]+) \|", PAGE.split("### Les clés")[1].split("\n## ")[0], re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert {name.removesuffix("[]") for name in keys(status.look(kiosk.settings))} == told


@pytest.mark.server
def test_a_kiosk_that_serves_counts_its_phones_and_says_why_it_is_not_well(tmp_path):
    one = Running(tmp_path / "data", "eventlet").start()
    try:
        code, said = run(one.data_dir, "--json", port=one.port)
        found = json.loads(said)
        assert one.process is not None
        assert found["server"] == {"running": True, "pid": one.process.pid, "answers": True, "ready": True, "code": ""}
        assert (found["phones"], found["displays"]) == (0, 0) and len(found["rooms"]) == 1
        assert code == found["exit"] == (1 if found["reasons"] else 0)
        assert set(found["reasons"]) <= {"backup", "space"}
        assert json.loads(run(one.data_dir, "--json", port=1)[1])["reasons"][-1] == "silent"
    finally:
        one.stop()
    assert json.loads(run(one.data_dir, "--json", port=one.port)[1])["reasons"][-1] == "stopped"
