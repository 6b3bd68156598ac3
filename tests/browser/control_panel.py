"""The teacher's panel in a real Chromium: what its tests hold in their hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from browser.phone_kiosk import PhoneKiosk
from real_chromium import violations

WORDS = Path(__file__).with_name("measure_words.js")
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)
PC = {"width": 1280, "height": 720}
#: Axe's rules: A, AA and its own good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


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


#: Until what comes and goes has: a text half drawn has no contrast. What turns for ever is not waited for.
ENDED = """Promise.all(document.getAnimations().filter(one => isFinite(one.effect.getComputedTiming().endTime))
  .map(one => Promise.race([one.finished.catch(() => null), new Promise(done => setTimeout(done, 2000))]))
).then(() => null)"""


#: What axe judges by colours: all that another theme changes.
COLOURED = ["color-contrast", "link-in-text-block"]


def problems_of_both_themes(page: Page) -> list[str]:
    """What axe finds in a page in the light theme, then in its colours in the dark one, without loading it again."""
    page.emulate_media(color_scheme="light")
    found = problems(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {problem}" for problem in problems(page, {"type": "rule", "values": COLOURED})]
    page.emulate_media(color_scheme="light")
    return found


def touching(page: Page) -> list[str]:
    """Words of two elements that stand on one line with less than a space between them: « Séanceschoisir »."""
    found: list[str] = page.evaluate(WORDS.read_text(encoding="utf-8"))
    return found


def problems(page: Page, only: dict[str, Any] | None = None) -> list[str]:
    """What axe finds, in one line each, once nothing moves. ``only``: axe's ``runOnly``."""
    page.evaluate(ENDED)
    found = violations(page, runOnly=only or {"type": "tag", "values": TAGS})
    nodes = [(one["id"], node) for one in found for node in one["nodes"]]
    return [f"{rule}: {node['target']} {node['failureSummary'][:200]}" for rule, node in nodes]
