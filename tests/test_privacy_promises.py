"""``docs/vie-privee.md``, sentence after sentence: each one that promises something has its trial here, with the clock
moved where time is part of it. A sentence that nobody tries makes :func:`test_every_sentence_has_its_trial` fail.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from factories import Teacher, make_class, make_question, make_room, make_session, settle
from kiosk.contract.themes import THEMES
from kiosk.domain import askedthemes, meetings, outbox, retention, rooms, souvenirs, stored
from kiosk.domain.care import worries
from kiosk.domain.lesson import lessons
from kiosk.domain.people import known
from kiosk.domain.people.entrance import KEY, Entrance
from kiosk.domain.questions import answers, moderation, open_questions, preparation, questions, reflections
from kiosk.ground.errors import KioskError
from kiosk.ops import exports, keeping, serving
from kiosk.storage import backups
from kiosk.storage.models import (
    TABLES,
    Answer,
    AnswerLine,
    KnownDevice,
    Lesson,
    Meeting,
    Operation,
    Question,
    Reflection,
    Room,
    Session,
    Souvenir,
    Support,
)
from kiosk.storage.writer import Transaction

PAGE = Path(__file__).resolve().parents[1] / "docs/vie-privee.md"
DAY, HOUR = 86_400_000, 3_600_000
SECRET = "Pourquoi ma cousine Zoé pleure"
DEVICE = "appareilsecret0123456789"

Trial = Callable[["Class"], None]
PROMISES: list[tuple[str, Trial]] = []


def promise(words: str) -> Callable[[Trial], Trial]:
    """Register the trial of the sentence of the page that has these words."""

    def keep(trial: Trial) -> Trial:
        PROMISES.append((words, trial))
        return trial

    return keep


class Class:
    """A kiosk with a class that asks, and its clock."""

    def __init__(self, kiosk: Any, app: Any, teacher: Any, phone: Any, room: str) -> None:
        self.kiosk, self.app, self.teacher, self.phone, self.room = kiosk, app, teacher, phone, room
        self.keeper = keeping.Keeper(kiosk)

    def write(self, function: Any, *args: Any, **values: Any) -> Any:
        return self.kiosk.write(lambda tx: function(tx, *args, **values))

    def configure(self, **values: Any) -> None:
        """Change what the configuration says."""
        self.kiosk.settings = dataclasses.replace(self.kiosk.settings, **values)

    def lesson(self) -> None:
        """A session with all that a pupil can leave, in the phase of the reflection."""
        self.write(rooms.set_phase, self.room, "questions")
        for number in range(4):
            make_question(self.kiosk, self.room, f"q{number}", f"{SECRET} {number} ?", after=moderation.approve)
        self.write(moderation.reword, self.room, "q2", f"{SECRET}, autrement ?")
        self.kiosk.write(lambda tx: Support.insert(question_id="q1", device=DEVICE).execute())
        self.write(rooms.set_phase, self.room, "reflection")
        self.write(reflections.submit, self.room, DEVICE, surprise=SECRET, job="infirmière")
        backups.make(self.kiosk.database.path, self.kiosk.clock.now())
        (self.kiosk.settings.data_dir / "kiosk-damaged-20261124T060000.sqlite3").write_text(SECRET)

    def later(self, milliseconds: int) -> None:
        """Time passes, and the kiosk looks at what is due."""
        self.kiosk.clock._anchor_ms += milliseconds
        serving.purge(self.kiosk, self.keeper)
        self.keeper._tried -= keeping.AGAIN
        self.keeper.look()
        self.kiosk.database.connect_reader()

    def traces(self) -> set[str]:
        """Files of the data folder in whose bytes there is a word or a device of the class."""
        words = (SECRET.encode(), DEVICE.encode())
        files = [file for file in self.kiosk.settings.data_dir.rglob("*") if file.is_file()]
        return {file.name for file in files if any(word in file.read_bytes() for word in words)}

    def left(self) -> list[int]:
        return [table.select().count() for table in (Question, Support, Reflection)]

    def operations(self, kind: str) -> list[Any]:
        return list(Operation.select().where(Operation.type == kind))


@pytest.fixture
def one(kiosk, app, teacher, phone, room):
    return Class(kiosk, app, teacher, phone, room)


# -- En une phrase


@promise("Le kiosque ne demande ni nom, ni compte, ni adresse")
def nothing_is_asked(one: Class) -> None:
    asked = set()
    one.write(rooms.set_phase, one.room, "questions")
    browser = one.app.test_client()
    for path in ("/", "/mes-questions", "/soutenir"):
        asked |= set(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', browser.get(path).text))
    one.write(rooms.set_phase, one.room, "reflection")
    asked |= set(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', browser.get("/").text))
    assert asked and not [name for name in asked if re.search("nom|name|mail|compte|login|pseudo|tel|adresse", name)]
    one.lesson()
    assert one.operations("question.asked") == [] and one.operations("reflection.summary") == []
    one.write(retention.wipe, one.room)
    one.later(60_000)
    assert one.traces() == set() and one.left() == [0, 0, 0]


# -- Ce qui est gardé


@promise("Texte des questions, thème, voix")
def questions_stay_seven_days(one: Class) -> None:
    one.lesson()
    one.write(rooms.set_phase, one.room, "closed", retention_days=one.kiosk.settings.retention_days)
    one.later(7 * DAY - HOUR)
    assert one.left() == [4, 1, 1]
    one.later(2 * HOUR)
    assert one.left() == [0, 0, 0] and one.traces() == set()
    assert one.operations("question.asked") == []
    make_session(one.kiosk, "S2")
    one.write(rooms.choose_session, one.room, "S2")
    one.configure(sync_share_asked=True)
    make_question(one.kiosk, one.room, "asked", after=moderation.approve)
    one.write(moderation.mark_asked, one.room, "asked")
    assert [row.body["question_id"] for row in one.operations("question.asked")] == ["asked"]


@promise("Numéro du groupe écrit sur un billet")
def a_group_s_number_goes_when_the_session_closes(one: Class) -> None:
    one.write(lessons.begin, one.room)
    one.write(lessons.add_slip, one.room, lessons.Slip("Que faites-vous ?", group=7))
    row = Question.get(Question.text == "Que faites-vous ?")
    assert Lesson.get().slips == {row.id: 7}
    assert 7 not in [value for name, value in row.__data__.items() if name not in ("number", "position")]
    one.write(rooms.set_phase, one.room, "closed")
    assert Lesson.select().count() == 0 and one.operations("question.prepared") == []


@promise("Lignes de réponse")
def lines_of_answer_go_with_their_questions(one: Class) -> None:
    one.lesson()
    one.write(moderation.mark_asked, one.room, "q1")
    one.write(answers.propose, one.room, "q1", f"{SECRET}, dit-elle", DEVICE)
    assert SECRET not in one.app.test_client().get("/soutenir").text
    one.write(rooms.set_phase, one.room, "closed")
    one.later(7 * DAY - HOUR)
    assert AnswerLine.select().count() == 1
    one.later(2 * HOUR)
    assert AnswerLine.select().count() == 0 and one.traces() == set()


@promise("Souvenir d’une séance")
def a_souvenir_is_kept_when_chosen_until_its_date(one: Class) -> None:
    one.lesson()
    one.write(moderation.mark_asked, one.room, "q1")
    one.write(rooms.set_phase, one.room, "closed")
    page = souvenirs.page_of(rooms.view(one.room), one.kiosk.clock.now())
    assert DEVICE not in json.dumps(page) and page["asked"] == 0
    one.write(souvenirs.keep, one.room, page, one.kiosk.clock.now() + 20 * DAY)
    one.write(retention.wipe, one.room)
    one.later(60_000)
    assert one.traces() and one.left() == [0, 0, 0]
    assert all(DEVICE.encode() not in file.read_bytes() for file in one.kiosk.settings.data_dir.rglob("*.sqlite3"))
    one.later(20 * DAY)
    assert Souvenir.select().count() == 0 and one.traces() == set()
    with pytest.raises(KioskError):
        one.write(souvenirs.keep, one.room, page, one.kiosk.clock.now() + 401 * DAY)


@promise("Réponses du bilan")
def answers_leave_as_numbers_from_five_on(one: Class) -> None:
    one.configure(sync_share_reflection=True)
    one.write(rooms.set_phase, one.room, "reflection")
    for number in range(6):
        one.write(reflections.submit, one.room, f"e{number}", job="oui" if number < 5 else SECRET, surprise=SECRET)
    one.write(rooms.set_phase, one.room, "closed")
    for row in one.operations("reflection.summary"):
        assert SECRET not in json.dumps(row.body, ensure_ascii=False)
        counts = [value for value in json.dumps(row.body).replace("}", ",").split(",") if ": " in value]
        numbers = [int(found) for value in counts for found in re.findall(r": (\d+)\b", value)]
        assert all(number == 0 or number >= 5 for number in numbers if number < 100)
    one.later(8 * DAY)
    assert one.left() == [0, 0, 0]


@promise("Questions à transmettre à la personne invitée")
def a_chosen_question_waits_to_leave_and_no_other(one: Class) -> None:
    one.write(rooms.set_phase, one.room, "questions")
    text = "Avez-vous eu froid dans la nacelle du moulin ?"
    for id in ("chosen", "other"):
        make_question(one.kiosk, one.room, id, text, after=moderation.approve)
    session = rooms.view(one.room).session
    assert session is not None
    one.write(lambda tx: open_questions.send(tx, one.room, session, ["chosen"]))
    assert [row.subject for row in one.operations("question.open")] == ["chosen"]
    assert not {"author", "device", "name"} & set(one.operations("question.open")[0].body)
    one.write(rooms.set_phase, one.room, "closed", retention_days=7)
    one.later(8 * DAY)
    assert [row.body["text"] for row in one.operations("question.open")] == [text] and Question.select().count() == 0
    one.later(31 * DAY)
    assert [row.body for row in one.operations("question.open")] == [{}]
    files = [file for file in one.kiosk.settings.data_dir.rglob("*") if file.is_file()]
    assert not [file.name for file in files if text.encode() in file.read_bytes()]


@promise("Réponses écrites de la personne invitée")
def a_written_answer_goes_in_sixty_days(one: Class) -> None:
    def unit(tx: Transaction) -> None:
        of = {"question_id": "q", "session_id": "S1", "question": SECRET, "text": "Oui."}
        Answer.insert(id="q", rev=1, answered_at=tx.now, came_at=tx.now, **of).execute()

    one.kiosk.write(unit)
    one.later(59 * DAY)
    assert [row.question for row in Answer.select()] == [SECRET]
    one.later(2 * DAY)
    assert [row.question for row in Answer.select()] == [""] and one.traces() == set()


@promise("Numéro tiré au hasard, propre à un appareil et à une séance")
def a_device_is_a_number_of_one_session(one: Class) -> None:
    browser = one.app.test_client()
    answer = browser.get("/")
    (cookie,) = [value for name, value in answer.headers if name == "Set-Cookie" and "kiosk" in value]
    assert "Max-Age=43200" in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    one.write(rooms.set_phase, one.room, "questions")
    csrf = {"id": "5f0c1d62-0000-4000-8000-000000000001", "text": "Une question ?", "theme": "metier"}
    assert browser.post("/questions", json=csrf, headers={"Accept": "application/json"}).status_code == 200
    settle(one.kiosk)
    files = [file.read_bytes() for file in one.kiosk.settings.data_dir.rglob("*") if file.is_file()]
    assert not any(token.encode() in data for data in files)
    author = Question.get(Question.id == csrf["id"]).author
    assert author and author != token
    one.write(rooms.set_phase, one.room, "closed")
    one.later(8 * DAY)
    assert not any(
        author.encode() in file.read_bytes() for file in one.kiosk.settings.data_dir.rglob("*") if file.is_file()
    )


@promise("Marque d’un appareil où le code")
def a_teacher_s_device_is_known_for_thirty_days(one: Class) -> None:
    assert one.teacher.token.encode() not in b"".join(
        file.read_bytes() for file in one.kiosk.settings.data_dir.rglob("*") if file.is_file()
    )
    assert KnownDevice.select().count() == 1
    one.later(29 * DAY)
    one.kiosk.write(known.trim)
    assert KnownDevice.select().count() == 1
    one.later(2 * DAY)
    one.kiosk.write(known.trim)
    assert KnownDevice.select().count() == 0


@promise("l’empreinte d’un appareil qui a donné un code faux")
def who_guesses_or_knocks_is_a_hash_for_an_hour(one: Class) -> None:
    entrance = Entrance(one.kiosk.write, one.kiosk.clock, one.kiosk.secrets.key)
    entrance.guesses.attempt(DEVICE, "10.0.0.66")
    entrance.guesses.missed(DEVICE, "10.0.0.66")
    entrance.knocks.knock(DEVICE, "10.0.0.66", entrance.guesses.misses_of)
    held = json.dumps(stored.get(KEY))
    assert held.count(entrance.named(DEVICE)) == 2 and DEVICE not in held and "10.0.0.66" not in held
    one.later(2 * HOUR)
    entrance.look()
    entrance.tidy()
    assert stored.get(KEY) is None


@promise("Questions pas encore envoyées")
def unsent_questions_are_the_phone_s(one: Class) -> None:
    """The browser's own trial is tests/browser/test_phone.py; the server has no place for them."""
    assert not [table for table in TABLES if table._meta.table_name in ("draft", "unsent")]


