"""Questions that may come from a pupil in danger: what an adult does with them, apart from the class's own.

They stay with the room, whatever session it goes on to, until they are erased with their session. Opening is a fact and
is not undone; the two verdicts are. A pupil who takes one back is obeyed: its words are read by nobody any more, and
:func:`taken_back` only counts it.
"""

from __future__ import annotations

from typing import Any

from kiosk.domain import reports, rooms, statuses
from kiosk.domain.questions import decisions, questions
from kiosk.domain.reading import distress, guarding
from kiosk.domain.views import QuestionView
from kiosk.ground.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.models import CASE, COUNT, Question
from kiosk.storage.writer import Transaction

_WORRIED = hot.filled(hot.WORRIED, guarded=distress.GUARDED)


def any_of(room_id: str) -> bool:
    """Whether a room has a guarded question, taken back or not: most have none, and every page asks."""
    return bool(hot.read(_WORRIED, room_id))


def listed(room_id: str, *worry: str, most: int | None = None, start: int = 0) -> list[QuestionView]:
    """The guarded questions of a room (those of these states), those nobody opened first, then the oldest; ``most`` of
    them (None: all) from ``start``. Never for a moderator.
    """
    found = (Question.room_id == room_id) & guarding.guarded()
    if worry:
        found &= Question.worry << worry
    rank = CASE(Question.worry, tuple((state, at) for at, state in enumerate(distress.GUARDED)))
    rows = Question.select().where(found).order_by(rank, Question.created_at, Question.number).limit(most).offset(start)
    return [questions.view_of(row) for row in rows]


def counts(room_id: str) -> dict[str, int]:
    """How many of a room are in each state of :data:`distress.GUARDED`; states of none are left out."""
    found = (Question.room_id == room_id) & guarding.guarded()
    rows: Any = Question.select(Question.worry, COUNT).where(found).group_by(Question.worry).tuples()
    return dict(rows)


def unopened(room_id: str, session_id: str | None = None) -> int:
    """How many nobody has opened, in a room or in one of its sessions."""
    found = (Question.room_id == room_id) & (Question.worry == distress.UNOPENED) & guarding.guarded()
    if session_id is not None:
        found &= Question.session_id == session_id
    return int(Question.select().where(found).count())


def taken_back(room_id: str) -> int:
    """How many their author took back before anybody opened them: somebody in the class may need a word."""
    found = (Question.room_id == room_id) & (Question.worry == distress.UNOPENED)
    return int(Question.select().where(found & (Question.status << statuses.TAKEN_BACK)).count())


def open_worry(tx: Transaction, room_id: str, question_id: str) -> QuestionView:
    """An adult reads one. Doing it twice changes nothing. :raises KioskError: ``unknown_question``."""
    row = _row(room_id, question_id)
    if row.worry == distress.UNOPENED:
        _set(tx, room_id, row, distress.OPENED)
    return questions.view_of(row)


def told(tx: Transaction, room_id: str, question_id: str) -> None:
    """Somebody in the school knows: the nurse, the head. It stays apart. :raises KioskError: ``unknown_question``."""
    row = _row(room_id, question_id)
    if row.worry != distress.TOLD:
        decisions.remember(tx, room_id, "told", [row])
        _set(tx, room_id, row, distress.TOLD)


def not_a_worry(tx: Transaction, room_id: str, question_id: str) -> None:
    """« Ce n'est pas cela »: an ordinary question again, which waits to be read over. :raises KioskError:
    ``unknown_question``.
    """
    row = _row(room_id, question_id)
    decisions.remember(tx, room_id, "not_a_worry", [row])
    _set(tx, room_id, row, distress.CLEARED)
    reports.question_prepared(tx, row.id)


def _row(room_id: str, question_id: str) -> Question:
    row = Question.get_or_none((Question.id == question_id) & (Question.room_id == room_id) & guarding.guarded())
    if row is None:
        raise KioskError("unknown_question")
    return row


def _set(tx: Transaction, room_id: str, row: Question, worry: str) -> None:
    row.worry = worry
    Question.update(worry=worry).where(Question.id == row.id).execute()
    if worry == distress.CLEARED:
        rooms.changed(tx, room_id, "question", "status", ids=(row.id,))
    else:  # nobody but the panel has anything to draw, and its id is nobody's
        rooms.changed(tx, room_id, "question")
