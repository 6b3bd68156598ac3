"""The talks that took place: what a session leaves when its words are erased. Numbers, the job's name, the class's; no
text, nobody of the class.

A row begins with the first timed phase (the teacher opened the talk), ends when the session is closed, and is counted
again just before the words go. Invented sessions leave none.
"""

from __future__ import annotations

from typing import Any

from kiosk.domain import reflected, reports, sessions
from kiosk.domain.people import identifiers
from kiosk.ground.errors import KioskError
from kiosk.ground.instants import DAY
from kiosk.storage import hot
from kiosk.storage.models import Enrolment, Meeting, Room, Speaker
from kiosk.storage.writer import Transaction

#: How long a talk is remembered: the three years over which a class meets its 40 to 50 jobs, and the one that runs.
KEPT_MS = 4 * 366 * DAY
#: The step of « useful » that says that it was not (``scales.USEFUL``).
LITTLE = "little"


def begin(tx: Transaction, room: Room) -> None:
    """The talk of a room's session begins, or goes on."""
    held = _of(room)
    if held is not None:
        Meeting.update(ended_at=None).where(Meeting.id == held.id).execute()
    elif not identifiers.feigned(str(room.session_id)):
        values = {"room_id": room.id, "session_id": room.session_id, "began_at": tx.now, **_told(room)}
        Meeting.insert(values).execute()


def end(room: Room, at: int) -> None:
    """It was over at ``at`` (UTC ms) unless it had ended before, and said so much. One that never began leaves none."""
    held = _of(room)
    if held is not None:
        ended = max(held.began_at, at if held.ended_at is None else held.ended_at)
        Meeting.update(ended_at=ended, **_told(room)).where(Meeting.id == held.id).execute()


def of(room_id: str) -> Meeting | None:
    """The talk of a room's present session, None before it begins."""
    row = Room.get_or_none(Room.id == room_id)
    return _of(row) if row is not None and row.session_id else None


def lived(room_id: str) -> set[str]:
    """The sessions that a room lived, or has on."""
    rows = [*Meeting.select().where(Meeting.room_id == room_id), *Room.select().where(Room.id == room_id)]
    return {str(row.session_id) for row in rows if row.session_id}


def stop(room: Room, at: int) -> None:
    """Another session takes its place: unless something was asked, it was opened by mistake and did not take place."""
    held = _of(room)
    if held is not None and held.ended_at is None:
        if reports.numbers(room)[1]:
            end(room, at)
        else:
            Meeting.delete().where(Meeting.id == held.id).execute()


def forget_old(tx: Transaction) -> None:
    """Forget those of more than :data:`KEPT_MS` ago."""
    Meeting.delete().where(Meeting.began_at < tx.now - KEPT_MS).execute()


def _of(room: Room) -> Meeting | None:
    """The row of a room's session, as it was opened this time."""
    here = (Meeting.room_id == room.id) & (Meeting.session_id == room.session_id)
    found = Meeting.select().where(here & (Meeting.began_at >= (room.opened_at or 0)))
    row: Meeting | None = found.order_by(Meeting.id.desc()).first()
    return row


def _told(room: Room) -> dict[str, Any]:
    """What there is to tell of it now. A class's name only: an individual enrolment's would be a pupil's."""
    try:
        session = sessions.view(str(room.session_id))
    except KioskError:  # withdrawn by the centre since
        session = None
    enrolment = Enrolment.get_or_none(Enrolment.id == room.enrolment_id) if room.enrolment_id else None
    received, asked = reports.numbers(room)
    useful = reflected.of_class(room.id, str(room.session_id), room.headcount).useful
    told: dict[str, Any] = {
        "label": room.class_label if enrolment is None or enrolment.kind == "class" else "",
        "level": reports.level_of(room) or next(iter(session.levels if session else []), ""),
        "received": received,
        "asked": asked,
        "answers": sum(useful.values()),
        "useful": sum(useful.values()) - useful.get(LITTLE, 0),
    }
    if session is not None:
        told["speakers"] = [_met(one.id, one.job or session.title, one.feminine) for one in session.speakers]
        told["speakers"] = told["speakers"] or [_met("", session.title, None)]
    return told


def _met(speaker_id: str, job: str, feminine: bool | None) -> dict[str, Any]:
    row = hot.fetch(Speaker, id=speaker_id) if speaker_id else None
    key = (row.job_feminine or row.job_masculine or job) if row is not None else job
    return {"id": speaker_id, "job": job, "key": " ".join(key.casefold().split()), "feminine": feminine}
