"""The undoing of ``acts``: the rows each one touches, as they were (a ``Decision``), and their way back."""

from __future__ import annotations

from typing import Any

from kiosk.domain import reports, rooms, statuses, unreviewed
from kiosk.domain.acts import ACTS
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import grouping
from kiosk.domain.reading import distress
from kiosk.ground.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.models import Decision, Question, Room
from kiosk.storage.writer import Transaction

#: How many acts can be undone, per room.
UNDO_DEPTH = 50
#: Ids in one statement.
SLICE = 400
#: Every page of the panel asks for it: ready made.
_LAST = (
    f"SELECT {hot.columns(Decision, 't')} FROM decision t WHERE t.room_id = ? AND t.session_id = ? AND NOT t.undone"
    " ORDER BY t.id DESC LIMIT 1"
)


def remember(tx: Transaction, room_id: str, verb: str, rows: list[Question], read: list[str] | None = None) -> None:
    """Keep these rows as they are, for undo; called before the act touches them. A person has seen them now, or only
    those of ``read``.
    """
    room = rooms.row_of(room_id)
    touched = ACTS[verb].touched
    before = [{"id": row.id, **{name: getattr(row, name) for name in touched}} for row in rows]
    if "unread" in touched:
        unreviewed.read(row.id for row in rows if row.unread and (read is None or row.id in read))
    _keep(tx, room, verb, before)


def remember_ids(tx: Transaction, room_id: str, verb: str, ids: list[str]) -> None:
    """The same for an act on thousands that were all alike: who they were is enough."""
    _keep(tx, rooms.row_of(room_id), verb, [{"id": id} for id in ids])


def _keep(tx: Transaction, room: Room, verb: str, before: list[dict[str, Any]]) -> None:
    Decision.insert(
        room_id=room.id,
        session_id=room.session_id or "",
        verb=verb,
        at=tx.now,
        before=before,
        current_id=room.current_id,
    ).execute()
    oldest = (
        Decision.select(Decision.id)
        .where(Decision.room_id == room.id)
        .order_by(Decision.id.desc())
        .offset(UNDO_DEPTH)
        .first()
    )
    if oldest is not None:
        Decision.delete().where((Decision.room_id == room.id) & (Decision.id <= oldest.id)).execute()


def last(room_id: str, session_id: str | None) -> Decision | None:
    """The act that undo would undo; none when it was a later version's, which alone knows the way back."""
    rows = hot.read(_LAST, room_id, session_id)
    found: Decision | None = hot.row(Decision, rows[0]) if rows else None
    return found if found is None or found.verb in ACTS else None


def undo(tx: Transaction, room_id: str) -> str:
    """Put back what the last act changed; returns its verb. Supports given and withdrawals made since are kept.

    :raises KioskError: ``nothing_to_undo``.
    """
    room = rooms.row_of(room_id)
    decision = last(room_id, room.session_id)
    if decision is None:
        raise KioskError("nothing_to_undo")
    act = ACTS[decision.verb]
    if act.alike:
        return _all_back(tx, room_id, decision)
    ids = [saved["id"] for saved in decision.before]
    for saved in decision.before:
        if saved.get("origin", "prepared") != "prepared":  # it is the class's own again
            reports.question_withdrawn(tx, saved["id"])
    for saved in decision.before:  # one that an earlier version kept may not say everything
        Question.update({name: saved[name] for name in act.touched if name in saved}).where(
            (Question.id == saved["id"]) & Question.status.not_in(statuses.TAKEN_BACK)
        ).execute()
    for row in Question.select().where(Question.id << ids):
        _judge_again(tx, row)
    if act.screen:
        _show_again(room, decision.current_id)
    rows = list(Question.select().where(Question.id << ids))
    for row in rows:
        grouping.recount(row)
        reports.question_unsaid(tx, row)
    waits: tuple[str, ...] = ()
    if act.suspends or not unreviewed.off(room.review_off_until, tx.now):
        waits = unreviewed.end(room_id)  # what was put back among the unread waits, now that somebody reads over again
    Decision.update(undone=True).where(Decision.id == decision.id).execute()
    told = tuple(row.id for row in rows if row.worry not in distress.GUARDED)
    rooms.changed(tx, room_id, "status", "current", "votes", *(("room",) if act.suspends else ()), ids=(*told, *waits))
    return str(decision.verb)


def _all_back(tx: Transaction, room_id: str, decision: Decision) -> str:
    """What was set aside all at once waits again, but for what its author or a person moved since."""
    ids = [saved["id"] for saved in decision.before]
    for start in range(0, len(ids), SLICE):
        Question.update(status=statuses.PENDING, reason=None).where(
            (Question.id << ids[start : start + SLICE]) & (Question.status == statuses.SET_ASIDE)
        ).execute()
    Decision.update(undone=True).where(Decision.id == decision.id).execute()
    rooms.changed(tx, room_id, "status", ids=tuple(ids))
    return str(decision.verb)


def _judge_again(tx: Transaction, row: Question) -> None:
    """What undo put back: words of somebody in danger stay apart, and a guarded question is in no list."""
    worry = distress.judged(row.text, row.worry, row.text)
    if worry not in distress.GUARDED or row.status in statuses.TAKEN_BACK:
        return
    if row.status not in statuses.TO_REVIEW:
        grouping.set_apart(tx, row)
    row.worry = worry
    Question.update(worry=worry).where(Question.id == row.id).execute()


def _show_again(room: Room, question_id: str | None) -> None:
    """Put back what was on screen, unless its author took it back or the session closed since."""
    shown = None
    if question_id and not PHASES.get(room.phase).over:
        shown = Question.get_or_none((Question.id == question_id) & (Question.status << statuses.DISPLAYED))
    Room.update(current_id=shown.id if shown else None).where(Room.id == room.id).execute()
    others = (Question.room_id == room.id) & (Question.id != (shown.id if shown else ""))
    Question.update(status=statuses.APPROVED).where(others & (Question.status << statuses.SHOWN)).execute()
