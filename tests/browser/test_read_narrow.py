"""What is made for paper or for a wide bar is read in a window of 320 px, its text spaced (RGAA 10.11, 10.12)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from browser.phone_kiosk import PhoneKiosk
from browser.test_control_look import busy

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]
PAPER = (
    "/prof/imprimer/affiche", "/prof/imprimer/coupons", "/prof/imprimer/bilans", "/prof/imprimer/questions",
    "/prof/imprimer/reste", "/prof/souvenir", "/prof/rapport",
)  # fmt: skip
#: WCAG 1.4.12.
SPACED = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { letter-spacing: .12em !important; word-spacing: .16em !important;
    line-height: 1.5 !important }`);
  document.adoptedStyleSheets = [sheet]; }"""
#: What stands out of the window or scrolls sideways, and what is cut by what holds it.
SEEN = """(within) => [...document.querySelectorAll(within + ", " + within + " *")]
  .filter((e) => e.getClientRects().length && !e.closest(".sr, svg *, .sprite"))
  .filter((e) => { const style = getComputedStyle(e), box = e.getBoundingClientRect();
    return box.right > innerWidth + 1 && !e.closest("table") ||
      style.overflow !== "visible" && e.tagName !== "svg" && e.tagName !== "TABLE" &&
      (e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2); })
  .map((e) => e.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("speakers", [1, 3])
def test_paper_is_read_in_one_column(kiosk: PhoneKiosk, panel: Panel, speakers: int) -> None:
    busy(kiosk, 12)
    if speakers == 3:
        kiosk.do("phase", phase="closed")
        kiosk.do("session", session="S3")
    page = panel(bypass_csp=True, viewport={"width": 320, "height": 256})
    found = []
    for path in PAPER:
        page.goto(kiosk.url + path)
        for spaced in (False, True):
            if spaced:
                page.evaluate(SPACED)
            found += [f"{path} {spaced} {one}" for one in page.evaluate(SEEN, "main")]
    assert found == []


def test_a_long_title_is_whole_in_the_bar(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk, 12)
    kiosk.do("phase", phase="closed")
    kiosk.do("session", session="S3")
    page = panel(bypass_csp=True, viewport={"width": 320, "height": 568})
    for path in ("/prof", "/prof/preparer", "/prof/seances", "/prof/salle"):
        page.goto(kiosk.url + path)
        page.evaluate(SPACED)
        assert page.evaluate(SEEN, ".bar > p:first-of-type") == [], path
        assert "des murs" in page.locator(".bar b").inner_text()