@promise("Qu’une séance a eu lieu")
def the_year_keeps_numbers(one: Class) -> None:
    one.lesson()
    one.write(rooms.set_phase, one.room, "closed")
    one.write(retention.wipe, one.room)
    one.later(60_000)
    found: Any = Meeting.select().dicts()  # peewee's types still say rows of the class
    (met,) = found
    assert one.traces() == set() and (met["received"], met["label"]) == (4, "4e B")
    assert not [name for name in met if re.search("author|device|text|question|name", name)]
    one.later(5 * 366 * DAY)
    one.kiosk.write(meetings.forget_old)
    assert Meeting.select().count() == 0


@promise("Combien de questions posées par thème")
def the_year_s_themes_are_sums(one: Class) -> None:
    """That no small number is found is tests/domain/test_askedthemes.py."""
    one.lesson()
    for id in ("q0", "q1"):
        one.write(moderation.mark_answered, one.room, id)
    one.write(rooms.set_phase, one.room, "closed")
    assert stored.get(askedthemes.KEY) is None
    one.write(retention.wipe, one.room)
    one.later(60_000)
    (held,) = stored.get(askedthemes.KEY).values()
    assert (held["talks"], sum(held["counts"].values()), held["told"]) == (1, 2, {})
    assert set(held["counts"]) <= set(THEMES.codes()) and one.traces() == set()
    one.later(5 * 366 * DAY)
    one.kiosk.write(askedthemes.forget_old)
    assert stored.get(askedthemes.KEY) == {}


