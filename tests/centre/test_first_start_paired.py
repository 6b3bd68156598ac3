"""A kiosk set up in the browser alone, without a script: paired with a real centre, exchanging without a restart."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from centre.centre_process import ROOT, UAI, Centre, session, speaker
from kiosk.ops.process import free_port


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{32})"', page)
    assert found, page[:300]
    return found.group(1)


@pytest.mark.server
def test_a_kiosk_set_up_in_the_browser_exchanges_at_once(tmp_path: Path) -> None:
    centre = Centre(tmp_path / "centre")
    port, data = free_port(), tmp_path / "kiosk"
    held = {key: value for key, value in os.environ.items() if not key.startswith("KIOSK_")}
    kiosk = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "serve", "--data-dir", str(data), "--port", str(port)],
        cwd=ROOT,
        env={**held, "KIOSK_HOST": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        office = centre.office()
        office.upload([speaker("SP1"), session("S1", speakers=["SP1"])])
        end = time.monotonic() + 30
        while True:
            try:
                requests.get(f"{base}/healthz", timeout=1).raise_for_status()
                break
            except requests.RequestException:
                assert time.monotonic() < end
                time.sleep(0.1)
        browser = requests.Session()
        page = browser.get(f"{base}/prof/connexion", timeout=10).text
        page = browser.post(f"{base}/prof/commencer", data={"csrf": csrf(page)}, timeout=10).text
        send = {"ecole": {"uai": UAI, "nom": "Lycée Corot"}, "centre": {"adresse": centre.url, "code": "FAUX-CODE"}}
        for step, form in send.items():
            answer = browser.post(f"{base}/prof/mise-en-route/{step}", data={"csrf": csrf(page), **form}, timeout=30)
        assert answer.status_code == 403 and "FAUX-CODE" in answer.text and "pairing_code" in answer.text
        form = {"csrf": csrf(page), "adresse": centre.url, "code": office.code(), "poste": "CDI"}
        answer = browser.post(f"{base}/prof/mise-en-route/centre", data=form, timeout=30)
        assert answer.status_code == 200 and json.loads((data / "centre.json").read_text())["uai"] == UAI
        end = time.monotonic() + 30
        while "Dernier échange réussi" not in (page := browser.get(f"{base}/prof/synchro", timeout=10).text):
            assert time.monotonic() < end, re.sub(r"<[^>]+>|\s+", " ", page)[300:2500]
            time.sleep(0.3)
    finally:
        kiosk.terminate()
        kiosk.wait(15)
        centre.kill()
