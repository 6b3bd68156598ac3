"""The display as a page to read: text that grows and is spaced (RGAA 10.4, 10.11, 10.12), in one column."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser import display_rooms
from browser.control_panel import touching
from browser.display_kiosk import DisplayKiosk, axe, live

pytestmark = [pytest.mark.browser, pytest.mark.server]

ROOMS = (
    "join",
    "count",
    "talk",
    "talk-turns-trio",
    "wall-longest",
    "reflect-extreme",
    "reply-long",
    "end",
    "lesson-write",
)
TINY: ViewportSize = {"width": 320, "height": 256}
#: A desk's screen zoomed to 200 %.
ZOOMED: ViewportSize = {"width": 960, "height": 540}
#: WCAG 1.4.12.
SPACED = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { letter-spacing: .12em !important; word-spacing: .16em !important;
    line-height: 1.5 !important }`);
  document.adoptedStyleSheets = [sheet]; }"""
#: What stands out of the window's width, or is cut by what holds it; and the smallest text.
SEEN = """() => {
  const shown = [...document.querySelectorAll("#screen *")].filter((e) => e.getClientRects().length &&
    !e.closest("svg") && getComputedStyle(e).opacity !== "0");
  const cut = shown.filter((e) => e.getBoundingClientRect().right > innerWidth + 1 ||
    (getComputedStyle(e).overflow === "hidden" && e.scrollHeight > e.clientHeight + 1));
  return { wide: document.documentElement.scrollWidth - innerWidth, cut: cut.map((e) => e.outerHTML.slice(0, 90)),
    least: Math.min(...shown.filter((e) => e.innerText).map((e) => parseFloat(getComputedStyle(e).fontSize))) };
}"""

#: Pictures that say nothing a reader needs, and take over a third of the window.
PICTURES = """() => [...document.querySelectorAll("#screen svg:not(.qr)")].filter((e) => !e.closest(".qr") &&
  getComputedStyle(e).opacity !== "0" && e.getBoundingClientRect().height > innerHeight / 3)
  .map((e) => e.outerHTML.slice(0, 60))"""


def read(page: Page, url: str, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    page.goto(url)
    page.wait_for_function("document.fonts.status === 'loaded'")


@pytest.mark.parametrize("room", ROOMS)
def test_it_is_read_at_any_size_and_spacing(browser: Browser, server: DisplayKiosk, room: str) -> None:
    page = browser.new_page(bypass_csp=True)
    found: list[object] = []
    for size, asked in ((TINY, ""), (TINY, "lecture"), (ZOOMED, "lecture")):
        read(page, server.url(room, vue=asked), size)
        page.evaluate(SPACED)
        seen = page.evaluate(SEEN)
        least = 1.8 * 0.027 * 1080 / 2 if size is ZOOMED else 16
        if seen["wide"] > 0 or seen["cut"] or seen["least"] < least:
            found.append((size, asked, seen))
        found += axe(page)
    page.close()
    assert found == []


def test_its_words_stand_apart_and_no_picture_fills_it(browser: Browser, server: DisplayKiosk) -> None:
    page = browser.new_page()
    found = {}
    for room in display_rooms.ROOMS:
        read(page, server.url(room, vue="lecture"), ZOOMED)
        tall = page.evaluate(PICTURES)
        words = touching(page)
        if words or tall:
            found[room] = (words, tall)
    page.close()
    assert found == {}


def test_a_key_opens_it_and_the_class_s_screen_again(page: Page, server: DisplayKiosk) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    live(page, server, "wall")
    expect(page.locator("body")).to_have_css("overflow-y", "hidden")
    page.keyboard.press("t")
    page.wait_for_url("**vue=lecture**")
    expect(page.locator("body")).to_have_css("overflow-y", "visible")
    expect(page.locator(".dropped")).to_have_count(0)
    page.keyboard.press("T")
    page.wait_for_url(lambda url: "lecture" not in url)
    expect(page.locator("body")).to_have_css("overflow-y", "hidden")