@promise("Nom de la classe, effectif, horaires")
def the_class_stays(one: Class) -> None:
    make_class(one.kiosk, "S1", "4e B", 26)
    one.lesson()
    one.write(rooms.set_phase, one.room, "closed")
    one.later(30 * DAY)
    with closing(sqlite3.connect(one.kiosk.database.path)) as base:
        assert base.execute("SELECT label, headcount FROM enrolment").fetchall() == [("4e B", 26)]


@promise("Adresse électronique de contact")
def the_contact_stays_with_the_enrolment(one: Class) -> None:
    make_class(one.kiosk, "S1", "4e B", contact_email="cdi@exemple.fr")
    one.lesson()
    one.write(rooms.set_phase, one.room, "closed")
    one.later(30 * DAY)
    with closing(sqlite3.connect(one.kiosk.database.path)) as base:
        assert base.execute("SELECT contact_email FROM enrolment").fetchall() == [("cdi@exemple.fr",)]


@promise("Une séance que personne n’a terminée")
def a_session_nobody_closed_is_over(one: Class) -> None:
    one.lesson()  # planned in ten minutes, for three quarters of an hour
    one.later(3 * HOUR)
    assert Room.get(Room.id == one.room).phase == "reflection"
    one.later(2 * HOUR)
    assert Room.get(Room.id == one.room).phase == "closed"
    one.later(7 * DAY - 5 * HOUR)
    assert one.left() == [4, 1, 1]
    one.later(5 * HOUR)
    assert one.left() == [0, 0, 0] and one.traces() == set()


