"""A pupil in danger, in a real Chromium: the same calm words with scripts and without, and the text not beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from browser.control_panel import problems
from browser.phone_kiosk import PhoneKiosk
from browser.test_phone_look import COLOURS, MEASURE, SIZES, window

pytestmark = [pytest.mark.browser, pytest.mark.server]

BAD = "J'ai envie de mourir"
NUMBERS = ["tel:3114", "tel:3018", "tel:119", "tel:15"]


@pytest.fixture
def opened(browser: Browser, kiosk: PhoneKiosk) -> Iterator[Callable[..., Page]]:
    """``opened(js=…, lang=…)``: a phone on the page where one writes."""
    contexts: list[BrowserContext] = []

    def one(*, js: bool = True, lang: str = "fr", size: tuple[int, int] = SIZES[0], theme: str = "light") -> Page:
        contexts.append(window(browser, size, theme, java_script_enabled=js))
        page = contexts[-1].new_page()
        page.goto(f"{kiosk.url}/?lang={lang}")
        return page

    yield one
    for context in contexts:
        context.close()


def send(page: Page, text: str) -> None:
    page.fill("#q", text)
    page.locator("button.send").first.click()
    page.locator("a[href='tel:3114']").wait_for()


def words(page: Page) -> list[str]:
    """What is said of help, without the spaces that a line must not break at."""
    box = page.locator(".angles").first.locator("xpath=..")
    found = box.locator("h2, h2 ~ p, .angles a, p.note, h2 ~ small").all_inner_texts()
    return [" ".join(text.split()) for text in found]


def called(page: Page) -> list[str]:
    return [link.get_attribute("href") or "" for link in page.locator("a[href^='tel:']").all()]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_scripts_or_not_the_words_are_the_same(opened: Callable[..., Page], kiosk: PhoneKiosk, lang: str) -> None:
    scripted, plain = opened(lang=lang), opened(js=False, lang=lang)
    send(scripted, BAD)
    send(plain, BAD)
    for page in (scripted, plain):
        assert called(page) == NUMBERS
        assert BAD not in page.locator("body").inner_text()
    assert words(scripted) == words(plain)
    first = "Un adulte de l’établissement peut la lire ici" if lang == "fr" else "An adult at school can read it here"
    assert first in scripted.locator("#out small").first.inner_text()
    assert scripted.input_value("#q") == ""
    assert kiosk.texts() == []  # in no list of the class's


def test_an_ordinary_question_gets_none(opened: Callable[..., Page]) -> None:
    page = opened()
    page.fill("#q", "Vous gagnez combien ?")
    page.locator("button.send").first.click()
    page.locator("#out .done").wait_for()
    assert called(page) == []
    assert "Vous gagnez combien" in page.locator("#out").inner_text()


def test_a_text_that_is_too_long_gets_them_and_is_kept(opened: Callable[..., Page], kiosk: PhoneKiosk) -> None:
    page = opened()
    typed = BAD + " é" * 140
    send(page, typed)
    assert (called(page), page.input_value("#q")) == (NUMBERS, typed)
    assert "Personne n’a reçu votre texte" in page.locator("#long").inner_text()
    page.fill("#q", BAD)
    page.locator("button.send").first.click()
    page.locator("#out a[href='tel:3114']").wait_for()
    assert page.locator("#long").is_hidden()


def test_one_refused_gets_them_and_can_be_taken_again(opened: Callable[..., Page], kiosk: PhoneKiosk) -> None:
    page = opened()
    page.fill("#q", BAD)
    page.route("**/socket.io/**", lambda route: route.abort())
    kiosk.do("phase", phase="closed")
    page.evaluate("document.querySelector('#f').dispatchEvent(new Event('submit', {bubbles: true, cancelable: true}))")
    page.locator("a[href='tel:3114']").first.wait_for()
    assert BAD not in page.locator("#out").inner_text()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", COLOURS)
def test_the_words_fit_and_are_reachable(opened: Callable[..., Page], size: tuple[int, int], theme: str) -> None:
    for js in (True, False):
        page = opened(js=js, size=size, theme=theme)
        send(page, BAD)
        if not js:  # measured by scripts: looked at from a page that has them, which shows the same
            address, page = page.url, opened(size=size, theme=theme)
            send(page, BAD)
            page.goto(address.partition("/recue")[0] + "/mes-questions")
        found = page.evaluate(MEASURE)
        assert (found["wide"] <= 0, found["small"], found["cut"]) == (True, [], [])
        assert problems(page) == []
