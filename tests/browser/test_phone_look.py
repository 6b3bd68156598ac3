"""Every pupils' page as eyes, fingers and screen readers meet it: axe, widths, large text, targets, both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.control_panel import problems_of_both_themes, touching
from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

SIZES = [(390, 844), (360, 640), (320, 568)]
COLOURS = ("light", "dark")
LONG = "Est-ce que l’interdisciplinarité anticonstitutionnelle vous " + "W" * 60 + " fait peur quand l’orage arrive ?"

#: What stands out of the window, and what a finger could miss (WCAG 2.5.5 at 2.75 rem; links in sentences are exempt).
MEASURE = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const small = [...document.querySelectorAll("a, button, summary, textarea, input[type=text], .chip")]
    .filter((e) => e.offsetParent && !e.closest(".msg p, .sr"))
    .filter((e) => e.getBoundingClientRect().height < 43.9).map((e) => e.outerHTML.slice(0, 80));
  const cut = [...document.querySelectorAll("body *")].filter((e) => e.offsetParent && !e.closest(".sr, .vh, svg"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80));
  return { wide, small, cut };
}"""
#: WCAG 1.4.12 on top of text at 200 %.
SPACED = """() => { const s = document.documentElement.style; s.fontSize = "200%";
  document.body.style.cssText = "letter-spacing:.12em;word-spacing:.16em;line-height:1.5"; }"""
FORCED = """() => [...document.querySelectorAll(":checked + .chip, .btn, textarea")].filter((e) => e.offsetParent)
  .filter((e) => getComputedStyle(e).borderTopWidth == "0px" && getComputedStyle(e).outlineStyle == "none").length"""


class Walk:
    """A kiosk taken through its states; ``states`` names each one and opens its page."""

    def __init__(self, kiosk: PhoneKiosk) -> None:
        self.kiosk = kiosk

    def through(self, page: Page) -> Iterator[str]:
        do, url = self.kiosk.do, self.kiosk.url
        do("fresh")
        page.goto(url)
        yield "ask"
        for text in (LONG, "Vous gagnez combien ?", "Et la machine ?", "Et l’orage ?", "Regroupée ?"):
            self._send(page, text)
        page.fill("#q", "Appelez-moi au 06 12 34 56 78")
        yield "ask, received, personal"
        page.fill("#q", "Est-ce que c’est dangereux ?")
        page.locator("#yes-no").wait_for()
        page.get_by_label("Le parcours").check(force=True)
        page.locator("#lines .begin a").first.wait_for()
        yield "ask, closed, beginnings"
        page.fill("#q", "é" * 282)
        page.get_by_role("button", name="Envoyer").click()
        yield "ask, too long"
        page.fill("#q", "")
        mine = {q["text"]: q["id"] for q in do("list")}
        for number in range(6):
            text = LONG if number == 3 else f"Question {number} de la classe ?"
            do("add", id=f"mate{number}", text=text, theme="salaire")
            do("approve", id=f"mate{number}")
        do("aside", id=mine["Vous gagnez combien ?"], reason="trop_personnelle")
        do("merge", id="mate1", others=[mine["Regroupée ?"]])
        do("screen", id=mine["Et la machine ?"])
        do("asked", id=mine["Et la machine ?"])
        do("answered", id=mine["Et la machine ?"])
        do("note", id=mine["Et la machine ?"], line="Elle tourne la nuit.")
        do("reword", id=mine["Et l’orage ?"], text="Que faites-vous quand l’orage arrive ?")
        do("screen", id=mine[LONG])
        page.goto(url + "/amorces")
        yield "beginnings"
        page.goto(url + "/mes-questions")
        page.locator("summary").first.click()
        yield "my questions"
        page.goto(url + "/soutenir")
        page.get_by_role("button", name="Moi aussi").first.click()
        yield "support"
        page.goto(url + "/recue?id=" + mine["Et l’orage ?"])
        yield "received"
        do("intake", intake="paused")
        page.goto(url)
        yield "paused"
        do("intake", intake="frozen")
        page.goto(url)
        yield "frozen"
        for name in ("donnees", "accessibilite"):
            page.goto(f"{url}/{name}")
            yield name
        do("phase", phase="reflection")
        page.goto(url)
        yield "reflection"
        page.fill("#a", "Technicienne")
        page.get_by_role("button", name="Envoyer mon bilan").click()
        page.wait_for_url("**/bilan?*")
        yield "reflection, given"
        do("phase", phase="closed")
        page.goto(url)
        yield "over"
        do("session", session="S3")
        do("phase", phase="countdown")
        page.goto(url)
        yield "three speakers, countdown"
        do("none")
        page.goto(url)
        yield "not open"

    @staticmethod
    def _send(page: Page, text: str) -> None:
        page.fill("#q", text)
        page.get_by_role("button", name="Envoyer").click()
        page.locator("#out .done").filter(has_text=text[:20]).first.wait_for()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    kiosk = PhoneKiosk(tmp_path_factory.mktemp("look"))
    yield Walk(kiosk)
    kiosk.stop()


