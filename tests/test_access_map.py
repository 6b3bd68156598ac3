"""Every teacher's address and event refuses a pupil: read from the URL map and the event tables, so that
a new one cannot be forgotten."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from factories import Phone, Teacher, make_question, make_room
from kiosk.domain import rooms, souvenirs
from kiosk.domain.people import access
from kiosk.domain.questions import decisions, moderation, reflections
from kiosk.ground.config_values import OWN_PATHS
from kiosk.storage.models import TABLES, Access, AuditEntry, Invitation, Reflection, Souvenir
from kiosk.web.display import socket as display
from kiosk.web.frame.assets import PREFIX
from kiosk.web.phone import socket as phones
from kiosk.web.teacher import socket as control

#: Reached without a session, on purpose: the code, and a link of invitation.
OPEN = {
    ("GET", "control.login"), ("POST", "control.enter"), ("GET", "control.join_page"), ("POST", "control.join"),
    ("POST", "control.knock"),  # asking to be let in gives nothing
    ("GET", "control.knocking"), ("POST", "control.open_door"),  # the machine or a teacher: tests/web/test_entering.py
    ("GET", "control.rooms_there"),  # the same: tests/web/test_all_rooms.py
    ("POST", "control.first_open"),  # from the machine itself, once: its own guard is tested with the first start
}  # fmt: skip
#: All that an invited moderator may do. Adding one is a decision: it is written here too.
MODERATOR = {
    "control.live", "control.fragment", "control.approve", "control.send_back", "control.reword", "control.set_aside",
    "control.merge", "control.keep_apart", "control.undo", "control.review_reflection", "control.logout",
    "control.language",
}  # fmt: skip
#: All that pupils who note the answers may do.
SECRETARY = {"control.answers", "control.answer_propose", "control.fragment", "control.logout", "control.language"}
#: What acts on the whole kiosk: the school's code alone opens it, a room's own never. All the rest is that room's.
SCHOOL = {
    "control.backup", "control.demo_remove", "control.enrol", "control.enrolment_again", "control.enrolment_cancel",
    "control.exchange", "control.tell_here",
    "control.exchange_now", "control.first", "control.first_centre", "control.first_code", "control.first_later",
    "control.first_phone", "control.first_proxy", "control.first_school", "control.first_skip",
    "control.first_undemo", "control.first_wifi", "control.forget_known", "control.guesses_heard",
    "control.item_correct", "control.item_give_up", "control.letter", "control.letter_file", "control.pair",
    "control.recovery_read", "control.room_add", "control.room_address", "control.room_code", "control.room_empty",
    "control.room_plain_address", "control.room_remove", "control.room_time", "control.session_news_read",
    "control.report", "control.report_csv", "control.report_ods",
    "control.rooms_page", "control.rooms_file", "control.rooms_make",
    "control.state", "control.state_archive", "control.pair_give_up", "control.stick_in", "control.stick_out",
}  # fmt: skip
#: What anyone on the network may change.
PUPILS = {"pupils.ask", "pupils.share_tablet", "pupils.withdraw", "pupils.back", "pupils.reflect", "pupils.forget"}


def teacher_rules(app):
    """(method, endpoint, address) of everything that is the teacher's."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/prof", "/relecture")) or rule.endpoint.startswith("control."):
            address = re.sub(r"<(?:int:)?[^>]*id>", "1", re.sub("<name>", "live", re.sub("<token>", "x", rule.rule)))
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                assert "<" not in address, rule.rule
                found.append((method, rule.endpoint, address))
    return found


def everything(kiosk):
    """All rows but the audit log: what a refused request must leave as it was."""
    kiosk.database.use()
    return {table._meta.table_name: list(table.select().dicts()) for table in TABLES if table is not AuditEntry}


def code(answer):
    body = answer.get_json(silent=True)
    return body["error"]["code"] if body and not body.get("ok", True) else answer.status_code


def send(browser, method, address, **data):
    return browser.open(address, method=method, data=data or None, headers={"X-Fragment": "1"})


@pytest.fixture
def pupil(app, room):
    """A browser with a device and a right word for its own forms: only the role can refuse it."""
    browser = Teacher(app)
    browser.client.get("/")
    browser.client.get("/prof/connexion")
    assert browser.client.get_cookie("kiosk_device") is not None
    return browser


def test_the_map_is_not_empty(app):
    rules = teacher_rules(app)
    assert len(rules) > 40
    assert OPEN <= {(method, endpoint) for method, endpoint, _a in rules}
    assert MODERATOR <= {endpoint for _m, endpoint, _a in rules}


def test_no_sub_path_of_a_relay_may_be_one_of_ours(app):
    firsts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    assert {first for first in firsts if first and "<" not in first} | {PREFIX, "socket.io"} == OWN_PATHS


