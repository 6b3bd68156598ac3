"""The calm words: with every acknowledgement and every refusal of a text of distress, by every way in, and no other."""

from __future__ import annotations

import dataclasses
import html
import re

import pytest

from factories import Phone, configure, make_question, make_room, make_session
from kiosk.app import create_app
from kiosk.contract import schools
from kiosk.domain import rooms
from kiosk.domain.care import helplines, worries
from kiosk.domain.questions import moderation, questions, review
from kiosk.ground import i18n
from kiosk.ground.instants import PARIS
from kiosk.storage.models import Question, Reflection

BAD = "J'ai envie de mourir"
FRANCE = ["3114", "3018", "119", "15"]
CALM = "J'ai de l'asthme, mon numéro est 0639981234"


class Socket:
    """A phone with scripts."""

    def __init__(self, app):
        self.phone = Phone(app, "/phone", {"device": "d-socket-0001"})

    def ask(self, **sent):
        """(the code of a refusal, the words) of a question."""
        said = self.phone.call("ask", {"id": "w", **sent})
        return (None if said["ok"] else said["error"]["code"]), said.get("care")


class Script:
    """The same without a socket."""

    def __init__(self, app):
        self.browser = app.test_client()
        self.browser.get("/")

    def ask(self, **sent):
        said = self.browser.post("/questions", json={"id": "w", **sent}, headers={"Accept": "application/json"}).json
        return (None if said["ok"] else said["error"]["code"]), said.get("care")


class Form:
    """A phone without scripts: what its page says."""

    def __init__(self, app):
        self.browser = app.test_client()
        self.browser.get("/")
        self.page = ""

    def ask(self, **sent):
        answer = self.browser.post("/questions", data={"id": "w", **sent}, follow_redirects=True)
        self.page = html.unescape(answer.text)
        lines = [{"tel": tel} for tel in re.findall(r'href="tel:(\d+)"', self.page)]
        first = re.search(r"(Personne n’a reçu votre texte|Un adulte de l’établissement)", self.page)
        return (answer.status_code, {"lines": lines, "first": first[0] if first else ""} if lines else None)


def told(words):
    """(whom to call, whether the text was kept); None without words."""
    kept = words and words["first"].startswith("Un adulte de l’établissement")
    return words and ([line["tel"] for line in words["lines"]], kept)


WAYS = [Socket, Script, Form]
#: Code of a refusal → (what makes it, what is sent besides the text).
REFUSALS = {
    "question_too_long": (None, {"text": BAD + " a" * 200}),
    "intake_paused": (lambda tx, room: rooms.set_intake(tx, room, "paused"), {}),
    "intake_frozen": (lambda tx, room: rooms.set_intake(tx, room, "frozen"), {}),
    "session_over": (lambda tx, room: rooms.set_phase(tx, room, "closed"), {}),
    "session_not_open": (lambda tx, room: rooms.set_fields(tx, room, "session", session_id=None), {}),
    "unknown_theme": (None, {"theme": "rien"}),
    "unknown_speaker": (None, {"speaker": "personne"}),
    "session_over, of another session": (None, {"session": "S-hier"}),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSALS)
@pytest.mark.parametrize("way", WAYS)
def test_the_words_come_with_a_refusal(app, kiosk, write, room, way, why):
    makes, more = REFUSALS[why]
    if makes:
        write(makes, room)
    sender = way(app)
    code, words = sender.ask(**{"text": BAD, **more})
    assert told(words) == (FRANCE, False)
    assert code == why.partition(",")[0] or way is Form
    if way is Form and why != "intake_frozen":
        assert "envie de mourir" in sender.page  # nothing typed is lost
    assert told(sender.ask(**{"text": CALM, **more})[1]) is None or why == "question_too_long"


@pytest.fixture
def strict(settings):
    """A kiosk where a device may send one question, and no other for long."""
    return dataclasses.replace(settings, limits_device_burst=2, limits_device_per_second=0.01, limits_device_max=1)


@pytest.mark.parametrize("way", WAYS)
def test_the_words_come_when_somebody_is_too_fast_or_sent_too_many(strict, way):
    app = create_app(strict)
    kiosk = app.extensions["kiosk"]
    kiosk.writer.start()
    make_session(kiosk, "S1")
    make_room(kiosk, session_id="S1")
    sender = way(app)
    sender.ask(text="Une question ?", id="a")
    for code in ("too_many", "too_fast"):
        said, words = sender.ask(text=BAD, id=f"b-{code}")
        assert told(words) == (FRANCE, False)
        assert said == code or way is Form
    assert kiosk.writer.stop()
    kiosk.database.close()


