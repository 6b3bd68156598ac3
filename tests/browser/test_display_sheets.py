"""« Le métier en bref » on the display, at every size and in both themes: shown, never over the edge."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, expect

from browser.display_kiosk import SIZES, DisplayKiosk, axe, measure, resize
from browser.display_sheets import ROOMS

pytestmark = pytest.mark.browser

#: Regions that overflow, and words cut without « … »: the words shown are one of the server's versions, whole.
CHECK = """() => {
  const found = [];
  for (const box of document.querySelectorAll("#screen, .stage, .strip, .foot, .poster, .who, .cast, .cast > li, .facts")) {
    if (!box.getClientRects().length || getComputedStyle(box).display === "contents") continue;
    if (box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1)
      found.push(`${box.className || box.id} ${box.scrollWidth}x${box.scrollHeight} in ${box.clientWidth}x${box.clientHeight}`);
  }
  for (const words of document.querySelectorAll("p.brief")) {
    if (words.getClientRects().length && !/[.!?…]$/.test(words.innerText.trim())) found.push("cut: " + words.innerText.slice(-40));
    if (words.querySelectorAll("span").length && Array.from(words.querySelectorAll("span")).filter((s) => s.getClientRects().length).length > 1) found.push("said twice");
  }
  const brief = Array.from(document.querySelectorAll(".brief")).some((b) => b.getClientRects().length);
  const source = Array.from(document.querySelectorAll(".source")).some((b) => b.getClientRects().length);
  if (brief !== source) found.push(brief ? "no source" : "a source of nothing");
  return found;
}"""  # noqa: E501
#: Where a class of usual names and jobs must see it: rooms → sizes.
SEEN = {
    "t-s-solo": ("16:9", "small", "4:3"),
    "c-s-solo": ("16:9", "small", "4:3"),
    "c-s-duo": ("16:9", "small", "4:3"),
    "c-s-trio": ("16:9", "small", "4:3"),
}


@pytest.mark.parametrize("room", ROOMS)
def test_a_sheet_never_overflows_and_is_seen(browser: Browser, server: DisplayKiosk, room: str) -> None:
    page = browser.new_page()
    page.goto(server.url(room))
    page.wait_for_function("document.fonts.status === 'loaded'")
    problems = []
    for size in SIZES:
        resize(page, size)
        for theme in ("clair", "sombre"):
            page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
            problems += [f"{size} {theme}: {one}" for one in measure(page) + page.evaluate(CHECK)]
            if room in ("t-s-trio", "c-s-trio") and size in ("16:9", "bandeau"):
                problems += [f"{size} {theme}: {one}" for one in axe(page)]
        shown = page.locator(".brief:visible").count()
        people = 3 if "trio" in room else 2 if "duo" in room else 1
        if size in SEEN.get(room, ()) and shown != people:
            problems.append(f"{size}: {shown} in brief for {people}")
        if size == "16:9" and room == "t-s-trio" and page.locator(".head .arch:visible").count() != 3:
            problems.append("the faces have gone")
    page.close()
    assert problems == []


def test_the_card_of_remedies_takes_the_place_of_the_sheets(browser: Browser, server: DisplayKiosk) -> None:
    page = browser.new_page()
    page.clock.install()
    with page.expect_response(lambda answer: "/ecran/fragment" in answer.url):
        page.goto(server.url("c-s-trio"))
    server.order("minutes_pass", minutes=30)
    page.clock.fast_forward(65_000)
    expect(page.locator(".nothing")).to_be_visible()
    problems = []
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        end = time.monotonic() + 10  # a busy machine takes its time to lay the page out, and the page's clock is held
        while (found := measure(page) + page.evaluate(CHECK)) and time.monotonic() < end:
            page.clock.fast_forward(1_000)
            page.wait_for_timeout(100)
        problems += [f"{size}: {one}" for one in found]
        assert page.locator(".brief:visible").count() == 0
    page.close()
    assert problems == []
