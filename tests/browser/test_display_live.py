"""The display while a session lives: hints, cuts, clocks, keyboard, what it never does."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from browser.display_kiosk import DisplayKiosk, axe, kiosk, live, words_on

pytestmark = pytest.mark.browser

MINUTE = 60_000
SCREEN = "#screen"


def _screen(page: Page, name: str) -> None:
    expect(page.locator(SCREEN)).to_have_attribute("data-screen", name)


def _seconds(page: Page) -> int:
    minutes, seconds = page.locator(".digits").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def test_a_hint_redraws_without_a_reload(page: Page, server: DisplayKiosk) -> None:
    live(page, server, "wall-empty")
    page.evaluate("() => { window.kept = document.getElementById('screen') }")
    server.order("ask", "wall-empty", id="hint-1", text="Travaillez-vous la nuit ?")
    expect(page.locator(".next .text")).to_have_text(re.compile("Travaillez.*vous la nuit"))
    server.order("show", "wall-empty", id="hint-1")
    expect(page.locator(".question")).to_contain_text("vous la nuit")
    server.order("phase", "wall-empty", phase="reflection")
    _screen(page, "reflection")
    assert page.evaluate("() => window.kept === document.getElementById('screen')")


def test_one_socket_whatever_happens(page: Page, server: DisplayKiosk) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    live(page, server, "wall")
    for phase in ("talk", "questions"):
        server.order("phase", "wall", phase=phase)
        expect(page.locator(SCREEN)).to_have_attribute("data-phase", phase)
    for event in ("visibilitychange", "online", "focus"):
        page.evaluate("(name) => dispatchEvent(new Event(name))", event)
    page.wait_for_timeout(500)
    assert len(sockets) == 1


def test_nothing_leaves_the_machine_and_nothing_is_refused(page: Page, server: DisplayKiosk) -> None:
    hosts: set[str] = set()
    methods: set[str] = set()
    complaints: list[str] = []

    def note(request: Request) -> None:
        hosts.add(urlsplit(request.url).netloc)
        methods.add(request.method)

    page.on("request", note)
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for room in ("join", "count", "talk-trio", "wall", "reflect", "end"):
        live(page, server, room)
        page.keyboard.press("?")
        page.keyboard.press("Escape")
    assert hosts - {""} == {f"127.0.0.1:{server.port}"}
    assert methods == {"GET"}
    assert complaints == []


def test_a_restart_leaves_the_picture_says_so_and_heals(page: Page, server: DisplayKiosk) -> None:
    live(page, server, "talk")
    page.evaluate("() => { window.kept = true }")
    badge, before = page.locator("#offline"), words_on(page)
    expect(badge).to_be_hidden()
    server.stop()
    expect(badge).to_be_visible(timeout=4000)
    assert badge.inner_text() == "hors ligne"
    assert axe(page) == []
    assert re.sub(r"\d+ min", "", words_on(page)) == re.sub(r"\d+ min", "", before)
    server.start()
    expect(badge).to_be_hidden(timeout=12_000)
    server.order("phase", "talk", phase="questions")
    _screen(page, "wall")
    assert page.evaluate("() => window.kept")


def test_silence_is_a_cut_too(page: Page, server: DisplayKiosk) -> None:
    page.clock.install()
    live(page, server, "wall-short")
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        page.clock.fast_forward(20_000)
        expect(page.locator("#offline")).to_be_hidden()
        page.clock.fast_forward(7_000)
        expect(page.locator("#offline")).to_be_visible()
        assert "Vous gagnez combien" in words_on(page)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    expect(page.locator("#offline")).to_be_hidden(timeout=15_000)


def test_a_new_build_reloads_once(page: Page, server: DisplayKiosk) -> None:
    live(page, server, "join")
    build = page.locator("body").get_attribute("data-build")
    for reloaded in (True, False):
        page.evaluate("() => { document.body.dataset.build = 'older'; window.kept = true }")
        server.stop()
        expect(page.locator("#offline")).to_be_visible(timeout=4000)
        server.start()
        expect(page.locator("#offline")).to_be_hidden(timeout=12_000)
        page.wait_for_timeout(500)
        assert page.evaluate("() => Boolean(window.kept)") is not reloaded
    assert page.locator("body").get_attribute("data-build") == "older" != build


def test_the_countdown_follows_the_servers_clock(page: Page, server: DisplayKiosk) -> None:
    page.clock.install(time="2020-02-28T08:00:00")
    server.order("phase", "count", phase="countdown")
    server.order("ends_in", "count", ms=4 * MINUTE)
    live(page, server, "count")
    assert 234 <= _seconds(page) <= 240
    page.clock.fast_forward(30_000)  # this machine's clock runs away; the session's does not
    page.wait_for_timeout(2500)
    assert 225 <= _seconds(page) <= 238
    server.order("ends_in", "count", ms=9 * MINUTE)
    expect(page.locator(".digits")).to_have_text(re.compile(r"0[89]:[0-5]\d"))


def test_only_three_moments_are_announced(page: Page, server: DisplayKiosk) -> None:
    server.order("phase", "talk-duo", phase="talk")
    server.order("ends_in", "talk-duo", ms=7 * MINUTE)
    live(page, server, "talk-duo")
    said = page.locator("#announce")
    page.wait_for_timeout(600)
    assert said.inner_text() == ""
    server.order("ends_in", "talk-duo", ms=5 * MINUTE + 1500)
    expect(said).to_have_text("Encore 5 minutes", timeout=4000)
    expect(page.locator("[data-tick=left]")).to_have_text("encore 5\u00a0min")
    server.order("ends_in", "talk-duo", ms=300)
    expect(page.locator("[data-tick=left]")).to_have_text("temps écoulé")


def test_at_zero_the_countdown_gives_way(page: Page, server: DisplayKiosk) -> None:
    server.order("phase", "count-extreme", phase="countdown")
    server.order("ends_in", "count-extreme", ms=1800)
    live(page, server, "count-extreme")
    _screen(page, "countdown")
    _screen(page, "speaker")
    server.order("ends_in", "count-extreme", ms=5 * MINUTE)
    _screen(page, "countdown")


def test_a_machine_that_slept_asks_for_everything(page: Page, server: DisplayKiosk) -> None:
    page.add_init_script("const now = Date.now.bind(Date); window.asleep = 0; Date.now = () => now() + window.asleep;")
    live(page, server, "reflect")
    page.wait_for_timeout(1200)
    with page.expect_request(lambda request: "/ecran/fragment" in request.url, timeout=3000):
        page.evaluate("() => { window.asleep = 2 * 3600 * 1000 }")  # the lid was closed for two hours


def test_the_address_on_screen_is_always_true(page: Page, tmp_path: Path) -> None:
    with kiosk(tmp_path, public_url="") as server:
        live(page, server, "join")
        expect(page.locator(".status")).to_contain_text("Réseau en attente")
        assert page.locator("svg.qr").count() == 0
        for cards in ([["wlan0", "192.168.1.20"]], [["wlan0", "192.168.1.57"], ["eth0", "10.0.0.9"]]):
            server.order("networks", cards=cards)
            expect(page.locator(".url")).to_have_text(re.compile(rf"^{cards[0][1]}:{server.port}/K\d{{3}}$"))
            expect(page.locator("svg.qr")).to_have_attribute("aria-label", re.compile(cards[0][1]))
        assert "10.0.0.9" in page.locator(".nothing").inner_html()
        server.order("networks", cards=[])
        expect(page.locator("svg.qr")).to_have_count(0)


def test_the_card_comes_after_a_minute_and_goes_with_the_first_phone(page: Page, server: DisplayKiosk) -> None:
    page.clock.install()
    live(page, server, "join-trio")
    card = page.locator(".nothing")
    server.order("minutes_pass", minutes=30)
    page.clock.fast_forward(50_000)
    expect(card).to_be_hidden()  # the class has only just seen the code
    page.clock.fast_forward(15_000)
    expect(card).to_be_visible()
    for remedy in ("même réseau", "données mobiles", "http://192.168.1.20", "papier"):
        expect(card).to_contain_text(remedy)
    assert axe(page) == []
    server.order("joined", "join-trio")
    expect(card).to_have_count(0)
    expect(page.locator(".counts dd")).to_have_text("1")


def test_a_pupils_text_is_text(page: Page, server: DisplayKiosk) -> None:
    text = '<img src=x onerror="document.title=1"><b>gras</b> {{ 7*7 }} & "vous" ?'
    server.order("ask", "wall-wordy", id="markup", text=text)
    server.order("show", "wall-wordy", id="markup")
    live(page, server, "wall-wordy")
    expect(page.locator(".question")).to_contain_text(
        '<img src=x onerror="document.title=1"><b>gras</b> {{ 7*7 }} & "vous"'
    )
    assert page.locator("#screen img, .question *").count() == 0


def test_a_new_question_moves_unless_movement_is_unwanted(browser: Browser, server: DisplayKiosk) -> None:
    names = {}
    for wish in ("no-preference", "reduce"):
        page = browser.new_page(reduced_motion=wish)
        live(page, server, "wall-choose")
        names[wish] = page.locator(".question").evaluate("(one) => getComputedStyle(one).animationName")
        page.close()
    assert names == {"no-preference": "enter", "reduce": "none"}


def test_the_screen_is_kept_awake_on_the_kiosks_own_machine(page: Page, server: DisplayKiosk) -> None:
    page.add_init_script(
        "const ask = navigator.wakeLock.request.bind(navigator.wakeLock); window.asked = 0;"
        "navigator.wakeLock.request = (kind) => { window.asked += kind === 'screen'; return ask(kind); };"
    )
    live(page, server, "join")
    assert page.evaluate("() => isSecureContext && window.asked") == 1
    expect(page.locator("#awake")).not_to_be_empty()


def test_the_arrow_leaves_the_screen_when_nobody_moves_it(page: Page, server: DisplayKiosk) -> None:
    page.goto(server.url("wall"))
    page.mouse.move(200, 200)
    expect(page.locator("#screen")).to_have_css("cursor", "auto")
    expect(page.locator("#screen")).to_have_css("cursor", "none")
    page.mouse.move(240, 240)
    expect(page.locator("#screen")).to_have_css("cursor", "auto")
