"""What a browser of 2018 does with our pages: the pressed button acts, the display is readable, a phone asks and
supports.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from browser.control_panel import pin, statuses, until
from browser.display_kiosk import SIZES, DisplayKiosk
from browser.display_rooms import ROOMS
from browser.old_chromium import OldChromium
from browser.phone_kiosk import PhoneKiosk

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldChromium]:
    found = OldChromium(tmp_path_factory.mktemp("old"))
    yield found
    found.close()
    assert found.errors == []


@pytest.fixture
def desk(old: OldChromium, kiosk: PhoneKiosk) -> OldChromium:
    """The panel, code given, in a browser that does not say which button sent a form."""
    old.size(1280, 720)
    old.open(kiosk.url + "/prof")
    if old.run("document.querySelector('#pin') !== null"):
        old.type("#pin", pin(kiosk))
        old.press(".btn.go")
        old.until("document.querySelector('#pin') === null && document.readyState === 'complete'")
        old.open(kiosk.url + "/prof")
    old.until("document.documentElement.classList.contains('js')")
    assert old.run("!('submitter' in SubmitEvent.prototype)") if old.run("'SubmitEvent' in window") else True
    return old


def test_five_minutes_more_are_five_minutes_more(desk: OldChromium, kiosk: PhoneKiosk) -> None:
    kiosk.do("phase", phase="talk")
    desk.until("document.querySelector('#action').innerText.includes('Ouvrir les questions')")
    before = desk.run("+document.querySelector('#timer').dataset.ends")
    desk.press("#timer-form [value=prolonger]")
    desk.until(f"+(document.querySelector('#timer').dataset.ends || 0) > {before} + 250000")


def test_kept_apart_is_kept_apart(desk: OldChromium, kiosk: PhoneKiosk) -> None:
    for number in range(3):
        kiosk.do("add", id=f"salaire{number}", text="Quel est votre salaire par mois ?")
    desk.until("document.querySelector('[formaction*=separer]')")
    desk.press("[formaction*=separer]")
    desk.until("document.querySelector('[formaction*=separer]') === null")
    assert set(statuses(kiosk).values()) == {"pending"}


def test_on_screen_is_on_screen(desk: OldChromium, kiosk: PhoneKiosk) -> None:
    kiosk.do("add", id="vertige", text="Avez-vous le vertige ?")
    desk.until("document.querySelector('[formaction*=ecran]')")
    desk.press("[formaction*=ecran]")
    until(lambda: statuses(kiosk)["vertige"] == "on_screen")


def test_a_phone_asks_and_supports(old: OldChromium, kiosk: PhoneKiosk) -> None:
    old.size(360, 640)
    old.open(kiosk.url + "/")
    old.type("#q", "Qui vous a appris le métier ?")
    old.press("#f .send")
    until(lambda: "Qui vous a appris le métier ?" in kiosk.texts())
    kiosk.do("add", id="mate", text="Et le vertige ?")
    kiosk.do("approve", id="mate")
    old.open(kiosk.url + "/soutenir")
    old.press(".vote .btn")
    old.until("document.querySelector('.vote .btn.on') && document.querySelector('[data-v]').textContent === '1'")


@pytest.mark.parametrize("shape", SIZES)
def test_the_display_is_readable(old: OldChromium, server: DisplayKiosk, tmp_path: Path, shape: str) -> None:
    """Every visible text at least as large as the smallest one of today's browsers, give or take a tenth; none cut."""
    width, height = SIZES[shape]
    old.size(width, height)
    view = "bandeau" if shape == "bandeau" else ""
    for room in ROOMS:
        old.open(server.url(room, vue=view))
        old.until("document.getElementById('screen') && document.getElementById('screen').children.length > 0")
        small = (
            "Array.from(document.querySelectorAll('#screen *')).filter(e => e.getClientRects().length && "
            "Array.from(e.childNodes).some(n => n.nodeType === 3 && n.data.trim())).map(e => "
            "[parseFloat(getComputedStyle(e).fontSize), e.tagName + '.' + e.className, e.textContent.slice(0, 40)])"
            f".filter(one => one[0] < {0.02 * height})"
        )
        with suppress(AssertionError):  # a font that comes late is fitted again when it is there
            old.until(f"({small}).length === 0")
        assert old.run(small) == [], room
        wide = old.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, room
