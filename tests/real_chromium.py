"""The Chromium of every test that looks at a page: Debian's, without a window, silent on the network; and axe in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

#: The same engine without what surrounds a window: half of the processor time of ``chromium --headless``.
PROGRAM = "/usr/bin/chromium-headless-shell"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --in-process-gpu --font-render-hinting=slight"
).split()
#: The accessibility rules' engine, to be evaluated in a page.
_AXE = Path(__file__).resolve().parents[1] / "config" / "client" / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def chromium() -> Iterator[Browser]:
    """One at a time in a thread: playwright's loop runs in it meanwhile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


def violations(page: Page, **options: Any) -> list[dict[str, Any]]:
    """What axe finds against its rules in the page as it is (``options``: those of ``axe.run``). Nothing else of its
    answer comes here: it names every element that is right."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(document, {...options, resultTypes: ['violations']}).then(answer => answer.violations)",
        options,
    )
    return found