@promise("Les questions préparées d’une séance passée")
def prepared_questions_go_with_the_others(one: Class) -> None:
    make_session(one.kiosk, "S2", starts_in_ms=20 * DAY)
    other = make_room(one.kiosk, "B", session_id="S2")
    one.write(preparation.add, other, f"{SECRET}, plus tard ?")
    one.write(rooms.choose_session, other, "S1")
    one.later(20 * DAY)
    assert Question.select().where(Question.session_id == "S2").count() == 1
    one.later(8 * DAY)
    assert one.left()[0] == 0 and one.traces() == set()


@promise("plus aucun fichier du dossier du kiosque ne contient ces mots")
def a_minute_later_no_file_has_the_words(one: Class) -> None:
    one.lesson()
    assert len(one.traces()) >= 3
    one.teacher.post("/prof/salle/effacer", compris="1", nonlu="1")
    one.later(60_000)
    assert one.traces() == set() and len(backups.whole(one.kiosk.database.path)) == 1


@promise("Si le disque l’empêche, le kiosque le retient")
def what_the_disk_kept_is_tried_again(one: Class) -> None:
    one.lesson()
    real, backups.copy = backups.copy, _refuses
    try:
        one.write(retention.wipe, one.room)
        one.later(60_000)
        assert one.traces() and stored.get(retention.FORGET)
    finally:
        backups.copy = real
    one.keeper = keeping.Keeper(one.kiosk)  # a restart's
    one.later(60_000)
    assert one.traces() == set() and stored.get(retention.FORGET) is None


