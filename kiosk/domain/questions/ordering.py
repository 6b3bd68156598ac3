"""The proposed running order of a room: what the rule (``running_order``) is given, and following what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.domain import origins, rooms, statuses
from kiosk.domain.questions import decisions, questions
from kiosk.domain.questions.running_order import MOST, Candidate, Heard, Slot, proposed, with_placed
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
    speakers = [one.id for one in room.session.speakers]
    return proposed(_candidates(room, waiting), _put(room), speakers)


def heard(room: RoomView) -> Heard:
    """What was put to the speakers so far, the one on screen included: counts by theme, speaker and device."""
    return Heard.of(_put(room))


def devices(room: RoomView) -> int:
    """How many devices the class's questions came from, those set aside included; 0 where it has no phones."""
    if room.session is None or not room.phones:
        return 0
    said = (Question.room_id == room.id) & (Question.session_id == room.session.id)
    return int(Question.select(Question.author).where(said & Question.author.is_null(False)).distinct().count())


def _put(room: RoomView) -> list[Candidate]:
    if room.session is None:
        return []
    said = (Question.room_id == room.id) & (Question.session_id == room.session.id)
    put = said & ((Question.status << statuses.GIVEN) | (Question.id == (room.current_id or "")))
    asked: Any = Question.select().where(put).order_by(Question.on_screen_at, Question.asked_at, Question.number)
    return [_candidate(row, room.phones) for row in asked]


def themes_heard(room: RoomView, of: Sequence[str] = statuses.MEANT) -> set[str]:
    """The themes that were asked, or wait to be (``of``: the statuses that count)."""
    if room.session is None:
        return set()
    here = (Question.room_id == room.id) & (Question.session_id == room.session.id)
    rows: Any = Question.select(Question.theme).where(here & (Question.status << of)).distinct()
    return {row.theme for row in rows}


def follow(tx: Transaction, room_id: str) -> None:
    """Put the approved questions in the proposed order, the one that buttons, display and phones know."""
    room = rooms.view(room_id)
    order = [slot.id for slot in proposal(room, waiting(room))]
    if not order:
        raise KioskError("unknown_question")
    decisions.remember(tx, room_id, "follow_order", list(Question.select().where(Question.id << order)), read=order)
    _write(room, order)
    rooms.changed(tx, room_id, "status", ids=tuple(order))


def place(tx: Transaction, room_id: str, question_id: str, *, before: str | None = None, step: int = 0) -> None:
    """Give a question its place in the proposed order (:func:`with_placed`), where it then stays; the others keep the
    order that stands. :raises KioskError: ``unknown_question``, of ``before`` too.
    """
    room = rooms.view(room_id)
    stands = waiting(room)
    shown = [slot.id for slot in proposal(room, stands)]
    if question_id not in shown or (before is not None and before not in shown):
        raise KioskError("unknown_question")
    if before == question_id:
        return
    order = with_placed(_candidates(room, stands), shown, question_id, before=before, step=step)
    decisions.remember(tx, room_id, "reorder", list(Question.select().where(Question.id << order)), read=[question_id])
    _write(room, order)
    Question.update(placed=True).where(Question.id == question_id).execute()
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def release(tx: Transaction, room_id: str, question_id: str) -> None:
    """Let the proposed order move a question that the teacher had placed. :raises KioskError: ``unknown_question``."""
    which = (Question.id == question_id) & (Question.room_id == room_id)
    if not Question.update(placed=False).where(which).execute():
        raise KioskError("unknown_question")
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def _write(room: RoomView, order: Sequence[str]) -> None:
    """What is placed by hand stands before what is approved later, and before the rest of what was placed."""
    every = questions.ids_in_order(room.id, room.session.id, *statuses.READY) if room.session else []
    rest = Question.select(Question.position).where(Question.id << every[len(order) : len(order) + 1])
    end = min(0, next((row.position for row in rest), 0))
    for position, id in enumerate(order, start=end - len(order)):
        Question.update(position=position).where(Question.id == id).execute()


def _candidates(room: RoomView, ids: Sequence[str]) -> list[Candidate]:
    rows: Any = Question.select().where((Question.room_id == room.id) & (Question.id << ids))
    by = {row.id: _candidate(row, room.phones) for row in rows}
    return [by[id] for id in ids if id in by]


def _candidate(row: Question, phones: bool) -> Candidate:
    """Where the class has no phones, a device is a shared tablet: nobody's."""
    device = row.author if phones else None
    prepared = row.origin in origins.PREPARED
    return Candidate(row.id, row.theme, row.speaker_id, device, row.support, prepared, row.placed)
