"""Two presses where one was meant, on the panel: what leads on is done once, whatever the page shows by then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from browser.control_panel import statuses, until
from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]

#: From now on the page's own clock says that so many ms passed since the first press, however slow this machine is.
MARK = "() => { window.first = performance.now(); window.real = window.real || performance.now.bind(performance); }"
SINCE = "(ms) => { const late = real() - first - ms; performance.now = () => real() - late; }"


def again(page: Page, press: Callable[[], None], ms: int) -> None:
    """Press so many ms after the first press, then wait for an act that every earlier one comes before."""
    page.evaluate(SINCE, ms)
    press()
    with page.expect_response("**/prof/fragment/**"):
        page.get_by_role("button", name="+ 5 min").click()
    page.wait_for_load_state("networkidle")


def test_two_quick_keys_skip_no_step_of_the_lesson(kiosk: PhoneKiosk, panel: Panel) -> None:
    kiosk.do("phase", phase="lobby")
    page = panel("/prof/lecon")
    now = page.locator(".stages .now button")
    page.keyboard.press("n")
    expect(now).to_have_attribute("value", "look")
    page.evaluate("() => new Promise((done) => setTimeout(done, 600))")
    page.evaluate(MARK)
    page.keyboard.press("n")
    expect(now).to_have_attribute("value", "write")
    again(page, lambda: page.keyboard.press("n"), 200)
    expect(now).to_have_attribute("value", "write")
    again(page, lambda: page.keyboard.press("n"), 1500)
    expect(now).to_have_attribute("value", "open")


def test_two_quick_presses_answer_one_question(kiosk: PhoneKiosk, panel: Panel) -> None:
    """By the key, by the mouse and by a finger: the next question takes the screen, and stays there."""
    for id in ("q1", "q2", "q3", "q4", "q5"):
        kiosk.do("add", id=id, text=f"Que faites-vous le {id} ?")
        kiosk.do("approve", id=id)
    page = panel(has_touch=True)
    go = page.locator("#action button.go")

    def shows(id: str) -> None:
        expect(page.locator("#current-text")).to_contain_text(id)

    page.keyboard.press("n")
    shows("q1")

    def key() -> None:
        page.keyboard.press("n")

    def second_click() -> None:
        go.hover()
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)

    for first, second, then in ((key, key, "q2"), (go.click, second_click, "q3"), (go.tap, go.tap, "q4")):
        page.evaluate("() => new Promise((done) => setTimeout(done, 600))")
        page.evaluate(MARK)
        first()
        shows(then)
        again(page, second, 300)
        shows(then)
    page.evaluate("() => new Promise((done) => setTimeout(done, 600))")
    go.dblclick()
    shows("q5")
    until(lambda: sorted(statuses(kiosk).values()) == ["answered"] * 4 + ["on_screen"])


def test_a_key_means_what_the_page_showed(kiosk: PhoneKiosk, panel: Panel) -> None:
    """V pressed while the page with the next question is on its way: nobody read that one."""
    for id in ("q1", "q2"):
        kiosk.do("add", id=id, text=f"Que faites-vous le {id} ?")
    page = panel()
    expect(page.locator(".sel .q")).to_contain_text("q1")
    held: list[Route] = []
    page.route("**/prof/fragment/**", lambda route: held.append(route))
    page.keyboard.press("v")

    def asked() -> bool:
        page.wait_for_timeout(20)  # a route is only told while Playwright waits
        return held != []

    until(asked)
    page.keyboard.press("v")
    page.unroute("**/prof/fragment/**")  # what was held goes on
    expect(page.locator(".sel .q")).to_contain_text("q2")
    page.wait_for_load_state("networkidle")
    assert statuses(kiosk) == {"q1": "approved", "q2": "pending"}
    page.keyboard.press("v")
    until(lambda: statuses(kiosk)["q2"] == "approved")
