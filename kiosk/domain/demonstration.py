"""Taking the invented sessions away, once the kiosk is to serve a real class."""

from __future__ import annotations

from kiosk.domain import retention, stored
from kiosk.storage.models import Enrolment, Notice, Operation, Question, Room, Session, Speaker
from kiosk.storage.writer import Transaction

#: What every identifier of the demonstration begins with.
PREFIX = "DEMO-"
#: Where it is kept that nobody wants it back (``kiosk.domain.stored``).
KEY = "demo.removed"


def present() -> bool:
    """Whether invented sessions are among those of this kiosk."""
    return bool(Session.select(Session.id).where(Session.id.startswith(PREFIX) & ~Session.deleted).exists())


def wanted() -> bool:
    """Whether an empty kiosk may open with it: until somebody took it away."""
    return not stored.get(KEY, False)


def remove(tx: Transaction) -> int:
    """Erase it with all that was written on its sessions; rooms that were on one wait for another. How many sessions.

    What it left in the outbox is dropped: the centre never hears of it.
    """
    sessions = [row.id for row in Session.select(Session.id).where(Session.id.startswith(PREFIX))]
    for room in list(Room.select()):
        if room.session_id in sessions:
            retention.wipe(tx, room.id)
        for session_id in sessions:
            retention.erase(tx, room.id, session_id)
    Operation.update(state="dropped", body={}).where(Operation.session_id.startswith(PREFIX)).execute()
    Question.delete().where(Question.session_id.startswith(PREFIX)).execute()
    Enrolment.delete().where(Enrolment.session_id.startswith(PREFIX)).execute()
    for table in (Session, Speaker, Notice):
        table.delete().where(table.id.startswith(PREFIX)).execute()
    stored.put(tx, KEY, True)
    return len(sessions)
