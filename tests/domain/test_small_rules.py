"""Phases, events, stored values, the audit log, identifiers and devices."""

from __future__ import annotations

import logging
import re
import uuid

import pytest

from factories import audit_lines, settle
from kiosk.domain import audit, phases, stored
from kiosk.domain.people import devices, identifiers
from kiosk.domain.phases import PHASES
from kiosk.ground.errors import KioskError
from kiosk.ground.events import Bus, Event, RoomRemoved, SettingsChanged
from kiosk.storage.models import AuditEntry
from kiosk.storage.writer import Transaction

# -- phases


def test_phases_follow_one_another():
    codes = PHASES.codes()
    assert [phases.after(code).code for code in codes] == [*codes[1:], "closed"]
    assert [phases.before(code).code for code in codes] == ["lobby", *codes[:-1]]


def test_unknown_phase_is_refused():
    for function in (phases.after, phases.before, phases.steps):
        with pytest.raises(KioskError) as caught:
            function("pause")
        assert caught.value.code == "unknown_phase"


def test_steps_show_where_we_are():
    assert phases.steps("lobby") == phases.steps("countdown")
    for phase in PHASES:
        labels, states = zip(*phases.steps(phase.code))
        assert labels == tuple(dict.fromkeys(one.step for one in PHASES if one.step))
        at = labels.index(phase.step) if phase.step else len(labels)
        assert states == (*["done"] * at, *["now"] * (at < len(labels)), *["todo"] * (len(labels) - at - 1))


# -- events


def test_bus_tells_everybody_in_order_the_events_of_one_commit():
    bus, first, second = Bus(), RoomRemoved("1"), RoomRemoved("2")
    heard: list[tuple[str, list[Event]]] = []
    bus.subscribe(lambda events: heard.append(("a", list(events))))
    bus.subscribe(lambda events: heard.append(("b", list(events))))
    bus.publish([first, second])
    assert heard == [("a", [first, second]), ("b", [first, second])]


def test_bus_goes_on_when_a_subscriber_fails(caplog):
    bus, told = Bus(), RoomRemoved("1")
    heard: list[Event] = []

    def broken(_events):
        raise RuntimeError("boum")

    bus.subscribe(broken)
    bus.subscribe(heard.extend)
    with caplog.at_level(logging.ERROR, "kiosk.events"):
        bus.publish([told])
    assert heard == [told]
    assert [record.message.split(" < ")[0] for record in caplog.records] == ["a subscriber failed: RuntimeError"]
    assert "boum" not in caplog.text


# -- stored


def test_stored_values_are_kept_changed_and_forgotten(kiosk, write):
    heard: list[Event] = []
    kiosk.bus.subscribe(heard.extend)
    assert [stored.get("k"), stored.get("k", 3)] == [None, 3]
    write(stored.put, "k", {"é": [1, None]})
    write(stored.put, "j", 0)
    assert [stored.get("k"), stored.get("j", 3)] == [{"é": [1, None]}, 0]
    write(stored.put, "k", "x")
    assert stored.get("k") == "x"
    write(stored.put, "k", None)
    assert stored.get("k", "absent") == "absent"
    settle(kiosk)
    assert heard == [SettingsChanged((key,)) for key in ("k", "j", "k", "k")]


# -- audit


def test_audit_says_who_what_when(kiosk, room):
    def unit(tx: Transaction) -> int:
        audit.note(tx, "teacher", "approve", room, "q1")
        return tx.now

    at = kiosk.write(unit)
    kiosk.write(lambda tx: audit.note(tx, "machine", "start"))
    assert [(e.at >= at, e.actor, e.action, e.room_id, e.detail) for e in audit_lines()] == [
        (True, "machine", "start", None, ""),
        (True, "teacher", "approve", room, "q1"),
    ]
    assert [(e.at, e.action) for e in audit_lines(room_id=room)] == [(at, "approve")]
    assert [e.action for e in audit_lines(1)] == ["start"]


