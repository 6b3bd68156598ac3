"""Namespace /phone: asking once, what is refused and in which words, one's own questions, supports."""

from __future__ import annotations

import pytest

from factories import Phone, make_question, make_room, make_session, settle
from kiosk.domain import retention, rooms, roomset
from kiosk.domain.questions import decisions, moderation, questions
from kiosk.ground import i18n
from kiosk.ground.errors import ERRORS, KioskError
from kiosk.ground.i18n import _
from kiosk.storage.models import Question


def code(answer):
    return answer["error"]["code"] if not answer["ok"] else "ok"


@pytest.fixture
def one(phone):
    return phone("appareil-1")


def test_connecting_gives_the_whole_state(kiosk, room, one):
    (state,) = one.heard("state")
    view = rooms.view(room)
    assert view.session is not None
    assert abs(state.pop("now") - kiosk.clock.now()) < 2_000
    assert state == {
        "rev": view.rev,
        "boot": kiosk.boot,
        "phase": "lobby",
        "ends_at": None,
        "paused_ms": None,
        "intake": "open",
        "moderation": True,
        "class": "4e B",
        "current": None,
        "starter": None,
        "session": {
            "id": "S1",
            "title": "Cheffe d’équipe",
            "starts_at": view.session.starts_at,
            "speakers": [{"id": "S1-P1", "first_name": "Sophie", "job": "cheffe"}],
        },
    }


def test_ask_is_acknowledged_once_on_disk(room, one):
    answer = one.call("ask", {"id": "q1", "text": " Avez-vous  peur ? ", "theme": "metier", "speaker": "S1-P1"})
    assert answer == {"ok": True, "question": {"id": "q1", "status": "pending", "number": 1}}
    row = Question.get_by_id("q1")
    assert (row.text, row.theme, row.speaker_id, row.room_id, row.origin) == (
        "Avez-vous peur ?",
        "metier",
        "S1-P1",
        room,
        "live",
    )


def test_ask_again_is_the_same_question(kiosk, room, one, phone):
    one.call("ask", {"id": "q1", "text": "Pourquoi ?"})
    kiosk.write(lambda tx: moderation.approve(tx, room, "q1"))
    assert one.call("ask", {"id": "q1", "text": "Pourquoi ?"}) == {
        "ok": True,
        "question": {"id": "q1", "status": "approved", "number": 1},
        "known": True,
    }
    assert code(phone("appareil-2").call("ask", {"id": "q1", "text": "Autre ?"})) == "id_taken"
    assert Question.select().count() == 1


def test_ask_written_for_a_session_that_gave_way_is_refused(kiosk, room, phone):
    answer = phone("appareil-1").call("ask", {"id": "q1", "text": "Pourquoi ?", "session": "une-autre"})
    assert code(answer) == "session_over"
    assert Question.select().count() == 0


@pytest.mark.parametrize(
    "message, field",
    [
        ({"id": 5, "text": "x"}, "id"),
        ({"text": "x"}, None),
        ({"id": "q1"}, None),
        ({"id": "q1", "text": None}, "text"),
        ({"id": "q1", "text": ["x"]}, "text"),
        ({"id": "q 1", "text": "x"}, "id"),
        ({"id": "q1", "text": "x", "theme": 3}, "theme"),
        ("texte", None),
        ([1], None),
        (None, None),
        (b"\x00\xff", None),
        (7, None),
    ],
)
def test_ask_refuses_what_has_not_its_form(one, message, field):
    error = one.call("ask", message)["error"]
    assert (error["code"], error.get("field")) == ("invalid", field)
    assert Question.select().count() == 0


def test_ask_without_a_message_and_with_too_many(one):
    assert code(one.call("ask")) == "invalid"
    assert code(one.call("ask", {"id": "q1", "text": "Bon ?", "extra": 1}, "reste")) == "ok"


@pytest.mark.parametrize(
    "message, expected",
    [
        ({"text": "  "}, "question_empty"),
        ({"text": "x" * 241}, "question_too_long"),
        ({"theme": "sport"}, "unknown_theme"),
        ({"speaker": "S9"}, "unknown_speaker"),
    ],
)
def test_ask_refuses_by_rule(one, message, expected):
    assert code(one.call("ask", {"id": "q1", "text": "Bon ?", **message})) == expected