def test_everybody_s_changes_are_listed(app):
    writing = {r.endpoint for r in app.url_map.iter_rules() if r.methods & {"POST", "PUT", "PATCH", "DELETE"}}
    teacher = {endpoint for _m, endpoint, _a in teacher_rules(app)}
    assert writing - teacher == PUPILS


def test_a_pupil_is_refused_everywhere(app, kiosk, room, pupil):
    make_question(kiosk, room, "1")
    before = everything(kiosk)
    seen = {}
    for method, endpoint, address in teacher_rules(app):
        if (method, endpoint) not in OPEN:
            seen[method, endpoint] = code(send(pupil.client, method, address, csrf=pupil.csrf()))
    assert {key: value for key, value in seen.items() if value != "login_required"} == {}
    assert everything(kiosk) == before


def test_an_anonymous_visitor_is_refused_everywhere(app, kiosk, room):
    make_question(kiosk, room, "1")
    before = everything(kiosk)
    for method, endpoint, address in teacher_rules(app):
        if (method, endpoint) not in OPEN:
            expected = "login_required" if method == "GET" else "csrf"
            assert (endpoint, code(send(app.test_client(), method, address))) == (endpoint, expected)
    assert everything(kiosk) == before


def test_a_page_leads_to_the_code(app, client, room):
    for method, endpoint, address in teacher_rules(app):
        if method == "GET" and (method, endpoint) not in OPEN:
            answer = client.get(address)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/prof/connexion"), address


@pytest.mark.parametrize(("role", "listed"), [("moderator", MODERATOR), ("secretary", SECRETARY)])
def test_who_was_invited_may_do_what_is_listed_and_nothing_else(app, kiosk, room, role, listed):
    make_question(kiosk, room, "1")
    refused = set()
    for method, endpoint, address in teacher_rules(app):
        if (method, endpoint) in OPEN:
            continue
        moderator = Teacher(app).invited(room, role)
        before = everything(kiosk)
        if code(send(moderator.client, method, address, csrf=moderator.csrf())) == "teacher_only":
            refused.add(endpoint)
            assert everything(kiosk) == before, endpoint
    everyone = {endpoint for m, endpoint, _a in teacher_rules(app) if (m, endpoint) not in OPEN}
    assert everyone - refused == listed


@pytest.mark.parametrize(("role", "listed"), [("moderator", MODERATOR), ("secretary", SECRETARY)])
def test_who_was_invited_stays_in_its_room(app, kiosk, room, role, listed):
    other = make_room(kiosk, "Autre", session_id="S1")
    make_question(kiosk, other, "1")
    moderator = Teacher(app).invited(room, role)
    salle = rooms.view(other).code
    before = everything(kiosk)
    for method, endpoint, address in teacher_rules(app):
        if endpoint in listed and (method, endpoint) not in OPEN:
            answer = send(moderator.client, method, f"{address}?salle={salle}", csrf=moderator.csrf())
            assert (endpoint, code(answer)) == (endpoint, "teacher_only")
    assert everything(kiosk) == before


def test_a_room_s_own_code_opens_that_room_and_nothing_of_the_kiosk(app, kiosk, room):
    make_question(kiosk, room, "1")
    make_room(kiosk, "Autre", session_id="S1")
    refused = set()
    for method, endpoint, address in teacher_rules(app):
        if (method, endpoint) in OPEN:
            continue
        teacher = Teacher(app).of_room(room)
        before = everything(kiosk)
        if code(send(teacher.client, method, address, csrf=teacher.csrf())) == "school_code":
            refused.add(endpoint)
            assert everything(kiosk) == before, endpoint
    assert refused == SCHOOL


def test_a_room_s_own_code_stays_in_its_room(app, kiosk, room):
    other = make_room(kiosk, "Autre", session_id="S1")
    make_question(kiosk, other, "1")
    teacher = Teacher(app).of_room(room)
    salle = rooms.view(other).code
    before = everything(kiosk)
    for method, endpoint, address in teacher_rules(app):
        if (method, endpoint) not in OPEN:
            answer = send(teacher.client, method, f"{address}?salle={salle}", csrf=teacher.csrf(), salle=salle)
            assert (endpoint, code(answer)) == (endpoint, "school_code")
    assert everything(kiosk) == before
    panel = Phone(app, "/control", {"room": salle}, browser=teacher.client)
    assert (kiosk.sockets.number("/control", room), kiosk.sockets.number("/control")) == (1, 1)
    panel.close()


