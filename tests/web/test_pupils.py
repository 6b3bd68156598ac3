"""The pupils' pages over HTTP: what a phone without scripts lives, and what a script is answered."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import re
import threading
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from kiosk.app import create_app
from kiosk.domain import rooms, roomset
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import moderation, questions, reflections
from kiosk.ground.config import Settings
from kiosk.storage.models import Enrolment, Question, Session, Speaker

CORPUS = [
    "<script>alert('coucou')</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg onload=alert(1)>",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "javascript:alert(1)//' onfocus='alert(1)",
    '=HYPERLINK("http://x") & amp; &lt;b&gt;',
]


class Class:
    """A kiosk with one room and a session on, and phones."""

    def __init__(self, data_dir: Path, **settings: Any) -> None:
        self.app = create_app(Settings(data_dir=data_dir, engine="threading", host="127.0.0.1", **settings))
        self.kiosk: Kiosk = self.app.extensions["kiosk"]
        self.kiosk.writer.start()
        self.room_id = self.kiosk.write(self._prepare)

    @staticmethod
    def _prepare(tx: Any) -> str:
        for number, name in enumerate(("Sophie Le Goff", "Malik Benyahia", "Inès Carvalho"), 1):
            Speaker.insert(
                id=f"SP{number}", name=name, job_feminine="cheffe", job_masculine="chef", job_shown="feminine", path=[]
            ).execute()
        for session, speakers in (("S1", ["SP1"]), ("S3", ["SP1", "SP2", "SP3"])):
            Session.insert(
                id=session,
                title="Trois métiers du vivant",
                starts_at=tx.now + 300_000,
                duration_min=45,
                format="college-45",
                speakers=speakers,
            ).execute()
        room_id = rooms.add(tx, "Salle")
        rooms.choose_session(tx, room_id, "S1", class_label="4e B", headcount=26)
        return room_id

    def phone(self) -> FlaskClient:
        return self.app.test_client()

    def stored(self) -> list[tuple[str, str]]:
        self.kiosk.database.connect_reader()
        return [(row.text, row.status) for row in Question.select().order_by(Question.number)]

    def act(self, unit: Any, *args: Any, **values: Any) -> Any:
        return self.kiosk.write(lambda tx: unit(tx, self.room_id, *args, **values))


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[Class]:
    made = Class(tmp_path)
    yield made
    made.kiosk.writer.stop()
    made.kiosk.database.close()


def form_id(page: str) -> str:
    found = re.search(r'name="id" value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]


def ask(phone: FlaskClient, text: str, **fields: str) -> Any:
    if "id" not in fields:
        fields["id"] = form_id(phone.get("/").text)
    return phone.post("/questions", data={"text": text, **fields})


def only_id(classroom: Class) -> str:
    classroom.kiosk.database.connect_reader()
    return str(Question.get().id)


# -- ask -------------------------------------------------------------------------------------------


def test_the_whole_story_without_a_script(classroom: Class) -> None:
    phone = classroom.phone()
    answer = ask(phone, "Est-ce difficile de monter si haut ?", theme="metier")
    assert answer.status_code == 303
    receipt = phone.get(answer.location)
    assert "C’est reçu" in receipt.text and "difficile de monter si haut" in receipt.text
    question_id = only_id(classroom)

    assert "Une personne de la classe la relit." in phone.get("/mes-questions").text
    classroom.act(moderation.approve, question_id)
    assert "Elle est dans la liste." in phone.get("/mes-questions").text
    classroom.act(moderation.put_on_screen, question_id)
    assert "Votre question est à l’écran" in phone.get("/mes-questions").text
    assert "difficile de monter si haut" in classroom.phone().get("/").text  # À l’écran maintenant
    classroom.act(moderation.mark_asked, question_id)
    assert "Transmise à Sophie Le Goff" in phone.get("/mes-questions").text
    classroom.act(moderation.mark_answered, question_id)
    assert "Répondue" in phone.get("/mes-questions").text

    classroom.act(rooms.set_phase, "reflection")
    assert phone.get("/mes-questions").status_code == 303
    assert "Votre bilan en une minute" in phone.get("/").text
    assert phone.post("/bilan", data={"job": "Technicienne", "studies": "", "surprise": ""}).status_code == 303
    assert "Bilan reçu, merci" in phone.get("/bilan").text
    classroom.act(rooms.set_phase, "closed")
    over = phone.get("/").text
    assert "Merci" in over and "Sophie Le Goff" in over and "efface toutes les questions" in over


def test_a_form_written_for_one_session_is_not_kept_in_the_next(classroom: Class) -> None:
    """The session gives way while the form is on its way: after the page was read, before the question is written."""
    phone, busy, go = classroom.phone(), threading.Event(), threading.Event()
    page = phone.get("/").text
    written_for = re.search(r'name="session" value="([^"]*)"', page)
    assert written_for and written_for[1] == "S1"

    def change(tx: Any) -> None:
        busy.set()
        assert go.wait(5)
        rooms.choose_session(tx, classroom.room_id, "S3", class_label="3e A", headcount=24)

    changing = threading.Thread(target=lambda: classroom.kiosk.write(change))
    changing.start()
    assert busy.wait(5)
    threading.Timer(0.3, go.set).start()  # by then the form was read, and waits its turn to be written
    answer = phone.post("/questions", data={"id": form_id(page), "text": "Pour Sophie ?", "session": "S1"})
    changing.join()
    assert answer.status_code == 409 and "Votre texte est toujours là" in answer.text.replace("\u00a0", " ")
    assert classroom.stored() == []


def test_the_same_form_twice_is_one_question(classroom: Class) -> None:
    phone = classroom.phone()
    one = form_id(phone.get("/").text)
    for _again in range(3):
        assert ask(phone, "Combien de marches ?", id=one).status_code == 303
    assert classroom.stored() == [("Combien de marches ?", "pending")]


def test_other_words_under_the_same_form_are_another_question(classroom: Class) -> None:
    """A pupil who goes back in history, changes the text and sends again."""
    phone = classroom.phone()
    one = form_id(phone.get("/").text)
    ask(phone, "Combien de marches ?", id=one)
    assert ask(phone, "Combien de vis ?", id=one).status_code == 303
    assert [text for text, _status in classroom.stored()] == ["Combien de marches ?", "Combien de vis ?"]


@pytest.mark.parametrize("bad", ["", "a b", "x" * 65])
def test_a_damaged_form_id_still_sends(classroom: Class, bad: str) -> None:
    assert ask(classroom.phone(), "Et la peur ?", id=bad).status_code == 303
    assert len(classroom.stored()) == 1


def test_a_browser_without_cookies_still_gets_its_receipt(classroom: Class) -> None:
    phone = classroom.app.test_client(use_cookies=False)
    receipt = phone.get(ask(phone, "Sans témoin ?").location)
    assert "C’est reçu" in receipt.text and "Sans témoin" in receipt.text and "Retirer" not in receipt.text


def test_too_long_keeps_every_word(classroom: Class) -> None:
    text = "Pourquoi " + "é" * 240
    answer = ask(classroom.phone(), text)
    assert answer.status_code == 422
    assert text in html.unescape(answer.text) and 'aria-invalid="true"' in answer.text
    assert "249" in answer.text and "votre texte est toujours là" in answer.text
    assert classroom.stored() == []


def test_240_characters_are_counted_as_characters(classroom: Class) -> None:
    assert ask(classroom.phone(), "👩‍🔧"[0] * 240).status_code == 303


def test_empty_says_so(classroom: Class) -> None:
    answer = ask(classroom.phone(), " \n ")
    assert answer.status_code == 422 and 'role="alert"' in answer.text


@pytest.mark.parametrize("intake,words", [("paused", "en pause"), ("frozen", "La liste des questions est close")])
def test_intake_shut(classroom: Class, intake: str, words: str) -> None:
    phone = classroom.phone()
    one = form_id(phone.get("/").text)
    classroom.act(rooms.set_intake, intake)
    assert words in phone.get("/").text and "Envoyer</button>" not in phone.get("/").text
    answer = ask(phone, "Trop tard ?", id=one)
    assert answer.status_code == 409
    if intake == "paused":
        assert "Trop tard ?" in answer.text


def test_a_question_after_the_end_is_given_back(classroom: Class) -> None:
    phone = classroom.phone()
    one = form_id(phone.get("/").text)
    classroom.act(rooms.set_phase, "reflection")
    answer = ask(phone, "Et votre plus beau souvenir ?", id=one)
    assert answer.status_code == 409 and "Et votre plus beau souvenir" in answer.text


def test_a_question_for_a_session_that_has_given_way_is_given_back(classroom: Class) -> None:
    phone = classroom.phone()
    page = phone.get("/").text
    assert 'name="session" value="S1"' in page
    classroom.act(rooms.set_phase, "closed")
    classroom.kiosk.write(lambda tx: rooms.choose_session(tx, classroom.room_id, "S3", class_label="1re 3"))
    answer = ask(phone, "Pour la première ?", id=form_id(page), session="S1")
    assert answer.status_code == 409 and "Pour la première" in answer.text and classroom.stored() == []


def test_several_speakers_can_be_chosen(classroom: Class) -> None:
    assert 'name="speaker"' not in classroom.phone().get("/").text
    classroom.kiosk.write(lambda tx: rooms.choose_session(tx, classroom.room_id, "S3", class_label="1re 3"))
    phone = classroom.phone()
    page = phone.get("/").text
    assert "Aux trois" in page and "Sophie, Malik et Inès, 1re" in page
    assert ask(phone, "Et vous ?", speaker="SP3").status_code == 303
    assert ask(phone, "Et vous ?", speaker="nobody").status_code == 422
    assert Question.get().speaker_id == "SP3"


def test_a_title_of_any_length_leaves_the_page_its_place(classroom: Class) -> None:
    title = "Responsable qualité, hygiène, sécurité et environnement d’installations nucléaires de base, démantèlement"
    classroom.kiosk.write(lambda tx: Session.update(title=title).where(Session.id == "S3").execute())
    classroom.kiosk.write(lambda tx: rooms.choose_session(tx, classroom.room_id, "S3", class_label="1re 3"))
    page = classroom.phone().get("/").text
    assert "d’installations…</b>" in page and "démantèlement" not in page


def test_personal_data_is_taken_and_pointed_at(classroom: Class) -> None:
    phone = classroom.phone()
    answer = ask(phone, "Vous pouvez m’appeler au 06 12 34 56 78 ?")
    receipt = phone.get(answer.location).text
    assert "un numéro de téléphone" in receipt and "Retirer cette question" in receipt
    assert len(classroom.stored()) == 1


def test_json_acknowledgement_and_refusal(classroom: Class) -> None:
    phone, headers = classroom.phone(), {"Accept": "application/json"}
    phone.get("/")
    one = str(uuid.uuid4())
    for again in ({}, {"known": True}):
        answer = phone.post("/questions", data={"id": one, "text": "Et l’orage ?"}, headers=headers)
        told = {"ok": True, "question": {"id": one, "status": "pending"}, **again}
        assert (answer.status_code, answer.json) == (200, told)
    refused = phone.post("/questions", data={"id": one, "text": "x" * 241}, headers=headers)
    assert refused.status_code == 422 and refused.json is not None
    assert refused.json["ok"] is False and refused.json["error"]["code"] == "question_too_long"
    taken = phone.post("/questions", data={"id": one, "text": "Autre ?"}, headers=headers)
    assert taken.status_code == 409 and taken.json is not None and taken.json["error"]["code"] == "id_taken"
    as_json = phone.post("/questions", json={"id": str(uuid.uuid4()), "text": "En JSON ?"}, headers=headers)
    assert as_json.status_code == 200


def test_too_fast_keeps_the_text_and_a_retry_costs_nothing(tmp_path: Path) -> None:
    classroom = Class(tmp_path, limits_device_burst=2, limits_device_per_second=0.01)
    phone = classroom.phone()
    one = form_id(phone.get("/").text)
    for _again in range(5):
        assert ask(phone, "Un ?", id=one).status_code == 303
    assert ask(phone, "Deux ?").status_code == 303
    answer = ask(phone, "Trois ?")
    assert answer.status_code == 429 and "Trois ?" in answer.text
    assert ask(classroom.phone(), "Une autre élève ?").status_code == 303
    classroom.kiosk.writer.stop()
    classroom.kiosk.database.close()


def test_another_site_cannot_post(classroom: Class) -> None:
    answer = classroom.phone().post("/questions", data={"text": "?"}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


# -- follow ----------------------------------------------------------------------------------------


def test_withdraw_is_for_its_author_and_until_it_is_asked(classroom: Class) -> None:
    phone, other = classroom.phone(), classroom.phone()
    ask(phone, "Vous gagnez combien ?")
    other.get("/")
    question_id = only_id(classroom)
    assert other.post(f"/questions/{question_id}/retirer").status_code == 404
    assert "Vous gagnez combien" not in other.get("/mes-questions").text
    assert phone.post(f"/questions/{question_id}/retirer").status_code == 303
    assert "Pas encore de question" in phone.get("/mes-questions").text
    assert classroom.stored() == [("Vous gagnez combien ?", "withdrawn")]

    ask(phone, "Et la machine ?")
    second = Question.get(Question.status == "pending").id
    classroom.act(moderation.put_on_screen, second)
    classroom.act(moderation.mark_asked, second)
    assert phone.post(f"/questions/{second}/retirer").status_code == 303
    assert "Posée" in phone.get("/mes-questions").text


def test_set_aside_gives_a_reason_and_something_to_do(classroom: Class) -> None:
    phone = classroom.phone()
    ask(phone, "Vous gagnez combien ?")
    classroom.act(moderation.set_aside, only_id(classroom), "deja_posee")
    page = phone.get("/mes-questions").text
    assert "Mise de côté" in page and "La même question est déjà dans la liste." in page
    assert "Vous pouvez la soutenir." in page and 'href="/soutenir?salle=' in page


def test_a_closed_list_offers_nothing_that_it_would_refuse(classroom: Class) -> None:
    phone = classroom.phone()
    ask(phone, "Vous gagnez combien ?")
    classroom.act(moderation.set_aside, only_id(classroom), "deja_posee")
    classroom.act(rooms.set_intake, "frozen")
    page = phone.get("/mes-questions").text
    assert "La même question est déjà dans la liste." in page and "Vous pouvez la soutenir." not in page


def test_an_english_page_keeps_french_signs_on_their_line(classroom: Class) -> None:
    phone = classroom.phone()
    ask(phone, "Vous gagnez combien ?")
    assert "Vous gagnez combien\u00a0?" in phone.get("/mes-questions?lang=en").text


def test_regrouped_says_with_which_and_follows_it(classroom: Class) -> None:
    phone, other = classroom.phone(), classroom.phone()
    ask(phone, "Combien vous gagnez ?")
    child = only_id(classroom)
    ask(other, "Quel est votre salaire ?")
    keep = Question.get(Question.id != child).id
    classroom.act(moderation.merge, keep, [child])
    page = phone.get("/mes-questions").text
    assert "Regroupée" in page and "Vous aviez écrit" in page and "Quel est votre salaire" in page
    classroom.act(moderation.put_on_screen, keep)
    assert "Votre question est à l’écran" in phone.get("/mes-questions").text


def test_questions_ahead_are_counted(classroom: Class) -> None:
    for n in range(3):
        ask(classroom.phone(), f"Question {n} ?")
    phone = classroom.phone()
    ask(phone, "La mienne ?")
    assert "3 questions passent avant elle." in phone.get("/mes-questions").text


# -- support ---------------------------------------------------------------------------------------


def test_support_is_a_button_that_can_be_taken_back(classroom: Class) -> None:
    author, phone = classroom.phone(), classroom.phone()
    ask(author, "Y a-t-il beaucoup de femmes ?")
    question_id = only_id(classroom)
    assert "Pas encore de question à soutenir" in phone.get("/soutenir").text
    assert phone.post("/questions/1/soutenir", data={"on": "1"}).status_code == 303
    assert Question.get().support == 0  # not read over yet: nobody may back it
    classroom.act(moderation.approve, question_id)
    for _again in range(2):
        assert phone.post("/questions/1/soutenir", data={"on": "1"}).status_code == 303
    assert Question.get().support == 1
    assert "btn on" in phone.get("/soutenir").text and "La vôtre" in author.get("/soutenir").text
    assert phone.get("/soutenir/liste").json == [
        {
            "number": 1,
            "text": "Y a-t-il beaucoup de femmes ?",
            "theme": "",
            "support": 1,
            "mine": True,
        }
    ]
    phone.post("/questions/1/soutenir", data={"on": "0"})
    assert Question.get().support == 0
    classroom.act(rooms.set_intake, "frozen")
    phone.post("/questions/1/soutenir", data={"on": "1"})
    assert Question.get().support == 0 and "les voix ne changent plus" in phone.get("/soutenir").text


# -- the moments -----------------------------------------------------------------------------------


def test_no_session_announces_the_next_one(classroom: Class) -> None:
    classroom.act(rooms.set_fields, "session", session_id=None)
    page = classroom.phone().get("/").text
    assert "La séance commence dans" in page and 'role="timer"' in page and "<nav" not in page
    assert classroom.phone().get("/mes-questions").status_code == 303


def test_an_address_that_leads_nowhere_says_whose_page_it_is_and_leads_home(classroom: Class) -> None:
    """Without a script, and its mark small even when the stylesheet does not come."""
    answer = classroom.phone().get("/nimporte/quoi")
    assert answer.status_code == 404 and "<script" not in answer.text
    assert 'class="mark" width="28" height="34"' in answer.text and 'href="/"' in answer.text
    assert 'name="color-scheme" content="light dark"' in answer.text


def test_a_session_cancelled_or_of_other_schools_is_not_announced(classroom: Class) -> None:
    change = classroom.kiosk.write

    def page() -> str:
        return str(classroom.phone().get("/").text)

    classroom.act(rooms.set_fields, "session", session_id=None)
    change(lambda tx: Session.update(status="cancelled").execute())
    assert "La séance commence dans" not in page() and "Pas encore de séance" in page()
    change(lambda tx: Session.update(status="planned").execute())
    change(lambda tx: Session.update(starts_at=Session.starts_at + 7_200_000).where(Session.id == "S3").execute())
    assert "La séance commence dans" in page()
    change(lambda tx: Enrolment.insert(id="E", session_id="S3", label="4e B", state="confirmed").execute())
    assert "La séance commence dans" not in page() and "Trois métiers du vivant" in page()
    classroom.kiosk.clock.correct(1_704_078_720_000, "system")
    assert "Trois métiers" not in page() and "Pas encore de séance" in page()


@pytest.mark.parametrize("phase", ["lobby", "countdown", "talk", "questions"])
def test_the_form_is_open_from_the_lobby_to_the_end_of_the_questions(classroom: Class, phase: str) -> None:
    classroom.act(rooms.set_phase, phase)
    assert ask(classroom.phone(), "Ouvert ?").status_code == 303


def test_reflection_can_be_corrected_and_too_long_is_kept(classroom: Class) -> None:
    classroom.act(rooms.set_phase, "reflection")
    phone = classroom.phone()
    phone.post("/bilan", data={"job": "Grutière", "studies": "CAP", "surprise": ""})
    assert 'value="Grutière"' in phone.get("/bilan?corriger=1").text
    phone.post("/bilan", data={"job": "Grutière", "studies": "Bac pro", "surprise": "La hauteur"})
    held = reflections.listed(classroom.room_id, "S1")
    assert [(r.job, r.studies, r.surprise) for r in held] == [("Grutière", "Bac pro", "La hauteur")]
    answer = phone.post("/bilan", data={"job": "x" * 130, "studies": "", "surprise": ""})
    assert answer.status_code == 422 and "x" * 130 in answer.text


def test_forgetting_leaves_nothing_of_mine(classroom: Class) -> None:
    phone = classroom.phone()
    ask(phone, "À moi ?")
    classroom.act(rooms.set_phase, "closed")
    assert "De vous" in phone.get("/").text
    assert phone.post("/oublier").status_code == 303
    assert "De vous" not in phone.get("/?efface=1").text


def test_rooms_are_found_by_code(classroom: Class) -> None:
    second = classroom.kiosk.write(lambda tx: rooms.add(tx, "Salle 2"))
    code = rooms.view(classroom.room_id).code
    phone = classroom.phone()
    classroom.kiosk.write(lambda tx: roomset.set_plain_address(tx, rooms.ASK))
    assert "Le code de votre salle" in phone.get("/").text
    assert phone.get("/?salle=ZZZ9").status_code == 404
    assert phone.get(f"/{code.lower()}").location == f"/?salle={code}"
    assert f'action="/questions?salle={code}"' in phone.get(f"/?salle={code}").text
    assert phone.get("/wp-admin").status_code == 404
    assert rooms.view(second).session is None


def test_english_all_through(classroom: Class) -> None:
    phone = classroom.phone()
    page = phone.get("/?lang=en").text
    assert '<html lang="en">' in page and "Your question" in page and 'href="/mes-questions?salle=' in page
    answer = phone.post("/questions?lang=en", data={"text": "Do you work alone?", "id": form_id(page)})
    assert "lang=en" in answer.location and "Received" in phone.get(answer.location).text


# -- safety and weight -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", CORPUS)
def test_pupils_words_are_text_everywhere(classroom: Class, text: str) -> None:
    phone, other = classroom.phone(), classroom.phone()
    answer = ask(phone, text)
    question_id = only_id(classroom)
    pages = [phone.get(answer.location).text, phone.get("/mes-questions").text]
    classroom.act(moderation.approve, question_id)
    pages.append(other.get("/soutenir").text)
    classroom.act(moderation.put_on_screen, question_id)
    pages += [other.get("/").text, ask(phone, text + "x" * 240).text]
    for page in pages:
        seen = Seen()
        seen.feed(page)
        assert seen.tags.count("script") == 1 and "img" not in seen.tags
        assert [name for name in seen.attributes if name.startswith("on")] == []
        assert text.split()[0] in seen.text


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_one_inline_style_is_allowed_by_its_hash_alone(classroom: Class) -> None:
    answer = classroom.phone().get("/")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src 'self' 'sha256-{digest}'" in policy and "unsafe" not in policy
    assert not re.search(r"\sstyle=|\son[a-z]+=", answer.text)


def test_the_page_with_the_form_weighs_little(classroom: Class) -> None:
    answer = classroom.phone().get("/", headers={"Accept-Encoding": "gzip, deflate"})
    assert answer.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in answer.headers["Vary"]
    assert "Votre question" in gzip.decompress(answer.data).decode()
    assert len(answer.data) <= 5_500
    plain = classroom.phone().get("/")
    assert "Content-Encoding" not in plain.headers


def test_the_style_copies_the_shared_tokens_faithfully() -> None:
    folder = Path(__file__).parents[2] / "static" / "css"

    def tokens(sheet: str) -> dict[str, str]:
        text = (folder / sheet).read_text(encoding="utf-8").split("[data-theme")[0].split("@media")[0]
        found = {name: value.strip() for name, value in re.findall(r"(--[\w-]+):\s*([^;}]+)", text)}
        return {name: re.sub(r"var\((--[\w-]+)\)", lambda m: found[m[1]], value) for name, value in found.items()}

    shared, own = tokens("tokens.css"), tokens("phone.css")
    common = shared.keys() & own.keys()
    assert len(common) > 15
    assert {name: shared[name] for name in common} == {name: own[name] for name in common}


def test_the_privacy_page_tells_the_date_and_whom_to_call(classroom: Class) -> None:
    phone = classroom.phone()
    assert "7 jours après la fin" in phone.get("/donnees").text.replace("\u00a0", " ")
    classroom.act(rooms.set_phase, "closed")
    page = phone.get("/donnees").text
    assert "Tout est effacé le" in page and "3018" in page
    assert "Accessibilité : partiellement conforme" in phone.get("/").text.replace("\u00a0", " ")
    assert phone.get("/accessibilite").status_code == 200
    assert questions.MAX_LENGTH == 240


def test_a_phone_stays_in_its_room_when_another_opens(classroom: Class) -> None:
    early, late = classroom.phone(), classroom.phone()
    early.get("/")
    other = rooms.view(classroom.kiosk.write(lambda tx: rooms.add(tx, "Salle 2"))).code
    code = rooms.view(classroom.room_id).code
    for plain, there in ((code, code), (other, other), (rooms.ASK, code)):  # asked which: where it was
        classroom.kiosk.write(lambda tx: roomset.set_plain_address(tx, plain))
        assert FlaskClient(early.application).get("/").headers.get("Location") == (
            None if plain == rooms.ASK else f"/?salle={there}"
        )
    assert early.get("/").request.args["salle"] == code
    assert early.get(f"/?salle={code}").status_code == 200
    assert f"salle={code}" in early.get("/mes-questions").get_data(as_text=True)
    assert "code" in late.get("/").get_data(as_text=True) and "Location" not in late.get("/").headers
    assert early.get("/?salle=ZZZ9").status_code == 404


ALOUD = "Vous pouvez la poser vous-même, face à la caméra"


def test_the_author_of_the_question_on_screen_may_ask_it(classroom: Class) -> None:
    phone, other = classroom.phone(), classroom.phone()
    ask(phone, "Qui vous a appris le métier ?")
    question_id = only_id(classroom)
    assert ALOUD not in phone.get("/mes-questions").text
    classroom.act(moderation.put_on_screen, question_id)
    assert f"{ALOUD} ; sinon votre professeur la lit." in phone.get("/mes-questions").text.replace("\u202f", " ")
    assert ALOUD not in other.get("/mes-questions").text + other.get("/").text
    classroom.act(moderation.mark_asked, question_id)
    assert ALOUD not in phone.get("/mes-questions").text


@pytest.mark.parametrize(
    "text", ["Vous êtes con ou quoi ?", "Je m’appelle Jade Martin, et vous ?", "C’est mon 06 12 34 56 78 ?"]
)
def test_never_for_a_flagged_question_nor_on_a_device_that_goes_round(classroom: Class, text: str) -> None:
    phone = classroom.phone()
    ask(phone, text)
    question_id = only_id(classroom)
    classroom.act(moderation.reword, question_id, text="Comment fait-on pour devenir comme vous ?")
    classroom.act(moderation.put_on_screen, question_id)
    page = phone.get("/mes-questions").text
    assert "Votre question est à l’écran" in page and ALOUD not in page
