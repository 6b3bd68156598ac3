"""What is told to the centre, built from what happened: called inside the unit of work it reports.

Prepared questions and attendance always; asked questions and the reflection only if the school chose so
(``sync.share_asked``, ``sync.share_reflection``). Texts leave without an author. No operation carries a
guarded question, nor counts it.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import UNSET

from kiosk import contract
from kiosk.contract import aggregates
from kiosk.contract.levels import LEVELS
from kiosk.contract.values import MAX_QUESTION
from kiosk.domain import origins, outbox, policy, reflected, statuses, stored
from kiosk.domain.reading import distress, guarding
from kiosk.domain.scales import USEFUL
from kiosk.storage.models import COUNT, Enrolment, Question, Room, Session
from kiosk.storage.writer import Transaction

_CLASS = (
    (re.compile(r"6"), "6E"),
    (re.compile(r"5"), "5E"),
    (re.compile(r"4"), "4E"),
    (re.compile(r"3.*segpa"), "3SEGPA"),
    (re.compile(r"3.*(prepa|pm)"), "3PM"),
    (re.compile(r"3"), "3E"),
    (re.compile(r"2.*pro"), "2PRO"),
    (re.compile(r"2"), "2GT"),
    (re.compile(r"1.*pro"), "1PRO"),
    (re.compile(r"1"), "1GT"),
    (re.compile(r"t.*pro"), "TPRO"),
    (re.compile(r"t"), "TGT"),
    (re.compile(r"cap.*2"), "CAP2"),
    (re.compile(r"cap"), "CAP1"),
)


def question_prepared(tx: Transaction, question_id: str) -> None:
    """A prepared question was added, corrected or supported. Those of the centre are its own: not told."""
    row = Question.get_or_none(Question.id == question_id)
    if row is None or row.origin != "prepared" or row.status in statuses.TAKEN_BACK or row.worry in distress.GUARDED:
        return
    body = contract.OPERATIONS["question.prepared"](
        **_said(row),
        level=_level(row),
        support=max(0, row.support),
    )
    outbox.append(tx, "question.prepared", body, subject=row.id, session_id=row.session_id)


def question_withdrawn(tx: Transaction, question_id: str) -> None:
    """A prepared question was taken out of the list."""
    row = Question.get_or_none(Question.id == question_id)
    if row is None or row.origin != "prepared":
        return
    body = contract.OPERATIONS["question.withdraw"](question_id=row.id)
    outbox.withdraw(
        tx, "question.withdraw", body, subject=row.id, session_id=row.session_id, undoes="question.prepared"
    )


def question_asked(tx: Transaction, question_id: str) -> None:
    """A question was put to the speaker, or answered. Only if the school shares them."""
    question_not_open(tx, question_id)
    if not policy.current().share_asked:
        return
    row = Question.get_or_none(Question.id == question_id)
    if row is None or row.status not in statuses.GIVEN or row.worry in distress.GUARDED:
        return
    body = contract.OPERATIONS["question.asked"](
        **_said(row),
        origin="prepared" if row.origin in origins.PREPARED else "live",
        status=row.status,
    )
    outbox.append(tx, "question.asked", body, subject=row.id, session_id=row.session_id)


def question_open(tx: Transaction, question_id: str) -> None:
    """A question that nobody had time to ask goes to the speaker: the teacher chose it."""
    row = Question.get_or_none(Question.id == question_id)
    if row is None or row.status not in statuses.READY or row.worry in distress.GUARDED:
        return
    body = contract.OPERATIONS["question.open"](
        **_said(row),
        speaker_id=row.speaker_id or UNSET,
    )
    outbox.append(tx, "question.open", body, subject=row.id, session_id=row.session_id)


def question_not_open(tx: Transaction, *question_ids: str) -> None:
    """Their words, or where they stand, changed: one that was to go to the speaker and has not left stays, until the
    teacher chooses again.
    """
    for question_id in question_ids:
        outbox.unsay(tx, "question.open", question_id)


def question_unsaid(tx: Transaction, row: Question) -> None:
    """``row`` was changed, or an act on it undone: what waits to be told of it and is true no more is not told. A
    guarded one is not told at all, and what the centre may know of it as prepared is taken back.
    """
    guarded = row.worry in distress.GUARDED
    if guarded or row.status not in statuses.GIVEN:
        outbox.unsay(tx, "question.asked", row.id)
    if guarded or row.status not in statuses.READY:
        question_not_open(tx, row.id)
    if guarded:
        question_withdrawn(tx, row.id)


def session_closed(tx: Transaction, room: Room) -> None:
    """A session is over in a room: how many came, how many questions; and the reflection if the school shares it.

    An attendance needs the enrolment it is about: a class that never enrolled has none to tell.
    """
    if room.session_id is None:
        return
    if room.enrolment_id:
        _attendance(tx, room)
    if policy.current().share_reflection:
        _reflection(tx, room)


def _attendance(tx: Transaction, room: Room) -> None:
    session = Session.get_or_none(Session.id == room.session_id)
    opened = room.opened_at or tx.now
    started = session.starts_at if session is not None and opened <= session.starts_at <= tx.now else opened
    received, asked = numbers(room)
    body = contract.OPERATIONS["attendance.report"](
        session_id=room.session_id,
        enrolment_id=room.enrolment_id,
        headcount=room.headcount,
        started_at=contract.from_ms(started),
        ended_at=contract.from_ms(tx.now),
        questions_received=received,
        questions_asked=asked,
    )
    outbox.append(
        tx, "attendance.report", body, subject=f"attendance:{room.enrolment_id}", session_id=str(room.session_id)
    )


def numbers(room: Room) -> tuple[int, int]:
    """How many questions the session of a room received, and how many were asked; guarded ones are in neither."""
    of_room = (Question.room_id == room.id) & (Question.session_id == room.session_id) & guarding.ordinary()
    rows: Any = Question.select(Question.status, COUNT).where(of_room).group_by(Question.status).tuples()
    by = dict(rows)
    received = sum(n for status, n in by.items() if status not in statuses.TAKEN_BACK)
    return received, sum(by.get(status, 0) for status in statuses.GIVEN)


def _reflection(tx: Transaction, room: Room) -> None:
    """Numbers alone, and only those that ``aggregates`` lets out."""
    session_id = str(room.session_id)
    together = reflected.of_class(room.id, session_id, room.headcount)
    if together.answers < aggregates.SMALLEST:
        return
    themes: Any = (
        Question.select(Question.theme, COUNT)
        .where(
            (Question.room_id == room.id)
            & (Question.session_id == session_id)
            & (Question.theme != "")
            & guarding.ordinary()
            & (Question.status << statuses.MEANT)
        )
        .group_by(Question.theme)
        .tuples()
    )
    wishing = reflected.wishing(room.id, session_id)
    useful = aggregates.shareable(together.useful, together.answers, every=len(USEFUL))
    body = contract.OPERATIONS["reflection.summary"](
        session_id=session_id,
        answers=together.answers,
        themes=aggregates.shareable(dict(sorted(themes)), together.answers),
        enrolment_id=room.enrolment_id or UNSET,
        kiosk=stored.get(policy.MET_AS) or UNSET,
        useful=useful or UNSET,
        more=wishing if aggregates.may_leave(wishing, together.answers) else UNSET,
    )
    subject = f"reflection:{room.id}:{session_id}"
    outbox.append(tx, "reflection.summary", body, subject=subject, session_id=session_id)


def level_of_label(label: str) -> str:
    """The level a class's name tells (« 4e B » → 4E), or an empty string."""
    small = label.casefold().replace("é", "e").strip()
    return next((code for pattern, code in _CLASS if pattern.match(small)), "")


def _level(row: Question) -> str:
    """A question's level: its own, its class's, else the session's first. The contract wants one."""
    room = Room.get_or_none(Room.id == row.room_id) if row.room_id else None
    session = Session.get_or_none(Session.id == row.session_id)
    found = [row.level, level_of(room) if room else "", *(session.levels or [] if session else [])]
    return next((str(code) for code in found if code in LEVELS), "3E")


def level_of(room: Room) -> str:
    """The level of a room's class: its enrolment's, else what its name tells; empty when neither does."""
    enrolment = Enrolment.get_or_none(Enrolment.id == room.enrolment_id) if room.enrolment_id else None
    return (enrolment.level if enrolment else "") or level_of_label(room.class_label)


def _said(row: Question) -> dict[str, Any]:
    """What every operation that carries a question says of it."""
    text, theme = _fitted(row.text), row.theme or "autre"
    return {"question_id": row.id, "session_id": row.session_id, "text": text, "theme": theme}


def _fitted(text: str) -> str:
    """At most the contract's characters."""
    return text if len(text) <= MAX_QUESTION else text[: MAX_QUESTION - 1] + "…"