def test_a_room_s_own_code_lets_nobody_in(app, kiosk, room):
    """Who is let in holds the school's right: a right to one room does not give it away."""
    visitor, teacher = Teacher(app), Teacher(app).of_room(room)
    away = {"X-Forwarded-For": "10.0.0.9"}
    visitor.client.get("/prof/connexion", headers=away)
    asked = visitor.client.post("/prof/connexion/demande", data={"csrf": visitor.csrf()}, headers=away)
    (knock,) = kiosk.knocks.waiting()
    opened = teacher.client.post(
        "/prof/connexion/ouvrir", data={"csrf": teacher.csrf(), "id": knock.id}, headers={**away, "X-Fragment": "1"}
    )
    assert (asked.status_code, code(opened), [k.open for k in kiosk.knocks.waiting()]) == (303, "teacher_only", [False])
    assert knock.word not in teacher.client.get("/prof", headers=away).text


def test_a_room_s_own_fragments_are_its_own(app, kiosk, room):
    teacher = Teacher(app).of_room(room)
    fragments = ("live", "prepare", "sessions", "room", "exchange", "first", "all_rooms")
    seen = [send(teacher.client, "GET", f"/prof/fragment/{name}").status_code for name in fragments]
    assert seen == [200, 200, 200, 200, 404, 404, 404]


def test_the_fragments_of_who_notes_are_one(app, kiosk, room):
    noting = Teacher(app).invited(room, "secretary")
    fragments = ("answers", "live", "bands", "prepare", "sessions", "room", "exchange", "first", "all_rooms")
    seen = [send(noting.client, "GET", f"/prof/fragment/{name}").status_code for name in fragments]
    assert seen == [200] + [404] * 8


#: What a script that names something of another room is told: never that there is no such address.
REFUSED = ("unknown_question", "unknown_device", "invitation_invalid", "unknown_souvenir", "teacher_only")
#: Parameters of an address that name something of one room, and what names it in the other room.
OF_A_ROOM = ("question_id", "reflection_id", "invitation_id", "device_id", "souvenir_id")
#: Fields of a form that name questions.
FIELDS = {
    "control.merge": {"garder": "theirs", "avec": "mine"}, "control.keep_apart": {"ids": "theirs"},
    "control.mark_asked": {"ids": "theirs"}, "control.prepare_place": {"avant": "theirs"},
    "control.undo": {}, "control.copying": {"ids": "theirs"},
}  # fmt: skip


@pytest.fixture
def neighbour(kiosk, room):
    """Another room of the kiosk, with one of everything a room has; « mine » is the first room's question."""
    other = make_room(kiosk, "Autre", session_id="S1")
    make_question(kiosk, room, "mine")
    make_question(kiosk, other, "theirs")
    make_question(kiosk, other, "theirs-2", after=moderation.approve)
    kiosk.write(lambda tx: access.accept(tx, access.invite(tx, other)[1]))
    kiosk.write(lambda tx: rooms.set_phase(tx, other, "reflection"))
    kiosk.write(lambda tx: reflections.submit(tx, other, "eleve-1", job="cheffe"))
    until = kiosk.clock.now() + 86_400_000
    kiosk.write(lambda tx: souvenirs.keep(tx, other, souvenirs.page_of(rooms.view(other), tx.now), until))
    return other


def of(kiosk, room_id):
    """Every row that is this room's."""
    rows = everything(kiosk)
    return {
        name: [row for row in found if room_id in (row.get("room_id"), row.get("id"))] for name, found in rows.items()
    }


@pytest.mark.parametrize("who", ["school", "room", "moderator", "secretary"])
def test_what_is_another_room_s_is_out_of_reach(app, kiosk, room, neighbour, who):
    """Each address that takes an id of something of a room, given another room's: it is not found, and stays."""
    browser = {"school": lambda: Teacher(app).enter(), "room": lambda: Teacher(app).of_room(room),
               "moderator": lambda: Teacher(app).invited(room),
               "secretary": lambda: Teacher(app).invited(room, "secretary")}[who]()  # fmt: skip
    ids = {
        "question_id": "theirs",
        "reflection_id": Reflection.get().id,
        "invitation_id": Invitation.get().id,
        "device_id": Access.get(Access.room_id == neighbour).id,
        "souvenir_id": Souvenir.get().id,
    }
    last = decisions.last(neighbour, "S1")
    assert last is not None
    act = last.id
    before, tried = of(kiosk, neighbour), set()
    salle = rooms.view(room).code
    for rule in app.url_map.iter_rules():
        taken = sorted(rule.arguments & set(OF_A_ROOM))
        if not rule.endpoint.startswith(("control.", "pupils.")) or not (taken or rule.endpoint in FIELDS):
            continue
        address = rule.rule
        for name in taken:
            address = re.sub(rf"<(?:\w+(?:\([^)]*\))?:)?{name}>", str(ids[name]), address)
        assert "<" not in address, rule.rule
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            data = {
                "csrf": browser.csrf(), "salle": salle, "texte": "Autre ?", "raison": "hors_sujet",
                "statut": "approved", "on": "1", "acte": str(act), **FIELDS.get(rule.endpoint, {}),
            }  # fmt: skip
            if method == "GET":
                browser.client.get(f"{address}?{urlencode(data)}", headers={"X-Fragment": "1"})
            else:
                answer = send(browser.client, method, f"{address}?salle={salle}", **data)
                if taken:
                    assert code(answer) in REFUSED, (rule.endpoint, code(answer))
            assert of(kiosk, neighbour) == before, rule.endpoint
            tried.add(rule.endpoint)
    assert tried >= set(FIELDS) | {"control.approve", "control.revoke_device", "pupils.withdraw"}