def test_ask_obeys_the_intake(kiosk, room, one):
    for act, expected in (
        (lambda tx: rooms.set_intake(tx, room, "paused"), "intake_paused"),
        (lambda tx: rooms.set_intake(tx, room, "frozen"), "intake_frozen"),
        (lambda tx: rooms.set_phase(tx, room, "reflection"), "session_over"),
    ):
        kiosk.write(act)
        assert code(one.call("ask", {"id": "q1", "text": "Bon ?"})) == expected


@pytest.mark.parametrize(
    "event, sent", [("clock", {"t": 1}), ("resync", None), ("ask", {"id": 5}), ("support", "x"), ("autre", {})]
)
def test_every_message_counts_whatever_its_event_and_its_form(one, phone, event, sent):
    answers = [code(one.call(event, sent)) for _ in range(60)]
    assert answers.count("too_fast") >= 10 and "too_fast" not in answers[:40]
    assert code(phone("appareil-2").call(event, sent)) != "too_fast"


def test_a_flood_is_held_back_and_others_are_not(one, phone):
    answers = [one.call("ask", {"id": f"q{n}", "text": f"Question {n} ?"}) for n in range(12)]
    assert [code(a) for a in answers] == ["ok"] * 10 + ["too_fast"] * 2
    assert 1 <= answers[-1]["error"]["retry_after"] <= 10
    assert code(phone("appareil-2").call("ask", {"id": "a", "text": "Bon ?"})) == "ok"


def test_other_messages_are_bounded_too(one):
    codes = [code(one.call("mine")) for _n in range(90)]
    assert set(codes) == {"ok", "too_fast"} and codes[:40] == ["ok"] * 40


def test_unknown_events_and_bugs_are_acknowledged(one, monkeypatch, caplog):
    assert code(one.call("effacer", {"tout": True})) == "unknown_event"

    def boom(*_args, **_values):
        raise RuntimeError("boum")

    monkeypatch.setattr(questions, "submit", boom)
    monkeypatch.setattr(questions, "mine", boom)
    assert [code(one.call("ask", {"id": "q1", "text": "Secret ?"})), code(one.call("mine"))] == ["internal", "internal"]
    assert "Secret" not in caplog.text


def test_messages_speak_the_phone_s_language(phone):
    french, english = phone("appareil-1"), phone("appareil-2", lang="en")
    ask = {"id": "q1", "text": " "}
    with i18n.language("en"):
        expected = _(ERRORS["question_empty"].message)
    said = [p.call("ask", ask)["error"]["message"] for p in (french, english)]
    assert said == [KioskError("question_empty").message, expected]
    assert said[0] != said[1]
    assert phone("appareil-3", lang="xx").call("ask", ask)["error"]["message"] == said[0]


def test_mine_are_this_device_s(kiosk, room, one, phone):
    one.call("ask", {"id": "q1", "text": "Un ?"})
    kiosk.write(lambda tx: moderation.set_aside(tx, room, "q1", "ton"))
    answer = one.call("mine")
    view = questions.one(room, "q1")
    assert answer == {
        "ok": True,
        "questions": [
            {
                "id": "q1",
                "number": 1,
                "status": "set_aside",
                "text": "Un ?",
                "support": 0,
                "at": view.created_at,
                "reason": "ton",
            }
        ],
    }
    assert phone("appareil-2").call("mine") == {"ok": True, "questions": []}


def test_withdraw_is_for_one_s_own(one, phone):
    one.call("ask", {"id": "q1", "text": "Un ?"})
    assert code(phone("appareil-2").call("withdraw", {"id": "q1"})) == "unknown_question"
    assert one.call("withdraw", {"id": "q1"}) == {"ok": True, "question": {"id": "q1", "status": "withdrawn"}}
    assert code(one.call("withdraw", {})) == "invalid"


