"""Who reads which field of a question, in which state: every route and event against ``domain/questions/fields.py``."""

from __future__ import annotations

import re
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from factories import Phone, Teacher, make_question, make_room
from kiosk.domain import rooms
from kiosk.domain.care import worries
from kiosk.domain.people import devices
from kiosk.domain.questions import moderation, questions
from kiosk.domain.questions.fields import AUDIENCES, READERS, STATES
from kiosk.domain.statuses import SHELVES
from kiosk.storage.models import AnswerLine, Question
from kiosk.web.frame import context
from kiosk.web.phone import receipts
from kiosk.web.teacher.look import ABOUT_ONE, LINES, MOST, REFLECTIONS, Look

pytestmark = pytest.mark.once
AUTHOR = "telephone-de-l-auteur"
FIELDS = ("text", "original_text", "id", "author", "answer", "proposed")


def state_of(kiosk, room, id):
    """In which state of the table a question is."""
    kiosk.database.use()
    view = questions.one(room, id)
    return "worrying" if view.guarded else view.status


def word(field, state):
    """A word that stands for one field of the question in one state, whatever spacing and escaping do."""
    return f"zq{field[:4]}{state.replace('_', '')}qz"


@pytest.fixture
def planted(kiosk, room, write):
    """A room with one reworded question in each state, all by one phone; and another room beside it."""
    author = devices.author_of(AUTHOR, "S1")
    worrying = f"J’ai envie de mourir {word('original_text', 'worrying')} {word('text', 'worrying')}"
    make_question(kiosk, room, word("id", "worrying"), worrying, author=author)
    for state in STATES[:-1]:
        id = word("id", state)
        make_question(kiosk, room, id, f"Et {word('original_text', state)} ?", author=author)
        write(moderation.reword, room, id, f"Et {word('text', state)} ?")
    for state in ("approved", "on_screen", "asked", "answered"):
        write(moderation.approve, room, word("id", state))
    write(rooms.set_phase, room, "questions")
    for state in ("asked", "answered", "on_screen"):
        write(moderation.put_on_screen, room, word("id", state))
        if state != "on_screen":
            write(moderation.mark_asked, room, word("id", state))
    write(moderation.mark_answered, room, word("id", "answered"))
    write(moderation.put_on_screen, room, word("id", "on_screen"))
    write(moderation.set_aside, room, word("id", "set_aside"), "trop_personnelle")
    write(moderation.merge, room, word("id", "approved"), [word("id", "merged")])
    write(questions.withdraw, room, word("id", "withdrawn"), author)
    for state in STATES[:-1]:  # one that no act above leads to is put by hand, and read as strictly as the others
        if state_of(kiosk, room, word("id", state)) == "pending":
            write(lambda tx, to: Question.update(status=to).where(Question.id == word("id", to)).execute(), state)
    assert {state: state_of(kiosk, room, word("id", state)) for state in STATES} == {state: state for state in STATES}
    for state in STATES:  # by hand: the domain takes no line of a question that was not asked
        line = {"text": word("answer", state), "proposed": word("proposed", state), "noted_at": 1}
        kiosk.write(
            lambda tx, of=word("id", state), line=line: AnswerLine.insert(
                question_id=of, room_id=room, session_id="S1", **line
            ).execute()
        )
    other = make_room(kiosk, "Autre", session_id="S1")
    return SimpleNamespace(room=room, code=rooms.view(room).code, other=rooms.view(other).code, author=author)


def addresses(app, code, ids):
    """Every address that can be read, for this room, naming each of these questions where one can be named."""
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        path = rule.rule.replace("<token>", "x").replace("<id:session_id>", "S1")
        names = ["live", "answers", "prepare", "sessions", "room"] if "<name>" in path else ["x"]
        for name in names:
            named = path.replace("<name>", name)
            if "<" in named or rule.endpoint in ("pupils.received", "control.copying"):
                for id in ids:
                    yield re.sub(r"<[^>]+>", id, named) + f"?salle={code}&id={id}&ids={id}"
            else:
                yield f"{named}?salle={code}"
                yield f"{named}?salle={code}&suite=/prof"
    for shelf in (*SHELVES.codes(), LINES, REFLECTIONS):
        yield asked(code, Look(shelf=shelf, only="toutes", shown=MOST))
        for doing in ("", *ABOUT_ONE):
            for id in ids:
                yield asked(code, Look(shelf=shelf, selected=id, doing=doing, care=id))


def asked(code, look):
    """The live page of a room in that look, as its own links say it."""
    return f"/prof?salle={code}&{urlencode(look.args())}"