@pytest.mark.parametrize("envelope", ["form", "json", "multipart", "chunked"])
def test_the_words_come_when_a_body_is_too_large_to_be_read(app, room, envelope):
    browser, text = app.test_client(), "Je me fais harceler, " + "a" * 60_000
    if envelope == "json":
        answer = browser.post("/questions", json={"id": "w", "text": text}, headers={"Accept": "application/json"})
        assert (answer.status_code, told(answer.json["care"])) == (413, (FRANCE, False))
        return
    kind: dict[str, str | dict[str, str]] = {"content_type": "multipart/form-data"} if envelope == "multipart" else {}
    if envelope == "chunked":
        kind = {"environ_overrides": {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}}
    answer = browser.post("/questions", data={"id": "w", "text": text}, **kind)
    assert answer.status_code == 413
    assert re.findall(r'href="tel:(\d+)"', answer.text) == FRANCE
    assert "aaaa" not in answer.text
    answer = browser.post("/questions", data={"id": "w", "text": "a" * 60_000}, **kind)
    assert "tel:" not in answer.text


@pytest.mark.parametrize("way", [Script, Form])
def test_the_words_come_from_no_room_at_all(app, kiosk, way):
    make_room(kiosk, "Une")
    make_room(kiosk, "Deux")
    assert told(way(app).ask(text=BAD)[1]) == (FRANCE, False)


@pytest.mark.parametrize("way", WAYS)
def test_a_kept_text_gets_the_words_and_waits_apart(app, kiosk, write, room, way):
    write(review.suspend, room)
    sender = way(app)
    code, words = sender.ask(text=BAD)
    assert (code, told(words)) == ((200 if way is Form else None), (FRANCE, True))
    assert [q.text for q in worries.listed(room)] == [BAD]
    if way is Form:
        assert "<h1>C’est reçu</h1>" in sender.page and BAD not in sender.page.partition("<main")[2]
    code, words = sender.ask(text=BAD)  # the same again: the acknowledgement was lost
    assert told(words) == (FRANCE, True)


@pytest.mark.parametrize("way", WAYS)
def test_health_or_personal_data_alone_get_no_words(app, room, way):
    assert told(way(app).ask(text=CALM)[1]) is None


def test_both_languages_say_the_same(app, room):
    def said(address, id):
        sent = {"json": {"id": id, "text": BAD}, "headers": {"Accept": "application/json"}}
        return app.test_client().post(address, **sent).json

    french, english = said("/questions", "a"), said("/questions?lang=en", "b")
    assert english["care"].keys() == french["care"].keys()
    assert english["care"]["title"] == "If you are not all right"
    assert [line["tel"] for line in english["care"]["lines"]] == FRANCE
    assert all(a["says"] != b["says"] for a, b in zip(english["care"]["lines"], french["care"]["lines"]))


# -- « Mes questions », and devices that go from hand to hand ---------------------------------------


def mine(browser):
    page = html.unescape(browser.get("/mes-questions").text)
    return BAD in page, "tel:3114" in page, "Un adulte de l’établissement peut la lire ici" in page


def test_its_author_finds_text_and_words_in_his_questions(app, kiosk, write, room):
    sender = Script(app)
    sender.ask(text=BAD)
    assert mine(sender.browser) == (True, True, True)
    assert mine(Script(app).browser) == (False, False, False)
    write(worries.not_a_worry, room, "w")
    assert mine(sender.browser) == (True, False, False)


@pytest.mark.parametrize("shared", ["a class without phones", "a tablet", "no cookie"])
@pytest.mark.parametrize("way", [Script, Form])
def test_a_shared_device_shows_neither_text_nor_words_afterwards(app, kiosk, write, room, way, shared):
    sender = way(app)
    if shared == "a class without phones":
        write(lambda tx: rooms.set_preference(tx, room, "phones", False))
    elif shared == "a tablet":
        assert "Appareil partagé" in sender.browser.get("/tablette").text
        assert sender.browser.post("/tablette").status_code == 303
    else:
        sender.browser = app.test_client(use_cookies=False)
    assert told(sender.ask(text=BAD)[1]) == (FRANCE, True)
    assert mine(sender.browser) == (False, False, False)
    assert '<span id="n"></span>' in sender.browser.get("/").text
    sender.ask(text="Une autre question ?", id="q")
    if shared != "no cookie":
        assert "Une autre question ?" in sender.browser.get("/mes-questions").text


def test_the_last_page_of_a_shared_device_does_not_count_it(app, kiosk, write, room):
    sender = Script(app)
    sender.browser.post("/tablette")
    sender.ask(text=BAD)
    sender.ask(text="Une autre question ?", id="q")
    write(rooms.set_phase, room, "closed")
    page = html.unescape(sender.browser.get("/").text)
    assert "Il vous reste une question sans réponse" in page


