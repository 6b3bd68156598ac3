"""A second room changes nothing for the first; a page whose room is gone, or whose picture no longer comes, says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.control_panel import PATIENCE
from browser.phone_kiosk import PhoneKiosk

pytestmark = pytest.mark.browser

DISPLAY, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}


@pytest.fixture
def kiosk(tmp_path: Any) -> Iterator[PhoneKiosk]:
    """A kiosk with one room, of this test alone."""
    found = PhoneKiosk(tmp_path / "kiosk")
    found.do("fresh")
    yield found
    found.stop()


@pytest.fixture
def opened(browser: Browser, kiosk: PhoneKiosk) -> Iterator[Callable[..., Page]]:
    """``opened(path, size)``: a page of its own browser."""
    pages: list[Page] = []

    def make(path: str, size: Any = DISPLAY) -> Page:
        page = browser.new_context(viewport=size, locale="fr-FR").new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(kiosk.url + path)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.context.close()


def forget_room(page: Page) -> None:
    """As a page that an older version served: no code in its address."""
    page.evaluate("() => history.replaceState(null, '', location.pathname)")
    assert "salle" not in page.url


@pytest.mark.parametrize("old", [False, True])
def test_a_second_room_changes_nothing_for_the_first(
    kiosk: PhoneKiosk, panel: Callable[..., Page], opened: Callable[..., Page], old: bool
) -> None:
    teacher, display, phone = panel("/prof"), opened("/ecran"), opened("/", PHONE)
    pages = (teacher, display, phone)
    assert all("salle=" in page.url for page in pages)
    if old:
        for page in pages:
            forget_room(page)
        teacher.locator("#contenu").wait_for()
    kiosk.do("another", name="Arts plastiques")
    kiosk.do("add", id="q1", text="Avez-vous le vertige ?")
    expect(teacher.locator("section#queue")).to_contain_text("vertige")
    teacher.locator("section#queue").get_by_role("button", name="À l’écran").first.click()
    expect(display.locator(".question")).to_contain_text("vertige")
    expect(phone.locator("#now")).to_contain_text("vertige")
    expect(display.locator("#offline")).to_be_hidden()
    kiosk.do("extend")
    for page in pages:
        page.reload()
        expect(page.locator("body")).to_contain_text("vertige")
    expect(teacher.locator("#trouble")).to_be_hidden()


def test_the_address_without_a_code_still_leads_to_the_first_room(
    kiosk: PhoneKiosk, opened: Callable[..., Page]
) -> None:
    other = kiosk.do("another", name="Arts plastiques")
    for path, size in (("/ecran", DISPLAY), ("/", PHONE)):
        page = opened(path, size)
        assert "salle=" in page.url and other not in page.url


@pytest.mark.parametrize("how", ["cut", 500, 503, 403, 404])
def test_a_picture_that_no_longer_comes_is_said_and_heals(
    kiosk: PhoneKiosk, opened: Callable[..., Page], how: str | int
) -> None:
    """A filter, or a kiosk in trouble: the socket may well go on. Whatever the refusal, the picture comes back."""
    display = opened("/ecran")
    expect(display.locator("#offline")).to_be_hidden()
    wanted = "**/ecran/fragment*"
    if how == "cut":
        display.route(wanted, lambda route: route.abort())
    else:
        display.route(wanted, lambda route: route.fulfill(status=int(how), body="{}"))
    kiosk.do("add", id="q1", text="Avez-vous le vertige ?")
    kiosk.do("approve", id="q1")
    kiosk.do("screen", id="q1")
    if how in (403, 404):  # the kiosk itself says no: the whole page is asked for, and says why, or comes
        expect(display.locator(".question")).to_contain_text("vertige", timeout=30_000)
        return
    expect(display.locator("#offline")).to_be_visible()
    expect(display.locator("body")).to_have_class("noted cut")
    assert display.locator(".strip .status").evaluate("one => getComputedStyle(one).visibility") == "hidden"
    display.unroute(wanted)
    expect(display.locator(".question")).to_contain_text("vertige")
    expect(display.locator("#offline")).to_be_hidden()
    expect(display.locator("body")).not_to_have_class("cut")


@pytest.mark.parametrize("how", ["cut", 500])
def test_a_panel_that_no_longer_comes_is_said_and_heals(
    kiosk: PhoneKiosk, panel: Callable[..., Page], how: str | int
) -> None:
    teacher = panel("/prof")
    badge = teacher.locator("#link.lost")
    wanted = "**/prof/fragment/*"
    if how == "cut":
        teacher.route(wanted, lambda route: route.abort())
    else:
        teacher.route(wanted, lambda route: route.fulfill(status=int(how), body="{}"))
    kiosk.do("add", id="q1", text="Avez-vous le vertige ?")
    expect(badge).to_be_visible()
    teacher.unroute(wanted)
    expect(teacher.locator("section#queue")).to_contain_text("vertige")
    expect(badge).to_be_hidden()


def test_pages_of_a_removed_room_say_so_and_lead_on(
    kiosk: PhoneKiosk, panel: Callable[..., Page], opened: Callable[..., Page]
) -> None:
    code = kiosk.do("another", name="CDI")
    teacher, display = panel(f"/prof?salle={code}"), opened(f"/ecran?salle={code}")
    phone = opened(f"/?salle={code}", PHONE)
    for page in (teacher, display, phone):
        page.wait_for_timeout(300)
    kiosk.do("remove", room=code)
    for page, place in ((teacher, "main"), (display, "main"), (phone, "#main")):
        expect(page.locator(place)).to_contain_text("CDI")
        expect(page.locator(place)).to_contain_text("n’existe plus" if page is phone else "n’est plus une salle")
    display.get_by_role("link", name="Salle").click()
    expect(display.locator("#screen")).to_be_visible()
    teacher.get_by_role("link", name="Y aller").click()
    expect(teacher.locator("#queue-title")).to_be_visible()
    phone.get_by_role("link", name="Continuer sans code").click()
    expect(phone.locator("#q")).to_be_visible()
