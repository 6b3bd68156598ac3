"""The teacher's panel by keyboard, live, and without its script."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from browser.control_panel import statuses, until
from browser.phone_kiosk import PhoneKiosk

pytestmark = [pytest.mark.browser, pytest.mark.server]

Panel = Callable[..., Page]


def ask(kiosk: PhoneKiosk, *texts: str) -> list[str]:
    ids = [f"q{number}" for number in range(1, len(texts) + 1)]
    for id, text in zip(ids, texts):
        kiosk.do("add", id=id, text=text)
    return ids


TEN = [
    "Combien de marches jusqu’en haut ?",
    "Avez-vous le vertige ?",
    "Quel est votre pire souvenir ?",
    "Travaillez-vous la nuit ?",
    "Que faites-vous quand il pleut ?",
    "Votre famille, elle en pense quoi ?",
    "C’est lourd, votre matériel ?",
    "Vous avez une voiture de fonction ?",
    "Quelle musique écoutez-vous ?",
    "Vous aimez les oiseaux ?",
]


def test_ten_questions_by_keyboard_alone(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, *TEN)
    page = panel()
    expect(page.locator("#queue-title")).to_have_text("10 à relire")
    press = page.keyboard.press
    for left in range(9, 4, -1):  # q1 … q5: approve, again and again
        press("v")
        expect(page.locator("#queue-title")).to_have_text(f"{left} à relire")
    press("x")  # q6: set aside, with the reason chosen by arrows
    expect(page.locator("[data-reads]")).to_contain_text("le temps manque")  # nothing was seen: what hurts least
    press("ArrowLeft")
    expect(page.locator("[data-reads]")).to_contain_text("pourraient blesser")
    press("ArrowLeft")
    expect(page.locator("[data-reads]")).to_contain_text("trop personnelle")
    press("Enter")
    expect(page.locator("#queue-title")).to_have_text("4 à relire")
    press("r")  # q7: reword and approve
    expect(page.locator("textarea[name=texte]")).to_be_focused()
    press("Control+a")
    page.keyboard.type("Combien pèse votre matériel vxrg ?")
    press("Control+Enter")
    expect(page.locator("#queue-title")).to_have_text("3 à relire")
    press("j")  # past q8 to q9: on screen
    expect(page.locator(".sel .q")).to_contain_text("Quelle musique")
    press("e")
    expect(page.locator("#current-text")).to_have_text("Quelle musique écoutez\u2060-\u2060vous\u202f?")
    press("k")
    press("g")  # q8 joins q10
    expect(page.get_by_text("Avec lesquelles la regrouper ?")).to_be_visible()
    page.keyboard.press("Space")
    press("Enter")
    expect(page.get_by_text("Rien à relire pour l’instant")).to_be_visible()
    press("n")  # answered, the first of the list takes the screen
    until(lambda: statuses(kiosk)["q9"] == "answered")
    found = statuses(kiosk)
    assert found["q6"] == "set_aside" and found["q1"] == "on_screen" and "merged" in (found["q8"], found["q10"])
    assert [found[f"q{n}"] for n in (2, 3, 4, 5, 7)] == ["approved"] * 5
    assert {q["id"]: q["text"] for q in kiosk.do("list")}["q7"] == "Combien pèse votre matériel vxrg ?"


def test_escape_help_and_no_key_while_typing(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?")
    page = panel()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("v")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.locator("#saisie")).to_be_focused()
    page.keyboard.type("vexrgcnsz jk ?")
    expect(page.locator("#saisie")).to_have_value("vexrgcnsz jk ?")
    page.keyboard.press("Escape")
    expect(page.locator("#saisie")).to_have_count(0)
    assert set(statuses(kiosk).values()) == {"pending"}


def test_shortcuts_can_be_turned_off(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?")
    page = panel("/prof/salle")
    page.get_by_role("button", name="Désactivés").click()
    expect(page.get_by_role("button", name="Désactivés")).to_have_attribute("aria-pressed", "true")
    page.goto(kiosk.url + "/prof")
    expect(page.locator("kbd:visible")).to_have_count(0)
    page.keyboard.press("v")
    time.sleep(0.4)
    assert statuses(kiosk) == {"q1": "pending"}
    page.goto(kiosk.url + "/prof/salle")
    page.get_by_role("button", name="Actifs", exact=True).click()
    expect(page.get_by_role("button", name="Actifs", exact=True)).to_have_attribute("aria-pressed", "true")


def test_typing_goes_on_while_the_class_writes(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?")
    page = panel()
    page.keyboard.press("r")
    field = page.locator("#texte-q1")
    expect(field).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Combien de ")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.evaluate("window.kept = document.activeElement")
    for number in range(5):
        kiosk.do("add", id=f"n{number}", text=f"Encore {number} ?")
        page.keyboard.type("x" if number == 0 else "y")
        time.sleep(0.25)
    expect(page.locator("#queue-title")).to_have_text("7 à relire")
    assert page.evaluate("document.activeElement === window.kept")
    expect(field).to_have_value("Combien dxyyyy")
    page.keyboard.press("Control+Enter")
    until(lambda: statuses(kiosk)["q1"] == "approved")


def test_selection_ticks_and_details_survive_updates(kiosk: PhoneKiosk, panel: Panel) -> None:
    for id, text in (("a", "Un ?"), ("b", "Deux ?"), ("c", "Trois, quatre ?")):
        kiosk.do("add", id=id, text=text)
    kiosk.do("approve", id="a")
    kiosk.do("merge", id="a", others=["b"])
    kiosk.do("approve", id="c")
    page = panel("/prof?liste=validees")
    page.locator("summary", has_text="1 question regroupée").click()
    page.locator("#pick-c").check()
    kiosk.do("add", id="d", text="Nouvelle ?")
    expect(page.locator(".shelves a").first).to_contain_text("1")
    expect(page.locator("#list details")).to_have_attribute("open", "")
    expect(page.locator("#pick-c")).to_be_checked()
    expect(page.get_by_role("button", name="Copier la question choisie")).to_be_enabled()


def test_words_typed_for_a_question_that_left_are_given_back(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?")
    page = panel()
    page.keyboard.press("r")
    expect(page.locator("#texte-q1")).to_be_focused()
    page.keyboard.type(" et encore")
    kiosk.do("approve", id="q1")
    expect(page.locator("#trouble")).to_contain_text("et encore")
    expect(page.locator("textarea")).to_have_count(0)


def test_undo_and_what_comes_next(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?", "Trois ?")
    for id in ("q2", "q3"):
        kiosk.do("approve", id=id)
    page = panel()
    page.keyboard.press("v")
    expect(page.locator(".undo")).to_contain_text("« Un")
    page.keyboard.press("z")
    until(lambda: statuses(kiosk)["q1"] == "pending")  # the title says « 1 à relire » before the act reached it too
    expect(page.locator("#queue-title")).to_have_text("1 à relire")
    page.keyboard.press("n")
    expect(page.locator("#current-text")).to_contain_text("Deux")
    kiosk.do("approve", id="q1")
    page.goto(kiosk.url + "/prof?liste=validees")
    expect(page.locator("#list .q").first).to_contain_text("Trois")
    page.get_by_role("button", name="Descendre : Trois").first.click()
    expect(page.locator("#list .q").first).to_contain_text("Un")
    page.locator("#list .q").nth(1).drag_to(page.locator("#list > li").nth(0), target_position={"x": 40, "y": 4})
    expect(page.locator("#list .q").first).to_contain_text("Trois")


def test_copying_for_the_conversation(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?", "Trois ?")
    for id in ("q1", "q2", "q3"):
        kiosk.do("approve", id=id)
    kiosk.do("screen", id="q1")
    page = panel(permissions=["clipboard-read", "clipboard-write"])
    page.keyboard.press("c")
    expect(page.locator("#copy-current")).to_contain_text("Copié")
    assert page.evaluate("navigator.clipboard.readText()") == "4e B : Un ?"
    page.get_by_role("button", name="Posée", exact=True).click()
    expect(page.locator(".tail")).to_contain_text("posée à")
    page.goto(kiosk.url + "/prof?liste=validees")
    page.locator("#pick-q2").check()
    page.locator("#pick-q3").check()
    page.get_by_role("button", name="Copier les 2 choisies").click()
    expect(page.locator("[data-copy-several]")).to_contain_text("Copié")
    assert page.evaluate("navigator.clipboard.readText()") == "4e B :\n1. Deux ?\n2. Trois ?"
    page.get_by_role("button", name="Marquer posées").click()
    until(lambda: [statuses(kiosk)[i] for i in ("q2", "q3")] == ["asked", "asked"])


def test_copying_over_plain_http_then_by_hand(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?")
    kiosk.do("screen", id="q1")
    page = panel(permissions=["clipboard-read"])
    page.evaluate("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.keyboard.press("c")
    expect(page.locator("#copy-current")).to_contain_text("Copié")
    assert page.evaluate("navigator.clipboard.readText()") == "4e B : Un ?"
    expect(page.locator("#copy-current")).not_to_contain_text("Copié")
    page.evaluate("document.execCommand = () => false")
    page.keyboard.press("c")
    expect(page.locator("#by-hand-text")).to_be_focused()
    expect(page.locator("#by-hand-text")).to_have_value("4e B : Un ?")
    assert page.evaluate("getSelection().toString()") == "4e B : Un ?"


def test_two_panels_see_each_other_and_a_lost_link_says_so(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?")
    one, two = panel(), panel(viewport={"width": 390, "height": 844})
    one.keyboard.press("v")
    expect(two.locator("#queue-title")).to_have_text("0 à relire")
    kiosk.stop()
    expect(one.locator("#link")).to_contain_text("Connexion au kiosque perdue")
    one.keyboard.press("z")
    expect(one.locator("#trouble")).to_contain_text("Le kiosque ne répond pas")
    kiosk.start()
    expect(one.locator("#link")).to_contain_text("Enregistré ici")
    expect(one.locator("#queue-title")).to_have_text("0 à relire")
    one.keyboard.press("z")
    expect(two.locator("#queue-title")).to_have_text("1 à relire")


def test_without_the_script(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?", "Trois ?")
    page = panel(java_script_enabled=False)
    page.get_by_role("button", name="Valider", exact=True).click()
    page.get_by_role("link", name="Mettre de côté").click()
    page.get_by_text("Trop personnelle").click()
    page.get_by_role("button", name="Mettre de côté", exact=True).click()
    page.get_by_role("link", name="Reformuler").click()
    page.fill("textarea[name=texte]", "Trois, reformulée ?")
    page.get_by_role("button", name="Enregistrer et valider").click()
    assert statuses(kiosk) == {"q1": "approved", "q2": "set_aside", "q3": "approved"}
    page.get_by_role("button", name="Mettre à l’écran la première").click()
    page.get_by_role("link", name="Copier pour la conversation").click()
    expect(page.locator("#a-copier")).to_have_value("4e B : Un ?")
    page.get_by_role("button", name="C’est collé : marquer posée").click()
    page.get_by_role("button", name="Répondue, question suivante").click()
    assert statuses(kiosk) == {"q1": "answered", "q2": "set_aside", "q3": "on_screen"}


def test_a_guest_reads_over_until_the_link_is_ended(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?")
    page = panel("/prof/salle")
    page.get_by_role("button", name="Nouveau lien d’invitation").click()
    link = page.locator("#invite-link").inner_text()
    guest = panel("/relecture/" + link.rpartition("/")[2], enter=False)
    guest.get_by_role("button", name="Commencer").click()
    expect(guest.locator("#queue-title")).to_have_text("2 à relire")
    guest.keyboard.press("v")
    expect(guest.locator("#queue-title")).to_have_text("1 à relire")
    page.get_by_role("button", name="Fermer tous les autres accès").click()
    expect(guest.get_by_role("heading", name="La relecture est terminée. Merci.")).to_be_visible()


def test_a_second_press_waits_for_the_first(kiosk: PhoneKiosk, panel: Panel) -> None:
    """Two buttons of one form pressed at once: both count, in their order; the same one twice counts once."""
    page = panel()
    page.evaluate(
        """() => {
          const of = (value) => document.querySelector(`button[name=prise][value=${value}]`);
          of("paused").click(); of("open").click(); of("frozen").click(); of("frozen").click();
        }"""
    )
    expect(page.locator("button[name=prise][value=frozen]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("button[name=prise][value=paused]")).to_have_attribute("aria-pressed", "false")


def test_an_answer_never_moves_the_page_under_a_pressed_button(kiosk: PhoneKiosk, panel: Panel) -> None:
    """What an action answers waits for the button to come up, as a hint does; the second press counts."""
    page = panel()
    held: list[Route] = []
    page.route("**/prof/fragment/**", lambda route: held.append(route))
    paused, opened = (page.locator(f"button[name=prise][value={value}]") for value in ("paused", "open"))
    paused.click()

    def asked() -> bool:
        page.wait_for_timeout(20)  # a route is only told while Playwright waits
        return held != []

    until(asked)
    opened.hover()
    page.mouse.down()
    with page.expect_response("**/prof/fragment/**") as came:
        held[0].continue_()
    came.value.finished()
    page.unroute("**/prof/fragment/**")
    page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    expect(paused).to_have_attribute("aria-pressed", "false", timeout=1)
    page.mouse.up()
    expect(opened).to_have_attribute("aria-pressed", "true")


def test_a_press_whose_end_is_lost_holds_the_page_a_moment_only(kiosk: PhoneKiosk, panel: Panel) -> None:
    page = panel()
    page.evaluate("document.body.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))")
    ask(kiosk, "Un ?")
    expect(page.locator("#queue-title")).to_have_text("1 à relire")


def test_the_proposed_order_is_dragged_with_a_mouse_or_a_finger(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?", "Trois ?", "Quatre ?")
    for id in ("q1", "q2", "q3", "q4"):
        kiosk.do("approve", id=id)
    page = panel("/prof/ordre")
    rows = page.locator("#order > li")
    last = rows.nth(3).locator(".q").inner_text()
    rows.nth(3).locator(".q").drag_to(rows.nth(0), target_position={"x": 80, "y": 4})
    expect(rows.nth(0)).to_contain_text(last)
    expect(rows.nth(0)).to_have_class(re.compile("pinned"))
    finger = panel("/prof/ordre", viewport={"width": 390, "height": 844}, has_touch=True)
    rows, grip = finger.locator("#order > li"), finger.locator("#order > li .grip").nth(3)
    moved = rows.nth(3).locator(".q").inner_text()
    grip.evaluate("e => e.scrollIntoView({block: 'center'})")  # above the bar that stays at the bottom
    start, goal = grip.bounding_box(), rows.nth(1).bounding_box()
    assert start and goal and start["width"] >= 44 and start["height"] >= 44
    touch = finger.context.new_cdp_session(finger)
    for kind, y in (("touchStart", start["y"] + 20), ("touchMove", goal["y"] + 9), ("touchMove", goal["y"] + 6)):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": start["x"] + 20, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(rows.nth(1)).to_contain_text(moved)
    expect(rows.nth(0)).to_contain_text(last)
    finger.get_by_role("button", name=f"Descendre : {last}").click()
    expect(rows.nth(2)).to_contain_text(last)  # past the one that has its place
    expect(rows.nth(1)).to_contain_text(moved)


def test_the_next_question_is_put_on_from_the_order_and_the_order_stays(kiosk: PhoneKiosk, panel: Panel) -> None:
    ask(kiosk, "Un ?", "Deux ?", "Trois ?")
    for id in ("q1", "q2", "q3"):
        kiosk.do("approve", id=id)
    page = panel()
    page.locator("#queue nav").get_by_role("link", name="Ordre").click()
    expect(page.locator("#queue-title")).to_have_text("Ordre proposé")
    expect(page.locator("#order > li")).to_have_count(3)
    page.keyboard.press("n")
    expect(page.locator("#order > li")).to_have_count(2)
    expect(page.locator("#current-text")).to_be_visible()
    expect(page.locator("#heard")).to_contain_text("Appareils entendus")
    page.locator("#missing a").first.click()
    expect(page.locator("#saisie")).not_to_have_value("")
    expect(page.locator("#saisie")).to_be_focused()


def test_a_display_that_is_resized_says_how_it_is_laid_out(kiosk: PhoneKiosk, panel: Panel, page: Page) -> None:
    teacher = panel()
    page.goto(kiosk.url + "/ecran")
    expect(teacher.locator("#now")).to_contain_text("Le grand écran montre")
    page.set_viewport_size({"width": 480, "height": 1080})
    expect(teacher.locator("#now")).to_contain_text("Le bandeau montre")
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(teacher.locator("#now")).to_contain_text("Le grand écran montre")
    expect(page.locator("#offline")).to_be_hidden()
