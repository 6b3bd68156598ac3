"""What the tests in a browser share: a Chromium and the usual kiosk of the display, for a module, and the usual kiosk
of phones and of the panel, with nothing in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.control_panel import PATIENCE, PC, give_code
from browser.display_kiosk import DisplayKiosk
from browser.display_kiosk import kiosk as display_kiosk
from browser.phone_kiosk import PhoneKiosk
from real_chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisplayKiosk]:
    """A kiosk with a room for each picture of the display."""
    with display_kiosk(tmp_path_factory.mktemp("display")) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of a small projector."""
    found = browser.new_page(viewport={"width": PC["width"], "height": PC["height"]})
    yield found
    found.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneKiosk]:
    """A kiosk with one room, as the tests before left it."""
    found = PhoneKiosk(tmp_path_factory.mktemp("kiosk"))
    yield found
    found.stop()


@pytest.fixture
def kiosk(served: PhoneKiosk) -> PhoneKiosk:
    """A kiosk at the phase of questions, without a question."""
    served.do("fresh")
    return served


@pytest.fixture
def panel(browser: Browser, kiosk: PhoneKiosk) -> Iterator[Callable[..., Page]]:
    """``panel(path)`` opens a page of the teacher, code given. At the end: no error, no request to elsewhere."""
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    wrong: list[str] = []

    def make(path: str = "/prof", *, enter: bool = True, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": PC, "locale": "fr-FR", **options})
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: asked.append(request.url))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        if enter:
            give_code(page, kiosk)
        page.goto(kiosk.url + path)
        if enter and options.get("java_script_enabled", True):
            page.wait_for_function("document.documentElement.classList.contains('js')")
        return page

    yield make
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((kiosk.url, "data:"))] == []
    assert wrong == []
