"""The class's story in the two other engines, Firefox ESR and WebKitGTK: a phone asks, the panel reads over and puts on
screen, the display follows, a second phone supports; no script error in any page.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from browser.control_panel import pin, statuses, until
from browser.other_engines import Firefox, Page, WebKit
from browser.phone_kiosk import PhoneKiosk

pytestmark = pytest.mark.browser

ASKED = "Avez-vous le vertige, là-haut ?"
OTHER = "Qui vous a appris le métier ?"


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=["firefox", "webkit"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox | WebKit]:
    browser = request.param(tmp_path_factory.mktemp("engine"))
    yield browser
    browser.close()


def enter(page: Page, kiosk: PhoneKiosk) -> None:
    """Give the teacher's code, and stand on the live page."""
    page.open(kiosk.url + "/prof/connexion")
    page.type("#pin", pin(kiosk))
    page.press(".btn.go")
    page.until("document.querySelector('#pin') === null && document.readyState === 'complete'")
    page.open(kiosk.url + "/prof")
    page.until("document.documentElement.classList.contains('js')")


def test_a_class_asks_supports_and_is_answered(engine: Firefox | WebKit, kiosk: PhoneKiosk) -> None:
    panel, display, phone = engine.page(1280, 800), engine.page(1280, 720), engine.page(390, 844)
    enter(panel, kiosk)
    display.open(kiosk.url + "/ecran")
    display.until("document.getElementById('screen') && document.getElementById('screen').children.length > 0")

    phone.open(kiosk.url + "/")
    phone.until("document.querySelector('#q')")
    phone.type("#q", ASKED)
    phone.press("#f .send")
    until(lambda: ASKED in kiosk.texts())
    (asked,) = statuses(kiosk)

    panel.until("document.body.innerText.includes('vertige')")  # its punctuation is the typographer's on a page
    panel.until("document.querySelector('[formaction*=ecran]')")
    panel.press("[formaction*=ecran]")
    until(lambda: statuses(kiosk)[asked] == "on_screen")
    display.until("document.getElementById('screen').innerText.includes('vertige')")

    kiosk.do("add", id="another", text=OTHER)
    kiosk.do("approve", id="another")
    phone.open(kiosk.url + "/soutenir")
    phone.until("document.querySelector('.vote .btn')")
    phone.press(".vote .btn")
    phone.until("document.querySelector('.vote .btn.on') && document.querySelector('[data-v]').textContent === '1'")

    kiosk.do("phase", phase="closed")
    display.until("!document.getElementById('screen').innerText.includes('vertige')")
    for page in (panel, display, phone):
        assert page.errors() == []
        wide = page.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0


def test_a_cut_is_told_and_what_was_asked_leaves_after_it(engine: Firefox | WebKit, kiosk: PhoneKiosk) -> None:
    phone = engine.page(390, 844)
    phone.open(kiosk.url + "/")
    phone.until("document.querySelector('#q')")
    kiosk.stop()
    try:
        phone.type("#q", OTHER)
        phone.press("#f .send")
        phone.until("document.body.innerText.includes('appris le métier')")
    finally:
        kiosk.start()
    until(lambda: OTHER in kiosk.texts())
    assert phone.errors() == []