def _refuses(database: Path, target: Path) -> None:
    raise sqlite3.OperationalError("disk I/O error")


@promise("Une sauvegarde faite par une personne")
def a_person_s_backup_is_theirs(one: Class) -> None:
    one.lesson()
    saved = one.kiosk.settings.data_dir.parent / "sauvegarde.sqlite3"
    backups.copy(one.kiosk.database.path, saved)
    one.write(retention.wipe, one.room)
    one.later(60_000)
    assert SECRET.encode() in saved.read_bytes()


# -- Ce qui n’est jamais gardé


@promise("modèles d’appareils, noms de navigateurs")
def nothing_of_the_device_is_kept(one: Class) -> None:
    headers = {"User-Agent": "NavigateurSecret/77", "X-Forwarded-For": "203.0.113.77"}
    one.write(rooms.set_phase, one.room, "questions")
    browser = one.app.test_client()
    browser.get("/", headers=headers)
    question = {"id": "5f0c1d62-0000-4000-8000-000000000002", "text": "Une question ?", "theme": "metier"}
    browser.post("/questions", json=question, headers=headers)
    settle(one.kiosk)
    for file in one.kiosk.settings.data_dir.rglob("*"):
        assert not file.is_file() or not re.search(rb"NavigateurSecret|203\.0\.113\.77", file.read_bytes()), file.name


@promise("Aucun outil de mesure d’audience")
def nothing_from_elsewhere(one: Class) -> None:
    for path in ("/", "/mes-questions", "/donnees", "/ecran", "/prof"):
        answer = one.teacher.client.get(path)
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text), path


