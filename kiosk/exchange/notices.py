"""What the centre has to say to the school: its notices, and the sessions it moved or cancelled."""

from __future__ import annotations

from kiosk.domain import sessions, stored
from kiosk.domain.enrolments import ALIVE
from kiosk.domain.views import SessionView
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage.models import Enrolment, Notice, Room, Session
from kiosk.storage.writer import Transaction

#: Session id → the revision whose news the teacher has read (``kiosk.domain.stored``).
READ = "sessions.read"
HOUR = 3_600_000


@dataclass(frozen=True)
class NoticeView:
    """A notice that still holds. ``level``: ``info`` or ``warning``."""

    id: str
    level: str
    text: str


def current(now: int) -> list[NoticeView]:
    """Notices that have not expired, warnings first."""
    rows = Notice.select().where((~Notice.deleted) & (Notice.expires_at > now))
    rows = rows.order_by(Notice.level == "info", Notice.expires_at, Notice.id)
    return [NoticeView(row.id, row.level, row.text) for row in rows]


def moved_or_cancelled(now: int) -> list[SessionView]:
    """Sessions of this school's classes that the centre moved or cancelled, until the teacher has read it."""
    read = stored.get(READ, {})
    ours = {
        row.session_id
        for row in Enrolment.select(Enrolment.session_id).where((~Enrolment.deleted) & (Enrolment.state << ALIVE))
    } | {row.session_id for row in Room.select(Room.session_id).where(Room.session_id.is_null(False))}
    rows = (
        Session.select(Session.id, Session.rev)
        .where((~Session.deleted) & (Session.status << ("moved", "cancelled")) & (Session.starts_at > now - 24 * HOUR))
        .order_by(Session.starts_at)
    )
    return [sessions.view(row.id) for row in rows if row.id in ours and read.get(row.id, -1) < row.rev]


def mark_read(tx: Transaction, session_id: str) -> None:
    """The teacher has read what changed in a session. :raises KioskError: ``unknown_session``."""
    row = Session.get_or_none(Session.id == session_id)
    if row is None:
        raise KioskError("unknown_session")
    read = {key: rev for key, rev in stored.get(READ, {}).items() if key != session_id}
    held = {one.id for one in Session.select(Session.id).where(Session.status << ("moved", "cancelled"))}
    stored.put(tx, READ, {**{key: rev for key, rev in read.items() if key in held}, session_id: row.rev})
