"""A lesson of preparation in a real browser: keys and slips alone, from an empty list to the one that leaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser.control_panel import PC, problems, until
from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]
SLIPS = [
    ("3", "metier", "Racontez-nous un jour où le vent s’est levé d’un coup."),
    ("1", "", "Vous avez peur là-haut ?"),
    ("2", "salaire", "Combien de temps faut-il pour monter sans ascenseur ?"),
    ("2", "vie", "De quoi êtes-vous fière, en redescendant ?"),
]


@pytest.fixture
def lobby(kiosk: PhoneKiosk) -> PhoneKiosk:
    """Days before the talk."""
    kiosk.do("phase", phase="lobby")
    return kiosk


@pytest.fixture
def display(browser: Browser, lobby: PhoneKiosk):
    """The large display, on the kiosk's own machine."""
    page = browser.new_page(viewport=ViewportSize(width=PC["width"], height=PC["height"]))
    page.goto(lobby.url + "/ecran")
    yield page
    page.close()


def type_slip(page: Page, group: str, theme: str, text: str) -> None:
    """By keyboard: S leads to the field, Ctrl + Enter adds it."""
    page.locator("h2.left").click()
    page.keyboard.press("s")
    expect(page.locator("#billet")).to_be_focused()
    page.keyboard.type(text)
    page.locator("#slip-form select[name=groupe]").select_option(group)
    page.locator("#slip-form select[name=theme]").select_option(theme)
    page.locator("#billet").press("Control+Enter")
    expect(page.locator("#billet")).to_have_value("")


def test_slips_and_keys_alone_make_the_list(lobby: PhoneKiosk, panel: Panel, display: Page) -> None:
    """Zero phones: begun, conducted by one key a step, ended as the prepared list and its letter."""
    page = panel("/prof/preparer")
    page.get_by_role("link", name="Préparer en classe").click()
    page.wait_for_url("**/prof/lecon*")
    page.wait_for_function("document.documentElement.classList.contains('js')")
    page.keyboard.press("n")
    expect(display.locator("h1")).to_contain_text("qui vous étonne")
    page.locator("h2.left").click()
    page.keyboard.press("2")
    expect(display.locator("h1")).to_contain_text("trois questions par groupe")
    assert display.locator(".starters p").count() == 8
    for slip in SLIPS:
        type_slip(page, *slip)
    expect(display.locator(".counts")).to_contain_text("4")
    expect(page.locator("#slip-form select[name=groupe]")).to_have_value(
        "2"
    )  # the next slip is often of the same group
    page.locator("h2.left").click()
    page.keyboard.press("3")
    expect(display.locator(".becomes")).to_have_count(3)
    closed = page.get_by_label("Vous avez peur là-haut ?")
    closed.fill("De quoi avez-vous eu peur, là-haut ?")
    page.get_by_role("button", name="Rouvrir").click()
    expect(page.locator("#closed-title")).to_contain_text("1 rouverte")
    page.locator("h2.left").click()
    page.keyboard.press("4")
    page.locator("form", has_text="eu peur").get_by_role("button", name="Vie").click()
    expect(page.locator("#unsorted-title")).to_contain_text("ont leur case")
    expect(display.locator(".trays b").nth(2)).to_have_text("2")
    page.locator("h2.left").click()
    page.keyboard.press("5")
    wanted = ["monter sans ascenseur", "eu peur", "le vent s’est levé"]
    for place, words in enumerate(wanted, start=1):
        page.locator("form.choice", has_text=words).get_by_role("button").click()
        expect(display.locator(".eight .text")).to_have_count(place)
    expect(display.locator(".eight .free")).to_have_count(5)
    page.get_by_role("button", name="Terminer").click()
    expect(page.locator("#list .q")).to_have_count(3)
    for row, words in zip(page.locator("#list .q").all(), wanted):
        expect(row).to_contain_text(words)
    expect(display.locator("#screen")).to_have_attribute("data-screen", "join")
    page.goto(lobby.url + "/prof/courriel/S1")
    for words in wanted:
        expect(page.locator("main")).to_contain_text(words)


def test_cut_in_the_middle_it_is_where_it_was(lobby: PhoneKiosk, panel: Panel, display: Page) -> None:
    page = panel("/prof/lecon")
    page.keyboard.press("n")
    expect(page.locator("#timer")).to_contain_text("encore")
    page.locator("h2.left").click()
    page.keyboard.press("4")
    expect(display.locator(".trays li")).to_have_count(4)
    lobby.stop()
    lobby.start()
    display.reload()
    expect(display.locator(".trays li")).to_have_count(4)
    page.reload()
    expect(page.locator(".stages .now h3")).to_contain_text("Trier")