@promise("Le journal technique ne contient ni texte d’élève")
def the_journal_is_mute(one: Class) -> None:
    """Every way in is tried by tests/fuzz/test_journal_seen.py."""
    one.lesson()
    logs = one.kiosk.settings.data_dir / "logs"
    assert not [file for file in logs.glob("*") if SECRET.encode() in file.read_bytes()]


@promise("Rien n’est enregistré de la visioconférence")
def the_meeting_is_only_a_link(one: Class) -> None:
    fields = set(Session._meta.fields)
    assert "meeting_url" in fields and not fields & {"recording", "audio", "video", "transcript"}


@promise("Le contrat d’échange avec le centre interdit tout champ personnel d’élève")
def no_personal_field_can_be_built(one: Class) -> None:
    from kiosk import contract

    names = {name for shape in contract.OPERATIONS.values() for name in shape.__struct_fields__}
    assert names and not [name for name in names if re.search("author|device|pupil|student|first_name|ip$", name)]


@promise("Une question où l’on reconnaît une donnée personnelle")
def a_personal_text_is_held(one: Class) -> None:
    one.configure(sync_share_asked=True)
    one.write(rooms.set_phase, one.room, "questions")
    text = "Mon numéro est le 06 39 98 12 34, vous me rappelez ?"
    make_question(one.kiosk, one.room, "n", text, after=moderation.approve)
    one.write(moderation.mark_asked, one.room, "n")
    assert [row.state for row in one.operations("question.asked")] in (["held"], [])
    assert "n" not in [row.subject for row in outbox.due(one.kiosk.clock.now() + DAY)]


# -- Les droits des élèves


@promise("**Information**")
def the_page_says_the_date(one: Class) -> None:
    browser = one.app.test_client()
    assert "7 jours" in re.sub(r"\s", " ", browser.get("/donnees").text)
    one.lesson()
    one.write(rooms.set_phase, one.room, "closed")
    assert "Tout est effacé le" in browser.get("/donnees").text


@promise("**Retrait**")
def a_question_can_be_withdrawn_until_it_is_asked(one: Class) -> None:
    one.write(rooms.set_phase, one.room, "questions")
    make_question(one.kiosk, one.room, "mine", after=moderation.approve)
    make_question(one.kiosk, one.room, "asked", after=moderation.approve)
    one.write(moderation.mark_asked, one.room, "asked")
    one.write(questions.withdraw, one.room, "mine", "eleve-1")
    with pytest.raises(KioskError):
        one.write(questions.withdraw, one.room, "asked", "eleve-1")


@promise("**Accès, effacement**")
def nobody_is_attached_to_a_question(one: Class) -> None:
    names = {name for table in (Question, Support, Reflection) for name in table._meta.fields}
    assert not [name for name in names if re.search("name|mail|address|pupil|agent", name)]


@promise("**Texte blessant**")
def a_hurtful_text_waits(one: Class) -> None:
    one.write(rooms.set_phase, one.room, "questions")
    make_question(one.kiosk, one.room, "rude", "T’es qu’une grosse conne, non ?")
    assert Question.get(Question.id == "rude").status == "pending"


@promise("Les numéros d’aide sont indiqués sur la page.")
def the_number_is_on_the_page(one: Class) -> None:
    assert "3018" in one.app.test_client().get("/donnees").text


# -- Quand un message inquiète

WORRY = "J’ai envie de mourir, Zoé le sait"


def worried(one: Class) -> Any:
    """A browser that has just written a worrying text; what it was answered is its ``told``."""
    one.write(rooms.set_phase, one.room, "questions")
    browser = one.app.test_client()
    browser.get("/")
    sent = {"id": "inquiet", "text": WORRY, "theme": "", "speaker": "", "session": ""}
    browser.told = browser.post("/questions", json=sent, headers={"Accept": "application/json"})
    return browser


@promise("**Message inquiétant**")
def a_worrying_text_is_kept_apart(one: Class) -> None:
    worried(one)
    assert Question.get(Question.id == "inquiet").worry == "unopened"