def test_a_socket_of_a_shared_device_is_not_told_of_it(app, kiosk, write, room):
    sender = Socket(app)
    sender.ask(text=BAD)
    assert [q["text"] for q in sender.phone.call("mine")["questions"]] == [BAD]
    write(worries.open_worry, room, "w")
    write(worries.told, room, "w")
    assert sender.phone.heard("mine") == []
    write(lambda tx: rooms.set_preference(tx, room, "phones", False))
    assert sender.phone.call("mine")["questions"] == []


def test_a_tablet_keeps_its_age_and_stays_a_tablet(app, kiosk, room):
    browser = app.test_client()
    browser.get("/")
    browser.get("/tablette")
    assert not browser.get_cookie("kiosk_device").value.endswith("_partage")
    browser.post("/tablette")
    token = browser.get_cookie("kiosk_device").value
    assert token.endswith("_partage")
    browser.get("/")
    assert browser.get_cookie("kiosk_device").value == token


# -- the end-of-session answers ----------------------------------------------------------------------


@pytest.mark.parametrize("scripted", [True, False])
def test_an_answer_of_distress_waits_with_the_questions(app, kiosk, write, room, scripted):
    write(rooms.set_phase, room, "reflection")
    browser = app.test_client()
    browser.get("/")
    sent = {"job": "cheffe", "surprise": BAD}
    for _again in range(2):  # corrected, or sent twice
        if scripted:
            said = browser.post("/bilan", data=sent, headers={"Accept": "application/json"}).json
            assert told(said["care"]) == (FRANCE, True)
        else:
            page = browser.post("/bilan", data=sent, follow_redirects=True).text
            assert re.findall(r'href="tel:(\d+)"', page) == FRANCE and BAD not in html.unescape(page)
    assert [(r.job, r.surprise) for r in Reflection.select()] == [("cheffe", "")]
    assert [q.text for q in worries.listed(room)] == [BAD]
    assert "tel:" not in browser.get("/bilan").text


def test_an_answer_that_is_refused_gets_the_words(app, kiosk, write, room):
    write(rooms.set_phase, room, "reflection")
    answer = app.test_client().post("/bilan", data={"surprise": BAD + " a" * 100})
    assert (answer.status_code, re.findall(r'href="tel:(\d+)"', answer.text)) == (422, FRANCE)


# -- whom to call -------------------------------------------------------------------------------------


def test_every_territory_of_the_schools_has_its_numbers():
    assert set(helplines.TERRITORIES) == {PARIS, *schools.ZONES.values()}
    for zone in helplines.TERRITORIES:
        found = helplines.lines(zone)
        assert found and all(line.tel.isdigit() and line.says for line in found)
    assert [line.tel for line in helplines.lines("Europe/Berlin")] == FRANCE
    assert helplines.lines("Pacific/Marquesas") == helplines.lines("Pacific/Tahiti")


@pytest.mark.parametrize("zone", ["Pacific/Noumea", "Pacific/Tahiti", "Pacific/Wallis"])
def test_no_number_that_nobody_says_reaches_the_pacific(zone):
    assert not {"3114", "3018", "112"} & {line.tel for line in helplines.lines(zone)}


def test_a_school_completes_them():
    with i18n.language("en"):
        written = ["Infirmerie, bâtiment B : 01 23 45 67 89", "La CPE, bureau 12", "SOS : +687 05 30 30"]
        own = helplines.lines(PARIS, written)
    assert [(line.number, line.tel, line.says) for line in own[:3]] == [
        ("01 23 45 67 89", "0123456789", "Infirmerie, bâtiment B"), ("", "", "La CPE, bureau 12"),
        ("+687 05 30 30", "+687053030", "SOS"),
    ]  # fmt: skip
    assert own[3].says.startswith("if you think of suicide")


def test_the_numbers_are_those_of_the_class(app, kiosk, write, room):
    configure(kiosk, school_zone="Pacific/Tahiti")
    assert told(Script(app).ask(text=BAD)[1]) == (["444767", "119", "15"], True)
    assert 'href="tel:444767"' in app.test_client().get("/donnees").text


def test_the_panel_shows_the_same_numbers(app, kiosk, write, room, teacher):
    configure(kiosk, help_lines=("Infirmerie : 01 23 45 67 89",))
    make_question(kiosk, room, "w", BAD, author="a")
    page = html.unescape(teacher.client.get("/prof").text)
    shown = page.partition('class="lines3"')[2].partition("</ul>")[0]
    assert re.findall(r"<b>([\d ]+)</b>", shown) == ["01 23 45 67 89", *FRANCE]
    assert "le 15." in page and BAD not in page


def test_new_words_of_the_teacher_do_not_change_what_a_pupil_reads(app, kiosk, write, room):
    """An ordinary question that a rewording set apart is an ordinary one for nobody."""
    make_question(kiosk, room, "q", "Une question ?", author="a")
    write(moderation.reword, room, "q", BAD)
    assert questions.supportable(room, "S1", "b") == []
    assert Question.get(Question.id == "q").worry == "unopened"
