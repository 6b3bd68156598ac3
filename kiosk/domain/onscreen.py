"""The question on screen when the session goes on without it: the rows alone, nothing is announced here."""

from __future__ import annotations

from typing import Any

from kiosk.domain import reports, statuses
from kiosk.storage.models import Lesson, Question, Room
from kiosk.storage.writer import Transaction


def clear(room_id: str) -> tuple[str, ...]:
    """Nothing on screen any more, nor a lesson; a question that was, unasked, goes back to the list. Returns its id."""
    no_lesson(room_id)
    Room.update(current_id=None).where(Room.id == room_id).execute()
    ids = tuple(row.id for row in Question.select(Question.id).where(_shown(room_id)))
    Question.update(status=statuses.APPROVED).where(Question.id << ids).execute()
    return ids


def no_lesson(room_id: str) -> None:
    """The display shows no lesson any more: the session goes on, or is another one."""
    Lesson.update(shown=False).where(Lesson.room_id == room_id).execute()


def given(tx: Transaction, room_id: str) -> tuple[str, ...]:
    """No question is taken any more: the one on screen, which the speaker saw, was asked. Returns its id."""
    ids = tuple(row.id for row in Question.select(Question.id).where(_shown(room_id)))
    Question.update(status=statuses.ASKED, asked_at=tx.now).where(Question.id << ids).execute()
    for question_id in ids:
        reports.question_asked(tx, question_id)
    return ids


def _shown(room_id: str) -> Any:
    return (Question.room_id == room_id) & (Question.status << statuses.SHOWN)