def test_what_phones_wrote_is_read_over_then_chosen(lobby: PhoneKiosk, panel: Panel, display: Page) -> None:
    page = panel("/prof/lecon")
    page.keyboard.press("n")
    lobby.do("add", id="phone", text="Que faites-vous quand il neige ?", theme="metier")
    expect(page.get_by_role("link", name="1 question à relire d’abord")).to_be_visible()
    lobby.do("approve", id="phone")
    page.locator("h2.left").click()
    page.keyboard.press("5")
    page.locator("form.choice", has_text="quand il neige").get_by_role("button").click()
    expect(display.locator(".eight .text")).to_contain_text("quand il neige")
    lobby.do("aside", id="phone", reason="ton")
    expect(display.locator(".eight .text")).to_have_count(0)


SIZES = [(320, 568), (360, 640), (1024, 768), (1920, 1080)]


def test_the_conductor_holds_everywhere(lobby: PhoneKiosk, panel: Panel) -> None:
    """No sideways scroll, nothing for axe to say, light and dark, with questions that fill and break a line."""
    for n, text in enumerate(["Vous avez peur ?", "W" * 240, "Comment " + "faites-vous quand " * 12 + "?"]):
        lobby.do("add", id=f"q{n}", text=text)
        lobby.do("approve", id=f"q{n}")
    page = panel("/prof/lecon")

    def holds(*looked_at: tuple[int, int]) -> None:
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            if (width, height) in looked_at:
                page.emulate_media(color_scheme="dark" if width < 1000 else "light")
                assert problems(page) == []

    holds(SIZES[1])
    page.get_by_role("button", name="Commencer").click()
    for step in ("open", "sort", "choose"):
        page.locator(f"button[name=etape][value={step}]").last.click()
        expect(page.locator(".stages .now button")).to_have_attribute("value", step)
        holds(SIZES[0], SIZES[2])
    page.goto(lobby.url + "/prof/preparer")
    holds(SIZES[1], SIZES[2])


def test_a_starter_begins_what_is_typed_and_loses_nothing(lobby: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof/preparer")
    field = page.locator("#nouvelle")
    field.fill("il pleut ?")
    page.locator("[data-starter^='Que faites']").click()
    expect(field).to_have_value("Que faites-vous quand il pleut ?")
    expect(page.locator("#nouveau-theme")).to_have_value("metier")
    page.reload()
    expect(field).to_have_value("Que faites-vous quand il pleut ?")
    page.get_by_role("link", name="Vie", exact=True).click()
    expect(page.locator("#amorces legend")).to_contain_text("la personne et la vie")
    expect(field).to_have_value("Que faites-vous quand il pleut ?")


@pytest.mark.parametrize("scripted", [True, False])
def test_a_phone_taps_a_beginning(lobby: PhoneKiosk, browser: Browser, scripted: bool) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 568}, java_script_enabled=scripted)
    page = context.new_page()
    page.goto(lobby.url)
    if scripted:
        page.locator("#q").fill("on monte ?")
    page.get_by_role("link", name="Une amorce").click()
    page.get_by_role("link", name="passé quand").click()
    field = page.locator("#q")
    begun = "Que s’est-il passé quand\u00a0"
    expect(field).to_have_value(begun + ("on monte ?" if scripted else ""))
    field.fill("Que s’est-il passé quand tout s’est arrêté ?")
    page.get_by_role("button", name="Envoyer").click()
    until(lambda: lobby.do("list") != [])
    found = lobby.do("list")[0]
    assert (found["text"], found["theme"]) == ("Que s’est-il passé quand tout s’est arrêté ?", "parcours")
    context.close()


def test_a_theme_chosen_on_a_phone_opens_its_beginnings_in_place(lobby: PhoneKiosk, browser: Browser) -> None:
    """Under « Envoyer », which does not move; a tap begins, another begins anew, what was typed goes on after."""
    page = browser.new_page(viewport={"width": 320, "height": 568})
    page.goto(lobby.url)
    field, lists = page.locator("#q"), page.locator("form .begin")
    send = page.get_by_role("button", name="Envoyer")
    place = send.bounding_box()
    page.get_by_label("Le parcours").check(force=True)
    expect(lists.locator("a")).to_have_count(3)
    expect(page.locator("#say")).to_have_text("Amorces, le parcours et les études")
    assert send.bounding_box() == place and problems(page) == []
    page.get_by_role("link", name="passé quand").click()
    expect(field).to_have_value("Que s’est-il passé quand\u00a0")
    expect(field).to_be_focused()
    lists.locator("a").first.click()
    expect(field).to_have_value("Qu’est-ce qui vous a fait choisir\u00a0")
    page.get_by_label("Les chiffres").check(force=True)
    page.get_by_role("link", name="Combien de temps").click()
    expect(lists).to_have_count(1)
    expect(field).to_have_value("Combien de temps faut-il pour\u00a0")
    page.keyboard.type("monter ?")
    page.get_by_label("Le parcours").check(force=True)
    page.get_by_role("link", name="passé quand").click()
    expect(field).to_have_value("Que s’est-il passé quand\u00a0Combien de temps faut-il pour\u00a0monter ?")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    field.fill("Que s’est-il passé quand vous êtes tombée ?")
    send.click()
    expect(lists).to_have_count(0)
    until(lambda: [one["theme"] for one in lobby.do("list")] == ["parcours"])
    page.close()