def test_support_by_number(kiosk, room, one, phone):
    make_question(kiosk, room, "q1", after=moderation.approve)
    assert one.call("support", {"number": 1}) == {"ok": True, "question": {"number": 1, "support": 1, "on": True}}
    assert phone("appareil-2").call("support", {"number": 1})["question"]["support"] == 2
    assert one.call("support", {"number": 1, "on": False})["question"] == {"number": 1, "support": 1, "on": False}
    assert code(one.call("support", {"number": 9})) == "unknown_question"
    wrong: list[dict[str, object]] = [
        {}, {"id": "q1"}, {"number": True}, {"on": 3, "number": 1}, {"number": 2**31}, {"number": 2**80},
    ]  # fmt: skip
    assert [code(one.call("support", m)) for m in wrong] == ["invalid"] * len(wrong)


def test_resync_and_clock(kiosk, one):
    assert one.call("resync")["state"].keys() == one.heard("state")[0].keys()
    answer = one.call("clock", {"t": 12})
    assert (answer["ok"], answer["t"], abs(answer["now"] - kiosk.clock.now()) < 2_000) == (True, 12, True)
    assert one.call("clock", "x")["ok"] is True


# -- who comes in


def test_an_unknown_room_is_refused(app, room):
    assert Phone(app, "/phone", {"room": "ZZZ9"}).inside is False


def test_several_rooms_need_one_named_when_the_address_asks(kiosk, app, room, phone):
    other = make_room(kiosk, "Autre", session_id="S1")
    plain = Phone(app, "/phone", {})
    plain.call("ask", {"id": "q0", "text": "Zéro ?"})
    assert Question.get_by_id("q0").room_id == room
    plain.close()
    kiosk.write(lambda tx: roomset.set_plain_address(tx, rooms.ASK))
    assert Phone(app, "/phone", {}).inside is False
    named = phone("appareil-1", room=rooms.view(other).code)
    named.call("ask", {"id": "q1", "text": "Un ?"})
    assert Question.get_by_id("q1").room_id == other
    asked = Phone(app, "/phone", {}, query=f"salle={rooms.view(room).code}")
    assert asked.inside is True
    asked.close()


def test_a_phone_stays_in_its_room_when_another_opens(kiosk, app, room, phone):
    first = phone("appareil-1")
    first.close()
    make_room(kiosk, "Autre", session_id="S1")
    kiosk.write(lambda tx: roomset.set_plain_address(tx, rooms.ASK))
    again = phone("appareil-1")
    assert again.inside is True
    again.call("ask", {"id": "q1", "text": "Un ?"})
    assert Question.get_by_id("q1").room_id == room
    assert Phone(app, "/phone", {"device": "appareil-2"}).inside is False


@pytest.mark.parametrize("error", [RuntimeError, TypeError, KeyError, ValueError])
def test_a_failing_lookup_refuses(app, room, monkeypatch, error, caplog):
    def boom(_code):
        raise error("boum")

    monkeypatch.setattr(rooms, "resolve", boom)
    assert Phone(app, "/phone", {}).inside is False


@pytest.mark.parametrize(
    "auth", [None, [], "x", {"device": 3}, {"device": "court"}, {"room": ["x"]}, {"lang": {"x": 1}}]
)
def test_a_strange_greeting_is_still_a_phone(phone, app, room, auth):
    strange = Phone(app, "/phone", auth)
    assert strange.inside is True
    assert code(strange.call("ask", {"id": "q1", "text": "Un ?"})) == "ok"
    strange.close()


@pytest.mark.parametrize(
    "origin, inside",
    [("http://localhost", True), ("http://ailleurs.example", False), ("http://localhost:81", False), ("null", True)],
)
def test_another_origin_is_refused(app, room, origin, inside):
    one = Phone(app, "/phone", {}, headers={"Origin": origin})
    assert one.inside is inside
    one.close()


def test_the_cookie_s_device_wins(app, kiosk, room, client, phone):
    client.set_cookie("kiosk_device", "cookie-12345678")
    by_cookie = Phone(app, "/phone", {"device": "appareil-1"}, browser=client)
    by_cookie.call("ask", {"id": "q1", "text": "Un ?"})
    assert [len(phone(d).call("mine")["questions"]) for d in ("appareil-1", "cookie-12345678")] == [0, 1]
    by_cookie.close()


