"""Questions that a class had no time to ask, and what the speaker writes back (contract, r2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from kiosk.centre import feed, territories
from kiosk.centre.models import Feed, OpenQuestion, Proposed, Session
from kiosk.centre.refusals import OfficeError, Rejection
from kiosk.centre.store import Tx
from kiosk.contract import AnswerBody, QuestionOpen, from_ms
from kiosk.contract.storable import storable
from kiosk.contract.values import MAX_ANSWER, MAX_QUESTION
from kiosk.ground.i18n import _


@dataclass(frozen=True)
class Asked:
    """A question sent to a speaker, with the answer that was given, if any. ``created_at`` in UTC ms."""

    uai: str
    id: str
    session_id: str
    title: str
    question: str
    theme: str
    created_at: int
    answer: str
    #: What the speaker wrote on the private page, that nobody has sent yet.
    proposed: str = ""


def opened(tx: Tx, uai: str, kiosk: str, seq: int, body: QuestionOpen) -> None:
    """A class sends a question to the speaker. :raises Rejection: `unknown_session`."""
    if not Session.select().where(Session.id == body.session_id).exists():
        raise Rejection("unknown_session", _("Le centre ne connaît pas cette séance."))
    where = (OpenQuestion.uai == uai) & (OpenQuestion.id == body.question_id)
    held = OpenQuestion.get_or_none(where)
    values = {
        "kiosk": kiosk,
        "seq": seq,
        "session_id": body.session_id,
        "speaker_id": body.speaker_id if isinstance(body.speaker_id, str) else "",
        "text": " ".join(body.text.split()),
        "theme": body.theme,
    }
    if held is None:
        OpenQuestion.create(uai=uai, id=body.question_id, created_at=tx.now, **values)
    elif held.answered_at is None and not (held.kiosk == kiosk and held.seq >= seq):
        OpenQuestion.update(**values).where(where).execute()


def listed(tx: Tx, session_id: str = "", most: int = 200) -> list[Asked]:
    """Those sent, what waits first, then the latest; what nobody answered in time is no more
    (:mod:`kiosk.centre.retention`).
    """
    query = OpenQuestion.select(OpenQuestion, Session.title).join(
        Session, on=(Session.id == OpenQuestion.session_id), attr="session"
    )
    if session_id:
        query = query.where(OpenQuestion.session_id == session_id)
    rows: Any = (
        query.where(territories.mine(OpenQuestion.uai))
        .order_by(OpenQuestion.answered_at.is_null().desc(), OpenQuestion.created_at.desc())
        .limit(most)
    )
    rows = list(rows)
    written = Proposed.select().where(Proposed.id.in_([row.id for row in rows]))
    said = {(one.uai, one.id): one.text for one in written}
    found = (_asked(row, row.session.title, said.get((row.uai, row.id), "")) for row in rows)
    return [one for one in found if one.question]


def asked(row: OpenQuestion) -> Asked:
    """A question with its answer; both texts are empty when what nobody answered in time is gone."""
    written = Proposed.get_or_none((Proposed.uai == row.uai) & (Proposed.id == row.id))
    return _asked(row, "", written.text if written is not None else "")


def _asked(row: Any, title: str, proposed: str) -> Asked:
    given = _given(row.uai, row.id) if row.answered_at is not None else None
    text, answer = (given.question, given.text) if given else (row.text, "")
    return Asked(row.uai, row.id, row.session_id, title, text, row.theme, row.created_at, answer, proposed)


def give(tx: Tx, uai: str, id: str, question: str, text: str) -> None:
    """Send what the speaker wrote to the school that asked, with the question as the office keeps it; given again, it
    is a correction.

    :raises OfficeError: no such question, an empty text or one that is too long.
    """
    row = OpenQuestion.get_or_none((OpenQuestion.uai == uai) & (OpenQuestion.id == id))
    if row is None:
        raise OfficeError(_("Cette question n’est plus là."))
    territories.check_school(uai)
    question, text = " ".join(question.split()), "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))
    for field, value, most in (("question", question, MAX_QUESTION), ("text", text, MAX_ANSWER)):
        if not value:
            raise OfficeError(_("Écrivez la question et la réponse."), field)
        if len(value) > most:
            raise OfficeError(_("Ce texte dépasse %(max)s caractères.", max=most), field)
        if not storable(value):
            raise OfficeError(_("Un caractère ne peut pas être gardé."), field)
    body = AnswerBody(id, row.session_id, question, text, from_ms(tx.now), row.speaker_id or None)
    feed.publish("answer", id, body, uai)
    where = (OpenQuestion.uai == uai) & (OpenQuestion.id == id)
    OpenQuestion.update(text="", answered_at=tx.now).where(where).execute()
    Proposed.delete().where((Proposed.uai == uai) & (Proposed.id == id)).execute()


def _given(uai: str, id: str) -> AnswerBody | None:
    row = Feed.get_or_none((Feed.type == "answer") & (Feed.id == id) & (Feed.uai == uai) & ~Feed.deleted)
    return msgspec.json.decode(row.body, type=AnswerBody) if row is not None else None
