"""The office in a real Chromium: nothing for axe to say, no sideways scrolling, both themes, 320 to 1920 px."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from centre.centre_process import Centre, session
from centre.test_centre_office import PAGES
from real_chromium import chromium, violations

pytestmark = pytest.mark.browser
WIDTHS = (320, 360, 390, 768, 1024, 1280, 1920)
LONG = "Anticonstitutionnellement" * 3 + " : " + "une longue phrase de collège, avec tout ce qu’elle dit. " * 3
#: Words of a table that break inside, short enough to hold on a line of any of its columns.
BROKEN = """() => {
  const found = [], range = document.createRange();
  for (const cell of document.querySelectorAll("main th, main td")) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (!owner.getClientRects().length || owner.closest(".sr, details:not([open]) > :not(summary)")) continue;
      for (const word of node.data.matchAll(/(?<![\\p{L}\\d])[\\p{L}\\d]{2,15}(?![\\p{L}\\d])/gu)) {
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].filter(r => r.width).map(r => Math.round(r.top / 4)));
        if (lines.size > 1) found.push(word[0]);
      }
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with the demonstration, and a session of long words."""
    made = Centre(tmp_path_factory.mktemp("look"), command=(sys.executable, "-m", "kiosk", "centre", "--demo"))
    office = made.office()
    office.upload(
        [session("S-long", title=LONG, levels=["3PM", "TPRO", "2GT", "1GT", "TGT", "CAP1", "CAP2"], theme_week=LONG)]
    )
    office.post("/bureau/questions/ajouter", session_id="S-long", theme="vie", origin="web", text=LONG)
    office.post("/bureau/annonces/publier", text=LONG, until="2035-01-01")
    office.pair()
    yield made
    made.stop()


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, centre: Centre) -> Iterator[Page]:
    """A browser logged in, without script of the page's own."""
    with chromium() as browser:
        made = browser.new_context(color_scheme=request.param, bypass_csp=True).new_page()
        made.goto(f"{centre.url}/bureau/connexion")
        assert_clean(made, "the door")
        made.fill("#password", centre.password)
        made.keyboard.press("Enter")
        made.wait_for_url("**/bureau/seances/")
        yield made


def assert_clean(page: Page, name: str) -> None:
    """axe at two widths, and the width of the page at each; on a desk's screen a table breaks no word."""
    problems = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            problems.append(f"{width}: {over} px too wide")
        if width >= 1024:
            problems += [f"{width}: {word} breaks inside" for word in page.evaluate(BROKEN)]
        if width in (320, 1280):
            for one in violations(page):
                problems.append(f"{width}: {one['id']} {[node['html'][:90] for node in one['nodes'][:2]]}")
    assert problems == [], name


def test_every_page_is_clean_at_every_width(page: Page, centre: Centre) -> None:
    for path in (*PAGES, "/bureau/seances/S-long", "/bureau/questions/S-long", "/bureau/nowhere"):
        page.goto(centre.url + path)
        assert_clean(page, path)


def test_a_refusal_is_told_beside_its_field(page: Page, centre: Centre) -> None:
    page.goto(f"{centre.url}/bureau/kiosques/")
    page.fill("#f-uai", "0951099E")
    page.get_by_role("button", name="Donner un code").click()
    assert page.get_by_role("alert").is_visible() and page.get_attribute("#f-uai", "aria-invalid") == "true"
    assert_clean(page, "refused")
    page.fill("#f-uai", "0951099D")
    page.keyboard.press("Enter")
    page.wait_for_selector(".code")
    assert_clean(page, "code")


def test_what_a_file_would_change_is_clean_at_every_width(page: Page, centre: Centre) -> None:
    """With all that the page can say: not read, to correct, people without a card, dates that are gone, new, long."""
    table = (
        "Les Métiers en direct, saison 2035-2036\nTitre;Date;Heure;Format;Intervenants;Remarques internes\n"
        f"{LONG};24/11/2035;9h;45;;x\nHier;24/11/2025;9h;55 min;;\nSans fiche;25/11/2035;9h;45;Maya Perrin, "
        f"Anne-Sophie {LONG[:60]};\nSans date;;9h;45;;\n"
    )
    for button in ("Voir ce qui changerait", "Créer ces fiches"):
        if button == "Voir ce qui changerait":
            page.goto(f"{centre.url}/bureau/fichiers/")
            file = {"name": "Planning 2035 (FINAL).csv", "mimeType": "text/csv", "buffer": table.encode()}
            page.set_input_files("#f-file", file)  # type: ignore[arg-type]
        page.get_by_role("button", name=button).click()
        page.wait_for_selector("#h-nobody")
        assert_clean(page, button)
    assert page.get_by_role("alert").is_visible()  # no job was said