def window(browser: Browser, size: tuple[int, int], theme: Any, **options: Any) -> BrowserContext:
    return browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=theme, reduced_motion="reduce", **options
    )


def test_axe_finds_nothing_in_any_state(walk: Walk, browser: Browser) -> None:
    page = window(browser, SIZES[0], "light").new_page()
    found = {state: problems_of_both_themes(page) for state in walk.through(page)}
    page.context.close()
    assert {state: what for state, what in found.items() if what} == {}
    assert len(found) == 17


@pytest.mark.parametrize("theme", COLOURS)
def test_nothing_stands_out_and_every_target_is_large(walk: Walk, browser: Browser, theme: str) -> None:
    page = window(browser, SIZES[0], theme).new_page()
    found: dict[str, Any] = {}
    for state in walk.through(page):
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            seen = page.evaluate(MEASURE)
            seen["touching"] = touching(page)
            if seen["wide"] > 0 or seen["small"] or seen["cut"] or seen["touching"]:
                found[f"{state} {width}"] = seen
        page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    page.context.close()
    assert found == {}


def test_large_and_spaced_text_wraps(walk: Walk, browser: Browser) -> None:
    """Text at 200 % and WCAG 1.4.12 spacing together, at 320 px."""
    page = window(browser, SIZES[2], "light").new_page()
    found: dict[str, Any] = {}
    for state in walk.through(page):
        page.evaluate(SPACED)
        seen = page.evaluate(MEASURE)
        if seen["wide"] > 0 or seen["cut"]:
            found[state] = (seen["wide"], seen["cut"])
    page.context.close()
    assert found == {}


def test_forced_colours_keep_every_edge(walk: Walk, browser: Browser) -> None:
    page = window(browser, SIZES[0], "dark", forced_colors="active").new_page()
    for state in walk.through(page):
        assert page.evaluate(FORCED) == 0, state
        if state.startswith("three"):
            chosen = page.locator(":checked + .chip").first
            assert chosen.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.context.close()


def test_english_has_no_french_left(walk: Walk, browser: Browser, tmp_path: Path) -> None:
    walk.kiosk.do("fresh")
    page = window(browser, SIZES[0], "light").new_page()
    for path in ("/", "/mes-questions", "/soutenir", "/donnees", "/accessibilite"):
        page.goto(f"{walk.kiosk.url}{path}?lang=en")
        words = page.locator("main").inner_text() + page.locator("footer").inner_text() + page.title()
        for french in ("question à", "Vos ", "votre", "Écri", "Envoyer", "Soutenir", "Une ", "caractères"):
            assert french not in words, (path, french)
    page.context.close()


def test_words_put_by_the_script_are_spaced_like_the_rest(walk: Walk, browser: Browser) -> None:
    """In English too: the quotation marks are the page's, and a French sign never begins a line."""
    walk.kiosk.do("fresh")
    page = window(browser, SIZES[0], "light").new_page()
    page.goto(f"{walk.kiosk.url}/?lang=en")
    page.fill("#q", "Appelez-moi au 06 12 34 56 78")
    assert page.locator("#pd b").inner_text() == "“06 12 34 56 78”: a phone number?"
    page.fill("#q", "C’est dur ?")
    page.get_by_role("button", name="Send").click()
    page.locator("#out .done").wait_for()
    assert page.locator("#out p").text_content() == "C’est dur\u00a0?"
    page.context.close()
