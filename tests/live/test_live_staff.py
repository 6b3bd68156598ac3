"""Namespaces /display and /control: who comes in, what they hear, and how a right ends."""

from __future__ import annotations

import time

import pytest

from factories import Phone, Teacher, make_question, make_room, settle
from kiosk.domain import rooms, stored
from kiosk.domain.people import access
from kiosk.domain.questions import moderation
from kiosk.ground.events import AddressMoved
from kiosk.web.live.outbound import PHONE_PERIOD

REMOTE = {"X-Forwarded-For": "192.168.1.50"}


@pytest.fixture
def socket(app, room):
    opened = []

    def make(*args, **values):
        opened.append(Phone(app, *args, **values))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


# -- display


def test_display_needs_the_token_from_elsewhere(kiosk, socket):
    good = kiosk.secrets.display_token
    assert [
        socket("/display", auth, headers=REMOTE).inside
        for auth in (None, {}, {"token": ""}, {"token": "é" + good}, {"token": [good]}, {"token": good})
    ] == [False, False, False, False, False, True]
    assert socket("/display", {}, headers=REMOTE, query=f"jeton={good}").inside is True


def test_display_on_another_machine_can_be_forbidden(kiosk, socket, monkeypatch):
    object.__setattr__(kiosk.settings, "display_remote", False)
    assert socket("/display", {"token": kiosk.secrets.display_token}, headers=REMOTE).inside is False


def test_display_of_an_unknown_room_is_refused(kiosk, socket):
    assert socket("/display", {"token": kiosk.secrets.display_token, "room": "ZZZ9"}, headers=REMOTE).inside is False


@pytest.fixture
def screen(kiosk, socket):
    return socket("/display", {"token": kiosk.secrets.display_token}, headers=REMOTE)


def test_display_is_greeted(kiosk, room, screen):
    (hello,) = screen.heard("hello")
    assert abs(hello.pop("now") - kiosk.clock.now()) < 2_000
    assert hello.keys() == {"boot", "build", "rev", "phase", "phones"}
    assert (hello["boot"], hello["rev"], hello["phase"], hello["phones"]) == (
        kiosk.boot,
        rooms.view(room).rev,
        "lobby",
        0,
    )
    assert screen.call("resync")["rev"] == hello["rev"]
    assert screen.call("clock", {"t": 3})["t"] == 3
    assert screen.call("ask", {"id": "q1", "text": "x"})["error"]["code"] == "unknown_event"


def test_display_hears_each_commit_once(kiosk, room, screen):
    def unit(tx):
        moderation.approve(tx, room, "q1")
        moderation.put_on_screen(tx, room, "q2")

    for id in ("q1", "q2"):
        make_question(kiosk, room, id)
    settle(kiosk)
    heard = len(screen.heard("changed"))
    kiosk.write(unit)
    settle(kiosk)
    assert screen.heard("changed")[heard:] == [{"rev": rooms.view(room).rev, "what": ["status", "current"]}]


def test_display_hears_its_room_only(kiosk, room, screen):
    other = make_room(kiosk, "Autre", session_id="S1")
    settle(kiosk)
    before = len(screen.heard())
    make_question(kiosk, other, "b1")
    settle(kiosk)
    assert len(screen.heard()) == before


def test_settings_concern_everybody(kiosk, screen):
    kiosk.write(lambda tx: stored.put(tx, "k", 1))
    settle(kiosk)
    assert screen.wait("changed") == {"rev": 0, "what": ["setting"]}
    kiosk.bus.publish([AddressMoved()])
    assert screen.wait("changed", more_than=1)["what"] == ["address"]


def test_phones_are_counted_on_the_display(kiosk, screen, phone):
    phone("appareil-1")
    assert screen.wait("joins") == {"phones": 1}
    phone("appareil-2").close()
    end = time.monotonic() + 3
    while screen.heard("joins")[-1] != {"phones": 1} or len(screen.heard("joins")) < 2:
        assert time.monotonic() < end
        time.sleep(0.02)


# -- control


def test_control_refuses_without_the_cookie(client, socket):
    assert [socket("/control", {}).inside, socket("/control", {"token": "x"}, browser=client).inside] == [False, False]
    client.set_cookie("kiosk_teacher", "inconnu")
    assert socket("/control", {}, browser=client).inside is False


