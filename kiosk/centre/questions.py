"""Questions for the speakers: prepared in classes, or received by e-mail and on the web.

The office keeps or sets aside, and orders them; a question a school withdrew leaves no text behind.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from peewee import fn

from kiosk.centre import feed, territories
from kiosk.centre.identifiers import check_id
from kiosk.centre.models import LIVING, Asked, Enrolment, Question, Session
from kiosk.centre.refusals import OfficeError, Rejection
from kiosk.centre.store import Tx
from kiosk.contract import QuestionBody, QuestionPrepared
from kiosk.contract.values import MAX_QUESTION
from kiosk.ground import remembered
from kiosk.ground.i18n import _

#: Origins of questions that the centre sends to the schools of a session.
RECEIVED = ("email", "web", "class")


def prepared(tx: Tx, uai: str, kiosk: str, seq: int, body: QuestionPrepared) -> None:
    """Take a prepared question, or its new wording and support. :raises Rejection: `unknown_session`,
    `forbidden`, `invalid`.
    """
    text = " ".join(body.text.split())
    if not text:
        raise Rejection("invalid", _("La question est vide."))
    held = Question.get_or_none(Question.id == body.question_id)
    if held is not None and held.uai == uai and held.state == "withdrawn":
        return  # whatever it is about: it was withdrawn, perhaps before it was known (contract, rule 3)
    if not Session.select().where(Session.id == body.session_id).exists():
        raise Rejection("unknown_session", _("Le centre ne connaît pas cette séance."))
    said = {
        "kiosk": kiosk,
        "seq": seq,
        "session_id": body.session_id,
        "text": text,
        "theme": body.theme,
        "level": body.level,
        "support": body.support,
    }
    if held is None:
        Question.create(id=body.question_id, uai=uai, created_at=tx.now, **said)
        feed.own(body.question_id, uai)
        return
    if held.origin in RECEIVED:
        return  # the centre's own, that a class backs or words its way: that stays in the class
    _own(held, uai)
    if held.kiosk == kiosk and held.seq >= seq:
        return
    Question.update(**said).where(Question.id == held.id).execute()
    feed.own(held.id, uai)


def withdraw(tx: Tx, uai: str, kiosk: str, seq: int, question_id: str) -> None:
    """Take a question back, for good. :raises Rejection: `forbidden`."""
    held = Question.get_or_none(Question.id == question_id)
    if held is None or held.origin not in RECEIVED:
        Asked.update(text="").where((Asked.uai == uai) & (Asked.id == question_id)).execute()
    if held is None:
        Question.create(id=question_id, uai=uai, kiosk=kiosk, seq=seq, state="withdrawn", created_at=tx.now)
        return
    if held.origin in RECEIVED:
        return
    _own(held, uai)
    Question.update(state="withdrawn", text="", support=0, position=None).where(Question.id == question_id).execute()
    feed.remove(feed.OWN, question_id, uai)
    remembered.forget()


def receive(tx: Tx, session_id: str, text: str, theme: str, origin: str, id: str | None = None) -> str:
    """Write down a question the centre received; the schools of the session get it. Returns its id.

    :raises OfficeError: empty, too long, the session is not known, or another territory wrote it down.
    """
    text = " ".join(text.split())
    if not text:
        raise OfficeError(_("Écrivez la question."), "text")
    if len(text) > MAX_QUESTION:
        raise OfficeError(_("Cette question dépasse %(max)s caractères.", max=MAX_QUESTION), "text")
    if not Session.select().where(Session.id == session_id).exists():
        raise OfficeError(_("Cette séance n’existe pas."), "session_id")
    id = id or str(uuid.uuid4())
    check_id(id)
    values = {"session_id": session_id, "text": text, "theme": theme, "origin": origin}
    held = Question.get_or_none(Question.id == id)
    if held is not None and held.origin not in RECEIVED:
        raise OfficeError(_("Cet identifiant est celui d’une question d’une classe."), "id")
    if held is not None:
        check_territory([held])
    if held is None:
        Question.create(id=id, created_at=tx.now, **values)
    else:
        Question.update(**values).where(Question.id == id).execute()
    tell(Question.get_by_id(id), _schools_of(session_id))
    return id


def of_session(session_id: str) -> list[Question]:
    """Questions of a session that were not withdrawn, most supported first."""
    return list(
        Question.select()
        .where((Question.session_id == session_id) & (Question.state != "withdrawn") & readable())
        .order_by(Question.support.desc(), Question.created_at, Question.id)
    )


def counts(session_ids: list[str]) -> dict[str, int]:
    """Session id → number of questions, of these sessions."""
    rows: Any = (
        Question.select(Question.session_id, fn.COUNT(Question.id).alias("n"))
        .where(Question.session_id.in_(session_ids) & (Question.state != "withdrawn") & readable())
        .group_by(Question.session_id)
        .dicts()
    )
    return {row["session_id"]: row["n"] for row in rows}


def readable() -> Any:
    """The condition that a question is of a school of one's territory, or received by the centre."""
    return (Question.uai == "") | territories.mine(Question.uai)


def check_territory(rows: Iterable[Question]) -> None:
    """A class's question is its school's; one that the centre received, of who made its session.

    :raises OfficeError: one is another territory's.
    """
    rows = list(rows) if territories.own() else []
    for uai in {str(row.uai) for row in rows if row.uai}:
        territories.check_school(uai)
    for session_id in {str(row.session_id) for row in rows if not row.uai}:
        check_list(session_id)


def check_list(session_id: str) -> None:
    """:raises OfficeError: the session, so the order of its questions, is another territory's."""
    session = Session.get_or_none(Session.id == session_id)
    if session is not None:
        territories.check_made_by(session.territory)


def tell_all(row: Any) -> None:
    """Send a received question to the schools that take part or wait."""
    tell(row, _schools_of(row.session_id))


def tell(row: Any, schools: Iterable[str]) -> None:
    """Send a received question to schools."""
    body = QuestionBody(session_id=row.session_id, text=row.text, theme=row.theme, origin=row.origin, state=row.state)
    feed.publish_to("question", row.id, body, sorted(schools))


def _schools_of(session_id: str) -> set[str]:
    """The schools that take part or wait."""
    rows = Enrolment.select(Enrolment.uai).where((Enrolment.session_id == session_id) & Enrolment.state.in_(LIVING))
    return {row.uai for row in rows}


def _own(held: Any, uai: str) -> None:
    if held.uai != uai:
        raise Rejection("forbidden", _("Cette question est celle d’un autre établissement."))
