"""What axe does not see: where the Tab key stops, forced colours, shortcuts that can be turned off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.display_kiosk import DisplayKiosk, live
from browser.phone_kiosk import PhoneKiosk
from browser.test_control_look import PAGES, busy

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]
#: One page of each kind: the live page's lists and the steps of the first start are alike.
KINDS = ["/prof?filtre=toutes", *(path for path in PAGES if "?" not in path and path != "/prof"), "/prof/mise-en-route"]
PRINTS = ("/prof/imprimer/reste", "/prof/souvenir", "/prof/rapport", "/prof/imprimer/coupons")
#: Where the focus is: its name, whether a ring shows (on it, or on the chip that stands for it), and whether it is new.
STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const ring = (one) => one && getComputedStyle(one).outlineStyle !== "none" &&
    parseFloat(getComputedStyle(one).outlineWidth) >= 2;
  const known = e.dataset.met;
  e.dataset.met = known || (window.met = (window.met || 0) + 1);
  return { name: e.outerHTML.replace(/\\s+/g, " ").slice(0, 100), seen: known === "1", again: !!known,
    ring: ring(e) || ring(e.nextElementSibling) };
}"""
#: Chosen things that look like their neighbours, and marked words that cannot be read, when colours are the system's.
FLAT = """() => {
  const look = (e) => { const s = getComputedStyle(e);
    return [s.backgroundColor, s.borderTopWidth, s.outlineStyle, s.fontWeight, s.textDecorationLine].join(); };
  const beside = (e) => [...(e.closest("form, ul, nav, div") || document).querySelectorAll(".chip")]
    .find((one) => !one.matches('[aria-current], [aria-pressed="true"], :checked + *'));
  const chosen = [...document.querySelectorAll('.chip[aria-current], .chip[aria-pressed="true"], :checked + .chip')]
    .filter((e) => e.offsetParent && beside(e) && look(beside(e)) === look(e));
  const marked = [...document.querySelectorAll("mark")]
    .filter((e) => getComputedStyle(e).color === getComputedStyle(document.body).backgroundColor);
  return [...chosen, ...marked].map((e) => e.outerHTML.slice(0, 100));
}"""
INSIDE = "document.activeElement.matches('main.paper, main:not(.paper) *')"
STEPS = "() => ['.done', '.now', 'li:not(.done, .now)'].map((c) => { const e = document.querySelector('.phases ' + c); \
return e && ((s) => s.borderTopWidth + s.width)(getComputedStyle(e, '::before')); })"


def walk(page: Page) -> list[str]:
    """Tab through the page until it is left or begins again: stops without a ring, and a trap."""
    found: list[str] = []
    for _stop in range(300):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or stop["seen"]:
            return found
        if not stop["ring"] and not stop["again"]:  # a date has several stops, with rings of the browser
            found.append(f"no ring: {stop['name']}")
    return [*found, "never left"]


def test_every_stop_of_the_keyboard_is_seen_and_none_is_a_trap(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk, 12)
    page = panel(reduced_motion="reduce")
    found = []
    for path in (*KINDS, *PRINTS, "/", "/mes-questions", "/accessibilite"):
        page.goto(kiosk.url + path)
        found += [f"{path}: {one}" for one in walk(page)]
    assert found == []


def test_the_first_stop_leads_past_the_menu(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk, 12)
    page = panel()
    for path in ("/", "/soutenir", "/prof", "/prof/salle", *PRINTS):
        page.goto(kiosk.url + path)
        page.keyboard.press("Tab")
        link = page.locator(":focus")
        expect(link).to_have_text("Aller au contenu")
        box = link.bounding_box()
        assert box and box["width"] > 60 and box["height"] > 15, path
        page.keyboard.press("Enter")
        if not page.evaluate(INSIDE):  # a sheet is a stop itself
            page.keyboard.press("Tab")
        assert page.evaluate(INSIDE), path


def test_what_is_chosen_marked_or_done_shows_in_forced_colours(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk, 12)
    page = panel(forced_colors="active", color_scheme="dark")
    found = []
    for path in KINDS:
        page.goto(kiosk.url + path)
        found += [f"{path}: {one}" for one in page.evaluate(FLAT)]
    assert found == []
    page.goto(kiosk.url + "/prof?filtre=toutes")
    expect(page.locator("mark").first).to_be_visible()
    done, now, ahead = page.evaluate(STEPS)
    assert len({done, now, ahead}) == 3


def test_single_keys_of_the_display_are_turned_off_with_the_panel_s(
    page: Page, browser: Browser, server: DisplayKiosk
) -> None:
    """RGAA 12.10: a letter, a digit or a sign; arrows and Escape stay."""
    live(page, server, "talk-trio")
    server.order("keys", "talk-trio", on=False)
    expect(page.locator("#screen")).to_have_attribute("data-unkeyed", "1")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#screen")).to_have_attribute("data-screen", "countdown")
    server.order("keys", "talk-trio", on=True)
    expect(page.locator("#screen")).not_to_have_attribute("data-unkeyed", "1")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_a_phone_says_that_its_page_has_changed(kiosk: PhoneKiosk, panel: Panel) -> None:
    """RGAA 7.4: nobody pressed anything, the session went on; the page had said that it would."""
    page = panel("/", enter=False)
    expect(page.locator("header")).to_contain_text("Cette page change d’elle-même quand la séance avance.")
    expect(page.locator("#say")).to_be_empty()
    kiosk.do("phase", phase="reflection")
    expect(page.locator("#say")).to_have_text("Votre bilan")
