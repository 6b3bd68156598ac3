"""The order of a session's questions in a real browser: dragged with a mouse or a finger, or by a rank to type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from centre.centre_process import Centre, question, session
from real_chromium import chromium

pytestmark = pytest.mark.browser
LIST = "/bureau/questions/S?theme=vie"
#: Near none of the others.
WORDS = (
    "orage vertige camion horaires uniforme diplôme village traduction cuisine musique hôpital fusée abeille neige "
    "théâtre bateau mesure béton couleur forêt"
).split()


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A session with 52 questions, and near ones under the second."""
    made = Centre(tmp_path_factory.mktemp("dragging"))
    office = made.office()
    office.upload([session("S")])
    kiosk = office.pair()
    texts = [f"Et {first}{word} ?" for first in ("", "super", "micro") for word in WORDS][:52]
    bodies = [question(f"q{n:02d}", "S", text, theme="vie", support=99 - n) for n, text in enumerate(texts)]
    bodies.append(question("near", "S", texts[1], theme="vie", support=1))
    for part in (bodies[:40], bodies[40:]):
        kiosk.sync(*(kiosk.operation("question.prepared", **body) for body in part))
    yield made
    made.stop()
    assert "Traceback" not in made.log.read_text("utf-8")


def officer(browser: Browser, centre: Centre, *, script: bool = True, touch: bool = False) -> Page:
    """Somebody at the list, all of it in sight: a page that scrolls under a pressed mouse drags something else."""
    window = ViewportSize(width=1280, height=6000)
    page = browser.new_context(
        base_url=centre.url, locale="fr-FR", viewport=window, java_script_enabled=script, has_touch=touch
    ).new_page()
    page.set_default_timeout(20_000)
    page.goto("/bureau/connexion")
    page.fill("#password", centre.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/bureau/seances/")
    page.goto(LIST)
    return page


def shown(page: Page, most: int = 4) -> list[str]:
    """The first questions, as the page names them."""
    return [str(one.get_attribute("id"))[2:] for one in page.locator("#sorting > ol > li").all()[:most]]


def settled(page: Page, rank: int) -> None:
    """The centre has answered."""
    page.locator("#moved", has_text=f"Déplacée au rang {rank}.").wait_for(state="attached")


def test_questions_are_dragged_typed_and_moved_without_a_script(centre: Centre) -> None:
    with chromium() as browser:
        page = officer(browser, centre)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        rows = page.locator("#sorting > ol > li")
        assert shown(page) == ["q00", "q01", "q02", "q03"] and rows.count() == 50
        page.check("#q-q03 input[name=id]")
        rows.nth(3).locator(".text").drag_to(rows.nth(1), target_position={"x": 80, "y": 4})
        settled(page, 2)
        assert shown(page) == ["q00", "q03", "q01", "q02"] and page.is_checked("#q-q03 input[name=id]")
        rows.nth(2).locator(".text").drag_to(rows.nth(0), target_position={"x": 80, "y": 4})  # with the near one
        settled(page, 1)
        page.reload()
        assert shown(page) == ["q01", "q00", "q03", "q02"]
        assert "1 question proche" in page.inner_text("#q-q01").replace("\u00a0", " ")
        last = rows.nth(49)  # behind the last of the page: before the first of the next one
        box = last.bounding_box()
        assert box
        rows.nth(48).locator(".text").drag_to(last, target_position={"x": 80, "y": box["height"] - 4})
        settled(page, 50)
        page.goto(f"{LIST}&page=2")
        assert len(shown(page)) == 2
        page.goto(LIST)
        page.fill("#q-q02 .rank", "1")
        page.press("#q-q02 .rank", "Enter")
        page.wait_for_url("**#q-q02")
        assert shown(page) == ["q02", "q01", "q00", "q03"] and not wrong
        page.context.close()
        without_script(officer(browser, centre, script=False))
        with_a_finger(officer(browser, centre, touch=True))


def without_script(page: Page) -> None:
    """The handles are not there; a rank leads to the page where the question now is."""
    assert not page.locator(".grip").first.is_visible()
    page.fill("#q-q02 .rank", "52")
    page.click("#q-q02 .moves button")
    assert "page=2" in page.url and shown(page)[-1] == "q02"
    page.goto(LIST)
    assert shown(page) == ["q01", "q00", "q03", "q04"]
    page.context.close()


def with_a_finger(page: Page) -> None:
    """By the handle; then the centre is away, and nothing has moved."""
    slide(page, "q03", "q01")
    settled(page, 1)
    assert shown(page) == ["q03", "q01", "q00", "q04"]
    page.context.set_offline(True)
    slide(page, "q04", "q03")
    page.locator("#trouble").wait_for(state="visible")
    assert shown(page) == ["q03", "q01", "q00", "q04"]
    page.context.close()


def slide(page: Page, id: str, before: str) -> None:
    """A finger takes a question to just above another's handle."""
    start, goal = (page.locator(f"#q-{one} .grip").bounding_box() for one in (id, before))
    assert start and goal and start["width"] >= 44 and start["height"] >= 44
    wire = page.context.new_cdp_session(page)
    for type, y in (("touchStart", start["y"] + 20), ("touchMove", goal["y"] + 9), ("touchMove", goal["y"] - 2)):
        wire.send("Input.dispatchTouchEvent", {"type": type, "touchPoints": [{"x": start["x"] + 20, "y": y}]})
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