@promise("Le kiosque compare chaque texte à des tournures")
def it_is_compared_here_and_nobody_is_named(one: Class) -> None:
    worried(one)
    assert one.operations("question.prepared") == [] and one.operations("question.asked") == []
    assert "author" not in {field.name for field in dataclasses.fields(questions.one(one.room, "inquiet"))}


@promise("**Qui le voit**")
def an_adult_and_its_author_see_it(one: Class) -> None:
    browser = worried(one)
    assert "Un message qui inquiète" in one.teacher.client.get("/prof").text
    assert "Zoé" in browser.get("/mes-questions").text


@promise("Ni la classe, ni l’écran, ni une personne invitée à relire, ni le centre.")
def nobody_else_sees_it(one: Class) -> None:
    worried(one)
    other, reader = one.app.test_client(), Teacher(one.app).invited(one.room)
    pages = [other.get("/soutenir").text, other.get("/soutenir/liste").text, other.get("/ecran/fragment").text]
    pages += [reader.client.get("/prof").text, reader.client.get("/prof/fragment/live").text]
    assert not [page for page in pages if "Zoé" in page or "inquiète" in page]
    assert list(Operation.select()) == []


@promise("Il n’est dans aucun compte, aucun export")
def it_is_in_no_count_and_no_file(one: Class) -> None:
    worried(one)
    counts = questions.counts(one.room, "S1")
    assert counts.received == counts.pending == 0
    assert "Zoé" not in json.dumps(exports.questions(), ensure_ascii=False, default=str)


@promise("**Ce que lit l’élève**")
def its_author_reads_calm_words_and_numbers(one: Class) -> None:
    one.configure(help_lines=("Infirmerie : 01 23 45 67 89",))
    care = worried(one).told.get_json()["care"]
    words = json.dumps(care, ensure_ascii=False)
    assert words.index("Infirmerie") < words.index("3114")


@promise("Le texte n’est pas répété.")
def its_text_is_not_said_again(one: Class) -> None:
    assert "Zoé" not in worried(one).told.get_data(as_text=True)


@promise("Sur un appareil partagé")
def a_shared_device_keeps_nothing_on_its_page(one: Class) -> None:
    one.write(rooms.set_preference, one.room, "phones", False)
    browser = worried(one)
    assert "3114" in browser.told.get_data(as_text=True)
    assert not {"Zoé", "3114"} & set(re.findall(r"Zoé|3114", browser.get("/mes-questions").text))


@promise("**Texte refusé**")
def a_refused_text_has_the_same_words_and_leaves_nothing(one: Class) -> None:
    one.write(rooms.set_phase, one.room, "questions")
    one.write(rooms.set_intake, one.room, "frozen")
    for text in (WORRY, WORRY + " et" * 400):
        sent = {"id": "refuse", "text": text}
        told = one.app.test_client().post("/questions", json=sent, headers={"Accept": "application/json"})
        assert told.status_code >= 400 and "3114" in told.get_data(as_text=True)
    late = {"id": "refuse", "text": "x" * 260 + WORRY}
    told = one.app.test_client().post("/questions", json=late, headers={"Accept": "application/json"})
    assert "3114" not in told.get_data(as_text=True)
    assert Question.select().count() == 0


@promise("**Repris par l’élève**")
def taken_back_its_words_are_read_no_more(one: Class) -> None:
    browser = worried(one)
    assert browser.post("/questions/inquiet/retirer").status_code == 303
    page = one.teacher.client.get("/prof").text
    assert "Zoé" not in page and worries.taken_back(one.room) == 1


@promise("**« Ce n’est pas cela »**")
def it_may_be_an_ordinary_question_again(one: Class) -> None:
    worried(one)
    one.write(worries.open_worry, one.room, "inquiet")
    one.write(worries.not_a_worry, one.room, "inquiet")
    assert [q.id for q in questions.listed(one.room, "S1", "pending")] == ["inquiet"]


