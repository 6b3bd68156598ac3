"""The proposed running order of a room: what the rule (``running_order``) is given, and following what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.domain import origins, rooms, statuses
from kiosk.domain.questions import decisions, questions
from kiosk.domain.questions.running_order import MOST, Candidate, Slot, proposed
from kiosk.domain.views import RoomView
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Question
from kiosk.storage.writer import Transaction


def waiting(room: RoomView) -> list[str]:
    """The approved questions in the order that stands, the first :data:`MOST`."""
    return questions.ids_in_order(room.id, room.session.id, *statuses.READY)[:MOST] if room.session else []


def proposal(room: RoomView, waiting: Sequence[str]) -> list[Slot]:
    """The order proposed now for these (:func:`waiting`)."""
    if room.session is None:
        return []
    rows: Any = Question.select().where((Question.room_id == room.id) & (Question.id << waiting))
    by = {row.id: _candidate(row, room.phones) for row in rows}
    said = (Question.room_id == room.id) & (Question.session_id == room.session.id)
    put = said & ((Question.status << statuses.GIVEN) | (Question.id == (room.current_id or "")))
    asked: Any = Question.select().where(put).order_by(Question.on_screen_at, Question.asked_at, Question.number)
    speakers = [one.id for one in room.session.speakers]
    heard = [_candidate(row, room.phones) for row in asked]
    return proposed([by[id] for id in waiting if id in by], heard, speakers)


def themes_heard(room: RoomView) -> set[str]:
    """The themes that were asked, or wait to be."""
    if room.session is None:
        return set()
    here = (Question.room_id == room.id) & (Question.session_id == room.session.id)
    rows: Any = Question.select(Question.theme).where(here & (Question.status << statuses.MEANT)).distinct()
    return {row.theme for row in rows}


def follow(tx: Transaction, room_id: str) -> None:
    """Put the approved questions in the proposed order, the one that buttons, display and phones know."""
    room = rooms.view(room_id)
    order = [slot.id for slot in proposal(room, waiting(room))]
    if not order:
        raise KioskError("unknown_question")
    decisions.remember(tx, room_id, "follow_order", list(Question.select().where(Question.id << order)), read=order)
    for position, id in enumerate(order, start=-len(order)):
        Question.update(position=position).where(Question.id == id).execute()
    rooms.changed(tx, room_id, "status", ids=tuple(order))


def release(tx: Transaction, room_id: str, question_id: str) -> None:
    """Let the proposed order move a question that the teacher had placed. :raises KioskError: ``unknown_question``."""
    which = (Question.id == question_id) & (Question.room_id == room_id)
    if not Question.update(placed=False).where(which).execute():
        raise KioskError("unknown_question")
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def _candidate(row: Question, phones: bool) -> Candidate:
    """Where the class has no phones, a device is a shared tablet: nobody's."""
    device = row.author if phones else None
    prepared = row.origin in origins.PREPARED
    return Candidate(row.id, row.theme, row.speaker_id, device, row.support, prepared, row.placed)
