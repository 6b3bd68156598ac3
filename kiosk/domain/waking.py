"""Whether the class's large display is wanted: it is woken half an hour before a session, and may sleep after.

Nobody looks at a screen on a Sunday. It sleeps only where that is sure: a kiosk whose sessions are known, whose time
somebody vouches for, on which no phone and no panel is open, and where nothing was done for ``display.sleep`` minutes.
"""

from __future__ import annotations

from kiosk.domain import demonstration, overdue
from kiosk.domain.kiosk import Kiosk
from kiosk.ground.instants import MINUTE
from kiosk.storage.models import Room, Session

#: Milliseconds before a session's start: the time to warm a projector up, and for the class to come in.
BEFORE = 30 * MINUTE
#: No session is longer; an older one needs no look.
LONGEST = 24 * 60 * MINUTE
#: Whose presence says that somebody is there.
THERE = ("/phone", "/control")


def wanted(kiosk: Kiosk) -> bool:
    """Whether a class, or whoever gets the room ready, may look at the display now."""
    rest = kiosk.settings.display_sleep * MINUTE
    if not rest or not kiosk.clock.trusted or demonstration.present():
        return True
    now = kiosk.clock.now()
    if any(kiosk.sockets.number(namespace) for namespace in THERE) or not _any_session():
        return True
    return _planned(now, rest) or any(
        _used(room, now, rest) for room in Room.select().where(Room.session_id.is_null(False))
    )


def _any_session() -> bool:
    """A kiosk that knows none has just been set up: a black screen would be taken for a fault."""
    return bool(Session.select(Session.id).where(~Session.deleted).exists())


def _planned(now: int, rest: int) -> bool:
    """Whether a session begins soon, is on by its own time, or ended not long ago."""
    near = Session.select().where(
        Session.starts_at.between(now - LONGEST, now + BEFORE) & ~Session.deleted & (Session.status != "cancelled")
    )
    return any(row.starts_at + row.duration_min * MINUTE + rest > now for row in near)


def _used(room: Room, now: int, rest: int) -> bool:
    """Whether a room's session was chosen, led or written to not long ago, or is still on."""
    last = max(room.phase_started_at or 0, room.opened_at or 0)
    session = str(room.session_id)
    if overdue.begun(room):
        rest = max(rest, overdue.LONG_OVER)
        last = max(last, overdue.planned_end(session))
    return max(last, overdue.last_act(room.id, session)) + rest > now