def seen(text):
    """(field, state) whose word stands anywhere in what was answered."""
    return {(field, state) for field in FIELDS for state in STATES if word(field, state) in text}


def read_all(app, client, code, **headers):
    """What this browser is answered everywhere: (by one who names nothing, by one who knows every id)."""
    told = []
    for ids in (["nothing"], [word("id", state) for state in STATES]):
        bodies = []
        for address in addresses(app, code, ids):
            answer = client.get(address, headers=headers)
            assert answer.status_code < 500, address
            bodies.append(answer.headers.get("Location", "") + answer.get_data().decode("utf-8", "replace"))
        told.append("\n".join(bodies))
    return told


def found_in(told):
    """(field, state) seen; an id that was named in the address is no news in the answer."""
    plain, knowing = told
    return seen(plain) | {one for one in seen(knowing) if one[0] != "id"}


def may_read(audience, field, state):
    return state in READERS[field][audience]


def forbidden(found, audience):
    return sorted(one for one in found if not may_read(audience, *one))


REMOTE = {"X-Forwarded-For": "10.0.0.9"}


def test_the_table_says_it_for_everybody():
    assert {audience for field in READERS.values() for audience in field} == set(AUDIENCES)
    for field in READERS.values():
        assert set(field) == set(AUDIENCES) and all(states <= set(STATES) for states in field.values())


def test_the_class_reads_what_was_read_over_and_nothing_that_was_removed(app, planted):
    cookieless, other = app.test_client(use_cookies=False), app.test_client()
    other.get(f"/?salle={planted.code}")
    found = found_in(read_all(app, cookieless, planted.code, **REMOTE))
    found |= found_in(read_all(app, other, planted.code, **REMOTE))
    assert forbidden(found, "class") == []
    assert {("text", "approved"), ("text", "on_screen")} <= found


def test_another_room_and_the_network_read_nothing(app, planted):
    client = app.test_client()
    client.get(f"/?salle={planted.other}")
    found = found_in(read_all(app, client, planted.other, **REMOTE))
    assert forbidden(found, "outside") == []


def test_the_author_reads_its_own_words_and_no_more(app, planted):
    client = app.test_client()
    client.set_cookie("kiosk_device", AUTHOR)
    told = read_all(app, client, planted.code, **REMOTE)
    found = found_in(told)
    assert forbidden(found, "author") == []
    assert {("answer", "asked"), ("answer", "answered")} <= found
    held = [state for state in STATES if state != "withdrawn"]
    assert {(field, state) for field in ("text", "original_text") for state in held} <= found
    assert planted.author not in "".join(told)


def test_the_display_reads_what_is_public(app, planted, kiosk):
    told = read_all(app, app.test_client(), planted.code)
    found = found_in(told)
    assert forbidden(found, "display") == []
    assert ("text", "on_screen") in found
    assert kiosk.secrets.display_token not in "".join(told)


def test_who_notes_the_answers_reads_what_is_put_to_the_speaker(app, planted):
    browser = Teacher(app).invited(planted.room, "secretary")
    told = read_all(app, browser.client, planted.code, **REMOTE)
    found = found_in(told)
    assert forbidden(found, "secretary") == []
    asked = [(field, s) for field in ("text", "answer", "proposed") for s in ("asked", "answered", "on_screen")]
    assert set(asked) - {("answer", s) for _f, s in asked} <= found
    assert planted.author not in "".join(told)


@pytest.mark.parametrize("role", ["moderator", "teacher"])
def test_those_who_read_over_read_what_is_theirs(app, planted, write, role):
    write(worries.open_worry, planted.room, word("id", "worrying"))  # its words are shown where it is unfolded alone
    browser = Teacher(app)
    browser = browser.enter() if role == "teacher" else browser.invited(planted.room)
    told = read_all(app, browser.client, planted.code, **REMOTE)
    found = found_in(told)
    assert forbidden(found, role) == []
    assert ("text", "pending") in found
    assert (("original_text", "approved") in found) is (role == "teacher")
    assert (("text", "worrying") in found) is (role == "teacher"), "the look that unfolds it"
    lines = {("answer", "asked"), ("proposed", "asked"), ("proposed", "on_screen")}
    assert (lines if role == "teacher" else set()) == found & lines
    assert ("text", "worrying") not in seen(told[0])
    assert planted.author not in "".join(told)


OPENED = {
    "reformuler": '/prof/questions/{}/reformuler"', "cote": '/prof/questions/{}/cote"',
    "regrouper": 'name="garder" value="{}"',
}  # fmt: skip


