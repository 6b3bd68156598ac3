"""Taking the invented sessions away, once the kiosk is to serve a real class."""

from __future__ import annotations

from kiosk.domain import retention, stored
from kiosk.domain.people.identifiers import INVENTED
from kiosk.storage.models import Enrolment, Notice, Question, Room, Session, Speaker
from kiosk.storage.writer import Transaction

#: What the identifiers of its speakers and of its notices begin with; ``identifiers.INVENTED``: of its sessions.
SPEAKERS, NOTICES = "DEMO-SP-", "DEMO-N-"
#: Where it is kept that nobody wants it back (``kiosk.domain.stored``).
KEY = "demo.removed"


def present() -> bool:
    """Whether invented sessions are among those of this kiosk."""
    return bool(Session.select(Session.id).where(Session.id.startswith(INVENTED) & ~Session.deleted).exists())


def wanted() -> bool:
    """Whether an empty kiosk may open with it: until somebody took it away."""
    return not stored.get(KEY, False)


def remove(tx: Transaction) -> int:
    """Erase it with all that was written on its sessions; rooms that were on one wait for another. How many sessions.

    It left nothing in the outbox: the centre never hears of it (``outbox.append``).
    """
    sessions = [row.id for row in Session.select(Session.id).where(Session.id.startswith(INVENTED))]
    for room in list(Room.select()):
        if room.session_id in sessions:
            retention.wipe(tx, room.id, confirmed=True)
        for session_id in sessions:
            retention.erase(tx, room.id, session_id)
    Question.delete().where(Question.session_id.startswith(INVENTED)).execute()
    Enrolment.delete().where(Enrolment.session_id.startswith(INVENTED)).execute()
    for table, prefix in ((Session, INVENTED), (Speaker, SPEAKERS), (Notice, NOTICES)):
        table.delete().where(table.id.startswith(prefix)).execute()
    stored.put(tx, KEY, True)
    return len(sessions)