def test_control_greets_the_teacher(kiosk, room, teacher, socket):
    panel = socket("/control", {}, browser=teacher.client)
    assert panel.heard("hello")[0]["rev"] == rooms.view(room).rev
    assert (panel.call("resync")["ok"], panel.call("clock", {"t": 1})["t"]) == (True, 1)
    make_question(kiosk, room, "q1")
    assert panel.wait("changed")["what"] == ["question"]


def test_control_of_a_moderator_is_its_room_s(kiosk, app, room, socket):
    other = make_room(kiosk, "Autre", session_id="S1")
    moderator = Teacher(app).invited(other)
    panel = socket("/control", {"room": rooms.view(room).code}, browser=moderator.client)
    make_question(kiosk, room, "a1"), make_question(kiosk, other, "b1")
    settle(kiosk)
    assert [c["ids"] for c in panel.heard("changed")] == [["b1"]]


def test_a_worrying_message_taken_back_is_announced_to_nobody_by_its_name(kiosk, app, room, socket, phone):
    """An invited moderator hears what the panel hears: which question went, and that one went, would say who wrote."""
    moderator, author, other = Teacher(app).invited(room), phone("appareil-1"), phone("appareil-2")
    panel = socket("/control", {}, browser=moderator.client)
    assert author.call("ask", {"id": "w1", "text": "J’ai envie de mourir"})["ok"]
    settle(kiosk)
    other.wait("state")
    before = len(panel.heard("changed"))
    assert author.call("withdraw", {"id": "w1"})["ok"]
    settle(kiosk)
    time.sleep(2 * PHONE_PERIOD)
    (told,) = panel.heard("changed")[before:]
    assert (told["what"], told["ids"]) == (["question"], [])
    assert not any("list" in one for one in other.heard("changed"))


@pytest.mark.parametrize("end", ["device", "others", "token"])
def test_a_right_that_ends_cuts_the_socket_at_once(kiosk, room, app, teacher, socket, end):
    panel = socket("/control", {}, browser=teacher.client)
    kept = Teacher(app).enter()
    safe = socket("/control", {}, browser=kept.client)
    grant = access.check(teacher.token, kiosk.clock.now())
    assert grant is not None
    kiosk.write(
        {
            "device": lambda tx: access.revoke_device(tx, grant.id),
            "others": lambda tx: access.revoke_others(tx, kept.token),
            "token": lambda tx: access.revoke_token(tx, teacher.token),
        }[end]
    )
    settle(kiosk)
    assert (panel.inside, safe.inside) == (False, True)
    heard = len(safe.heard())
    make_question(kiosk, room, "q1")
    settle(kiosk)
    assert len(safe.heard()) == heard + 1
    assert socket("/control", {}, browser=teacher.client).inside is False


def test_a_revoked_link_cuts_its_moderators(kiosk, room, app, socket):
    invitation_id, link = kiosk.write(lambda tx: access.invite(tx, room))
    moderator = Teacher(app)
    token = kiosk.write(lambda tx: access.accept(tx, link)[0])
    moderator.client.set_cookie("kiosk_teacher", token)
    panel = socket("/control", {}, browser=moderator.client)
    assert panel.inside is True
    kiosk.write(lambda tx: access.revoke_invitation(tx, invitation_id))
    settle(kiosk)
    assert panel.inside is False


def test_a_right_that_expired_is_refused_at_the_next_event(kiosk, teacher, socket):
    panel = socket("/control", {}, browser=teacher.client)
    kiosk.clock.correct(kiosk.clock.now() + 37 * 3_600_000, "teacher")
    assert [panel.call(event, {})["error"]["code"] for event in ("resync", "clock")] == ["forbidden", "forbidden"]


def test_a_failing_check_refuses(teacher, socket, monkeypatch):
    def boom(*_args):
        raise TypeError("boum")

    monkeypatch.setattr(access, "check", boom)
    assert socket("/control", {}, browser=teacher.client).inside is False


def test_a_failure_in_one_announcement_spares_the_next(kiosk, room, teacher, socket):
    panel = socket("/control", {}, browser=teacher.client)
    other = Teacher(panel.client.app).enter()

    def unit(tx):
        access.revoke_token(tx, other.token)
        stored.put(tx, "k", 1)

    kiosk.write(unit)
    settle(kiosk)
    assert panel.wait("changed")["what"] == ["setting"]
