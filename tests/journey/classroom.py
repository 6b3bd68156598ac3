"""A classroom: the kiosk as ``./run.sh`` starts it, a real Chromium, and the people in front of their pages.

People are asked what they see (:func:`sees`), in plain French: no-break spaces and word joiners are put back
to ordinary characters first. Nothing sleeps: everything waits for what it wants, and no longer.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page

from kiosk.ops.process import free_port

ROOT = Path(__file__).resolve().parents[2]
#: Milliseconds anybody waits for anything, on a busy machine.
PATIENCE = 20_000
PC, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
#: The only cookies a kiosk may set.
COOKIES = {"kiosk_device", "kiosk_teacher"}


def words(text: str) -> str:
    """A text as a person reads it: every space alike, no joiner."""
    return re.sub(r"\s+", " ", text.replace("\u2060", "")).strip()


class Kiosk:
    """The kiosk, started by ``./run.sh`` in ``data_dir``; ``kill`` is ``kill -9``."""

    def __init__(self, data_dir: Path, engine: str) -> None:
        self.data_dir, self.engine, self.port = data_dir, engine, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.pin = ""
        self.start()

    def start(self) -> None:
        """Start (again) and wait until it can take a question; reads the code on the console."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KIOSK_", "PYTHON"))}
        self._console = tempfile.TemporaryFile("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            ["./run.sh", "serve", "--port", str(self.port), "--data-dir", str(self.data_dir)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._console,
            stderr=subprocess.STDOUT,
            env={**kept, "KIOSK_ENGINE": self.engine},
            start_new_session=True,
        )
        limit = time.monotonic() + 90  # the first start after a change of style builds the pages again
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2).close()
                break
            except OSError:
                assert self._process.poll() is None and time.monotonic() < limit, self.console()
                time.sleep(0.05)
        found = re.search(r"Code du pilotage +(\d{6})", self.console())
        self.pin = found.group(1) if found else self.pin

    def console(self) -> str:
        """All that was printed since the last start."""
        self._console.seek(0)
        return self._console.read()

    def kill(self) -> None:
        """The plug pulled: ``kill -9``, without a word."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._console.close()


class Classroom:
    """Opens devices, and holds what they asked of the network and complained of."""

    def __init__(self, browser: Browser, kiosk: Kiosk) -> None:
        self.browser, self.kiosk = browser, kiosk
        self.contexts: list[BrowserContext] = []
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.cut = False

    def device(self, **options: Any) -> BrowserContext:
        """A device that nobody used yet."""
        context = self.browser.new_context(**{"locale": "fr-FR", "viewport": PHONE, **options})
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", self._heard)
        self.contexts.append(context)
        return context

    def _heard(self, said: Any) -> None:
        """A browser writes a line for each request that fails: expected while the kiosk or the Wi-Fi is down."""
        lost = "net::ERR_" in said.text or "WebSocket connection" in said.text
        if said.type in ("error", "warning") and not (self.cut and lost):
            self.complaints.append(f"{said.location.get('url')}: {said.text}")

    def phone(self, path: str = "/", **options: Any) -> Page:
        """A pupil's phone on a page."""
        return opened(self.device(**options), self.kiosk.url + path)

    def display(self, path: str = "/ecran", **options: Any) -> Page:
        """The class's large display."""
        return opened(self.device(**{"viewport": PC, **options}), self.kiosk.url + path)

    def teacher(self, **options: Any) -> Page:
        """The teacher's PC, the code given."""
        context = self.device(**{"viewport": PC, "permissions": ["clipboard-read", "clipboard-write"], **options})
        page = opened(context, self.kiosk.url + "/prof")
        page.get_by_label("Code à 6 chiffres").fill(self.kiosk.pin)
        press(page, "Ouvrir")
        page.wait_for_url(re.compile(r"/prof(/mise-en-route)?(\?|$)"))
        if "mise-en-route" in page.url:  # a new kiosk begins there, for the first who comes in
            press(page, "Plus tard, aller en direct")
        sees(page, "En direct")
        return page

    def nothing_left(self) -> None:
        """Nothing was asked of another machine, no page complained, and only the two cookies were set."""
        own = (self.kiosk.url, self.kiosk.url.replace("http", "ws"), "data:")
        assert [url for url in self.asked if not url.startswith(own)] == []
        assert self.complaints == []
        assert {cookie["name"] for context in self.contexts for cookie in context.cookies()} <= COOKIES

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def opened(context: BrowserContext, url: str) -> Page:
    """A new tab of a device."""
    page = context.new_page()
    page.goto(url)
    return page


def until(page: Page, check: Callable[[], Any], why: Callable[[], str]) -> None:
    """Wait for ``check``; a page that is being replaced meanwhile is asked again."""
    limit = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            if check():
                return
        except Error:
            pass
        assert time.monotonic() < limit, why()
        page.wait_for_timeout(40)


def read(place: Page | Locator) -> str:
    """What a page, or a part of it, says."""
    if isinstance(place, Page):
        return words(place.locator("body").inner_text())
    return words(" ".join(filter(None, place.all_inner_texts())))


def _says(place: Page | Locator, text: str) -> bool:
    return text in read(place)


def _never(place: Page | Locator, text: str) -> str:
    return f"« {text} » never came in:\n{read(place)}"


def sees(place: Page | Locator, *texts: str) -> None:
    """The person in front of ``place`` comes to read each of ``texts``."""
    page = place if isinstance(place, Page) else place.page
    for text in texts:
        until(page, partial(_says, place, text), partial(_never, place, text))


def no_longer(place: Page | Locator, text: str) -> None:
    """``text`` goes away."""
    page = place if isinstance(place, Page) else place.page
    until(page, lambda: text not in read(place), lambda: f"« {text} » stays in:\n{read(place)}")


def like(text: str, start: str = "") -> re.Pattern[str]:
    """``text`` whatever its spaces and its hyphens are made of."""
    return re.compile(start + re.escape(words(text)).replace("\\ ", r"\s+").replace("\\-", "\u2060?-\u2060?"))


def press(place: Page | Locator, name: str) -> None:
    """Press the button, the link or the fold whose name begins so."""
    named = like(name, "^")
    places = place.get_by_role("button", name=named).or_(place.get_by_role("link", name=named))
    places.or_(place.locator("summary").filter(has_text=named)).first.click()


def key(page: Page, name: str, title: str) -> None:
    """A key of the panel, its title clicked so that no field has it; once the page that a press led to listens."""
    page.locator(title).click()
    page.wait_for_load_state()
    page.keyboard.press(name)


def entry(page: Page, text: str) -> Locator:
    """The line of a list that holds ``text``."""
    return page.locator("#list > li, ul.list > li").filter(has_text=like(text))