def test_leaving_is_seen(kiosk, room, phone):
    one, two = phone("appareil-1"), phone("appareil-2")
    assert kiosk.presence.phones(room) == 2
    one.close()
    assert kiosk.presence.phones(room) == 1
    two.close()
    assert kiosk.presence.phones(room) == 0


# -- what a phone is told


def test_my_question_s_fate_is_told_to_me_alone(kiosk, room, phone):
    one, two = phone("appareil-1"), phone("appareil-2")
    one.call("ask", {"id": "q1", "text": "Zoé est-elle là ?"})
    kiosk.write(lambda tx: moderation.set_aside(tx, room, "q1", "trop_personnelle"))
    settle(kiosk)
    told = one.wait("mine")
    assert (told["id"], told["status"], told["reason"]) == ("q1", "set_aside", "trop_personnelle")
    two.wait("changed")
    assert two.heard("mine") == []
    assert "Zoé" not in str(two.heard()) and "appareil-1" not in str(two.heard())


def test_every_author_of_a_group_is_told(kiosk, room, phone):
    phones = [phone(f"appareil-{n}") for n in range(3)]
    for n, one in enumerate(phones):
        one.call("ask", {"id": f"q{n}", "text": f"Question {n} ?"})
    kiosk.write(lambda tx: moderation.merge(tx, room, "q0", ["q1", "q2"]))
    settle(kiosk)
    assert [(p.wait("mine")["status"], p.heard("mine")[-1]["id"]) for p in phones] == [
        ("approved", "q0"),
        ("merged", "q1"),
        ("merged", "q2"),
    ]
    kiosk.write(lambda tx: decisions.undo(tx, room))
    settle(kiosk)
    assert [p.wait("mine", more_than=1)["status"] for p in phones] == ["pending"] * 3


def test_a_new_session_gives_a_new_state_and_a_new_author(kiosk, room, one):
    make_session(kiosk, "S2", title="Boulangère")
    one.call("ask", {"id": "q1", "text": "Un ?"})
    kiosk.write(lambda tx: rooms.choose_session(tx, room, "S2"))
    settle(kiosk)
    assert one.wait("state", more_than=1)["session"]["title"] == "Boulangère"
    assert one.call("mine")["questions"] == []
    one.call("ask", {"id": "q2", "text": "Deux ?"})
    kiosk.write(lambda tx: moderation.approve(tx, room, "q2"))
    settle(kiosk)
    assert (one.wait("mine")["id"], Question.get_by_id("q1").author == Question.get_by_id("q2").author) == ("q2", False)


def test_wiping_is_told(kiosk, room, one):
    make_question(kiosk, room, "q1")
    kiosk.write(lambda tx: retention.wipe(tx, room))
    settle(kiosk)
    assert one.wait("wiped") == {"rev": rooms.view(room).rev}
    assert one.wait("state", more_than=1)["session"] is None


def test_the_question_on_screen_is_told(kiosk, room, one):
    make_question(kiosk, room, "q1", "Avez-vous peur ?")
    kiosk.write(lambda tx: moderation.put_on_screen(tx, room, "q1"))
    settle(kiosk)
    end = one.wait("changed")
    while "current" not in end:
        end = one.wait("changed", more_than=len(one.heard("changed")))
    assert (end["current"], end["list"]) == ({"number": 1, "text": "Avez-vous peur ?", "support": 0}, True)


def test_a_packet_of_a_socket_that_has_left_leaves_no_trace(app, room):
    """A packet may wait its turn while its socket goes: nobody is half let in, nothing is written in the journal."""
    server = app.extensions["socketio"].server
    heard = server.eio.handlers["message"]
    heard("gone-0123456789", "0/phone,")
    heard("gone-0123456789", '2/phone,["resync"]')
    manager = server.manager
    assert all(manager.sid_from_eio_sid("gone-0123456789", name) is None for name in manager.get_namespaces())
    assert not manager.rooms.get("/phone", {}).get(None)
