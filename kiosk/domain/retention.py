"""Forgetting: « tout effacer » at once, and the purge of old sessions at their date."""

from __future__ import annotations

from kiosk.domain import askedthemes, meetings, outbox, receipts, rooms, stored
from kiosk.domain.care import worries
from kiosk.domain.people import access
from kiosk.domain.phases import FIRST
from kiosk.ground.errors import KioskError
from kiosk.ground.events import RoomWiped
from kiosk.storage.models import AnswerLine, Decision, Lesson, Question, Reflection, Room, ShowOfHands, Support, Wording
from kiosk.storage.writer import Transaction

#: Where it is kept that copies still hold what was erased: the instant of the last erasure (:mod:`kiosk.ops.keeping`).
FORGET = "storage.forget"
#: Where the instant of the last erasure stays, for the memories of other workers (:mod:`kiosk.ops.together`).
ERASED = "storage.erased"
#: What was said of a session in a room, beside its questions and their voices: it goes with them.
OF_SESSION = (AnswerLine, Decision, Lesson, Reflection, ShowOfHands, Wording)


def wipe(tx: Transaction, room_id: str, *, confirmed: bool = False, keep_open: bool = True) -> int:
    """Erase the session's questions, supports, answers and undo history in this room, and close it; what went, and what
    the year's report keeps of it, is told (``receipts``, ``meetings``, ``askedthemes``).

    Returns how many questions went. Nothing can bring them back: SQLite overwrites them (``secure_delete``)
    and the writer empties the write-ahead log. ``confirmed``: whoever asks knows that a message that may come from a
    pupil in danger goes with the rest, unopened. ``keep_open``: see :func:`erase`.

    :raises KioskError: ``worry_unopened`` unless confirmed.
    """
    room = rooms.row_of(room_id)
    if room.session_id is None:
        return 0
    if not confirmed and worries.unopened(room_id, room.session_id):
        raise KioskError("worry_unopened")
    meetings.end(room, room.closed_at or tx.now)
    askedthemes.count(tx, room)
    receipt = receipts.of_session(room, tx.now, _questions(room_id, room.session_id), keep_open=keep_open)
    gone = erase(tx, room_id, room.session_id, keep_open=keep_open)
    receipts.keep(tx, room_id, receipt)
    access.end_noting(tx, room_id)
    Room.update(
        phase=FIRST.code,
        phase_started_at=tx.now,
        ends_at=None,
        paused_ms=None,
        session_id=None,
        enrolment_id=None,
        class_label="",
        headcount=0,
        current_id=None,
        answer_id=None,
        intake="open",
        review_off_until=None,
        shut_at=None,
        closed_at=None,
        purge_at=None,
        opened_at=None,
    ).where(Room.id == room_id).execute()
    rev = rooms.changed(tx, room_id, "session", "phase", "status")
    tx.publish(RoomWiped(room_id, rev))
    return gone


def purge_due(tx: Transaction) -> int:
    """Erase what closed rooms were to forget by now; returns how many questions went."""
    gone = 0
    for room in Room.select().where(Room.purge_at.is_null(False) & (Room.purge_at <= tx.now)):
        gone += wipe(tx, room.id, confirmed=True)  # the date was promised to the class
    return gone


def no_trace(tx: Transaction) -> None:
    """What this unit erases must also leave the copies: it is kept with it, until it has."""
    tx.leave_no_trace()
    stored.keep(tx, FORGET, tx.now)
    stored.keep(tx, ERASED, tx.now)


def erased_at() -> int:
    """When something was last erased for good (UTC milliseconds), 0 before the first time."""
    return int(stored.get(ERASED, 0))


def erase(tx: Transaction, room_id: str | None, session_id: str, *, keep_open: bool = True) -> int:
    """Erase what was said of a session in a room (None: what no room holds), the room left as it is; how many questions
    went. ``keep_open``: what was chosen for the speaker waits to leave (:func:`kiosk.domain.outbox.forget`).
    """
    no_trace(tx)
    ids = _questions(room_id, session_id)
    outbox.forget(tx, ids, keep_open=keep_open)
    for start in range(0, len(ids), 400):
        chunk = ids[start : start + 400]
        Support.delete().where(Support.question_id << chunk).execute()
        Question.delete().where(Question.id << chunk).execute()
    for table in OF_SESSION:
        table.delete().where((table.room_id == room_id) & (table.session_id == session_id)).execute()
    return len(ids)


def _questions(room_id: str | None, session_id: str) -> list[str]:
    here = Question.room_id.is_null() if room_id is None else Question.room_id == room_id
    return [q.id for q in Question.select(Question.id).where(here & (Question.session_id == session_id))]
