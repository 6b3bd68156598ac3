"""What keeps a class safe, in a real browser: no key near a message that worries, two steps to read nothing over, and
nothing typed that a reload loses.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.control_panel import problems, statuses, until
from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]
BAD = "J’ai envie de mourir"
SLIPS = ("Combien de marches ?", "Appelez-moi au 06 12 34 56 78", "Et la nuit ?")


@pytest.fixture
def worried(kiosk: PhoneKiosk) -> PhoneKiosk:
    """Two ordinary questions and a message that worries."""
    for id, text in (("q1", "Un ?"), ("q2", "Deux ?"), ("w1", BAD)):
        kiosk.do("add", id=id, text=text)
    return kiosk


def test_no_key_does_anything_to_it(worried: PhoneKiosk, panel: Panel) -> None:
    page = panel()
    before = statuses(worried)
    page.locator("#care").get_by_role("button", name="Ouvrir").click()
    expect(page.locator("#care blockquote")).to_contain_text("envie de mourir")
    expect(page.locator("#care h2")).to_be_focused()  # far from the buttons of any question
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert statuses(worried) == before
    page.get_by_role("link", name="Replier").click()
    expect(page.locator("#care blockquote")).to_have_count(0)
    for key in "vexrgdn":
        page.keyboard.press(key)
        page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#care")).to_contain_text("Un message qui inquiète")
    assert page.locator('[data-entry="w1"], #current-text').count() <= 1  # the ordinary one may be on screen
    expect(page.locator("#panel")).not_to_contain_text("envie de mourir")


def test_it_is_announced_on_whatever_page_is_open(kiosk: PhoneKiosk, panel: Panel) -> None:
    for path in ("/prof/liste", "/prof/etat", "/prof/salle"):
        page = panel(path)
        kiosk.do("fresh")
        kiosk.do("add", id=f"w-{path[-4:]}", text=BAD)
        band = page.locator("#band-care")
        expect(band).to_be_visible()
        expect(page.locator("#said")).to_contain_text("Un message qui inquiète")
    band.get_by_role("link", name="Voir quoi faire").click()
    expect(page.locator("#care")).to_contain_text("Prévenez maintenant")
    assert page.title().startswith("(!)")


def test_a_title_dealt_with_by_undo_takes_a_click(worried: PhoneKiosk, panel: Panel) -> None:
    page = panel()
    page.locator("#care").get_by_role("button", name="Ouvrir").click()
    page.get_by_role("button", name="J’ai prévenu quelqu’un").click()
    expect(page.locator("#care-told")).to_contain_text("1 message signalé")
    page.keyboard.press("z")
    page.wait_for_timeout(400)
    expect(page.locator("#care-told")).to_have_count(1)
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator("#care")).to_contain_text("Ouvrir de nouveau")


def test_two_steps_to_read_nothing_over_and_one_back(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel()
    page.locator("#moderation-off").click()
    expect(page.get_by_role("link", name="Garder la relecture")).to_be_focused()
    page.keyboard.press("Enter")  # the first thing that a hurried hand does
    expect(page.locator("#without-review")).to_have_count(0)
    page.locator("#moderation-off").click()
    page.locator("#without-review").get_by_role("button", name="Afficher sans relecture").click()
    expect(page.locator("#band-review")).to_contain_text("Sans relecture jusqu’à")
    kiosk.do("add", id="q1", text="Vous travaillez la nuit ?")
    kiosk.do("add", id="q2", text=SLIPS[1])
    expect(page.locator("#unread")).to_contain_text("Vous travaillez la nuit ?")
    expect(page.locator("#band-review")).to_contain_text("1 question affichée ainsi")
    assert statuses(kiosk) == {"q1": "approved", "q2": "pending"}
    assert problems(page) == []
    page.get_by_role("button", name="Rétablir la relecture").click()
    expect(page.locator("#band-review")).to_have_count(0)
    until(lambda: statuses(kiosk) == {"q1": "pending", "q2": "pending"})


def test_a_pile_of_slips_survives_reloads_and_the_way_back(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof/liste")
    page.fill("#liste", "\n".join(SLIPS))
    page.reload()
    expect(page.locator("#liste")).to_have_value("\n".join(SLIPS))
    page.get_by_role("button", name="Voir la liste").click()
    expect(page.locator(".preview textarea")).to_have_count(3)
    assert [box.is_checked() for box in page.locator(".preview input[type=checkbox]").all()] == [True, False, True]
    page.locator("#texte-1").fill("Prenez-vous des stagiaires ?")
    page.locator("#ligne-1").check()
    page.reload()
    expect(page.locator("#texte-1")).to_have_value("Prenez-vous des stagiaires ?")
    expect(page.locator("#ligne-1")).to_be_checked()
    assert problems(page) == []
    page.get_by_role("link", name="Préparer").click()
    page.go_back()
    expect(page.locator("#texte-1")).to_have_value("Prenez-vous des stagiaires ?")
    page.get_by_role("button", name="Ajouter les questions cochées").click()
    expect(page.locator("#queue-title")).to_have_text("3 validées")
    page.goto(kiosk.url + "/prof/liste")
    expect(page.locator("#liste")).to_have_value("")


def test_what_is_being_typed_survives_a_reload_until_it_is_sent(kiosk: PhoneKiosk, panel: Panel) -> None:
    kiosk.do("add", id="q1", text="Un ?")
    page = panel("/prof?faire=saisir")
    page.fill("#saisie", "Dite au fond de la classe ?")
    page.reload()
    expect(page.locator("#saisie")).to_have_value("Dite au fond de la classe ?")
    page.locator("#type-form").get_by_role("button", name="Ajouter", exact=True).click()
    until(lambda: "Dite au fond de la classe ?" in kiosk.texts())
    page.goto(kiosk.url + "/prof?faire=saisir")
    expect(page.locator("#saisie")).to_have_value("")
    page.goto(kiosk.url + "/prof?q=q1&faire=reformuler")
    page.fill("#texte-q1", "Autrement ?")
    page.reload()
    expect(page.locator("#texte-q1")).to_have_value("Autrement ?")
    page.get_by_role("link", name="Revenir").click()
    page.goto(kiosk.url + "/prof?q=q1&faire=reformuler")
    expect(page.locator("#texte-q1")).to_have_value("Un ?")


def test_the_pages_of_care_are_accessible(worried: PhoneKiosk, panel: Panel) -> None:
    page = panel()
    assert problems(page) == []
    page.locator("#care").get_by_role("button", name="Ouvrir").click()
    expect(page.locator("#care blockquote")).to_be_visible()
    assert problems(page) == []