@pytest.mark.parametrize("doing", OPENED)
def test_a_look_opens_a_form_on_the_question_that_it_names(app, kiosk, room, doing):
    """What the walk above counts on."""
    for id in ("premiere", "seconde", "troisieme"):
        make_question(kiosk, room, id, f"Combien de {id} ?")
    client, code = Teacher(app).enter().client, rooms.view(room).code
    for named in ("seconde", "troisieme"):
        page = re.sub(r"\?[^\s\"]*", "", client.get(asked(code, Look(doing=doing, selected=named))).text)
        assert [id for id in ("premiere", "seconde", "troisieme") if OPENED[doing].format(id) in page] == [named]
    assert {*OPENED, "actions"} == set(ABOUT_ONE)


def act_on_everything(kiosk, planted, write):
    """Each question moves once, so that everybody who listens is told of it."""
    for state in STATES:
        for act in (moderation.put_on_screen, moderation.approve):
            try:
                write(act, planted.room, word("id", state))
            except Exception:  # noqa: S112 (where it cannot go, nothing is told)
                continue
    write(rooms.set_intake, planted.room, "paused")


@pytest.mark.parametrize(
    ("namespace", "audience"), [("/phone", "class"), ("/phone", "author"), ("/display", "display")]
)
def test_no_event_tells_more_than_the_page(app, kiosk, planted, write, namespace, audience):
    device = AUTHOR if audience == "author" else "telephone-de-la-classe"
    known = {"device": device} if namespace == "/phone" else {"token": kiosk.secrets.display_token}
    auth = {"room": planted.code, **known}
    one = Phone(app, namespace, auth)
    assert one.inside
    before = {state: state_of(kiosk, planted.room, word("id", state)) for state in STATES}
    events = ("mine", "resync", "support", *(("withdraw",) if audience != "author" else ()))
    named = list(enumerate(STATES, 1))
    answers = [one.call(event, {"number": n, "id": word("id", s)}) for event in events for n, s in named]
    act_on_everything(kiosk, planted, write)
    kiosk.engine.sleep(1.2)
    told = str(answers) + str(one.heard())
    now = {state: state_of(kiosk, planted.room, word("id", state)) for state in STATES}
    found = seen(told)
    wrong = [
        (field, state)
        for field, state in found
        if not may_read(audience, field, before[state]) and not may_read(audience, field, now[state])
    ]
    assert wrong == []
    assert planted.author not in told and device not in told
    one.close()


# -- the receipt of a browser without cookies


def test_a_browser_without_cookies_reads_its_receipt_for_a_while(app, kiosk, room):
    client = app.test_client(use_cookies=False)
    sent = client.post("/questions", data={"id": "sans-temoin", "text": "Ma soeur Lea a peur, au 06 39 98 12 34 ?"})
    assert sent.status_code == 303 and "&recu=" in sent.location
    assert "Lea a peur" in client.get(sent.location).text
    author = Question.get_by_id("sans-temoin").author
    kiosk.write(lambda tx: questions.withdraw(tx, room, "sans-temoin", author))
    assert client.get(sent.location).status_code == 303, "taken back: its words are nobody's"
    kiosk.write(lambda tx: Question.update(status="pending").execute())
    bare = sent.location.split("&recu=")[0]
    assert client.get(bare).status_code == 303, "the id alone opens nothing"
    for wrong in ("", ".", "1.x", "99999999999999.x", f"{kiosk.clock.now() // 1000 + 60}.{'0' * 32}"):
        assert client.get(f"{bare}&recu={wrong}").status_code == 303
    make_question(kiosk, room, "une-autre", "Un secret ?", author="x")
    assert client.get(sent.location.replace("sans-temoin", "une-autre")).status_code == 303
    kiosk.clock.correct(kiosk.clock.now() + receipts.SECONDS * 1000 + 1000, "teacher")
    assert client.get(sent.location).status_code == 303
    kiosk.clock.correct(kiosk.clock.now() - 10 * receipts.SECONDS * 1000, "teacher")
    assert client.get(sent.location).status_code == 303, "a receipt of a later time"


def test_a_browser_with_cookies_has_no_word_in_its_address(app, room):
    client = app.test_client()
    client.get("/")
    sent = client.post("/questions", data={"id": "avec-temoin", "text": "Et alors ?"})
    assert sent.status_code == 303 and "&recu" not in sent.location
    assert client.get_cookie(context.DEVICE_COOKIE) is not None
