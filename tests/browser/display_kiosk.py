"""What the display tests hold in their hand: a kiosk (``display_server.py``), a browser, a measuring tape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from browser.driven import Driven
from real_chromium import violations

MEASURE = Path(__file__).with_name("measure_display.js")
SIZES = {"16:9": (1920, 1080), "small": (1280, 720), "4:3": (1024, 768), "bandeau": (480, 1080)}
#: Axe's rules: A and AA, and the contrast of 7:1 that a projector needs.
RULES: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}


class DisplayKiosk(Driven):
    """A kiosk with a room for each picture of the display; ``settings`` are of ``kiosk.ground.config``."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        super().__init__("display_server.py", data_dir, json.dumps(settings))

    def order(self, do: str, room: str = "", **values: Any) -> Any:
        """One act in a room, done when this returns. Fails on a refusal."""
        return self.do(do, room=room, **values)

    def url(self, room: str, path: str = "/ecran", **query: Any) -> str:
        """A page's address in a room."""
        values = {"salle": room, **query}
        return f"{self.address}{path}?" + "&".join(f"{k}={v}" for k, v in values.items() if v)


@contextmanager
def kiosk(data_dir: Path, **settings: Any) -> Iterator[DisplayKiosk]:
    """A running kiosk, stopped at the end whatever happens."""
    held = DisplayKiosk(data_dir, **settings)
    try:
        yield held
    finally:
        held.stop()


def live(page: Page, server: DisplayKiosk, room: str, **query: Any) -> None:
    """Open the display and wait until its socket has greeted it."""
    with page.expect_response(lambda answer: "/ecran/fragment" in answer.url):
        page.goto(server.url(room, **query))


def resize(page: Page, name: str) -> None:
    """Give the page a size of :data:`SIZES` and wait until it has fitted itself."""
    width, height = SIZES[name]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))"
    )


def measure(page: Page) -> list[str]:
    """What stands outside, is cut, overlaps, scrolls, is too small or breaks a word: empty when all is well."""
    found: list[str] = page.evaluate(MEASURE.read_text(encoding="utf-8"))
    return found


def axe(page: Page) -> list[str]:
    """Violations of WCAG A and AA, and of the 7:1 contrast that a projector needs."""
    return [
        " ".join([one["id"], *map(str, node["target"]), *(node.get("failureSummary") or "").split()])
        for one in violations(page, **RULES)
        for node in one["nodes"]
    ]


def words_on(page: Page) -> str:
    """All that the screen says, in one line."""
    text: str = page.locator("#screen").inner_text()
    return " ".join(text.split())
