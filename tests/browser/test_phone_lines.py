"""What a reading of the whole journey found on phones and in cuts: said where one looks, counted once, kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, ViewportSize, expect

from browser.control_panel import until
from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

SMALL: ViewportSize = {"width": 360, "height": 640}


def phone(browser: Browser, kiosk: PhoneKiosk) -> Page:
    page = browser.new_context(viewport=SMALL, locale="fr-FR").new_page()
    page.goto(kiosk.url)
    page.wait_for_function("document.documentElement.classList.contains('js') || navigator.onLine")
    return page


def in_sight(place: Locator) -> None:
    """Whole, within the window."""
    expect(place).to_be_visible()
    expect(place).to_be_in_viewport(ratio=0.95)


def test_what_is_wrong_with_a_question_is_in_sight(browser: Browser, kiosk: PhoneKiosk) -> None:
    page = phone(browser, kiosk)
    field = page.locator("#q")
    page.get_by_role("button", name="Envoyer").click()
    expect(field).to_have_attribute("placeholder", "Écrivez votre question avant de l’envoyer.")
    expect(field).to_have_attribute("aria-invalid", "true")
    in_sight(field)
    field.fill("a" * 314)
    page.get_by_role("button", name="Envoyer").click()
    in_sight(page.locator("#long"))
    in_sight(field)
    page.context.close()


def test_a_closed_question_gets_one_suggestion_and_still_leaves(browser: Browser, kiosk: PhoneKiosk) -> None:
    page = phone(browser, kiosk)
    field, hint = page.locator("#q"), page.locator("#yes-no")
    field.fill("Est-ce que c’est dangereux ?")
    expect(hint).to_be_visible()
    expect(hint).to_contain_text("Que faites\u2060-\u2060vous quand… ?")
    expect(page.locator("#say")).to_contain_text("Une réponse en oui ou non ?")
    field.fill("Que faites-vous quand c’est dangereux ?")
    expect(hint).to_be_hidden()
    field.fill("Avez-vous déjà eu peur là-haut ?")
    expect(hint).to_be_visible()
    page.get_by_role("button", name="Envoyer").click()
    until(lambda: kiosk.texts() == ["Avez-vous déjà eu peur là-haut ?"])
    expect(hint).to_be_hidden()
    page.context.close()


def test_who_a_question_is_for_is_everyone_again_after_it_left(browser: Browser, kiosk: PhoneKiosk) -> None:
    kiosk.do("none")
    kiosk.do("session", session="S3")
    kiosk.do("phase", phase="questions")
    page = phone(browser, kiosk)
    page.get_by_text("Inès", exact=True).click()
    page.locator("#q").fill("Comment trouvez-vous une faille ?")
    page.get_by_role("button", name="Envoyer").click()
    until(lambda: kiosk.texts() != [])
    expect(page.locator("#q")).to_have_value("")
    expect(page.get_by_label("Aux trois")).to_be_checked()
    page.context.close()


def test_a_question_that_left_late_is_counted_once(browser: Browser, kiosk: PhoneKiosk) -> None:
    page = phone(browser, kiosk)
    context: BrowserContext = page.context
    page.wait_for_timeout(0)
    context.set_offline(True)
    page.locator("#q").fill("Travaillez-vous la nuit ?")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("body")).to_contain_text("En attente de connexion")
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(kiosk.url)
    until(lambda: kiosk.texts() == ["Travaillez-vous la nuit ?"])
    expect(again.locator(".tabs")).to_contain_text("1")
    for path in ("/mes-questions", "/"):
        again.goto(kiosk.url + path)
        expect(again.locator(".tabs a").nth(1)).to_have_text("Mes questions 1", use_inner_text=True)
    context.close()


def test_a_question_whose_answer_was_lost_is_counted_once(browser: Browser, kiosk: PhoneKiosk) -> None:
    """It is on disk, the phone does not know, and its page, asked for anew, counts it already."""
    context = browser.new_context(viewport=SMALL, locale="fr-FR")
    context.route("**/socket.io/**", lambda route: route.abort())
    context.route_web_socket("**/socket.io/**", lambda line: line.close())
    lost: list[int] = []

    def loses(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    context.route("**/questions*", loses)
    page = context.new_page()
    page.goto(kiosk.url)
    page.locator("#q").fill("Travaillez-vous la nuit ?")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("body")).to_contain_text("En attente de connexion")
    assert set(lost) == {200}
    context.unroute("**/questions*")
    page.goto(kiosk.url)
    expect(page.locator("#out")).to_contain_text("Reçue")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".tabs a").nth(1)).to_have_text("Mes questions 1", use_inner_text=True)
    assert kiosk.texts() == ["Travaillez-vous la nuit ?"]
    context.close()


def test_a_cut_says_one_thing(browser: Browser, kiosk: PhoneKiosk, panel: Callable[..., Page]) -> None:
    """No « À jour » nor tick beside « hors ligne »: on the display and on the panel, which say the same fact alike."""
    kiosk.do("phase", phase="talk")
    display = browser.new_page()
    display.goto(kiosk.url + "/ecran")
    teacher = panel()
    expect(display.locator(".status")).to_contain_text("Enregistré ici")
    expect(teacher.locator("#link")).to_contain_text("Enregistré ici")
    kiosk.stop()
    expect(display.locator("#offline")).to_be_visible(timeout=20_000)
    expect(display.locator(".status")).to_be_hidden()
    expect(teacher.locator("#link")).to_contain_text("perdue", timeout=20_000)
    expect(teacher.locator("#link use")).to_have_attribute("href", "#i-warn")
    kiosk.start()
    expect(display.locator("#offline")).to_be_hidden(timeout=20_000)
    expect(teacher.locator("#link")).to_contain_text("Enregistré ici", timeout=20_000)
    display.close()


def test_hands_and_a_slip_being_typed_survive_a_reload(kiosk: PhoneKiosk, panel: Callable[..., Page]) -> None:
    kiosk.do("phase", phase="reflection")
    page = panel()
    page.locator("#show-of-hands summary").click()
    page.locator("[name='useful::very']").fill("12")
    page.locator("#surprise").fill("La hauteur")
    page.reload()
    expect(page.locator("[name='useful::very']")).to_have_value("12")
    expect(page.locator("#surprise")).to_have_value("La hauteur")


def test_a_beginning_that_the_teacher_proposes_comes_and_goes_under_what_is_being_typed(
    browser: Browser, kiosk: PhoneKiosk
) -> None:
    """It comes by itself beside what is on screen, takes no word away, and goes once the class reads of its theme."""
    page = phone(browser, kiosk)
    field, line, now = page.locator("#q"), page.locator("#now .begin a"), page.locator("#now")
    expect(now).to_be_hidden()
    field.fill("la première année")
    kiosk.do("starter", code="salaire-1")
    expect(line).to_contain_text("Combien de temps")
    expect(now.get_by_text("À l’écran maintenant")).to_be_hidden()
    kiosk.do("add", id="on", text="Avez-vous le vertige ?", theme="vie")
    kiosk.do("screen", id="on")
    expect(now.get_by_text("le vertige")).to_be_visible()
    expect(line).to_be_visible()
    line.click()
    expect(field).to_be_focused()
    assert field.input_value().endswith("\xa0la première année")
    kiosk.do("starter", code="")
    expect(line).to_have_count(0)
    expect(now.get_by_text("le vertige")).to_be_visible()
    kiosk.do("starter", code="salaire-1")
    expect(line).to_be_visible()
    kiosk.do("add", id="pay", text="Combien gagnez-vous ?", theme="salaire")
    kiosk.do("approve", id="pay")
    expect(line).to_have_count(0)
    assert field.input_value().endswith("la première année")
    page.context.close()
