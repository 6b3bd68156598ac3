"""The keyboard of the display: it looks, on this display alone, and never acts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.display_kiosk import DisplayKiosk, axe, live

pytestmark = pytest.mark.browser

SCREEN = "#screen"


def _screen(page: Page, name: str) -> None:
    expect(page.locator(SCREEN)).to_have_attribute("data-screen", name)


def test_the_keyboard_looks_and_changes_nothing(page: Page, browser: Browser, server: DisplayKiosk) -> None:
    other = browser.new_page()
    live(other, server, "wall-long")
    live(page, server, "wall-long")
    note = page.locator("#look")
    expect(note).to_be_hidden()
    for key, screen in (
        ("ArrowLeft", "speaker"),
        ("ArrowLeft", "countdown"),
        ("ArrowLeft", "join"),
        ("ArrowLeft", "join"),
        ("ArrowRight", "countdown"),
    ):
        page.keyboard.press(key)
        _screen(page, screen)
        expect(note).to_be_visible()
    page.keyboard.press("Home")
    _screen(page, "wall")
    expect(note).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("2")
    expect(page.locator(".cast > li.now h1")).to_have_text("Inès Moreau")
    assert axe(page) == []
    page.keyboard.press("Escape")
    _screen(page, "wall")
    assert other.locator(SCREEN).get_attribute("data-screen") == "wall"
    page.keyboard.press("ArrowLeft")
    _screen(page, "speaker")
    server.order("phase", "wall-long", phase="reflection")  # what the class lives wins over a local look
    _screen(page, "reflection")
    other.close()


def test_help_and_full_screen(page: Page, server: DisplayKiosk) -> None:
    live(page, server, "end")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Clavier de cet écran")).to_be_visible()
    expect(page.get_by_role("button", name="Fermer")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("ArrowLeft")
    _screen(page, "end")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement === null")


def test_a_local_countdown_ends_with_its_phase(page: Page, server: DisplayKiosk) -> None:
    server.order("phase", "talk-trio", phase="talk")
    server.order("ends_in", "talk-trio", ms=2500)
    live(page, server, "talk-trio")
    page.keyboard.press("ArrowLeft")
    _screen(page, "countdown")
    assert page.locator(".bar").count() == 1
    _screen(page, "speaker")
