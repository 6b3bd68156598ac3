"""What the corpus of injections does in a real browser, on every page where it is shown: nothing."""

from __future__ import annotations

import json

import pytest
import requests
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

from fuzz.target import Target
from test_injection import CORPUS

pytestmark = [pytest.mark.browser, pytest.mark.server]
PAGES = ("/", "/soutenir", "/mes-questions", "/ecran", "/ecran?theme=sombre&vue=bandeau", "/prof", "/prof/preparer",
         "/prof/seances", "/prof/salle", "/prof/imprimer/questions", "/prof/imprimer/affiche",
         "/prof/imprimer/coupons")  # fmt: skip


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory):
    """A kiosk at the phase of questions, the corpus typed, pasted, as a class and as what is on screen; its teacher."""
    made = Target(tmp_path_factory.mktemp("injections")).begin()
    teacher = made.teacher()
    csrf = made.csrf(teacher.get(f"{made.url}/prof/salle", timeout=20).text)

    def act(path, **data):
        answer = teacher.post(f"{made.url}{path}", data={"csrf": csrf, **data}, timeout=20)
        assert answer.status_code < 500, (path, answer.text[-300:])

    act("/prof/salle/classe", classe=CORPUS[1][:40], effectif="26")
    act("/prof/etape", vers="questions")
    for text in CORPUS:
        act("/prof/saisir", texte=text)
    act("/prof/liste", texte=CORPUS, ligne=[str(n) for n in range(len(CORPUS))], faire="ajouter", origine="paper")
    for text in CORPUS[:8]:
        act("/prof/preparer", texte=text, text=text)
    number = made.questions()
    act(f"/prof/questions/{number[-1]['id']}/ecran")
    yield made, teacher
    made.stop(9)


def listen(page: Page, path: str, said: list[tuple[str, str]]) -> None:
    """Keep in ``said`` what a page should not say: (path, dialog or error)."""

    def asked(dialog: Dialog) -> None:
        said.append((path, "dialog"))
        dialog.dismiss()

    def logged(line: ConsoleMessage) -> None:
        if line.type == "error":
            said.append((path, line.text))

    page.on("dialog", asked)
    page.on("pageerror", lambda error: said.append((path, str(error))))
    page.on("console", logged)


def test_nothing_runs_and_the_policy_has_nothing_to_stop(
    kiosk: tuple[Target, requests.Session], browser: Browser
) -> None:
    made, teacher = kiosk
    said: list[tuple[str, str]] = []
    shown = 0
    context = browser.new_context(locale="fr-FR")
    context.add_cookies([{"name": c.name, "value": c.value or "", "url": made.url} for c in teacher.cookies])
    context.add_init_script(
        "window.ran = []; for (let n = 1; n < 26; n++) window['zq' + n] = () => window.ran.push(n);"
        "document.addEventListener('securitypolicyviolation', (e) => window.ran.push(e.violatedDirective));"
    )
    for path in PAGES:
        page = context.new_page()
        listen(page, path, said)
        page.goto(f"{made.url}{path}")
        page.wait_for_timeout(400)
        page.evaluate(
            "for (const e of document.querySelectorAll('main *')) e.dispatchEvent(new MouseEvent('mouseover'))"
        )
        assert json.loads(page.evaluate("JSON.stringify(window.ran)")) == [], path
        odd = "[onerror],[onload],[onmouseover],iframe,body script:not([src]):not([type])"
        assert page.locator(odd).count() == 0, path
        shown += "zq" in page.content()
        page.close()
    context.close()
    assert said == []
    assert shown >= 5
