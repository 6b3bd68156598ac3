"""What pupils wrote before the talk, on phones, a tablet or slips, and its way into the prepared list: nothing is
retyped, and nothing leaves that nobody read or that a hint concerns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.domain import origins, reports, rooms, sessions
from kiosk.domain.acts import ACTS
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import decisions, moderation, preparation, questions
from kiosk.domain.reading import flags, guarding
from kiosk.domain.views import QuestionView
from kiosk.ground.errors import KioskError
from kiosk.storage.models import COUNT, Question
from kiosk.storage.writer import Transaction

#: The most that one page lists, and that one act takes: a class writes fewer.
MOST = 120


def listed(room_id: str, session_id: str | None, most: int = MOST) -> list[QuestionView]:
    """What the class wrote and somebody validated, oldest first."""
    if session_id is None:
        return []
    rows = Question.select().where(_written(room_id, session_id)).order_by(Question.created_at, Question.number)
    return [questions.view_of(row) for row in rows.limit(most)]


def count(room_id: str, session_id: str | None) -> int:
    """How many :func:`listed` would give without its bound."""
    rows: Any = Question.select(COUNT).where(_written(room_id, session_id or "")).tuples()
    return int(rows[0][0])


def _written(room_id: str, session_id: str) -> Any:
    here = (Question.room_id == room_id) & (Question.session_id == session_id)
    read = (Question.status << ACTS["make_prepared"].of) & ~Question.unread & guarding.ordinary()
    return here & read & Question.origin.not_in(origins.PREPARED)


def make_prepared(tx: Transaction, room_id: str, ids: Sequence[str]) -> None:
    """Put these at the end of the prepared list, in this order; undone as one act. What is there already stays.

    :raises KioskError: ``invalid`` when none is named or too many are, ``wrong_phase`` once the talk began, and those
        of :func:`fit`.
    """
    room = rooms.row_of(room_id)
    if not PHASES.get(room.phase).waiting:
        raise KioskError("wrong_phase")
    ids = list(dict.fromkeys(ids))
    if not ids or len(ids) > MOST:
        raise KioskError("invalid", field="ids")
    rows = [row for row in fit("make_prepared", room_id, ids) if row.origin not in origins.PREPARED]
    if not rows:
        return
    decisions.remember(tx, room_id, "make_prepared", rows)
    place = preparation.last_place(room_id, room.session_id)
    for at, row in enumerate(rows, start=place + 1):
        join(tx, row, at)
    rooms.changed(tx, room_id, "status", ids=tuple(row.id for row in rows))


def fit(act: str, room_id: str, ids: Sequence[str]) -> list[Question]:
    """The rows of these questions, when each may be prepared: read, in the list, without a hint.

    :raises KioskError: ``flagged_first``, and those of :func:`moderation.row_for`.
    """
    room = rooms.row_of(room_id)
    names = [speaker.name for speaker in sessions.view(room.session_id).speakers] if room.session_id else []
    rows = [moderation.row_for(act, room_id, one) for one in ids]
    for row in rows:
        if row.session_id != room.session_id or row.unread:
            raise KioskError("wrong_status")
        if row.origin not in origins.PREPARED and flags.find(row.text, names):
            raise KioskError("flagged_first")
    return rows


def join(tx: Transaction, row: Question, place: int) -> None:
    """One row becomes a prepared question at a place of the list (from 1), and the centre's session is told."""
    origin = row.origin if row.origin in origins.PREPARED else "prepared"
    Question.update(origin=origin, position=place).where(Question.id == row.id).execute()
    if origin != row.origin:
        reports.question_prepared(tx, row.id)
