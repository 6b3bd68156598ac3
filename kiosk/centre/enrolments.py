"""Enrolments and places. A place is one enrolment: a class, or one pupil who takes part alone.

A request takes a place while there is one, else waits its turn; a place that comes free goes to the
first who waits. In a session decided by hand, a request stays `requested` until the office decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from peewee import JOIN, fn

from kiosk.centre import feed, questions, territories
from kiosk.centre.models import LIVING, Enrolment, Feed, Question, School, Session
from kiosk.centre.refusals import OfficeError, Rejection
from kiosk.centre.store import Tx
from kiosk.contract import EnrolmentBody, EnrolmentRequest, SessionBody
from kiosk.ground.i18n import _

#: The longest reason of a refusal.
MAX_REASON = 300
#: What the office may decide.
DECISIONS = ("confirmed", "waitlisted", "refused")
#: How many may wait for one session.
MAX_WAITING = 100


def request(tx: Tx, uai: str, kiosk: str, seq: int, body: EnrolmentRequest) -> None:
    """Enrol (operation `enrolment.request`); the same id again changes what is said of the class.

    :raises Rejection: `unknown_session`, `session_cancelled`, `session_over`, `session_full`, `forbidden`.
    """
    held = Enrolment.get_or_none(Enrolment.id == body.enrolment_id)
    if held is not None and held.uai != uai:
        raise Rejection("forbidden", _("Cette inscription est celle d’un autre établissement."))
    described = {
        "kind": body.kind,
        "label": body.label[:100],
        "level": body.level,
        "headcount": body.headcount,
        "contact": (body.contact_email or "")[:200],
        "kiosk": kiosk,
        "seq": seq,
    }
    if held is not None:
        _again(tx, held, kiosk, seq, body, described)
        return
    session = open_session(tx, body.session_id)
    state = "requested" if session.manual else "confirmed" if has_place(session) else "waitlisted"
    if state == "waitlisted" and _count(session.id, "waitlisted") >= MAX_WAITING:
        raise Rejection("session_full", _("La séance et sa liste d’attente sont complètes."))
    row = Enrolment.create(
        id=body.enrolment_id,
        uai=uai,
        session_id=session.id,
        state=state,
        created_at=tx.now,
        queue=_next_turn(session.id),
        **described,
    )
    announce(row.id)
    if state == "confirmed":
        _show_link(session.id, uai)
        tell_session(session.id)
    _share_questions(session.id, uai)


def open_session(tx: Tx, id: str) -> Session:
    """The session, if it takes part in the programme and is still to come. :raises Rejection: else."""
    session = Session.get_or_none(Session.id == id)
    if session is None:
        raise Rejection("unknown_session", _("Le centre ne connaît pas cette séance."))
    if session.status == "cancelled":
        raise Rejection("session_cancelled", _("La séance est annulée."))
    ends = session.starts_at + session.duration_min * 60_000
    asked_in_time = tx.said < tx.now and tx.said <= ends  # this centre took it, and lost it since
    if (session.status == "done" or ends < tx.now) and not asked_in_time:
        raise Rejection("session_over", _("La séance est passée."))
    return session


def cancel(tx: Tx, uai: str, kiosk: str, seq: int, enrolment_id: str) -> None:
    """Cancel (operation `enrolment.cancel`); before its request, it makes the request count for nothing.

    :raises Rejection: `forbidden`.
    """
    held = Enrolment.get_or_none(Enrolment.id == enrolment_id)
    if held is None:
        Enrolment.create(id=enrolment_id, uai=uai, kiosk=kiosk, seq=seq, state="cancelled", created_at=tx.now)
        return
    if held.uai != uai:
        raise Rejection("forbidden", _("Cette inscription est celle d’un autre établissement."))
    if held.state in LIVING:
        _set(held, "cancelled")
        announce(held.id)
        settle(tx, held.session_id)


def decide(tx: Tx, enrolment_id: str, state: str, reason: str = "") -> None:
    """The office's decision: one of `DECISIONS`; `waitlisted` is behind all the others, until the office decides again,
    `refused` has its reason.

    :raises OfficeError: the enrolment is no more, was cancelled by the school, or a refusal has no reason.
    """
    if not decide_many(tx, [enrolment_id], state, reason):
        raise OfficeError(_("Cette inscription a été annulée par l’établissement."))


def decide_many(tx: Tx, ids: Sequence[str], state: str, reason: str = "") -> int:
    """One decision on several enrolments; those that their schools cancelled are left. Returns how many it is about.

    :raises OfficeError: there is no such decision, a refusal has no reason, or one is another territory's.
    """
    if state not in DECISIONS:
        raise OfficeError(_("Cette décision n’existe pas."))
    reason = " ".join(reason.split())
    if state == "refused" and not reason:
        raise OfficeError(_("Donnez la raison : l’établissement la lira."), "reason")
    if len(reason) > MAX_REASON:
        raise OfficeError(_("Ce texte dépasse %(max)s caractères.", max=MAX_REASON), "reason")
    rows = list(Enrolment.select().where(Enrolment.id.in_(list(ids)) & (Enrolment.state != "cancelled")))
    for row in rows:
        territories.check_school(row.uai)
    for row in rows:
        _set(row, state, reason if state == "refused" else "")
    Enrolment.update(held=state == "waitlisted").where(Enrolment.id.in_([row.id for row in rows])).execute()
    for row in rows:
        announce(row.id)
    for session_id in sorted({row.session_id for row in rows}):
        settle(tx, session_id)
    return len(rows)


def settle(tx: Tx, session_id: str) -> None:
    """Give the places that are free to those who wait, in their order, unless a person decides or keeps them waiting;
    then tell each who still waits its rank.
    """
    session = Session.get_or_none(Session.id == session_id)
    if session is not None and session.status not in ("cancelled", "done"):
        rank = 0
        for row in waiting(session_id):
            if not session.manual and not row.held and has_place(session):
                _set(row, "confirmed")
                announce(row.id)
            else:
                rank += 1
                announce(row.id, rank)
    tell_session(session_id)


def waiting(session_id: str) -> list[Enrolment]:
    """Those who wait, first come first; those whom the office keeps waiting come last."""
    return list(
        Enrolment.select()
        .where((Enrolment.session_id == session_id) & (Enrolment.state == "waitlisted"))
        .order_by(Enrolment.held, Enrolment.queue, Enrolment.id)
    )


def has_place(session: Session) -> bool:
    """Whether one more enrolment can be confirmed."""
    return session.places is None or _count(session.id, "confirmed") < session.places


def taken(session_id: str) -> int:
    """How many have a place."""
    return _count(session_id, "confirmed")


def taken_by(session_ids: Iterable[str]) -> dict[str, int]:
    """Session id → how many have a place."""
    rows: Any = (
        Enrolment.select(Enrolment.session_id, fn.COUNT(Enrolment.id))
        .where(Enrolment.session_id.in_(sorted(session_ids)) & (Enrolment.state == "confirmed"))
        .group_by(Enrolment.session_id)
        .tuples()
    )
    return dict(rows)


def addresses(session_id: str) -> list[str]:
    """Where to write to the classes of one's territory that take part or wait: what each gave, else the school's own of
    the directory.
    """
    of = Enrolment
    living = (of.session_id == session_id) & of.state.in_(LIVING) & territories.mine(of.uai)
    rows: Any = (
        of.select(of.contact, School.email)
        .join(School, JOIN.LEFT_OUTER, on=(School.uai == of.uai))
        .where(living)
        .order_by(of.queue, of.id)
        .tuples()
    )
    return list(dict.fromkeys(found for contact, email in rows if (found := (contact or email or "").strip())))


def shown_label(row: Enrolment) -> str:
    """What the office calls an enrolment: its class; a pupil who takes part alone is named nowhere."""
    return str(row.label) if row.kind == "class" else _("Élève seul ou seule")


def shown_level(row: Enrolment) -> str:
    """The code of its level; none for a pupil alone, whom a school and a level could tell."""
    return str(row.level) if row.kind == "class" else ""


def forget_person(row: Enrolment) -> None:
    """Take away who enrolled, what the office answered them and, of a pupil alone, the name: here and in what a kiosk
    that reads everything again is told. Kiosks are not told anew: each forgets by its own rule.
    """
    kept = {} if row.kind == "class" else {"label": ""}
    Enrolment.update(contact="", reason="", **kept).where(Enrolment.id == row.id).execute()
    same = (Feed.type == "enrolment") & (Feed.id == row.id) & (Feed.uai == row.uai) & ~Feed.deleted
    for held in Feed.select().where(same):
        body = msgspec.json.decode(held.body, type=EnrolmentBody)
        gone = {"reason": None} if row.kind == "class" else {"reason": None, "label": None}
        Feed.update(body=msgspec.json.encode(msgspec.structs.replace(body, **gone)).decode()).where(same).execute()


def forget_people(session_id: str) -> None:
    """:func:`forget_person`, of all the enrolments of a session."""
    for row in Enrolment.select().where(Enrolment.session_id == session_id):
        forget_person(row)


def any_in(session_id: str) -> bool:
    """Whether a class is enrolled or waits."""
    return Enrolment.select().where((Enrolment.session_id == session_id) & Enrolment.state.in_(LIVING)).exists()


def announce(enrolment_id: str, rank: int = 0) -> None:
    """Tell the school where its enrolment is; who waits is told at which rank (looked for when not given), as the
    reason.
    """
    row: Any = Enrolment.get_by_id(enrolment_id)
    reason = row.reason
    if row.state == "waitlisted":
        rank = rank or [one.id for one in waiting(row.session_id)].index(row.id) + 1
        reason = _("N° %(rank)s sur la liste d’attente.", rank=rank)
    shown = _link(row.session_id) if row.state == "confirmed" else ""
    said = EnrolmentBody(
        row.session_id,
        row.state,
        reason or None,
        row.label or None,
        row.kind,
        row.level or None,
        row.headcount,
        shown or None,
    )
    feed.publish("enrolment", row.id, said, row.uai)


def tell_session(session_id: str) -> None:
    """Say to every school how a session now is, and whether a place is left."""
    row = Session.get_or_none(Session.id == session_id)
    if row is not None:
        body = msgspec.json.decode(row.body, type=SessionBody)
        full = True if row.places is not None and not has_place(row) else None
        feed.publish("session", session_id, msgspec.structs.replace(body, full=full))


def tell_link(session_id: str) -> None:
    """The link of a session changed: those whose class is confirmed see another."""
    rows = Enrolment.select().where((Enrolment.session_id == session_id) & (Enrolment.state == "confirmed"))
    for row in rows:
        announce(row.id)


def _link(session_id: str) -> str:
    row = Session.get_or_none(Session.id == session_id)
    return msgspec.json.decode(row.body, type=SessionBody).meeting_url if row is not None else ""


def _show_link(session_id: str, uai: str) -> None:
    """A school sees the link of a session where a class of its is confirmed."""
    mine = (Enrolment.session_id == session_id) & (Enrolment.uai == uai) & (Enrolment.state == "confirmed")
    feed.link(session_id, uai, Enrolment.select().where(mine).exists())


def _again(tx: Tx, held: Any, kiosk: str, seq: int, body: EnrolmentRequest, described: dict[str, Any]) -> None:
    """A request for an enrolment known already: its class is described anew unless a later one did. Where the session
    is no more, nothing is written: what it says of people would never be forgotten.
    """
    if not Session.select().where(Session.id == (held.session_id or body.session_id)).exists():
        return
    if not held.session_id:  # cancelled before it was requested: nobody to write to, and no pupil to name
        described.update(contact="", label=described["label"] if body.kind == "class" else "")
        Enrolment.update(session_id=body.session_id, **described).where(Enrolment.id == held.id).execute()
        announce(held.id)
    elif held.kiosk != kiosk or held.seq < seq:
        Enrolment.update(**described).where(Enrolment.id == held.id).execute()
        announce(held.id)


def _set(row: Any, state: str, reason: str = "") -> None:
    Enrolment.update(state=state, reason=reason).where(Enrolment.id == row.id).execute()
    if "confirmed" in (row.state, state) and row.session_id:
        _show_link(row.session_id, row.uai)


def _count(session_id: str, state: str) -> int:
    return int(Enrolment.select().where((Enrolment.session_id == session_id) & (Enrolment.state == state)).count())


def _next_turn(session_id: str) -> int:
    last = Enrolment.select(fn.MAX(Enrolment.queue)).where(Enrolment.session_id == session_id).scalar()
    return int(last or 0) + 1


def _share_questions(session_id: str, uai: str) -> None:
    """A school that enrols sees the questions the centre already holds for the session."""
    for row in Question.select().where((Question.session_id == session_id) & Question.origin.in_(questions.RECEIVED)):
        questions.tell(row, [uai])