@promise("**Effacement** : à la date annoncée")
def it_goes_at_the_date_and_asks_before(one: Class) -> None:
    worried(one)
    with pytest.raises(KioskError) as caught:
        one.write(retention.wipe, one.room)
    assert caught.value.code == "worry_unopened"
    one.write(rooms.set_phase, one.room, "closed", retention_days=one.kiosk.settings.retention_days)
    one.later(8 * DAY)
    assert Question.select().count() == 0


@promise("Les sauvegardes le contiennent jusque-là.")
def copies_hold_it_until_then(one: Class) -> None:
    worried(one)
    backups.make(one.kiosk.database.path, one.kiosk.clock.now())
    held = [path for path in backups.newest_first(one.kiosk.database.path) if "Zoé".encode() in path.read_bytes()]
    assert held
    one.write(rooms.set_phase, one.room, "closed", retention_days=one.kiosk.settings.retention_days)
    one.later(8 * DAY)
    assert not [path for path in backups.newest_first(one.kiosk.database.path) if "Zoé".encode() in path.read_bytes()]


@promise("**Bilan de fin de séance**")
def an_answer_that_worries_is_kept_apart(one: Class) -> None:
    one.write(rooms.set_phase, one.room, "reflection")
    browser = one.app.test_client()
    browser.get("/")
    browser.post("/bilan", data={"job": "soudeuse", "studies": "", "surprise": WORRY})
    assert [row.surprise for row in Reflection.select()] == [""]
    assert [row.worry for row in Question.select()] == ["unopened"]


# -- Pour le registre des traitements


@promise("7 jours pour les questions et bilans, réglable")
def the_days_can_be_set(one: Class) -> None:
    one.configure(retention_days=1)
    one.lesson()
    one.write(rooms.set_phase, one.room, "closed", retention_days=1)
    one.later(DAY + HOUR)
    assert one.left() == [0, 0, 0] and one.traces() == set()


@promise("secrets en fichiers réservés au compte du kiosque")
def files_are_this_account_s(one: Class) -> None:
    backups.make(one.kiosk.database.path, one.kiosk.clock.now())
    folder = one.kiosk.settings.data_dir
    wide = [file.name for file in [folder, *folder.rglob("*")] if file.stat().st_mode & 0o077]
    assert wide == []


@pytest.mark.parametrize("number", range(len(PROMISES)), ids=[trial.__name__ for _words, trial in PROMISES])
def test_a_promise_is_kept(one, number):
    PROMISES[number][1](one)


#: Sentences that promise nothing of the program's: who is responsible, what is advised, what is proposed to a register.
ADVICE = (
    "Le repérage se trompe",
    "Fiche à l’usage",
    "Elle décrit",
    "le responsable du traitement",
    "Finalité",
    "Base légale",
    "Personnes concernées",
    "Destinataires",
    "Transfert hors",
    "Rubrique",
    "Donnée",
    "Le réseau de la salle",
    "Utilisez un Wi-Fi",
    "Qui se trouve sur ce réseau",
    "Avec PostgreSQL réglé",  # tests/scale: the bytes of an erasure are looked for in the real servers' files
    "Ce journal tel qu’il vient",
    "Le détail, mesuré",
)


def sentences() -> list[str]:
    """The page's sentences, a row of a table being one."""
    page = PAGE.read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line and not line.startswith(("#", "|--"))]
    return [
        part
        for line in lines
        for part in ([line] if line.startswith("|") else re.split(r"(?<=[.;]) (?=[A-ZÉÀ])", line))
    ]


def test_every_sentence_has_its_trial():
    untried = [
        said
        for said in sentences()
        if not any(words in said for words, _trial in PROMISES) and not any(words in said for words in ADVICE)
    ]
    assert untried == []


def test_trials_follow_the_page():
    page = PAGE.read_text(encoding="utf-8")
    places = [page.find(words) for words, _trial in PROMISES]
    assert -1 not in places and places == sorted(places)
