"""What classes report after a session: questions asked, attendance, reflection. Counts, and no pupil."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from kiosk.centre.models import Asked, Attendance, Question, Reflection, Session
from kiosk.centre.refusals import Rejection
from kiosk.centre.store import Tx
from kiosk.contract import AttendanceReport, QuestionAsked, ReflectionSummary, aggregates, to_ms
from kiosk.ground.i18n import _


def asked(tx: Tx, uai: str, kiosk: str, seq: int, body: QuestionAsked) -> None:
    """A question was asked, or answered. :raises Rejection: `unknown_session`."""
    _known(body.session_id)
    gone = Question.select().where((Question.id == body.question_id) & (Question.state == "withdrawn")).exists()
    values = {
        "kiosk": kiosk,
        "seq": seq,
        "session_id": body.session_id,
        "text": "" if gone else " ".join(body.text.split()),
        "theme": body.theme,
        "origin": body.origin,
        "status": body.status,
    }
    where = (Asked.uai == uai) & (Asked.id == body.question_id)
    held = Asked.get_or_none(where)
    if held is None:
        Asked.create(id=body.question_id, uai=uai, **values)
    elif not _late(held, kiosk, seq):
        Asked.update(**values).where(where).execute()


def attendance(tx: Tx, uai: str, kiosk: str, seq: int, body: AttendanceReport) -> None:
    """How a class took part. :raises Rejection: `unknown_session`, `invalid` (it ended before it began)."""
    _known(body.session_id)
    if body.ended_at < body.started_at:
        raise Rejection("invalid", _("La fin précède le début."))
    values = {
        "kiosk": kiosk,
        "seq": seq,
        "headcount": body.headcount,
        "started_at": to_ms(body.started_at),
        "ended_at": to_ms(body.ended_at),
        "received": body.questions_received,
        "asked": body.questions_asked,
    }
    where = (
        (Attendance.uai == uai)
        & (Attendance.enrolment_id == body.enrolment_id)
        & (Attendance.session_id == body.session_id)
    )
    held = Attendance.get_or_none(where)
    if held is None:
        Attendance.create(uai=uai, enrolment_id=body.enrolment_id, session_id=body.session_id, **values)
    elif not _late(held, kiosk, seq):
        Attendance.update(**values).where(where).execute()


def reflection(tx: Tx, uai: str, kiosk: str, seq: int, body: ReflectionSummary) -> None:
    """Counts of a class's reflection. :raises Rejection: `unknown_session`, `invalid` (a count whose complement tells a
    small one).
    """
    _known(body.session_id)
    useful = body.useful if body.useful is not UNSET else {}
    told = [*useful.values(), *([body.more] if body.more is not UNSET else [])]
    if not all(aggregates.may_leave(n, body.answers) for n in told):
        raise Rejection("invalid", _("Un nombre en ferait deviner un autre, inférieur à 5."))
    sender = body.kiosk if body.kiosk is not UNSET else kiosk
    of = body.enrolment_id if body.enrolment_id is not UNSET else ""
    values = {
        "seq": seq,
        "answers": body.answers,
        "themes": msgspec.json.encode(body.themes).decode(),
        "useful": msgspec.json.encode(useful).decode(),
        "more": body.more if body.more is not UNSET else None,
    }
    here = (Reflection.uai == uai) & (Reflection.kiosk == sender) & (Reflection.session_id == body.session_id)
    where = here & (Reflection.enrolment_id == of)
    held = Reflection.get_or_none(where)
    if held is None:
        Reflection.create(uai=uai, kiosk=sender, session_id=body.session_id, enrolment_id=of, **values)
    elif held.seq < seq:
        Reflection.update(**values).where(where).execute()
    if of:  # it says the class of what had none
        Reflection.delete().where(here & (Reflection.enrolment_id == "") & (Reflection.seq < seq)).execute()


def _late(held: Any, kiosk: str, seq: int) -> bool:
    """Whether a later operation of the same kiosk spoke already: numbers of two kiosks say nothing of their order."""
    return bool(held.kiosk == kiosk and held.seq >= seq)


def _known(session_id: str) -> None:
    if not Session.select().where(Session.id == session_id).exists():
        raise Rejection("unknown_session", _("Le centre ne connaît pas cette séance."))
