"""Reading over, as a whole: without it for ten minutes at most, with it again, and one question sent back to it.

The acts on one question at a time are ``moderation``'s.
"""

from __future__ import annotations

from kiosk.domain import audit, rooms, statuses, unreviewed
from kiosk.domain.acts import ACTS
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import decisions, moderation
from kiosk.domain.reading import guarding
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Question, Room
from kiosk.storage.writer import Transaction


def suspend(tx: Transaction, room_id: str) -> None:
    """Ordinary questions go to the class at once, for :data:`unreviewed.LONGEST_MS`; texts with a hint wait even so.

    Asked again meanwhile, it does not last longer. :raises KioskError: ``no_session``, ``wrong_phase``.
    """
    room = rooms.row_of(room_id)
    if room.session_id is None:
        raise KioskError("no_session")
    if not PHASES.get(room.phase).intake:
        raise KioskError("wrong_phase")
    if unreviewed.off(room.review_off_until, tx.now):
        return
    decisions.remember(tx, room_id, "review_off", [])
    Room.update(review_off_until=tx.now + unreviewed.LONGEST_MS).where(Room.id == room_id).execute()
    rooms.changed(tx, room_id, "room")


def restore(tx: Transaction, room_id: str) -> int:
    """Read over again; what went to the class and nobody touched since waits again. Returns how many."""
    ids = unreviewed.end(room_id)
    rooms.changed(tx, room_id, "room", "status", ids=ids)
    return len(ids)


def restore_due(tx: Transaction) -> None:
    """In every room whose time without review is over, review is on again."""
    for room_id in unreviewed.due(tx.now):
        audit.note(tx, "machine", "review_on", room_id, str(restore(tx, room_id)))


#: The reason that authors read of questions set aside all at once: no blame in it.
ALL_ASIDE = "pas_le_temps"


def set_all_aside(tx: Transaction, room_id: str) -> int:
    """Set aside every question that waits, but those that worry; one undo puts them back. Returns how many.

    Its cost is that of one statement, whatever their number.
    """
    room = rooms.row_of(room_id)
    waiting = (
        (Question.room_id == room_id)
        & (Question.session_id == room.session_id)
        & (Question.status << ACTS["set_all_aside"].of)
        & guarding.ordinary()
    )
    ids = [row.id for row in Question.select(Question.id).where(waiting)]
    if ids:
        decisions.remember_ids(tx, room_id, "set_all_aside", ids)
        Question.update(status=statuses.SET_ASIDE, reason=ALL_ASIDE).where(waiting).execute()
        rooms.changed(tx, room_id, "status", ids=tuple(ids))
    return len(ids)


def send_back(tx: Transaction, room_id: str, question_id: str) -> None:
    """Take an approved question out of the class's list: it waits again. :raises KioskError: ``wrong_status``."""
    row = moderation.row_for("send_back", room_id, question_id)
    decisions.remember(tx, room_id, "send_back", [row])
    Question.update(status=statuses.PENDING, approved_at=None, unread=False).where(Question.id == question_id).execute()
    rooms.changed(tx, room_id, "status", ids=(question_id,))
