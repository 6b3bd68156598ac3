"""Enrolments of this school: asked for here (offline too), decided by the centre.

``state`` is the centre's word. What has not left yet is told by :func:`pending`: « en attente d'envoi ».
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kiosk import contract
from kiosk.contract.levels import LEVELS
from kiosk.contract.values import MAX_CLASS, MAX_PUPILS
from kiosk.domain import outbox, retelling, sessions
from kiosk.domain.people import identifiers
from kiosk.domain.reading import textrules
from kiosk.ground.errors import KioskError
from kiosk.ground.events import EnrolmentChanged
from kiosk.ground.values import dataclass
from kiosk.storage.models import Enrolment, Operation, Session
from kiosk.storage.writer import Transaction

KINDS = ("class", "individual")
#: What the name of a class holds, at least one of.
_CLASS = re.compile(
    r"\d|\b(sixi|cinqui|quatri|troisi)[eè]me|\bpremi[eè]re|\bpr[eé]pa"
    r"|\b(seconde|terminale|term|tle|cap|bac|bts|segpa|ulis|upe2a|classe)\b",
    re.IGNORECASE,
)
#: States in which an enrolment still holds a place or hopes for one.
ALIVE = ("requested", "confirmed", "waitlisted")


@dataclass(frozen=True)
class EnrolmentView:
    """An enrolment as the teacher sees it. ``pending``: ``request`` or ``cancel`` while the centre does not know;
    ``meeting_url``: the link of this class, once confirmed; ``unconfirmed``: the centre knows nothing of it any more.
    """

    id: str
    session_id: str
    kind: str
    label: str
    level: str
    headcount: int
    contact_email: str
    state: str
    reason: str
    pending: str | None
    meeting_url: str = ""
    unconfirmed: bool = False


def request(
    tx: Transaction,
    session_id: str,
    *,
    kind: str = "class",
    label: str,
    level: str,
    headcount: int,
    contact_email: str = "",
) -> str:
    """Enrol a class, or one pupil, and tell the centre when it can be reached; returns the enrolment's id.

    ``label`` is the class's name, for one pupil too: never the pupil's own. ``contact_email`` is a member of staff's.

    :raises KioskError: ``unknown_session``, ``unknown_level``, ``name_invalid``, ``headcount_invalid``, ``invalid``,
        ``personal_data``, ``class_expected``, ``already_enrolled``, ``session_invented``,
        ``session_made_here``.
    """
    session = Session.get_or_none((Session.id == session_id) & ~Session.deleted)
    if session is None or session.status in ("cancelled", "done"):
        raise KioskError("unknown_session")
    if identifiers.kept_here(session_id):
        raise KioskError("session_invented" if identifiers.invented(session_id) else "session_made_here")
    label = textrules.visible(label)
    if not 1 <= len(label) <= MAX_CLASS:
        raise KioskError("name_invalid", field="label")
    if kind not in KINDS:
        raise KioskError("invalid", field="kind")
    LEVELS.get(level)
    count = 1 if kind == "individual" else headcount
    if not 1 <= count <= MAX_PUPILS:
        raise KioskError("headcount_invalid", field="headcount")
    if kind == "individual":
        refuse_name(label)
    if kind == "class" and _enrolled(session_id, label):
        raise KioskError("already_enrolled", field="label")
    new = identifiers.uuid7(tx.now)
    fields: dict[str, Any] = {"session_id": session_id, "kind": kind, "label": label, "level": level}
    fields["headcount"] = count
    email = contact_email.strip()
    body = contract.EnrolmentRequest(enrolment_id=new, **fields, contact_email=email or msgspec.UNSET)
    outbox.check("enrolment.request", msgspec.to_builtins(body))
    Enrolment.insert(id=new, **fields, contact_email=email).execute()
    outbox.append(tx, "enrolment.request", body, subject=new, session_id=session_id)
    tx.publish(EnrolmentChanged(new))
    return new


def refuse_name(label: str) -> None:
    """Where one pupil is enrolled, a label that looks like no class may be a name, and a name never leaves (contract,
    section 3, rule 9). :raises KioskError: ``class_expected``.
    """
    if not _CLASS.search(label):
        raise KioskError("class_expected", field="label")


def _enrolled(session_id: str, label: str) -> bool:
    same = (Enrolment.session_id == session_id) & (Enrolment.label == label) & (Enrolment.kind == "class")
    return bool(Enrolment.select().where(same & ~Enrolment.deleted & (Enrolment.state << ALIVE)).exists())


def cancel(tx: Transaction, enrolment_id: str) -> None:
    """Give the place back. A request that never left, or that is of the demonstration, is simply forgotten.

    :raises KioskError: ``unknown_enrolment``.
    """
    row = Enrolment.get_or_none((Enrolment.id == enrolment_id) & (~Enrolment.deleted))  # noqa: E712
    if row is None or row.state not in ALIVE:
        raise KioskError("unknown_enrolment")
    never_left = (
        row.rev == 0
        and Operation.select()
        .where(
            (Operation.subject == enrolment_id)
            & (Operation.type == "enrolment.request")
            & (Operation.state == "waiting")
            & (Operation.attempts == 0)
        )
        .exists()
    )
    body = contract.EnrolmentCancel(enrolment_id=enrolment_id)
    if never_left or identifiers.kept_here(row.session_id):
        outbox.withdraw(
            tx, "enrolment.cancel", body, subject=enrolment_id, session_id=row.session_id, undoes="enrolment.request"
        )
        Enrolment.update(state="cancelled").where(Enrolment.id == enrolment_id).execute()
    else:
        outbox.append(tx, "enrolment.cancel", body, subject=enrolment_id, session_id=row.session_id)
    tx.publish(EnrolmentChanged(enrolment_id))


def ask_again(tx: Transaction, enrolment_id: str) -> None:
    """Ask once more for a place of which the centre says nothing any more (contract, rule 12).

    :raises KioskError: ``unknown_enrolment``: it is none of those, or was asked for on another kiosk; those of
        :func:`request`.
    """
    row = Enrolment.get_or_none((Enrolment.id == enrolment_id) & ~Enrolment.deleted & Enrolment.unconfirmed)
    if row is None or row.state not in ALIVE or not row.label or not row.headcount:
        raise KioskError("unknown_enrolment")
    session = Session.get_or_none((Session.id == row.session_id) & ~Session.deleted)
    if session is None or session.status in ("cancelled", "done"):
        raise KioskError("unknown_session")
    fields = {name: getattr(row, name) for name in ("session_id", "kind", "label", "level", "headcount")}
    body = contract.EnrolmentRequest(enrolment_id=row.id, **fields, contact_email=row.contact_email or msgspec.UNSET)
    outbox.check("enrolment.request", msgspec.to_builtins(body))
    Enrolment.update(state="requested", reason="", unconfirmed=False).where(Enrolment.id == row.id).execute()
    retelling.once_more(tx, "enrolment.request", body, subject=row.id, session_id=row.session_id)
    tx.publish(EnrolmentChanged(row.id))


def refused(tx: Transaction, enrolment_id: str, code: str, detail: str) -> None:
    """The centre rejected the request itself: it will never hold this enrolment, so the kiosk says so."""
    unsaid = (Enrolment.rev == 0) & (Enrolment.state == "requested")
    before = (Enrolment.rev < 0) & (Enrolment.state << ALIVE)  # confirmed by a centre that went back
    changed = (
        Enrolment.update(state="refused", reason=detail or code, unconfirmed=False)
        .where((Enrolment.id == enrolment_id) & (unsaid | before))
        .execute()
    )
    if changed:
        tx.publish(EnrolmentChanged(enrolment_id))


def given_back(tx: Transaction, enrolment_id: str) -> None:
    """The centre took a cancellation. Of an enrolment that it knows it tells the state; of another it never will."""
    unsaid = (Enrolment.rev <= 0) | Enrolment.unconfirmed
    mine = (Enrolment.id == enrolment_id) & unsaid & (Enrolment.state << ALIVE)
    if Enrolment.update(state="cancelled", unconfirmed=False).where(mine).execute():
        tx.publish(EnrolmentChanged(enrolment_id))


def correct(tx: Transaction, seq: int, *, label: str, level: str, headcount: int) -> None:
    """Correct a rejected request and send it again under the same enrolment.

    :raises KioskError: ``unknown_operation`` and those of :func:`request`.
    """
    row = Operation.get_or_none(Operation.seq == seq)
    if row is None or row.type != "enrolment.request":
        raise KioskError("unknown_operation")
    LEVELS.get(level)
    if row.body.get("kind") == "individual":
        refuse_name(label)
    fields = {"label": " ".join(label.split()), "level": level, "headcount": headcount}
    outbox.resend(tx, seq, fields)
    Enrolment.update(state="requested", reason="", **fields).where(Enrolment.id == row.subject).execute()
    tx.publish(EnrolmentChanged(row.subject))


def listed(session_id: str | None = None) -> list[EnrolmentView]:
    """The school's enrolments, of one session or of all, by label."""
    rows = Enrolment.select().where(~Enrolment.deleted)  # noqa: E712
    if session_id is not None:
        rows = rows.where(Enrolment.session_id == session_id)
    waits = _pending()
    return [
        EnrolmentView(
            r.id,
            r.session_id,
            r.kind,
            r.label,
            r.level,
            r.headcount,
            r.contact_email,
            r.state,
            r.reason,
            waits.get(r.id),
            sessions.link(r.meeting_url) if r.state == "confirmed" else "",
            r.unconfirmed and r.state in ALIVE,
        )
        for r in rows.order_by(Enrolment.label, Enrolment.id)
    ]


def _pending() -> dict[str, str]:
    rows = (
        Operation.select(Operation.subject, Operation.type)
        .where((Operation.state == "waiting") & (Operation.type << ("enrolment.request", "enrolment.cancel")))
        .order_by(Operation.seq)
    )
    return {row.subject: row.type.partition(".")[2] for row in rows}
