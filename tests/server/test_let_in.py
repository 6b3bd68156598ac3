"""« kiosk pin allow » on the machine, while the kiosk runs: the word of a device that asks, and its way in."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from server.places import Browser
from server.running import ROOT, Running

pytestmark = pytest.mark.server


@pytest.fixture(params=["eventlet", "gevent"])
def kiosk(request, tmp_path):
    running = Running(tmp_path, request.param).start()
    yield running
    running.stop(9)


def allow(kiosk, *word):
    command = [sys.executable, "-m", "kiosk", "pin", "allow", *word, "--data-dir", str(kiosk.data_dir)]
    done = subprocess.run(
        [*command, "--port", str(kiosk.port)], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    return done.returncode, done.stdout.strip(), done.stderr


def first(pattern: str, page: str) -> str:
    """What the page says there."""
    found = re.search(pattern, page)
    assert found, page
    return found[1]


def test_the_command_shows_the_word_and_lets_in(kiosk):
    assert allow(kiosk)[:2] == (0, "Aucun appareil ne demande à entrer.")
    tablet, pupil = Browser(kiosk, "127.0.1.10"), Browser(kiosk, "127.0.1.66")
    words = []
    for one in (tablet, pupil):
        csrf = first(r'name="csrf" value="([0-9a-f]{32})"', one.get("/prof/connexion")[1])
        assert one.post("/prof/connexion/demande", csrf=csrf)[0] == 303
        words.append(first(r'role="status">(\w+ \d)', one.get("/prof/connexion")[1]))
    assert allow(kiosk)[1].splitlines() == words
    code, _said, error = allow(kiosk, "pas ce mot")
    assert code != 0 and "knock_gone" in error
    assert allow(kiosk, words[0].upper())[0] == 0
    assert "Préparer" in tablet.get("/prof/connexion")[1]  # the panel
    assert "Préparer" not in pupil.get("/prof/connexion")[1]
    tablet.close()
    pupil.close()
    kiosk.stop(9)
    assert "not_running" in allow(kiosk)[2]
    kiosk.start()
