"""The teacher's panel in a real Chromium: what its tests hold in their hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from phone_kiosk import PhoneKiosk
from playwright.sync_api import Browser, BrowserContext, Page, expect
from real_chromium import AXE

PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)
PC = {"width": 1280, "height": 720}
#: Axe's rules: A, AA and its own good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneKiosk]:
    kiosk = PhoneKiosk(tmp_path_factory.mktemp("control"))
    yield kiosk
    kiosk.stop()


@pytest.fixture
def kiosk(served: PhoneKiosk) -> PhoneKiosk:
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


def pin(kiosk: PhoneKiosk) -> str:
    return str(json.loads((Path(kiosk.data_dir) / "secrets.json").read_text())["pin"])


def give_code(page: Page, kiosk: PhoneKiosk) -> None:
    """Come in by the code."""
    page.goto(kiosk.url + "/prof/connexion")
    page.fill("#pin", pin(kiosk))
    page.get_by_role("button", name="Ouvrir").click()


def statuses(kiosk: PhoneKiosk) -> dict[str, str]:
    """Question id → status."""
    return {question["id"]: question["status"] for question in kiosk.do("list")}


def until(check: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + PATIENCE / 1000
    while not check():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def problems(page: Page) -> list[str]:
    """What axe finds, in one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS)
    nodes = [(one["id"], node) for one in found["violations"] for node in one["nodes"]]
    return [f"{rule}: {node['target']} {node['failureSummary'][:200]}" for rule, node in nodes]
