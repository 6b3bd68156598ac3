"""The pages of those who come in by a code or a link, read in English in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.control_panel import problems
from browser.phone_kiosk import PhoneKiosk
from web.test_english_pages import french_in

pytestmark = [pytest.mark.browser, pytest.mark.server]


def english(page: Page) -> None:
    """What is on the page now, scripts' words included."""
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert french_in(page.content()) == []
    assert problems(page) == []


@pytest.mark.parametrize("button", ["Nouveau lien d’invitation", "Inviter un groupe à noter"])
def test_who_is_invited_works_in_english(kiosk: PhoneKiosk, panel: Callable[..., Page], button: str) -> None:
    kiosk.do("add", id="q1", text="Où dormez-vous à l’étranger ?", theme="vie")
    kiosk.do("add", id="q2", text="Êtes-vous déjà tombée ?", theme="metier")
    kiosk.do("screen", id="q1")
    noting = "noter" in button
    teacher = panel("/prof?liste=posees" if noting else "/prof/salle")
    teacher.get_by_role("button", name=button).click()
    link = re.sub(r"^https?://[^/]+", "", teacher.locator("#invite-link").inner_text())
    guest = panel(f"{link}{'&' if '?' in link else '?'}lang=en", enter=False)
    english(guest)
    guest.get_by_role("button").first.click()
    expect(guest.locator("#contenu")).to_be_visible()
    english(guest)
    assert guest.locator(".q").first.get_attribute("lang") == "fr"
    if noting:
        guest.locator("#a-q1 [data-line]").fill("À l’hôtel")
        guest.locator("#a-q1").get_by_role("button", name="Note").click()
        expect(guest.locator("#a-q1")).to_contain_text("Your teacher will read it over")
    else:
        guest.locator("#e-q2").get_by_role("button", name="Approve").click()
        expect(guest.locator("#queue-title")).to_contain_text("0 to read over")
    english(guest)


def test_the_code_is_asked_and_refused_in_english(kiosk: PhoneKiosk, panel: Callable[..., Page]) -> None:
    page = panel("/prof/connexion?lang=en", enter=False)
    english(page)
    page.fill("#pin", "nope")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_be_visible()
    english(page)
