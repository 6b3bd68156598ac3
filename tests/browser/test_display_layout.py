"""Every screen of the display, empty, usual and extreme, at every size of the mock-ups and in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.display_kiosk import SIZES, DisplayKiosk, axe, kiosk, measure, resize
from browser.display_rooms import ROOMS
from kiosk.ground.typography import plain

pytestmark = pytest.mark.browser

COLOURS = ("clair", "sombre")
#: Pictures that a display may look at for itself, beside those of the phases.
LOOKS = [("talk", "countdown"), ("reflect", "countdown"), ("nothing", "wall"), ("talk-trio", "speaker")]
VARIANTS: dict[str, dict[str, str | bool]] = {
    "wifi": {"wifi_ssid": "Kiosque-B204", "wifi_password": "metiers2026", "public_url": "http://192.168.100.200:8080"},
    "wrong-clock": {"wrong_clock": True, "public_url": "http://kiosque.lycee-jean-moulin-de-la-vallee.fr:8080"},
    "wifi-long": {
        "wifi_ssid": "Reseau-pedagogique-du-batiment-B",
        "wifi_password": "correct horse battery staple 2026 anticonstitutionnellement!!",
        "public_url": "http://10.0.0.7",
    },
}


def _open(browser: Browser, url: str, *, fallback: bool = False) -> Page:
    page = browser.new_page()
    if fallback:  # a font that never came: what the system has is up to 25 % wider
        page.route("**/*.woff2", lambda route: route.abort())
    page.goto(url)
    page.wait_for_function("document.fonts.status === 'loaded'")
    return page


def _problems(page: Page, where: str, *, accessible: bool = True) -> list[str]:
    """Measure at each size and theme on one loaded page; accessibility once a layout."""
    found = []
    for size in SIZES:
        resize(page, size)
        for theme in COLOURS:
            page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
            found += [f"{where} {size} {theme}: {problem}" for problem in measure(page)]
            if accessible and (size, theme) in (("16:9", "clair"), ("bandeau", "clair"), ("16:9", "sombre")):
                found += [f"{where} {size} {theme}: {problem}" for problem in axe(page)]
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_every_screen_holds_at_every_size(browser: Browser, server: DisplayKiosk, room: str) -> None:
    page = _open(browser, server.url(room))
    problems = _problems(page, room)
    page.close()
    assert problems == [], "\n".join(problems)


def test_three_paths_side_by_side_are_all_shown(browser: Browser, server: DisplayKiosk) -> None:
    """A path that leaves gives its neighbours no room: all get smaller, and stay."""
    page = _open(browser, server.url("lesson-look-trio"))
    for size in ("small", "4:3"):
        resize(page, size)
        assert page.locator(".look .way:visible").count() == 3, size
    page.close()


def test_each_turn_leaves_the_lane_where_the_path_was(browser: Browser, server: DisplayKiosk) -> None:
    """However many they are: the line goes on from the step before, and what was left ends under that step."""
    looks = """() => [...document.querySelectorAll(".way")].filter(way => way.getClientRects().length).map(way => {
      const left = step => Math.round(step.getBoundingClientRect().left);
      const start = words => Math.round(words.getBoundingClientRect().left / 4);
      const steps = [...way.children];
      return {
        turns: way.querySelectorAll(".stub").length,
        still: steps.filter((step, i) => i && step.matches(".fork") && left(step) === left(steps[i - 1])).length,
        wrong: steps.filter((step, i) => i && step.matches(".fork") &&
          step.matches(".back") !== left(step) < left(steps[i - 1])).length,
        lanes: new Set(steps.map(left)).size,
        words: new Set(steps.slice(7).map(step => start(step.querySelector("b")))).size,
      };
    })"""
    for room, turns in (("talk-turns", [5]), ("lesson-look-turns", [5]), ("talk-turns-trio", [5, 4, 3])):
        page = _open(browser, server.url(room))
        for size in ("16:9", "4:3"):
            resize(page, size)
            found = page.evaluate(looks)
            assert found and [way["turns"] for way in found] == turns[: len(found)], room
            assert {(way["still"], way["wrong"], way["lanes"]) for way in found} == {(0, 0, 3)}, (room, size, found)
            assert found[0]["words"] == 1, "the words of two lanes start together"
        page.close()


def test_who_speaks_has_a_whole_path_and_the_others_say_how_long_theirs_is(
    browser: Browser, server: DisplayKiosk
) -> None:
    """Fourteen steps beside ten and seven, where three columns have no room for them all."""
    for speaking, others in (("", [10, 7]), ("2", [14, 7])):
        page = _open(browser, server.url("talk-turns-trio", orateur=speaking))
        resize(page, "4:3")
        assert page.locator(".tight").count() == 0
        assert page.locator(".now .way li:visible").count() == (14 if not speaking else 10)
        said = page.locator(".steps-kept:visible").all_inner_texts()
        assert [plain(one) for one in said] == [f"Son parcours : {n} étapes" for n in others]
        resize(page, "16:9")
        assert page.locator(".steps-kept:visible").count() == 0, "where there is room, all are shown"
        assert page.locator(".way:visible").count() == 3
        page.close()


def test_who_is_known_by_the_job_alone_leaves_room_to_ask(browser: Browser, server: DisplayKiosk) -> None:
    page = _open(browser, server.url("talk-plain"))
    for size in SIZES:
        resize(page, size)
        assert page.locator(".asks .begun small:visible").count() == 4, size
    resize(page, "16:9")
    assert "beaucoup de femmes" in page.inner_text(".awaited")
    page.goto(server.url("talk-bare"))
    assert page.locator(".asks").count() == 0, "a person's own words are enough"
    page.goto(server.url("talk-plain-trio"))
    assert page.locator(".asks .begun small:visible").count() == 4
    page.close()


def test_digits_are_as_wide_as_the_stage(browser: Browser, server: DisplayKiosk) -> None:
    page = _open(browser, server.url("count"))
    for size in ("16:9", "small", "4:3"):
        resize(page, size)
        share = page.evaluate(
            """() => { const range = document.createRange();
            range.selectNodeContents(document.querySelector('.digits'));
            return range.getBoundingClientRect().width / document.querySelector('.stage').clientWidth }"""
        )
        assert share > 0.75, (size, share)
    page.close()


def test_the_address_stays_on_one_line_beside_what_the_class_keeps(browser: Browser, server: DisplayKiosk) -> None:
    page = _open(browser, server.url("reflect"))
    resize(page, "bandeau")
    lines = "e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)"
    assert page.locator(".strip > .url").evaluate(lines) < 1.5
    page.close()


@pytest.mark.parametrize("room, look", LOOKS)
def test_every_local_look_holds(browser: Browser, server: DisplayKiosk, room: str, look: str) -> None:
    page = _open(browser, server.url(room, regard=look))
    problems = _problems(page, f"{room}@{look}")
    page.close()
    assert problems == [], "\n".join(problems)


def test_fallback_fonts_hold(browser: Browser, server: DisplayKiosk) -> None:
    problems = []
    for room in ("join", "join-trio", "count", "talk", "talk-trio", "wall", "wall-long", "reflect", "end-trio"):
        page = _open(browser, server.url(room), fallback=True)
        problems += _problems(page, room, accessible=False)
        page.close()
    assert problems == [], "\n".join(problems)


def test_english_holds(browser: Browser, server: DisplayKiosk) -> None:
    problems = []
    for room in ("join", "count", "talk", "wall", "wall-empty", "reflect-empty", "reflect", "end"):
        page = _open(browser, server.url(room, lang="en"))
        problems += _problems(page, room, accessible=False)
        page.close()
    assert problems == [], "\n".join(problems)


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_of_the_way_in_hold(browser: Browser, tmp_path: Path, variant: str) -> None:
    problems = []
    with kiosk(tmp_path, **VARIANTS[variant]) as server:
        for room in (
            "nothing",
            "join",
            "join-trio",
            "join-extreme",
            "join-titled",
            "count",
            "talk-trio",
            "talk-extreme",
            "wall-long",
            "reflect",
        ):
            page = _open(browser, server.url(room))
            problems += _problems(page, f"{variant} {room}", accessible=room in ("join", "count"))
            page.close()
    assert problems == [], "\n".join(problems)


def test_without_phones_holds(browser: Browser, server: DisplayKiosk, tmp_path: Path) -> None:
    problems = []
    with kiosk(tmp_path) as other:
        for room in (
            "join",
            "count",
            "talk",
            "talk-trio",
            "talk-duo",
            "wall",
            "wall-empty",
            "wall-long",
            "reflect",
            "reflect-empty",
        ):
            other.order("phones", room, on=False)
            page = _open(browser, other.url(room))
            assert page.locator("svg.qr").count() == 0
            if room in ("talk-trio", "talk-duo"):  # paths side by side take the whole width
                assert "à main levée" in page.inner_text(".ways-in")
            else:
                assert page.locator(".ways li").count() == 3
            problems += _problems(page, f"no phone {room}", accessible=room == "join")
            page.close()
    assert problems == [], "\n".join(problems)