@pytest.mark.parametrize("role", ["school", "room", "moderator", "secretary"])
def test_a_right_dated_ahead_opens_nothing(app, kiosk, room, role):
    """A clock that was wrong, then put right: the code is asked for again, nothing worse."""
    browser = {"school": lambda: Teacher(app).enter(), "room": lambda: Teacher(app).of_room(room),
               "moderator": lambda: Teacher(app).invited(room),
               "secretary": lambda: Teacher(app).invited(room, "secretary")}[role]()  # fmt: skip
    kiosk.write(lambda tx: Access.update(created_at=Access.created_at + 400 * 86_400_000).execute())
    for method, endpoint, address in teacher_rules(app):
        if (method, endpoint) not in OPEN:
            answer = send(browser.client, method, address, csrf=browser.csrf())
            assert (endpoint, code(answer)) == (endpoint, "login_required")
    assert Phone(app, "/control", {}, browser=browser.client).inside is False
    assert Teacher(app).enter().client.get("/prof").status_code == 200


def test_a_teacher_needs_the_form_s_word_and_the_same_origin(app, kiosk, teacher):
    before = everything(kiosk)
    for method, endpoint, address in teacher_rules(app):
        if method != "GET" and (method, endpoint) not in OPEN:
            assert (endpoint, code(send(teacher.client, method, address))) == (endpoint, "csrf")
            wrong = send(teacher.client, method, address, csrf="0" * 32)
            assert (endpoint, code(wrong)) == (endpoint, "csrf")
            headers = {"X-Fragment": "1", "Origin": "http://ailleurs.example"}
            foreign = teacher.client.open(address, method=method, data={"csrf": teacher.csrf()}, headers=headers)
            assert (endpoint, code(foreign)) == (endpoint, "origin")
    assert everything(kiosk) == before


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_right_that_ended_opens_nothing(app, kiosk, teacher, how):
    if how == "revoked":
        kiosk.write(lambda tx: access.revoke_token(tx, teacher.token))
    else:
        kiosk.clock.correct(kiosk.clock.now() + 37 * 3_600_000, "teacher")
    for method, endpoint, address in teacher_rules(app):
        if (method, endpoint) not in OPEN:
            answer = send(teacher.client, method, address, csrf=teacher.csrf())
            assert (endpoint, code(answer)) == (endpoint, "login_required")


def test_another_s_word_is_no_good(app, kiosk, teacher):
    """A pupil's own word, which the pupil can read, must not do in the teacher's browser."""
    other = Teacher(app)
    other.client.get("/prof/connexion")
    answer = send(teacher.client, "POST", "/prof/etape", vers="suivante", csrf=other.csrf())
    assert code(answer) == "csrf"


# -- sockets


def test_the_tables_of_events_are_those_we_know():
    assert [sorted(m.EVENTS) for m in (phones, display, control)] == [
        ["ask", "clock", "mine", "resync", "support", "withdraw"],
        ["clock", "resync"],
        ["clock", "resync"],
    ]


@pytest.mark.parametrize("event", sorted(control.EVENTS))
def test_every_control_event_checks_the_right_again(app, kiosk, teacher, event):
    panel = Phone(app, "/control", {}, browser=teacher.client)
    assert panel.call(event, {})["ok"] is True
    kiosk.clock.correct(kiosk.clock.now() + 37 * 3_600_000, "teacher")
    assert panel.call(event, {})["error"]["code"] == "forbidden"
    panel.close()


def test_a_pupil_enters_neither_control_nor_a_remote_display(app, room, pupil):
    for namespace in ("/control", "/display"):
        tried = Phone(app, namespace, {}, browser=pupil.client, headers={"X-Forwarded-For": "10.0.0.9"})
        assert (namespace, tried.inside) == (namespace, False)


def test_unknown_namespaces_are_refused(app, room, client):
    assert Phone(app, "/admin", {}, browser=client).inside is False
    assert Phone(app, "/", {}, browser=client).inside is False
