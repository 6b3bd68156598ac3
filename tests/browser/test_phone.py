"""Pupils' phones in a real Chromium against a real server: nothing lost, nothing doubled, alive by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

CORPUS = Path(__file__).parent.parent / "data" / "phone-texts.txt"
PATIENCE = 15_000
#: Storage as some browsers leave it to a private window: there, and refusing.
expect.set_options(timeout=PATIENCE)
NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });"""


@pytest.fixture
def phone(browser: Browser, kiosk: PhoneKiosk) -> Iterator[Callable[..., BrowserContext]]:
    """Makes phones; at the end, no request of any of them has left for another machine."""
    made: list[BrowserContext] = []
    asked: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR", **options)
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: asked.append(request.url))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert [url for url in asked if not url.startswith((kiosk.url, "data:"))] == []


def opened(context: BrowserContext, kiosk: PhoneKiosk, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(kiosk.url + path)
    return page


def send(page: Page, text: str) -> None:
    page.fill("#q", text)
    page.get_by_role("button", name="Envoyer").click()


def until(check: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not check():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


# -- without a script ------------------------------------------------------------------------------


def test_the_whole_story_without_a_script(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone(java_script_enabled=False), kiosk)
    page.get_by_text("Le travail au quotidien").click()
    send(page, "Combien de marches jusqu’en haut ?")
    expect(page.get_by_role("heading", name="C’est reçu")).to_be_visible()
    page.reload()
    [one] = kiosk.do("list")
    assert one["theme"] == "metier"
    kiosk.do("add", id="mate", text="Et le vertige ?")
    kiosk.do("approve", id="mate")
    page.get_by_role("link", name="Soutenir", exact=True).click()
    page.get_by_role("button", name="Moi aussi").click()
    expect(page.get_by_role("button", name="Soutenue")).to_be_visible()
    kiosk.do("screen", id=one["id"])
    page.get_by_role("link", name="Mes questions").click()
    expect(page.get_by_role("heading", name="Votre question est à l’écran")).to_be_visible()
    page.get_by_role("link", name="Écrire", exact=True).click()
    send(page, "y " * 130)
    expect(page.get_by_role("alert")).to_contain_text("votre texte est toujours là")
    assert len(page.input_value("#q")) > 240
    send(page, "Retirez-moi ?")
    page.locator("summary").first.click()
    page.get_by_role("button", name="Retirer cette question").click()
    kiosk.do("phase", phase="reflection")
    page.goto(kiosk.url)
    page.fill("#a", "Technicienne")
    page.get_by_role("button", name="Envoyer mon bilan").click()
    expect(page.get_by_role("heading", name="Bilan reçu, merci")).to_be_visible()
    kiosk.do("phase", phase="closed")
    page.goto(kiosk.url)
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()
    statuses = {q["text"]: q["status"] for q in kiosk.do("list")}
    assert statuses == {
        "Combien de marches jusqu’en haut ?": "asked",
        "Et le vertige ?": "approved",
        "Retirez-moi ?": "withdrawn",
    }


def test_a_script_that_does_not_load_leaves_a_form(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    context.route("**/phone.js", lambda route: route.fulfill(body="const = broken", content_type="text/javascript"))
    page = opened(context, kiosk)
    send(page, "Sans script ?")
    expect(page.get_by_role("heading", name="C’est reçu")).to_be_visible()
    assert kiosk.texts() == ["Sans script ?"]


# -- nothing lost, nothing doubled -----------------------------------------------------------------


def test_a_question_typed_without_network_leaves_once_from_another_tab(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context, kiosk)
    context.set_offline(True)
    send(page, "Hors ligne ?")
    expect(page.locator("#out")).to_contain_text("En attente de connexion")
    page.close()
    assert kiosk.texts() == []
    context.set_offline(False)  # the tab that closes may see it, and send: once in all
    page = opened(context, kiosk)
    expect(page.locator("#out")).to_contain_text("Reçue")
    assert kiosk.texts() == ["Hors ligne ?"]
    page.reload()
    page.wait_for_timeout(500)
    assert kiosk.texts() == ["Hors ligne ?"]
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_question_typed_while_the_server_is_down_leaves_by_itself(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(), kiosk)
    page.wait_for_timeout(300)
    kiosk.stop()
    try:
        send(page, "Pendant la coupure ?")
        send(page, "Et une autre ?")
        expect(page.locator("#out")).to_contain_text("En attente de connexion")
        page.wait_for_timeout(1500)
    finally:
        kiosk.start()
    expect(page.locator("#out li.done")).to_have_count(2)
    assert kiosk.texts() == ["Pendant la coupure ?", "Et une autre ?"]


def test_an_acknowledgement_that_is_lost_makes_no_second_question(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    context.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    context.route("**/socket.io/**", lambda route: route.abort())
    lost: list[int] = []

    def lose(route: Any) -> None:
        if len(lost) < 2:
            lost.append(route.fetch().status)  # the kiosk has it; the phone will never know
            route.abort()
        else:
            route.continue_()

    context.route("**/questions?*", lose)
    page = opened(context, kiosk)
    send(page, "Accusé perdu ?")
    expect(page.locator("#out")).to_contain_text("Reçue")
    assert lost == [200, 200]
    assert kiosk.texts() == ["Accusé perdu ?"]


def test_long_polling_is_enough(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    context.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page = opened(context, kiosk)
    with page.expect_request(lambda r: "transport=polling" in r.url and r.method == "POST"):
        pass
    send(page, "Par sondage long ?")
    expect(page.locator("#out")).to_contain_text("Reçue")
    kiosk.do("add", id="mate", text="Et le vertige ?")
    kiosk.do("screen", id="mate")
    expect(page.locator("#now")).to_contain_text("Et le vertige ?")


def test_a_double_click_sends_once(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    for context in (phone(), phone(java_script_enabled=False)):
        page = opened(context, kiosk)
        page.fill("#q", "Deux clics ?")
        page.get_by_role("button", name="Envoyer").dblclick()
        expect(page.get_by_text("Reçue").first).to_be_visible()
    page.wait_for_timeout(300)
    assert kiosk.texts() == ["Deux clics ?", "Deux clics ?"]  # one from each phone


def test_a_browser_that_refuses_storage_still_sends(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    context.add_init_script(NO_STORAGE)
    page = opened(context, kiosk)
    send(page, "Sans stockage ?")
    expect(page.locator("#out")).to_contain_text("Reçue")
    assert kiosk.texts() == ["Sans stockage ?"]


def test_a_waiting_question_never_goes_to_another_session(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context, kiosk)
    context.set_offline(True)
    send(page, "Pour Sophie ?")
    expect(page.locator("#out")).to_contain_text("En attente de connexion")
    kiosk.do("phase", phase="closed")
    kiosk.do("session", session="S3")
    context.set_offline(False)
    expect(page.locator("#out")).to_contain_text(re.compile("pour une autre séance|séance est terminée"))
    page.get_by_role("button", name="Reprendre le texte").click()
    expect(page.locator("#q")).to_have_value("Pour Sophie ?")
    assert kiosk.texts() == []


def test_a_refused_question_gives_its_words_back(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page = opened(context, kiosk)
    context.set_offline(True)
    send(page, "Trop tard ?")
    kiosk.do("intake", intake="frozen")
    context.set_offline(False)
    expect(page.locator("#out")).to_contain_text("Pas envoyée")
    expect(page.locator("#out")).to_contain_text("La liste des questions est close")


def test_the_draft_survives_a_reload_and_a_pause(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone(), kiosk)
    page.fill("#q", "À moitié écr")
    page.reload()
    expect(page.locator("#q")).to_have_value("À moitié écr")
    kiosk.do("intake", intake="paused")
    expect(page.get_by_text("Les questions sont en pause")).to_be_visible()
    expect(page.locator("#q")).to_have_value("À moitié écr")
    kiosk.do("intake", intake="open")
    send(page, "Entière ?")
    expect(page.locator("#out")).to_contain_text("Reçue")
    page.reload()
    expect(page.locator("#q")).to_have_value("")


def test_a_reflection_begun_survives_a_reload_until_it_is_sent(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    """Words, ticks and choices; once given, its answer stands alone; another session's page is empty."""
    kiosk.do("phase", phase="reflection")
    page = opened(phone(), kiosk)
    page.fill("#a", "Technicienne, « à moitié »")
    page.fill("#c", "Le vent")
    page.get_by_text("BTS, BUT").click()
    page.get_by_text("très utile").click()

    def back() -> None:
        expect(page.locator("#a")).to_have_value("Technicienne, « à moitié »")
        expect(page.locator("#c")).to_have_value("Le vent")
        expect(page.locator("input:checked")).to_have_count(2)

    page.reload()
    back()
    page.get_by_role("link", name="Vos données").click()
    page.go_back()
    back()
    page.get_by_role("button", name="Envoyer mon bilan").click()
    expect(page.get_by_role("heading", name="Bilan reçu, merci")).to_be_visible()
    assert page.evaluate("sessionStorage.r || ''") == ""
    page.get_by_role("link", name="Corriger ma réponse").click()
    page.fill("#c", "La hauteur")
    page.reload()
    expect(page.locator("#c")).to_have_value("La hauteur")
    expect(page.locator("#a")).to_have_value("Technicienne, « à moitié »")
    kiosk.do("phase", phase="closed")
    kiosk.do("session", session="S3")
    kiosk.do("phase", phase="reflection")
    page.goto(kiosk.url)
    expect(page.locator("#c")).to_have_value("")
    assert page.evaluate("sessionStorage.r || ''") == ""


# -- alive -----------------------------------------------------------------------------------------


def test_erasing_all_erases_what_waits_on_open_phones_too(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    """The same session opened again (a rehearsal, then the class) must not bring yesterday's words back."""
    kiosk.do("intake", intake="paused")
    page = opened(phone(), kiosk)
    waits = {"id": "0193aaaa-0000-4000-8000-000000000001", "text": "Un essai qui attend ?", "session": "S1"}
    page.evaluate("item => localStorage.setItem('q:' + item.id, JSON.stringify(item))", waits)
    page.evaluate("sessionStorage.d = 'Un brouillon d’hier'")
    page.reload()
    page.wait_for_timeout(500)  # it was told that the intake is paused, and keeps the question
    kiosk.do("wipe")
    expect(page.locator("#main")).to_contain_text("La séance commence dans")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('q:'))") == []
    kiosk.do("session", session="S1")
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#out")).not_to_contain_text("Un essai")
    send(page, "La vraie question ?")
    until(lambda: kiosk.texts() == ["La vraie question ?"])


def test_my_question_moves_by_itself(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone(), kiosk)
    send(page, "Que faites-vous quand il y a de l’orage ?")
    expect(page.locator("#out")).to_contain_text("Reçue")
    expect(page.locator("#say")).to_contain_text("Reçue")
    page.get_by_role("link", name="Mes questions 1").click()
    one = kiosk.do("list")[0]["id"]
    kiosk.do("screen", id=one)
    expect(page.get_by_role("heading", name="Votre question est à l’écran")).to_be_visible()
    expect(page.locator("#say")).to_have_text("Votre question est à l’écran.")
    kiosk.do("asked", id=one)
    expect(page.get_by_text("Transmise à Sophie Le Goff")).to_be_visible()
    kiosk.do("answered", id=one)
    expect(page.get_by_text("Répondue")).to_be_visible()
    page.go_back()
    expect(page.locator("#q")).to_be_visible()


def test_votes_are_immediate_and_shared(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    kiosk.do("add", id="mate", text="Et le vertige ?")
    kiosk.do("approve", id="mate")
    one, two = (opened(phone(), kiosk, "/soutenir") for _phone in range(2))
    one.get_by_role("button", name="Moi aussi").click()
    expect(one.get_by_role("button", name="Soutenue")).to_be_visible()
    expect(two.locator("[data-v]")).to_have_text("1")
    two.get_by_role("button", name="Moi aussi").click()
    expect(one.locator("[data-v]")).to_have_text("2")
    one.get_by_role("button", name="Soutenue").click()
    expect(two.locator("[data-v]")).to_have_text("1")
    until(lambda: kiosk.do("list")[0]["support"] == 1)


@pytest.mark.parametrize("filtered", [False, True], ids=["websocket", "polling"])
def test_what_is_tapped_during_a_cut_is_given_when_it_counts(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext], filtered: bool
) -> None:
    """Twenty-three supports while the Wi-Fi is away: none shows as given before it is counted, then all do."""
    for number in range(23):
        kiosk.do("add", id=f"mate{number}", text=f"Question {number}, et pourquoi ?")
        kiosk.do("approve", id=f"mate{number}")
    context = phone()
    if filtered:
        context.add_init_script("delete window.WebSocket")
    page = opened(context, kiosk, "/soutenir")
    page.wait_for_timeout(500)
    context.set_offline(True)
    for button in page.get_by_role("button", name="Moi aussi").all():
        button.click()
    expect(page.locator(".btn.wait")).to_have_count(23)
    assert page.locator(".btn.on").count() == 0
    assert page.locator("[data-v]").all_inner_texts() == ["0"] * 23
    page.locator(".btn.wait").first.click()  # thought better of it, before it left
    context.set_offline(False)
    expect(page.locator(".btn.on")).to_have_count(22, timeout=60_000)
    expect(page.locator(".btn.wait")).to_have_count(0)
    until(lambda: sum(one["support"] for one in kiosk.do("list")) == 22)
    expect(page.locator("[data-v]", has_text="1")).to_have_count(22)


def test_the_page_follows_the_phase_and_keeps_what_is_being_typed(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    kiosk.do("phase", phase="talk")
    page = opened(phone(), kiosk)
    page.click("#q")
    page.keyboard.type("Je suis en train d’écr")
    kiosk.do("add", id="mate", text="Et le vertige ?")
    kiosk.do("screen", id="mate")
    expect(page.locator("#now")).to_contain_text("Et le vertige ?")
    kiosk.do("phase", phase="questions")
    page.wait_for_timeout(1200)
    page.keyboard.type("ire")
    expect(page.locator("#q")).to_have_value("Je suis en train d’écrire")
    kiosk.do("phase", phase="reflection")
    expect(page.get_by_role("heading", name="Votre bilan en une minute")).to_be_visible()
    # a finger that goes up the form does not reload it
    expect(page.locator("html")).to_have_css("overscroll-behavior-y", "contain")
    page.fill("#a", "Technicienne")
    kiosk.do("extend")
    page.wait_for_timeout(1200)
    expect(page.locator("#a")).to_have_value("Technicienne")
    page.get_by_role("button", name="Envoyer mon bilan").click()
    expect(page.get_by_role("heading", name="Bilan reçu, merci")).to_be_visible()
    kiosk.do("phase", phase="closed")
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()


def test_a_kiosk_out_of_reach_is_said_and_the_page_stays(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    context = phone()
    page = opened(context, kiosk)
    send(page, "À retirer ?")
    expect(page.locator("#out")).to_contain_text("Reçue")
    page.fill("#q", "En cours")
    context.set_offline(True)
    page.get_by_role("link", name="Mes questions").click()
    expect(page.locator("#net")).to_contain_text("Pas de connexion au kiosque")
    expect(page.locator("#q")).to_have_value("En cours")
    context.set_offline(False)
    expect(page.locator("#net")).to_have_text("")
    page.get_by_role("link", name="Mes questions").click()
    page.locator("summary").first.click()
    page.get_by_role("button", name="Retirer cette question").click()
    expect(page.get_by_role("heading", name="Pas encore de question")).to_be_visible()
    page.get_by_role("link", name="Écrire", exact=True).click()
    expect(page.locator("#q")).to_have_value("En cours")


def test_the_keyboard_alone_sends(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    page = opened(phone(), kiosk)
    page.focus("#q")
    page.keyboard.type("Au clavier ?")
    for key in ("Tab", "Tab", "Tab", "Space"):  # past « Envoyer » and « Une amorce ? », to the themes
        page.keyboard.press(key)
    expect(page.locator("#lines .begin")).to_be_visible()
    for key in ("Shift+Tab", "Shift+Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#out")).to_contain_text("Reçue")
    assert kiosk.do("list")[0]["theme"] == "metier"


def test_pupils_words_stay_text(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    context = phone()
    page, mate = opened(context, kiosk), opened(phone(), kiosk)
    for one in (page, mate):
        one.on("dialog", lambda dialog: pytest.fail("a pupil's words ran"))
        one.add_init_script("window.ran = 0")
    for text in CORPUS.read_text(encoding="utf-8").splitlines():
        send(page, text)
        expect(page.locator("#out li.done p").first).to_have_text(text)
    assert len(kiosk.texts()) == len(CORPUS.read_text(encoding="utf-8").splitlines())
    for question in kiosk.do("list"):
        kiosk.do("screen", id=question["id"])
        expect(mate.locator("#now .big")).to_have_text(question["text"])
    for path in ("/mes-questions", "/soutenir"):
        page.goto(kiosk.url + path)
        assert page.locator("main img, main script, main iframe").count() == 0
    assert not page.evaluate("window.ran") and not mate.evaluate("window.ran")


def test_a_list_that_moves_waits_for_the_finger(kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]) -> None:
    """A question comes in while « Moi aussi » is pressed: the page changes once the finger is up; the tap counts."""
    kiosk.do("add", id="q1", text="Un ?")
    kiosk.do("approve", id="q1")
    page = opened(phone(), kiosk, "/soutenir")
    expect(page.locator("#main")).to_have_attribute("data-page", "support")
    with page.expect_event("websocket"):
        page.reload()
    page.locator("form.vote button").hover()
    kiosk.do("add", id="q2", text="Deux ?")
    page.mouse.down()
    with page.expect_response("**/soutenir*") as came:
        kiosk.do("approve", id="q2")
    came.value.finished()
    page.evaluate("() => new Promise((done) => setTimeout(done, 200))")
    page.mouse.up()
    expect(page.get_by_role("button", name="Soutenue : Un ?")).to_be_visible()
    expect(page.locator("form.vote")).to_have_count(2)


@pytest.mark.parametrize(
    ("begin", "end", "told"),
    [
        ({"intake": "paused"}, {"intake": "open"}, "Les questions sont en pause"),
        ({"review": False}, {"review": True}, "Anonyme. N’écrivez pas votre nom."),
    ],
)
def test_what_the_socket_never_tells_goes_away(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext], begin: dict[str, Any], end: dict[str, Any], told: str
) -> None:
    """The page is fetched during a pause, or a while without reading over, that ends before the next word of the
    socket: two a second, at most.
    """
    page = opened(phone(), kiosk)
    send(page, "Avez-vous le vertige ?")
    expect(page.locator("#out .done")).to_have_count(1)
    [mine] = kiosk.do("list")

    def fetched(route: Route) -> None:
        set_to(begin)
        answer = route.fetch()
        set_to(end)
        route.fulfill(response=answer)

    def set_to(wanted: dict[str, Any]) -> None:
        for name, value in wanted.items():
            kiosk.do(name, **({"on": value} if name == "review" else {name: value}))

    page.route(lambda url: url.partition("?")[0] == f"{kiosk.url}/", fetched, times=1)
    kiosk.do("approve", id=mine["id"])  # the phone is told of its own question, and asks for its page
    shown = page.get_by_text(told)
    expect(shown).to_be_visible()
    expect(shown).to_have_count(0)


def test_a_phone_that_is_open_says_whether_somebody_reads_over(
    kiosk: PhoneKiosk, phone: Callable[..., BrowserContext]
) -> None:
    page = opened(phone(), kiosk)
    page.fill("#q", "Avez-vous le vertige")
    for on, said in ((False, "Anonyme. N’écrivez pas"), (True, "Anonyme, relue avant d’être affichée")):
        kiosk.do("review", on=on)
        expect(page.locator("#safe")).to_contain_text(said)
        expect(page.locator("#q")).to_have_value("Avez-vous le vertige")
