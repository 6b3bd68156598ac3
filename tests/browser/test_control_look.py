"""Every page of the teacher as eyes, fingers and screen readers meet it: axe, widths, large text, both themes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.control_panel import problems_of_both_themes, touching
from browser.phone_kiosk import ROOT, PhoneKiosk
from kiosk.domain.firststart import STEPS

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]
SIZES = [(1920, 1080), (1280, 720), (1024, 768), (390, 844), (360, 640), (320, 568)]
LONG = "Anticonstitutionnellement" * 9
PAGES = [
    "/prof",
    "/prof?liste=validees",
    "/prof?liste=cote",
    "/prof?liste=posees",
    "/prof?filtre=toutes&n=400",
    "/prof?faire=saisir",
    "/prof?q=q3&faire=reformuler",
    "/prof?q=q3&faire=cote",
    "/prof?q=q3&faire=regrouper",
    "/prof/ordre",
    "/prof/preparer",
    "/prof/lecon",
    "/prof/plan",
    "/prof/seances",
    "/prof/seances?quoi=catalogue",
    "/prof/seances/creer",
    "/prof/seances/importer",
    "/prof/transmettre",
    "/prof/pret",
    "/prof/salle",
    "/prof/liste?origine=paper",
    "/prof/copier?ids=q1",
    *(f"/prof/mise-en-route?etape={step.code}" for step in STEPS),
    "/prof/mise-en-route?etape=bilan",
    "/prof/imprimer/affiche",
    "/prof/imprimer/coupons",
    "/prof/imprimer/questions",
]


def corpus() -> list[str]:
    lines = (ROOT / "tests" / "data" / "similar-fr.tsv").read_text(encoding="utf-8").splitlines()
    parts = [part for line in lines for part in line.split("\t")]
    return list(dict.fromkeys(part for part in parts if part.strip().endswith("?")))


def busy(kiosk: PhoneKiosk, number: int = 60) -> None:
    """A class that writes a lot, one question on screen, two asked, one set aside."""
    everything = dict.fromkeys([LONG[:240], "Appelez-moi au 06 12 34 56 78 ?", *corpus()])
    texts = list(everything)[:number]
    for at, text in enumerate(texts, start=1):
        kiosk.do("add", id=f"q{at}", text=text, theme=("metier", "parcours", "vie", "salaire", "")[at % 5])
    for id in ("q1", "q5", "q6", "q7", "q8"):
        kiosk.do("approve", id=id)
    kiosk.do("answered", id="q7")
    kiosk.do("asked", id="q8")
    kiosk.do("aside", id="q9", reason="trop_personnelle")
    kiosk.do("screen", id="q1")


def test_axe_finds_nothing_on_any_page(kiosk: PhoneKiosk, panel: Panel) -> None:
    found = []
    page = panel("/prof/connexion", enter=False)
    page.fill("#pin", "nope")
    page.get_by_role("button", name="Ouvrir").click()
    found += [f"code: {problem}" for problem in problems_of_both_themes(page)]
    busy(kiosk)
    # Tall, so that nothing is half under a bar that stays at the bottom; still, so that nothing is half faded in.
    page = panel(viewport={"width": 1280, "height": 4000}, reduced_motion="reduce")
    for path in PAGES:
        page.goto(kiosk.url + path)
        found += [f"{path}: {problem}" for problem in problems_of_both_themes(page)]
    page.goto(kiosk.url + "/prof")
    page.keyboard.press("?")
    found += [f"help: {problem}" for problem in problems_of_both_themes(page)]
    for phase in ("lobby", "talk", "reflection", "closed"):
        kiosk.do("phase", phase=phase)
        page.goto(kiosk.url + "/prof")
        found += [f"{phase}: {problem}" for problem in problems_of_both_themes(page)]
    kiosk.do("none")
    for path in ("/prof", "/prof/preparer", "/prof/seances", "/prof/salle"):
        page.goto(kiosk.url + path)
        found += [f"no session, {path}: {problem}" for problem in problems_of_both_themes(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("large", [False, True], ids=["usual text", "text at 200 %"])
def test_nothing_runs_over_the_edge(kiosk: PhoneKiosk, panel: Panel, large: bool) -> None:
    busy(kiosk, 20)
    page = panel()
    found = []
    for path in PAGES:
        page.goto(kiosk.url + path)  # no script of these pages asks how wide they are: one loading for every size
        if large:
            page.evaluate("document.documentElement.style.fontSize = '200%'")
        for width, height in SIZES:
            if large and width in (390, 360, 1024):
                continue
            page.set_viewport_size({"width": width, "height": height})
            over = page.evaluate(
                """() => [...document.querySelectorAll('body *')].filter(e => {
                  const r = e.getBoundingClientRect();
                  return r.width && r.right > innerWidth + 1 && !e.closest('.sr, .vh, .sprite, .paper, .skip, .undo p')
                    && getComputedStyle(e).position !== 'fixed';
                }).map(e => e.tagName + '.' + e.className).slice(-4)"""
            )
            side = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            words = [] if large else touching(page)
            if over or side > 0 or words:
                found.append(f"{path} {width}x{height}: {side} {over} {words}")
    assert not found, "\n".join(found)


def test_the_live_page_is_as_tall_as_its_columns_and_nothing_unseen_adds_to_it(kiosk: PhoneKiosk, panel: Panel) -> None:
    """Words for a voice alone stood outside of what scrolls: the page was taller by as much, and moved under the hand.
    Below the longest question and no screen, the left column's second half was 32 pixels high.
    """
    busy(kiosk)
    page = panel(viewport={"width": 1280, "height": 720})
    heights = "['.now-side', '.rest'].map(name => document.querySelector(name).offsetHeight)"
    for after in ("answered", ""):
        for path in ("/prof", "/prof?liste=validees", "/prof?filtre=toutes&n=400", "/prof?q=q3&faire=regrouper"):
            page.goto(kiosk.url + path)
            assert page.locator(".rest .sr").count()
            now, rest = page.evaluate(heights)
            assert rest >= 176, path
            assert page.evaluate("document.documentElement.scrollHeight") == max(720, 60 + now + rest), path
        if after:
            kiosk.do(after, id="q1")


def test_a_quotation_has_its_marks_once(kiosk: PhoneKiosk, panel: Panel) -> None:
    """A sentence says its own marks (they are translated with it); no style adds others."""
    busy(kiosk, 20)
    page = panel()
    kiosk.do("answered", id="q1")
    page.reload()
    marks = "quotes => quotes.map(q => [getComputedStyle(q).quotes, getComputedStyle(q, '::before').content])"
    found = page.locator("#panel q").evaluate_all(marks)
    assert len(found) > 1 and {(quotes, content) for quotes, content in found} == {("none", "open-quote")}


def test_on_a_phone_the_first_question_and_its_keys_stand_above_the_bar(kiosk: PhoneKiosk, panel: Panel) -> None:
    texts = (
        "Vous gagnez combien ?",
        "Quelles études faut-il faire ?",
        "Avez-vous eu peur la première fois que vous êtes montée en haut d’une éolienne ?",
        "C’est quoi la machine derrière vous ?",
    )
    for number, text in enumerate(texts):
        kiosk.do("add", id=f"q{number}", text=text, theme="vie")
    kiosk.do("screen", id="q0")
    page = panel(viewport={"width": 390, "height": 844})
    page.locator(".sel").get_by_role("button", name="Valider").click()
    expect(page.locator("#queue-title")).to_have_text("2 à relire")
    expect(page.locator("#queue .undo")).to_be_visible()
    bar = page.locator("#action").bounding_box()
    keys = page.locator(".sel form.row .btn").all()
    assert bar and len(keys) == 3
    for key in keys:
        box = key.bounding_box()
        assert box and box["y"] + box["height"] <= bar["y"], key.inner_text()
    assert bar["height"] < 90, "one line of what comes next"


def test_the_bar_of_what_is_ticked_is_in_sight_once_something_is(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk, 20)
    page = panel("/prof?liste=validees", viewport={"width": 390, "height": 844})
    position = "e => getComputedStyle(e).position"
    assert page.locator("#bulk").evaluate(position) == "static"
    page.locator("#list input[name=ids]").first.check()
    assert page.locator("#bulk").evaluate(position) == "sticky"
    page.locator("#list input[name=ids]").first.uncheck()
    assert page.locator("#bulk").evaluate(position) == "static"


def test_the_title_of_a_session_has_room_on_a_small_screen(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof/seances?quoi=catalogue", viewport={"width": 1024, "height": 768})
    widths = page.locator("li.session h2").evaluate_all("all => all.map(e => e.clientWidth)")
    assert widths and min(widths) > 300, widths


def test_who_reads_over_alone_has_the_title_first_and_the_keys_in_sight(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk)
    page = panel("/prof/salle")
    page.get_by_role("button", name="Nouveau lien d’invitation").click()
    expect(page.locator("#invite-link")).to_be_visible()
    token = re.search(r"/relecture/([\w-]+)", page.locator("main").inner_html())
    assert token
    guest = panel(f"/relecture/{token[1]}", enter=False)
    guest.get_by_role("button").first.click()
    title, queue = guest.locator("#queue-title").bounding_box(), guest.locator("#queue").bounding_box()
    keys = guest.locator("#queue .foot").bounding_box()
    assert title and queue and keys
    assert title["x"] - queue["x"] < 40 and keys["y"] + keys["height"] <= 721


def test_targets_are_large_enough(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk, 20)
    page = panel(viewport={"width": 390, "height": 844})
    small = []
    for path in PAGES[:-3]:
        page.goto(kiosk.url + path)
        small += [
            f"{path}: {one}"
            for one in page.evaluate(
                """() => [...document.querySelectorAll('button, .btn, .chip, .tabs a, .shelves a, select, .check')]
              .filter(e => e.offsetParent && !e.closest('.sr') && e.getBoundingClientRect().height < 43.5)
              .map(e => e.outerHTML.slice(0, 120))"""
            )
        ]
    assert small == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_field_of_the_code_is_large_and_white(panel: Panel, theme: str) -> None:
    field = panel("/prof/connexion", enter=False, color_scheme=theme).locator("#pin")
    height, colour = field.evaluate("e => [e.clientHeight, getComputedStyle(e).backgroundColor]")
    assert height > 60 and colour == "rgb(255, 255, 255)"


def test_sixty_questions_stay_quick(kiosk: PhoneKiosk, panel: Panel) -> None:
    busy(kiosk)
    page = panel()
    expect(page.locator(".chips .chip").first).to_contain_text("D’abord")
    page.goto(kiosk.url + "/prof?filtre=toutes&n=400")
    entries = page.locator("#list > li").count()
    assert entries >= 25 and int(page.locator("#queue-title").inner_text().split()[0]) > 45
    took = page.evaluate(
        """async () => {
          const times = [];
          for (let i = 0; i < 5; i++) {
            const start = performance.now();
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));
            await new Promise(done => {
              const there = () => document.querySelectorAll('#list > li')[i + 1].classList.contains('sel');
              const look = () => there() ? done() : setTimeout(look, 5);
              look();
            });
            times.push(performance.now() - start);
          }
          return times.sort((a, b) => a - b)[2];
        }"""
    )
    assert took < 600, f"{took:.0f} ms to select the next question"
    print(f"60 questions: the next one is selected in {took:.0f} ms (median of 5)")


def test_no_question_is_cut_from_the_printed_list(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel("/prof/preparer")
    for number, length in enumerate([30, 240, 90, 45, 130, 60, 200, 30, 30, 80, 110, 240, 240, 50]):
        page.fill("#nouvelle", f"{number} " + ("Quelle matière du collège " * 10)[: length - 3] + "?")
        page.locator("#add-form [data-submit]").click()
        expect(page.locator("#list > li")).to_have_count(number + 1)
    page.goto(kiosk.url + "/prof/imprimer/questions")
    page.emulate_media(media="print")
    sheets = page.evaluate("[...document.querySelectorAll('.sheet')].map(e => e.scrollHeight - e.clientHeight)")
    assert len(sheets) > 1 and max(sheets) <= 0
    assert page.locator(".liste li").count() == 14
    assert pages(page) == len(sheets)


def pages(page: Page) -> int:
    """Sheets of paper that the page takes."""
    return page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")


#: What stands below the bottom of its slip, or of the sheet.
PUSHED = """() => [...document.querySelectorAll(".slip > *")].filter((e) => {
  const slip = e.parentElement.getBoundingClientRect(), sheet = e.closest(".sheet").getBoundingClientRect();
  return e.getBoundingClientRect().bottom > Math.min(slip.bottom, sheet.bottom) - 4 || slip.height > sheet.height / 3.9;
}).map((e) => e.className + " " + e.textContent.trim().slice(0, 40))"""


def test_a_print_takes_one_sheet_and_nothing_is_pushed_off_it(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel()
    kiosk.do("phase", phase="closed")
    kiosk.do("session", session="S3", **{"class": "Classe de première générale 3 (groupe B)"})
    for path in ("affiche", "coupons", "questions"):
        page.goto(f"{kiosk.url}/prof/imprimer/{path}")
        assert pages(page) == 1, path
    page.goto(kiosk.url + "/prof/imprimer/coupons")
    page.emulate_media(media="print")
    assert page.evaluate(PUSHED) == []
    # This kiosk has no network: its poster is given one, with long words.
    page.goto(kiosk.url + "/prof/imprimer/affiche")
    page.emulate_media(media="print")
    page.evaluate(
        """() => { const sheet = document.querySelector(".affiche");
          sheet.querySelector(".none").outerHTML =
            `<div class="bubble two-steps"><section><h2><b>1</b> Rejoignez le Wi-Fi</h2>
            <svg class="qr" viewBox="0 0 9 9"></svg>
            <dl><div><dt>Réseau</dt><dd>Réseau-pédagogique-invités-du-bâtiment-B</dd></div>
            <div><dt>Mot de passe</dt><dd>${"M".repeat(63)}</dd></div></dl></section>
            <section><h2><b>2</b> Ouvrez la page</h2><svg class="qr" viewBox="0 0 9 9"></svg></section></div>
            <p class="url long">metiers-en-direct.college-exemple.fr:8080/AB12</p>`; }"""
    )
    over = page.evaluate(
        """() => { const right = e => e.getBoundingClientRect().right, sheet = document.querySelector(".affiche");
          return Math.max(...[...sheet.querySelectorAll("*")].map(right)) - right(sheet); }"""
    )
    foot = page.evaluate(
        "document.querySelector('.affiche').getBoundingClientRect().bottom"
        " - document.querySelector('.bottom').getBoundingClientRect().bottom"
    )
    assert over <= 0 and foot > 37  # 10 mm of the sheet's margin, at 96 points an inch
