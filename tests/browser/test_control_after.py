"""After the questions, in a real browser: lines noted from the keyboard, the end, and what its pages print."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.control_panel import problems
from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]


@pytest.fixture
def asked(kiosk: PhoneKiosk) -> PhoneKiosk:
    """Three questions that were answered."""
    for number in (1, 2, 3):
        kiosk.do("add", id=f"q{number}", text=f"Combien de marches {number} ?", theme="metier")
        kiosk.do("approve", id=f"q{number}")
        kiosk.do("answered", id=f"q{number}")
    return kiosk


def test_enter_notes_a_line_and_goes_to_the_next(asked: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof?liste=posees")
    fields = page.locator("#list [data-line]")
    fields.first.fill("Deux cents")
    fields.first.press("Enter")
    expect(page.locator("#e-q2")).to_have_attribute("aria-current", "true")
    expect(fields.nth(1)).to_be_focused()
    page.keyboard.type("Trois cents")
    page.keyboard.press("Enter")
    expect(fields.nth(2)).to_be_focused()
    page.reload()
    assert [field.input_value() for field in fields.all()] == ["Deux cents", "Trois cents", ""]
    assert problems(page) == []


def test_a_line_being_typed_survives_a_reload_and_the_others_news(asked: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof?liste=posees")
    field = page.locator("#list [data-line]").first
    field.fill("À moitié écrit")
    asked.do("add", id="q9", text="Une de plus ?")
    expect(page.locator(".shelves")).to_contain_text("À relire 1")
    assert field.input_value() == "À moitié écrit"
    page.reload()
    expect(field).to_have_value("À moitié écrit")


def test_two_pupils_note_on_a_page_that_follows_the_class(asked: PhoneKiosk, panel: Panel) -> None:
    teacher = panel("/prof?liste=posees")
    teacher.get_by_role("button", name="Inviter un groupe à noter").click()
    link = teacher.locator("#invite-link").inner_text()
    pupil = panel(enter=False, viewport={"width": 360, "height": 640}, path=re.sub(r"^https?://[^/]+", "", link))
    pupil.get_by_role("button", name="Commencer").click()
    expect(pupil.locator("li.line")).to_have_count(3)
    pupil.set_viewport_size({"width": 1280, "height": 720})
    lines = "document.querySelectorAll('li.line').forEach(e => {"
    lines += " const of = s => e.querySelector(s).getBoundingClientRect();"
    lines += " if (of('.q').top < of('.meta').bottom || of('[data-line]').width < 400) throw e.innerText; })"
    pupil.evaluate(lines)  # one above the other, on a wide screen too
    pupil.set_viewport_size({"width": 360, "height": 640})
    asked.do("add", id="q4", text="Et le vent ?")
    asked.do("approve", id="q4")
    asked.do("screen", id="q4")
    expect(pupil.locator("li.line").first).to_contain_text("Et le vent ?")
    pupil.locator("#a-q4 [data-line]").fill("Il souffle")
    pupil.locator("#a-q4").get_by_role("button").click()
    expect(pupil.locator("#a-q4")).to_contain_text("Votre professeur va la relire")
    assert problems(pupil) == []
    assert pupil.evaluate("document.documentElement.scrollWidth <= innerWidth")
    teacher.goto(asked.url + "/prof?liste=posees")
    said = teacher.locator("#answering").inner_text().replace("\u00a0", " ")
    assert "à relire : « Il souffle »" in said, said
    teacher.locator("#answering").get_by_role("button", name="Accepter").click()
    expect(teacher.locator("#answering")).not_to_contain_text("Écrit par le groupe")
    expect(pupil.locator("#a-q4")).to_contain_text("Notée")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (360, 640)])
def test_lines_are_read_over_while_the_class_writes_its_reflections(
    asked: PhoneKiosk, panel: Panel, width: int, height: int
) -> None:
    teacher = panel("/prof?liste=posees", viewport={"width": width, "height": height})
    teacher.get_by_role("button", name="Inviter un groupe à noter").click()
    link = teacher.locator("#invite-link").inner_text()
    asked.do("phase", phase="reflection")
    teacher.goto(asked.url + "/prof")
    expect(teacher.locator("#queue-title")).to_contain_text("bilan")
    pupil = panel(enter=False, path=re.sub(r"^https?://[^/]+", "", link))
    pupil.get_by_role("button", name="Commencer").click()
    for number in (1, 2):
        pupil.locator(f"#a-q{number} [data-line]").fill(f"Deux cents et {number}")
        pupil.locator(f"#a-q{number}").get_by_role("button").click()
        expect(pupil.locator(f"#a-q{number}")).to_contain_text("Votre professeur va la relire")
    wait = teacher.locator("#lines-wait")
    expect(wait).to_contain_text("2 lignes de réponse à relire")  # told at once, without a reload
    wait.get_by_role("link", name="Relire les lignes").click()
    expect(teacher.locator("#list > li")).to_have_count(2)
    assert problems(teacher) == []
    assert teacher.evaluate("document.documentElement.scrollWidth <= innerWidth")
    teacher.locator("#e-q1 [data-line]").fill("Deux cents marches")
    teacher.locator("#e-q1").get_by_role("button", name="Accepter").click()
    expect(teacher.locator("#e-q1")).to_have_count(0)
    teacher.locator("#e-q2").get_by_role("button", name="Écarter").click()
    expect(teacher.locator("#queue")).to_contain_text("Aucune ligne à relire")
    expect(pupil.locator("#a-q1 [data-line]")).to_have_value("Deux cents marches")
    teacher.locator(".shelves").get_by_role("link", name="Bilans").click()
    expect(teacher.locator("#queue-title")).to_contain_text("bilan")
    expect(wait).to_have_count(0)


def pages_of(page: Page, target: Path) -> int:
    page.pdf(path=str(target), prefer_css_page_size=True, print_background=True, tagged=True)
    return len(re.findall(rb"/Type\s*/Page\b", target.read_bytes()))


@pytest.mark.parametrize(("questions", "sheets"), [(0, 1), (14, 1), (40, 2)])
def test_the_end_leads_to_a_souvenir_on_as_few_sheets_as_it_takes(
    kiosk: PhoneKiosk, panel: Panel, browser: Browser, tmp_path: Path, questions: int, sheets: int
) -> None:
    for number in range(questions):
        kiosk.do("add", id=f"q{number}", text=f"Combien de marches montez-vous, la {number}e fois ?", theme="metier")
        kiosk.do("approve", id=f"q{number}")
        kiosk.do("answered", id=f"q{number}")
    kiosk.do("phase", phase="closed")
    page = panel("/prof")
    assert problems(page) == []
    page.get_by_role("link", name="Voir et garder").click()
    page.get_by_role("button", name="Garder", exact=True).click()
    expect(page.locator(".tools")).to_contain_text("Gardé jusqu’au")
    assert problems(page) == []
    assert pages_of(page, tmp_path / "souvenir.pdf") == sheets
    tags = (tmp_path / "souvenir.pdf").read_bytes()
    assert b"/StructTreeRoot" in tags and b"/Lang" in tags, "it can be listened to"
    with page.expect_download() as taken:
        page.get_by_role("link", name="Télécharger la page").click()
    alone = browser.new_page()
    alone.set_content(taken.value.path().read_text(encoding="utf-8"))
    assert alone.locator("dt").count() == questions and pages_of(alone, tmp_path / "file.pdf") == sheets
    alone.close()


def test_the_receipt_is_printed_without_the_panel(asked: PhoneKiosk, panel: Panel) -> None:
    asked.do("phase", phase="closed")
    page = panel("/prof")
    page.get_by_role("link", name="Effacer maintenant").click()
    page.locator("#effacer [name=compris]").check()
    page.get_by_role("button", name="Tout effacer").click()
    expect(page.get_by_role("heading", name="Tout est effacé")).to_be_visible()
    expect(page.get_by_role("button", name="Imprimer ce reçu")).to_be_visible()
    assert problems(page) == []
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".receipt")).to_contain_text("moins de 5 questions")


def test_the_report_is_one_sheet(asked: PhoneKiosk, panel: Panel, tmp_path: Path) -> None:
    asked.do("phase", phase="closed")
    page = panel("/prof/rapport")
    assert problems(page) == []
    assert pages_of(page, tmp_path / "rapport.pdf") == 1
