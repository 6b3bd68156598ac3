"""`kiosk conform` against the reference centre, each database, as somebody would run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from centre.centre_process import OTHER_UAI, UAI, Centre, Office, question, session, speaker
from kiosk.conform import checks  # noqa: F401  (declares the rules)
from kiosk.conform.centre import PICTURE
from kiosk.conform.rules import SIDES

pytestmark = pytest.mark.server
ROOT = Path(__file__).resolve().parents[2]


def conform(*words: str) -> tuple[int, str]:
    """Run the command; its exit code and its output."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "conform", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


@contextmanager
def carrier(office: Office, folder: Path) -> Iterator[None]:
    """Somebody who carries each file of a folder to the office, and its answer back."""
    over = threading.Event()

    def carry() -> None:
        seen: set[str] = set()
        while not over.wait(0.1):
            for path in sorted(folder.glob("conform-*.kiosk.json.gz")):
                if path.name not in seen:
                    seen.add(path.name)
                    answer = office.post("/bureau/fichiers/cle", {"file": (path.name, path.read_bytes())}, 200)
                    part = folder / "answer.part"
                    part.write_bytes(answer.content)
                    part.replace(folder / f"answer-{path.name}")

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_our_centre_holds_to_every_rule(centre: Centre, office: Office, tmp_path: Path) -> None:
    office.upload([speaker("P-CONFORM"), session("S-CONFORM", speakers=["P-CONFORM"]), session("S-CONFORM-2")])
    form = {"id": "P-CONFORM", "name": "Camille", "feminine": "cartographe", "alt": "Camille sourit"}
    office.post("/bureau/intervenants/enregistrer", {"portrait": ("p.png", PICTURE)}, 303, **form)
    codes = [office.code(), office.code(), office.code(OTHER_UAI)]
    words = ["--uai", UAI, "--code", codes[0], "--code", codes[1], "--other", OTHER_UAI, codes[2]]
    long = re.findall(
        r'class="code">([0-9A-Z-]+)<', office.post("/bureau/kiosques/code", uai=UAI, long="1", status=200).text
    )
    words += ["--stick", str(tmp_path), "--long", long[0], "--wait", "30"]
    with carrier(office, tmp_path):
        status, out = conform(centre.url, *words, "--session", "S-CONFORM", "--json")
    rules = {one["rule"]: one for one in json.loads(out)["rules"]}
    assert [one for one in rules.values() if one["state"] == "failed"] == [] and status == 0
    untried = {code for code, one in rules.items() if one["state"] == "not_tried"}
    assert untried == {one.code for one in SIDES["centre"] if one.check is None}
    assert not any(code in out for code in [*codes, *long])


def test_without_a_code_our_centre_is_only_read(centre: Centre) -> None:
    status, out = conform(centre.url)
    assert status == 0 and "0 manquée" in out and "il lui faut --uai et --code" in out


def test_a_withdrawn_question_is_taken_without_effect_whatever_it_is_about(office: Office) -> None:
    kiosk = office.pair()
    sent = [kiosk.operation("question.withdraw", question_id="q-gone")]
    sent.append(kiosk.operation("question.prepared", **question("q-gone", "S-NOWHERE")))
    assert [one["status"] for one in kiosk.exchange(*sent)["verdicts"]] == ["accepted", "accepted"]
