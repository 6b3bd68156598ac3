"""What is typed on any page of the teacher survives a reload; a secret does not, nor a setting that was left unsent."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.phone_kiosk import PhoneKiosk
from browser.test_control_look import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]
#: Pages where one types: a few of those have a form for each state of a question, opened by the address.
MORE = ["/prof/salles", "/prof/synchro", "/prof/liste?origine=prepared"]
#: Every field of a form that sends something, whatever it is named and wherever it is folded.
FIELDS = """form[method=post] :is(textarea, input:not([type]), input[type=text], input[type=email])
:not([readonly], [data-secret])""".replace("\n", "")


def typed(page: Page) -> list[tuple[str, str]]:
    """(name, what it holds) of every field that is typed in."""
    found = page.eval_on_selector_all(
        f"#panel {FIELDS}", "all => all.filter(one => one.name).map(one => [one.name, one.value])"
    )
    return [(name, value) for name, value in found]


def fill(page: Page) -> list[tuple[str, str]]:
    """Type in each of them, as a hand does; what they hold then."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for field in page.locator(f"#panel {FIELDS}").all():
        field.fill("26@x.fr" if field.get_attribute("type") == "email" else "26")
    return typed(page)


def test_whatever_page_it_is_typed_on(kiosk: PhoneKiosk, panel: Panel) -> None:
    for id in ("q1", "q2", "q3"):
        kiosk.do("add", id=id, text=f"Une question {id} ?")
    page = panel()
    lost, seen = [], 0
    for path in [*PAGES, *MORE]:
        page.goto(kiosk.url + path)
        if not page.locator("#panel").count():
            continue  # what is printed
        held = fill(page)
        if not held:
            continue
        page.reload()
        lost += [(path, name, value) for (name, value), now in zip(held, typed(page)) if now != (name, value)]
        seen += len(held)
    assert not lost, lost
    assert seen > 40


def test_secrets_are_kept_nowhere(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof/mise-en-route?etape=wifi")
    page.fill("#ssid", "Classe 12")
    page.fill("#motdepasse", "un-secret")
    page.goto(kiosk.url + "/prof/mise-en-route?etape=code")
    page.fill("#pin", "918273")
    kept = page.evaluate("JSON.stringify(sessionStorage)")
    assert "un-secret" not in kept and "918273" not in kept


def test_a_setting_left_unsent_is_not_shown_as_if_it_were_in_force(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof/salle")
    page.fill("#class-form #classe", "3e F")
    page.reload()
    expect(page.locator("#class-form #classe")).to_have_value("3e F")
    page.get_by_role("link", name="Préparer", exact=True).click()
    expect(page).to_have_url(re.compile("/prof/preparer"))
    page.goto(kiosk.url + "/prof/salle")
    expect(page.locator("#class-form #classe")).to_have_value("4e B")


def test_a_fold_that_holds_what_was_typed_is_open_again_and_no_promise_is_ticked(
    kiosk: PhoneKiosk, panel: Panel
) -> None:
    page = panel("/prof/salle")
    page.get_by_text("Ajouter une salle").first.click()
    page.fill("#nouvelle-salle", "B204")
    promise = page.locator("#effacer [name=compris]")
    promise.check()
    page.reload()
    expect(page.locator("#nouvelle-salle")).to_be_visible()
    expect(page.locator("#nouvelle-salle")).to_have_value("B204")
    expect(promise).not_to_be_checked()
