"""« Séances » and « Synchronisation » in a real Chromium, with a real kiosk and a real centre."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.control_panel import problems, problems_of_both_themes
from browser.sync_kiosk import SyncKiosk
from kiosk.domain import policy, rooms, stored
from kiosk.domain.questions import preparation
from kiosk.exchange import syncstate
from kiosk.storage.models import Enrolment, Notice, Operation, Session

pytestmark = [pytest.mark.browser, pytest.mark.server]
SIZES = [(1920, 1080), (1280, 720), (1024, 768), (390, 844), (360, 640), (320, 568)]
PAGES = ["/prof/synchro", "/prof/seances", "/prof/seances?quoi=catalogue", "/prof", "/prof/courriel/S1"]
LONG = "Anticonstitutionnellement" * 9


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[SyncKiosk]:
    made = SyncKiosk(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def teacher(browser: Browser, pair: SyncKiosk) -> Iterator[Callable[..., Page]]:  # noqa: F811
    contexts, wrong = [], []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, "locale": "fr-FR", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(pair.url + "/prof/connexion")
        page.fill("#pin", pair.pin)
        page.get_by_role("button", name="Ouvrir").click()
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def give_code(page: Page, pair: SyncKiosk) -> None:
    """Pair by the form of the page."""
    page.goto(pair.url + "/prof/synchro")
    page.fill("#uai", "0951099d")
    page.fill("#code", pair.centre.office().code())
    press(page, "Jumeler ce kiosque")
    expect(page.locator("#link")).to_contain_text("À jour", timeout=20_000)


def test_a_class_enrolled_offline_is_confirmed_when_the_centre_is_back(pair: SyncKiosk, teacher: Any) -> None:
    pair.start()
    page = teacher()
    page.goto(pair.url + "/prof/synchro")
    page.fill("#uai", "0951099A")
    page.fill("#code", "7KQ2-M9XA")
    press(page, "Jumeler ce kiosque")
    expect(page.locator("#trouble")).to_contain_text("ne correspond pas à ses chiffres")
    assert page.input_value("#code") == "7KQ2-M9XA"
    give_code(page, pair)
    page.goto(pair.url + "/prof/seances")
    expect(page.locator("#list > li")).to_have_count(3)
    page.select_option("#f-niveau", "4E")
    expect(page.locator("#list > li")).to_have_count(1)
    pair.centre.stop()
    page.locator("#enrol-S1 summary").click()
    page.fill("#ec-S1", "4e B")
    page.fill("#ee-S1", "26")
    page.locator("#enrol-S1 [data-submit]").click()
    expect(page.locator("#s-S1")).to_contain_text("En attente d’envoi")
    expect(page.locator("#ec-S1")).to_be_hidden()
    page.goto(pair.url + "/prof/synchro")
    press(page, "Synchroniser maintenant")
    expect(page.locator("#link")).to_contain_text("Hors connexion", timeout=20_000)
    expect(page.locator("#outbox")).to_contain_text("4e B")
    pair.centre.start()
    press(page, "Synchroniser maintenant")
    expect(page.locator("#progress")).to_be_visible()
    expect(page.locator("#link")).to_contain_text("À jour", timeout=20_000)
    expect(page.locator("#outbox")).to_have_count(0)
    page.goto(pair.url + "/prof/seances")
    expect(page.locator("#s-S1")).to_contain_text("Inscrite")


def test_without_script_and_by_stick(pair: SyncKiosk, teacher: Any) -> None:
    pair.start()
    give_code(teacher(), pair)
    page = teacher(java_script_enabled=False)
    page.goto(pair.url + "/prof/seances?quoi=catalogue")
    page.locator("#enrol-S2 summary").click()
    page.fill("#ec-S2", "3e A")
    page.fill("#ee-S2", "24")
    page.locator("#enrol-S2 [data-submit]").click()
    expect(page.locator("#s-S2")).to_contain_text("3e A, 24 élèves")
    page.goto(pair.url + "/prof/synchro")
    with page.expect_download() as got:
        press(page, "Télécharger le fichier à porter")
    with gzip.open(got.value.path()) as file:
        assert json.load(file)["kind"] == "request"
    page.set_input_files("#fichier", {"name": "x.gz", "mimeType": "application/gzip", "buffer": b"rien"})
    press(page, "Lire la réponse")
    expect(page.locator("#refus")).to_contain_text("abîmé")


def test_a_school_without_a_network_is_paired_by_stick(pair: SyncKiosk, teacher: Any) -> None:
    pair.told = False
    pair.start()
    page = teacher()
    page.goto(pair.url + "/prof/synchro")
    page.fill("#uai", "0951099D")
    office = pair.centre.office()
    made = office.post("/bureau/kiosques/code", uai="0951099D", long="1", status=200).text
    page.fill("#code", re.findall(r'class="code">([0-9A-Z-]{19})<', made)[0].lower())
    press(page, "Jumeler ce kiosque")
    expect(page.get_by_text("Jumelage par clé USB demandé")).to_be_visible(timeout=15_000)
    for session in ("", "S2"):
        if session:
            page.goto(pair.url + "/prof/seances?quoi=catalogue")
            page.locator("#enrol-S2 summary").click()
            page.fill("#ec-S2", "3e A")
            page.fill("#ee-S2", "24")
            page.locator("#enrol-S2 [data-submit]").click()
            expect(page.locator("#ec-S2")).to_be_hidden()
            page.goto(pair.url + "/prof/synchro")
        with page.expect_download() as got:
            press(page, "Télécharger le fichier à porter")
        asked = Path(got.value.path()).read_bytes()
        back = office.post("/bureau/fichiers/cle", {"file": ("x.kiosk.json.gz", asked)}, 200).content
        page.set_input_files("#fichier", {"name": "x.gz", "mimeType": "application/gzip", "buffer": back})
        press(page, "Lire la réponse")
        expect(page.get_by_text("Réponse lue")).to_be_visible(timeout=15_000)
        assert problems(page) == []
    expect(page.get_by_text("Jumelé par clé USB, établissement 0951099D.")).to_be_visible()
    page.goto(pair.url + "/prof/seances")
    expect(page.locator("#s-S2")).to_contain_text("3e A, 24 élèves")


def troubled(tx: Any) -> None:
    """Everything that can be said on these pages, in long words."""
    room_id = rooms.add(tx, "Salle")
    for number, (state, status) in enumerate(
        [
            ("requested", "planned"),
            ("confirmed", "moved"),
            ("waitlisted", "cancelled"),
            ("refused", "planned"),
        ],
        start=1,
    ):
        Session.insert(
            id=f"S{number}",
            title=f"Séance {number}",
            starts_at=tx.now + number * 86_400_000,
            duration_min=45,
            rev=2,
            format="college-45",
            status=status,
            levels=["4E", "3E"],
            theme_week=f"Semaine {LONG[: 60 * number]}",
            meeting_url="https://visio.example/1",
        ).execute()
        Enrolment.insert(
            id=f"E{number}",
            session_id=f"S{number}",
            label=f"4e {LONG[:50]}",
            level="4E",
            headcount=26,
            state=state,
            reason=LONG if state == "refused" else "",
            rev=1,
        ).execute()
    rooms.choose_session(tx, room_id, "S1", class_label="4e B", headcount=26)
    texts = ["Quel est votre salaire ?", LONG, "Une autre ?", "Pourquoi ?"]
    ids = preparation.add_many(tx, room_id, texts, origin="prepared")
    Operation.update(state="rejected", code="invalid", attempts=1).where(Operation.subject << ids[:2]).execute()
    Operation.update(state="accepted", attempts=1).where(Operation.subject == ids[2]).execute()
    Notice.insert(id="n1", level="warning", text=LONG, expires_at=tx.now + 86_400_000).execute()
    Notice.insert(id="n2", level="info", text="Bonne rentrée.", expires_at=tx.now + 86_400_000).execute()
    syncstate.note(tx, paired=True, failure="tls_intercept", detail="Filtre " + LONG, last_success=tx.now - 86_400_000)
    stored.put(tx, policy.PAIRED_UAI, "0951099D")
    stored.put(tx, "recovery", {"at": tx.now, "kind": "empty"})


def over(page: Page) -> Any:
    return page.evaluate(
        """() => [document.documentElement.scrollWidth - innerWidth,
          ...[...document.querySelectorAll('body *')].filter(e => {
          const r = e.getBoundingClientRect();
          return r.width && r.right > innerWidth + 1 && !e.closest('.sr, .vh, .sprite, .skip')
            && getComputedStyle(e).position !== 'fixed';
        }).map(e => e.tagName + '.' + e.className).slice(-4)]"""
    )


def small(page: Page) -> list[str]:
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll('button, .btn, .chip, .tabs a, .sync a, select, .small-link')]
          .filter(e => e.offsetParent && !e.closest('.sr') && e.getBoundingClientRect().height < 43.5)
          .map(e => e.outerHTML.slice(0, 120))"""
        )
    )


def test_nothing_runs_over_and_axe_finds_nothing(pair: SyncKiosk, teacher: Any) -> None:
    pair.prepare(troubled)
    pair.start()
    found = []
    page = teacher(reduced_motion="reduce")
    for path in PAGES:
        page.goto(pair.url + path)
        page.evaluate("document.querySelectorAll('#contenu details').forEach(d => { d.open = true; })")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for large in (False, True):
                if large:
                    page.evaluate("document.documentElement.style.fontSize = '200%'")
                side, *names = over(page)
                if side > 0 or names:
                    found.append(f"{path} {width}x{height} large={large}: {side} {names}")
            page.evaluate("document.documentElement.style.fontSize = ''")
            found += [f"{path} {width}: {one}" for one in small(page)] if width == 390 else []
    page = teacher(viewport={"width": 1280, "height": 4000}, reduced_motion="reduce")
    for path in PAGES:
        page.goto(pair.url + path)
        page.evaluate("document.querySelectorAll('#contenu details').forEach(d => { d.open = true; })")
        found += [f"{path}: {problem}" for problem in problems_of_both_themes(page)]
    assert not found, "\n".join(found)
    page.locator("#recovery button").click()
    expect(page.locator("#recovery")).to_have_count(0)