def test_audit_details_are_short(kiosk):
    kiosk.write(lambda tx: audit.note(tx, "teacher", "x", detail="y" * 300))
    assert audit_lines()[0].detail == "y" * 200


def test_audit_shows_a_hundred(kiosk):
    def unit(tx: Transaction) -> None:
        for n in range(101):
            audit.note(tx, "teacher", str(n))

    kiosk.write(unit)
    assert [len(audit_lines()), audit_lines()[0].action] == [100, "100"]


def test_audit_forgets_the_oldest(kiosk, write, monkeypatch):
    monkeypatch.setattr(audit, "KEPT", 3)
    for n in range(3):
        write(audit.note, "teacher", str(n))
    write(audit.trim)
    assert [e.action for e in audit_lines()] == ["2", "1", "0"]
    write(audit.note, "teacher", "3"), write(audit.note, "teacher", "4")
    write(audit.trim)
    assert [e.action for e in audit_lines()] == ["4", "3", "2"]
    assert AuditEntry.select().count() == 3


# -- identifiers and devices


def test_identifiers_are_version_7_and_sort_by_time():
    made = [identifiers.uuid7(now) for now in (0, 1_793_491_200_000, 1_793_491_200_001, 2**48 - 1)]
    assert made == sorted(made)
    for text, now in zip(made, (0, 1_793_491_200_000, 1_793_491_200_001, 2**48 - 1)):
        value = uuid.UUID(text)
        assert (value.version, value.variant, value.int >> 80) == (7, uuid.RFC_4122, now)


def test_identifiers_of_one_instant_differ():
    made = {identifiers.uuid7(1_793_491_200_000) for _n in range(500)}
    assert len(made) == 500
    assert len({text[15:18] for text in made}) > 50 and len({text[24:] for text in made}) == 500


@pytest.mark.parametrize(
    "token, known",
    [
        ("abcdefgh", True),
        ("A-z_0123", True),
        ("x" * 64, True),
        ("abcdefg", False),
        ("x" * 65, False),
        ("abc defgh", False),
        ("abcdefgh\n", False),
        ("", False),
        (None, False),
        (12345678, False),
    ],
)
def test_device_tokens_have_a_form(token, known):
    assert devices.known(token) == (token if known else None)


def test_new_device_tokens_are_good_and_differ():
    made = {devices.new("clé", 1_700_000_000_000) for _n in range(100)}
    assert (len(made), {devices.known(token) for token in made}) == (100, made)
    assert {len(token) for token in made} == {28}


def test_a_token_of_ours_tells_its_age_and_no_other_does():
    now = 1_800_000_000_000
    token = devices.new("clé", now)
    assert devices.issued(token, "clé") == now
    forged = [token[:-1] + ("A" if token[-1] != "A" else "B"), "A" * 28, token[1:] + "A", "appareil-1", "z" * 28]
    assert [devices.issued(one, "clé") for one in forged] == [None] * 5
    assert devices.issued(token, "autre") is None
    ages = [devices.older_than(token, "clé", now + ms, 3.0) for ms in (0, 2_999, 3_000, 86_400_000, -1)]
    assert ages == [False, False, True, True, True]  # made in what is now the future: the clock went back
    assert devices.older_than("appareil-1", "clé", now, 0.0) is False


def test_authors_cannot_be_linked_between_sessions():
    same = devices.author_of("appareil-1", "S1")
    assert (same, re.fullmatch("[0-9a-f]{32}", same) is not None) == (devices.author_of("appareil-1", "S1"), True)
    assert (
        len(
            {
                same,
                devices.author_of("appareil-1", "S2"),
                devices.author_of("appareil-2", "S1"),
                devices.author_of("appareil-1", None),
            }
        )
        == 4
    )
    assert devices.author_of("appareil-1", None) == devices.author_of("appareil-1", "")
