"""Invented sessions, schools and questions: to try the centre, or to learn it."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from kiosk.centre import audit, catalogue, enrolments, notices, questions, reports
from kiosk.centre.models import Enrolment, Session
from kiosk.centre.refusals import Rejection
from kiosk.centre.store import Tx
from kiosk.contract import (
    AttendanceReport,
    EnrolmentRequest,
    QuestionAsked,
    QuestionPrepared,
    ReflectionSummary,
    SessionBody,
    SpeakerBody,
    from_ms,
)
from kiosk.ground import instants
from kiosk.ground.i18n import _, _n

FILE = Path(__file__).resolve().parent / "data" / "demo.json"
DAY = 24 * 3600 * 1000


def load(tx: Tx) -> list[str]:
    """Write the demonstration; loading it again dates it again. Returns what to tell, line by line."""
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    for id, body in data["speakers"].items():
        catalogue.put_speaker(tx, id, msgspec.convert(body, SpeakerBody))
    for id, body in data["sessions"].items():
        day = instants.local(instants.of_our_times(tx.now)).date() + timedelta(days=body.pop("days"))
        while day.weekday() >= 5:
            day += timedelta(days=1)
        at = instants.read_time(body.pop("hour"))
        assert at is not None
        manual = body.pop("manual", False)
        start = instants.instant(day, at).isoformat()
        catalogue.put_session(tx, id, msgspec.convert({**body, "starts_at": start}, SessionBody), manual)
    for number, one in enumerate(data["enrolments"]):
        _enrol(tx, number, one)
    for number, (session, uai, theme, level, support, text) in enumerate(data["questions"]):
        questions.prepared(
            tx,
            uai,
            "demo",
            number,
            QuestionPrepared(f"DEMO-CQ-{number}", session, text, theme, level, support),
        )
    _report(tx, data)
    for number, (session, origin, theme, text) in enumerate(data["received"]):
        questions.receive(tx, session, text, theme, origin, f"DEMO-RQ-{number}")
    until = instants.of_our_times(tx.now) + 30 * DAY
    if until > tx.now:
        notices.publish(tx, "info", data["notice"], until, id="DEMO-CN-1")
    audit.note(tx, "demo")
    return [
        _n("%(n)s séance inventée", "%(n)s séances inventées", len(data["sessions"])),
        _n("%(n)s inscription", "%(n)s inscriptions", len(data["enrolments"])),
        _n("%(n)s question préparée", "%(n)s questions préparées", len(data["questions"])),
        _("Pour associer un kiosque : le bureau, page « Kiosques »."),
    ]


def _enrol(tx: Tx, number: int, one: list[Any]) -> None:
    session, uai, label, level, headcount = one
    body = EnrolmentRequest(f"DEMO-CE-{number}", session, "class", label, level, headcount)
    try:
        enrolments.request(tx, uai, "demo", number, body)
    except Rejection:
        return  # a session of the demonstration that is over today


def _report(tx: Tx, data: dict[str, Any]) -> None:
    """What classes said of the session that is over."""
    numbers = count(1)
    for number, (session, uai, label, level, pupils, received, put, reflection) in enumerate(data["reports"]):
        id, start = f"DEMO-CR-{number}", from_ms(Session.get_by_id(session).starts_at)
        Enrolment.insert(
            id=id, uai=uai, kiosk="demo", seq=0, session_id=session, kind="class", label=label, level=level,
            headcount=pupils, contact="", state="confirmed", reason="", queue=number, created_at=tx.now,
        ).on_conflict_ignore().execute()  # fmt: skip
        end = start + timedelta(minutes=45 + number)
        kiosk = f"demo {uai}"
        reports.attendance(tx, uai, kiosk, tx.now, AttendanceReport(session, id, pupils, start, end, received, put))
        if reflection:
            reports.reflection(tx, uai, kiosk, tx.now, ReflectionSummary(session, **reflection))
    for number, uai, status in data["asked"]:
        session, _uai, theme, _level, _support, text = data["questions"][number]
        body = QuestionAsked(f"DEMO-CQ-{number}", session, text, theme, "prepared", status)
        reports.asked(tx, uai, f"demo {uai}", tx.now, body)
    for session, uai, themes in data["live"]:
        for theme in (one for one, many in themes.items() for _time in range(many)):
            body = QuestionAsked(f"DEMO-CL-{next(numbers)}", session, "Une question ?", theme, "live", "answered")
            reports.asked(tx, uai, f"demo {uai}", tx.now, body)
