"""Make the pictures of the documentation from a real kiosk: ``.venv/bin/python docs/screenshots.py``.

Starts a kiosk on a free loopback port with a fresh folder, plays a class, takes the pictures with
Chromium, stops the kiosk. Needs the test set-up (``./run.sh test`` installs it).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

import socketio
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("KIOSK_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUESTIONS = [
    ("Avez-vous eu peur la première fois que vous êtes montée en haut d’une éolienne ?", "vie"),
    ("Vous gagnez combien par mois quand vous débutez ?", "salaire"),
    ("C’est quoi la machine derrière vous, à quoi elle sert ?", "metier"),
    ("Est-ce que vous travaillez quand il y a de l’orage ?", "metier"),
    ("Et votre famille, elle a dit quoi quand vous avez choisi ce métier ?", "vie"),
    ("Est-ce qu’on peut y arriver avec un bac pro ?", "parcours"),
]


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environ = {**os.environ, "KIOSK_PUBLIC_URL": "http://192.168.1.20", "PYTHONPATH": str(ROOT)}
        server = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "serve", "--data-dir", folder, "--port", str(port)],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.DEVNULL,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(f"{base}/healthz")
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                pin = json.loads((Path(folder) / "secrets.json").read_text())["pin"]
                story(browser, base, pin)
                browser.close()
        finally:
            server.terminate()
            server.wait(10)


def story(browser, base: str, pin: str) -> None:
    """A short class, a picture at each moment."""
    display = browser.new_page(viewport={"width": 1280, "height": 720})
    phone = browser.new_context(viewport={"width": 390, "height": 700}, device_scale_factor=2).new_page()
    teacher = browser.new_page(viewport={"width": 1280, "height": 800})
    display.goto(f"{base}/ecran")
    phones = [socketio.Client() for _i in range(3)]
    for client in phones:
        client.connect(base, namespaces=["/phone"], transports=["websocket"], auth={"device": uuid.uuid4().hex})
    phone.goto(base)
    phone.locator("textarea").fill("Est-ce que vous avez le vertige ?")
    shot(phone, "telephone")
    shot(display, "ecran-accueil")
    teacher.goto(f"{base}/prof")
    teacher.fill("input[name=pin]", pin)
    teacher.keyboard.press("Enter")
    teacher.wait_for_url(f"{base}/prof/mise-en-route**")  # a new kiosk begins there
    teacher.goto(f"{base}/prof/preparer")
    shot(teacher, "prof-preparer")
    teacher.goto(f"{base}/prof")
    for _step in range(3):
        post(teacher, base, "/prof/etape", vers="suivante")
        if _step == 1:
            display.wait_for_timeout(1200)
            shot(display, "ecran-intervenante")
    for number, (text, theme) in enumerate(QUESTIONS):
        phones[number % 3].call("ask", {"id": str(uuid.uuid4()), "text": text, "theme": theme}, namespace="/phone")
    teacher.goto(f"{base}/prof")
    teacher.get_by_role("button", name="À l’écran").first.click()
    display.wait_for_timeout(1500)
    shot(display, "ecran-questions")
    shot(teacher, "prof")
    for client in phones:
        client.disconnect()


def post(page: Page, base: str, path: str, **fields: str) -> None:
    """Send one of the panel's forms."""
    token = page.locator("input[name=csrf]").first.get_attribute("value")
    answer = page.request.post(f"{base}{path}", form={"csrf": token, **fields}, headers={"X-Fragment": "1"})
    assert answer.ok, f"{path}: {answer.status} {answer.text()}"


def shot(page: Page, name: str) -> None:
    """One picture, once animations have settled."""
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}.png")


def wait_for(url: str) -> None:
    """Until the kiosk answers, 15 s at most."""
    limit = time.monotonic() + 15
    while True:
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
