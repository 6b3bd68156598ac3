"""The calendar file, read back as RFC 5545 says; notices; what a teacher does with a rejected operation."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import icalendar
import pytest

from factories import make_class, make_question, make_room, make_session
from kiosk.domain import calendars, outbox, sessions
from kiosk.domain.questions import preparation
from kiosk.exchange import notices, resending
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Notice, Operation, Question, Session


def entries(kiosk: Any, **classes: tuple[str, ...]) -> list[calendars.Entry]:
    kiosk.database.connect_reader()
    rows = {row.id: row.rev for row in Session.select()}
    return [calendars.Entry(s, rows[s.id], classes.get(s.id, ())) for s in sessions.all_sessions()]


def unfolded(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def test_every_line_ends_with_crlf_and_holds_75_octets(kiosk):
    make_session(kiosk, "S1", title="Métiers « verts », é" * 40, meeting_url="https://visio.example/" + "x" * 200)
    data = calendars.calendar(entries(kiosk), 0)
    assert data.endswith(b"END:VCALENDAR\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.split(b"\r\n")) == 75
    for line in data.split(b"\r\n"):
        line.decode()  # no character is cut


def test_times_are_utc_the_uid_is_stable_and_the_revision_is_the_sequence(kiosk):
    make_session(kiosk, "S-2026-118", rev=3, starts_at=1_795_525_200_000, duration_min=45, status="cancelled")
    lines = unfolded(calendars.calendar(entries(kiosk, **{"S-2026-118": ("4e B", "4e C")}), 1_795_000_000_000))
    for wanted in (
        "UID:S-2026-118@metiers-en-direct",
        "DTSTART:20261124T130000Z",
        "DTEND:20261124T134500Z",
        "SEQUENCE:3",
        "STATUS:CANCELLED",
        "SUMMARY:Cheffe d’équipe (4e B\\, 4e C)",
        "METHOD:PUBLISH",
        "DTSTAMP:20261118T110640Z",
    ):
        assert wanted in lines
    assert [line for line in lines if line.startswith("TZID") or "VTIMEZONE" in line] == []


def test_a_revision_of_ages_stays_a_number_of_the_format(kiosk):
    make_session(kiosk, "S1", rev=1_795_525_200_000)
    assert "SEQUENCE:2147483647" in unfolded(calendars.calendar(entries(kiosk), 0))


def test_a_calendar_program_reads_it(kiosk):
    """As icalendar does, which many programs are built on: every value of its type, nothing misread."""
    make_session(
        kiosk, "S1", rev=3, title="Métiers « verts »; é" * 20, starts_at=1_795_525_200_000, duration_min=45,
        meeting_url="https://visio.example/a,b;c", status="cancelled",
    )  # fmt: skip
    read = icalendar.Calendar.from_ical(calendars.calendar(entries(kiosk, S1=("4e B", "4e C")), 1_795_000_000_000))
    (event,) = read.events
    assert (read.errors, event.errors) == ([], [])
    assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == ("S1@metiers-en-direct", 3, "CANCELLED")
    assert event.start == datetime(2026, 11, 24, 13, tzinfo=timezone.utc)
    assert event.end - event.start == timedelta(minutes=45)
    assert str(event["SUMMARY"]) == "Métiers « verts »; é" * 20 + " (4e B, 4e C)"
    assert "https://visio.example/a,b;c" in str(event["DESCRIPTION"]) + str(event.get("LOCATION"))


def test_text_cannot_add_a_line(kiosk):
    make_session(
        kiosk, "S1", title="A;B,C\\D\r\nATTENDEE:x\x00\x0b", meeting_url="https://visio.example/a\r\nATTENDEE:y"
    )
    lines = unfolded(calendars.calendar(entries(kiosk), 0))
    assert "SUMMARY:A\\;B\\,C\\\\D\\nATTENDEE:x" in lines
    assert [line for line in lines if line.startswith(("ATTENDEE", "URL"))] == []
    assert all(re.match(r"[A-Z-]+[:;]", line) for line in lines if line)


def test_notices_go_at_their_date_and_warnings_come_first(kiosk):
    def unit(tx: Any) -> None:
        for key, level, until in (("a", "info", 10), ("b", "warning", 30), ("c", "info", 20), ("d", "info", 99)):
            Notice.insert(id=key, level=level, text=key, expires_at=tx.now + until * 1000, deleted=key == "d").execute()

    kiosk.write(unit)
    now = kiosk.clock.now()
    assert [one.id for one in notices.current(now)] == ["b", "a", "c"]
    assert [one.id for one in notices.current(now + 15_000)] == ["b", "c"]


def test_a_moved_session_of_ours_is_news_until_read_and_again_when_moved_again(kiosk, write):
    make_session(kiosk, "S1", status="moved", rev=2)
    make_session(kiosk, "S2", status="moved", rev=2)
    make_class(kiosk, "S1", "4e B")
    now = kiosk.clock.now()
    assert [s.id for s in notices.moved_or_cancelled(now)] == ["S1"]
    write(notices.mark_read, "S1")
    assert notices.moved_or_cancelled(now) == []
    kiosk.write(lambda tx: Session.update(rev=3, status="cancelled").where(Session.id == "S1").execute())
    assert [s.id for s in notices.moved_or_cancelled(now)] == ["S1"]
    make_room(kiosk, session_id="S2")
    assert [s.id for s in notices.moved_or_cancelled(now)] == ["S1", "S2"]
    with pytest.raises(KioskError, match="séance"):
        write(notices.mark_read, "S9")


@pytest.fixture
def rejected(kiosk, room, write) -> Operation:
    question = write(preparation.add, room, "Quel est votre salaire ?", theme="salaire")
    make_question(kiosk, room, "other")

    def unit(tx: Any) -> None:
        Operation.update(state="rejected", code="invalid", attempts=1).where(Operation.subject == question.id).execute()

    kiosk.write(unit)
    return Operation.get(Operation.subject == question.id)


def test_a_rejected_question_is_corrected_here_and_sent_again(kiosk, write, rejected):
    write(resending.question, rejected.seq, "Combien gagne-t-on au début ?", "metier")
    again = Operation.get((Operation.subject == rejected.subject) & (Operation.state == "waiting"))
    assert (again.body["text"], again.body["theme"]) == ("Combien gagne-t-on au début ?", "metier")
    assert again.id != rejected.id and outbox.waiting() == 1
    assert Question.get(Question.id == rejected.subject).text == "Combien gagne-t-on au début ?"


@pytest.mark.parametrize(
    ("text", "theme", "code"),
    [
        ("Appelez-moi au 06 12 34 56 78", "metier", "personal_data"),
        ("", "metier", "question_empty"),
        ("Pourquoi ?", "rien", "unknown_theme"),
    ],
)
def test_a_correction_that_cannot_leave_changes_nothing(kiosk, write, rejected, text, theme, code):
    with pytest.raises(KioskError) as refusal:
        write(resending.question, rejected.seq, text, theme)
    assert refusal.value.code == code
    assert Operation.get(Operation.seq == rejected.seq).state == "rejected"
    assert Question.get(Question.id == rejected.subject).text == "Quel est votre salaire ?"


def test_a_rejected_operation_can_be_let_go_once(write, rejected):
    write(resending.give_up, rejected.seq)
    assert Operation.get(Operation.seq == rejected.seq).state == "dropped"
    with pytest.raises(KioskError) as refusal:
        write(resending.give_up, rejected.seq)
    assert refusal.value.code == "unknown_operation"
