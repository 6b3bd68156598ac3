"""Panels that come at once just after a start, as they do after a power cut: each is served, on each engine.

The first to come has the words loaded that questions are compared with, in a native thread. Several at once once had
it done several times: the library of telephone numbers waited for a lock that the engine had made green, and no panel
ever opened again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from server.running import ROOT, Running

pytestmark = pytest.mark.server

PANELS = 8


@pytest.fixture(params=["eventlet", "gevent"])
def kiosk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A kiosk that has just started, its demonstration open."""
    running = Running(tmp_path, request.param).start()
    yield running
    running.kill()


def let_in(kiosk: Running) -> requests.Session:
    """A browser that gave the code and has not opened the live page yet."""
    browser = requests.Session()
    pin = json.loads((kiosk.data_dir / "secrets.json").read_text())["pin"]
    csrf = kiosk.csrf(browser.get(f"{kiosk.url}/prof/connexion", timeout=10).text)
    sent = {"pin": pin, "csrf": csrf}
    answer = browser.post(f"{kiosk.url}/prof/connexion", data=sent, timeout=10, allow_redirects=False)
    assert answer.status_code == 303
    return browser


def test_all_those_that_come_at_once_are_served(kiosk: Running) -> None:
    with let_in(kiosk) as browser:
        found: list[int | str] = []

        def opens() -> None:
            try:
                found.append(requests.get(f"{kiosk.url}/prof", cookies=browser.cookies, timeout=30).status_code)
            except requests.RequestException as error:
                found.append(type(error).__name__)

        threads = [threading.Thread(target=opens) for _ in range(PANELS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [200] * PANELS


@pytest.mark.parametrize("engine", ["eventlet", "gevent"])
def test_the_library_of_telephone_numbers_has_a_native_lock(engine: str) -> None:
    """It is used by the loop and by a native thread: a green lock is not given from one to the other."""
    script = (
        "import sys, _thread; from kiosk import engine; engine.activate(sys.argv[1])\n"
        "from kiosk.domain.reading import flags; assert flags.find('Appelez-moi au 06 12 34 56 78')\n"
        "from phonenumbers.phonemetadata import PhoneMetadata\n"
        "print(type(PhoneMetadata._metadata_lock) is type(engine.native_lock()))"
    )
    done = subprocess.run([sys.executable, "-c", script, engine], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True\n", done.stderr
