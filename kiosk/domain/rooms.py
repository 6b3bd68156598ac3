"""Rooms: which session a classroom lives, its phase, its timer, its intake.

Functions that take ``tx`` run inside a unit of work; the others read. ``now`` is UTC milliseconds.
"""

from __future__ import annotations

import secrets

from kiosk.domain import reports, schools, sessions, stored
from kiosk.domain.events import RoomChanged
from kiosk.domain.phases import PHASES, after, before
from kiosk.domain.views import RoomView
from kiosk.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.models import Enrolment, Question, Room
from kiosk.storage.writer import Transaction

MINUTE = 60_000
DAY = 86_400_000
#: No 0/O, 1/I/L, U/V: read from eight metres and typed on a phone.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTWXYZ"
CODE_DIGITS = "23456789"
INTAKES = ("open", "paused", "frozen")
THEMES = ("clair", "sombre")


def add(tx: Transaction, name: str) -> str:
    """Make a room and return its id. Its code has letters and a digit, and is unique on this kiosk."""
    name = name.strip()
    if not 1 <= len(name) <= 60:
        raise KioskError("name_invalid", field="name")
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _i in range(3)) + secrets.choice(CODE_DIGITS)
        if not Room.select().where(Room.code == code).exists():
            break
    room_id = f"r-{secrets.token_hex(4)}"
    Room.insert(id=room_id, name=name, code=code, phase_started_at=tx.now).execute()
    return room_id


def all_rooms() -> list[tuple[str, str, str]]:
    """(id, name, code) of every room, by name."""
    return [(r.id, r.name, r.code) for r in Room.select(Room.id, Room.name, Room.code).order_by(Room.name, Room.id)]


def resolve(code: str | None) -> str:
    """The room of a code; without one, the only room. :raises KioskError: ``unknown_room``."""
    if code:
        row = hot.fetch(Room, code=code.strip().upper()) or hot.fetch(Room, id=code)
        if row is None:
            raise KioskError("unknown_room")
        return str(row.id)
    rows = hot.read(hot.TWO_ROOMS)
    if len(rows) != 1:
        raise KioskError("unknown_room")
    return str(rows[0][0])


def code_of(room_id: str | None) -> str | None:
    """The code of a room, None when there is no such room (any more)."""
    row = hot.fetch(Room, id=room_id) if room_id else None
    return None if row is None else str(row.code)


def view(room_id: str) -> RoomView:
    """The room as everybody sees it. :raises KioskError: ``unknown_room``."""
    row = row_of(room_id)
    session = None
    if row.session_id:
        try:
            session = sessions.view(row.session_id)
        except KioskError:
            session = None  # withdrawn by the centre since
    return RoomView(
        id=row.id, name=row.name, code=row.code, rev=row.rev, session=session,
        enrolment_id=row.enrolment_id, class_label=row.class_label, headcount=row.headcount,
        phase=row.phase, phase_started_at=row.phase_started_at, ends_at=row.ends_at,
        paused_ms=row.paused_ms, intake=row.intake, moderation=row.moderation,
        current_id=row.current_id, theme=row.theme, phones=row.phones, shortcuts=row.shortcuts,
        purge_at=row.purge_at, zone=_zone(row.enrolment_id),
    )


def _zone(enrolment_id: str | None) -> str:
    enrolment = hot.fetch(Enrolment, id=enrolment_id) if enrolment_id else None
    if enrolment is not None and enrolment.zone:
        return str(enrolment.zone)
    return str(stored.get("school.zone") or schools.zone_of(stored.get("school.uai")))


def row_of(room_id: str) -> Room:
    """The row of a room, for the domain only. :raises KioskError: ``unknown_room``."""
    row: Room | None = hot.fetch(Room, id=room_id)
    if row is None:
        raise KioskError("unknown_room")
    return row


def changed(tx: Transaction, room_id: str, *what: str, ids: tuple[str, ...] = (), numbered: bool = False) -> int:
    """Give the room its next revision and announce it after the commit; returns the revision.

    ``numbered``: a question just took the room's next number.
    """
    rev = int(hot.first(tx.database, hot.NEXT_NUMBER if numbered else hot.NEXT_REV, room_id)[0])
    tx.publish(RoomChanged(room_id, rev, what, ids))
    return rev


def set_fields(tx: Transaction, room_id: str, *what: str, **fields: object) -> None:
    """Write some columns of the room and announce it."""
    if not Room.update(**fields).where(Room.id == room_id).execute():
        raise KioskError("unknown_room")
    changed(tx, room_id, *what)


# -- session and class -------------------------------------------------------------------------


def choose_session(
    tx: Transaction, room_id: str, session_id: str, *, enrolment_id: str | None = None,
    class_label: str | None = None, headcount: int | None = None,
) -> None:
    """Put a session (and a class) on in the room, at the lobby. Prepared questions nobody holds come along.

    :raises KioskError: ``room_busy`` while another session runs, ``unknown_session``, ``headcount_invalid``.
    """
    room = row_of(room_id)
    sessions.view(session_id)
    if room.session_id not in (None, session_id) and room.phase not in ("lobby", "closed"):
        raise KioskError("room_busy")
    enrolment = Enrolment.get_or_none(Enrolment.id == enrolment_id) if enrolment_id else None
    if enrolment is None and class_label is None:
        known = sessions.classes(session_id)
        enrolment = known[0] if known else None
    label = class_label if class_label is not None else (enrolment.label if enrolment else "")
    count = headcount if headcount is not None else (enrolment.headcount if enrolment else 0)
    if not 0 <= count <= 500:
        raise KioskError("headcount_invalid", field="headcount")
    restart = room.session_id != session_id or room.phase == "closed"
    fields: dict[str, object] = {
        "session_id": session_id, "enrolment_id": enrolment.id if enrolment else None,
        "class_label": label.strip()[:60], "headcount": count,
    }
    if restart:
        fields |= {
            "phase": "lobby", "phase_started_at": tx.now, "ends_at": None, "paused_ms": None,
            "intake": "open", "current_id": None, "opened_at": tx.now, "closed_at": None, "purge_at": None,
        }
    Room.update(fields).where(Room.id == room_id).execute()
    if restart:
        clear_screen(room_id)
    adopt(tx, room_id, session_id)
    changed(tx, room_id, "session", "phase", "room")


def adopt(tx: Transaction, room_id: str, session_id: str) -> None:
    """Give the room the session's prepared questions that no room holds yet, numbered in order."""
    room = row_of(room_id)
    number = room.next_number
    waiting = Question.select().where((Question.session_id == session_id) & Question.room_id.is_null())
    for row in waiting.order_by(Question.position, Question.created_at, Question.id):
        Question.update(room_id=room_id, number=number).where(Question.id == row.id).execute()
        number += 1
    Room.update(next_number=number).where(Room.id == room_id).execute()


def set_class(tx: Transaction, room_id: str, class_label: str, headcount: int) -> None:
    """Correct the class's name and head count. :raises KioskError: ``headcount_invalid``, ``name_invalid``."""
    if not 0 <= headcount <= 500:
        raise KioskError("headcount_invalid", field="headcount")
    if len(class_label.strip()) > 60:
        raise KioskError("name_invalid", field="class_label")
    set_fields(tx, room_id, "room", class_label=class_label.strip(), headcount=headcount)


# -- phases and timer ----------------------------------------------------------------------------


def set_phase(tx: Transaction, room_id: str, code: str, *, retention_days: int = 7) -> None:
    """Go to a phase; its timer starts now. Closing sets the purge date and empties the screen.

    :raises KioskError: ``unknown_phase``; ``no_session`` when nothing is chosen.
    """
    phase = PHASES.get(code)
    room = row_of(room_id)
    if room.session_id is None:
        raise KioskError("no_session")
    session = sessions.view(room.session_id)
    ends_at: int | None = None
    if phase.timed:
        ends_at = tx.now + dict(session.phases).get(code, 5) * MINUTE
    elif code == "countdown" and session.starts_at > tx.now:
        ends_at = session.starts_at
    fields: dict[str, object] = {
        "phase": code, "phase_started_at": tx.now, "ends_at": ends_at, "paused_ms": None,
    }
    if code == "closed":
        fields |= {"closed_at": tx.now, "purge_at": tx.now + retention_days * DAY}
        clear_screen(room_id)
        if room.phase != "closed":
            reports.session_closed(tx, room)
    else:
        fields |= {"closed_at": None, "purge_at": None}
    Room.update(fields).where(Room.id == room_id).execute()
    changed(tx, room_id, "phase", "timer")


def clear_screen(room_id: str) -> None:
    """Nothing on screen any more; a question that was, unasked, goes back to the list."""
    Room.update(current_id=None).where(Room.id == room_id).execute()
    Question.update(status="approved").where((Question.room_id == room_id) & (Question.status == "on_screen")).execute()


def advance(tx: Transaction, room_id: str, *, retention_days: int = 7) -> None:
    """Go to the next phase."""
    set_phase(tx, room_id, after(row_of(room_id).phase).code, retention_days=retention_days)


def back(tx: Transaction, room_id: str) -> None:
    """Go back to the phase before; its timer starts again."""
    set_phase(tx, room_id, before(row_of(room_id).phase).code)


def extend(tx: Transaction, room_id: str, minutes: int = 5) -> None:
    """Give the running phase some minutes more (from now if its time is over). :raises KioskError: ``wrong_phase``."""
    room = row_of(room_id)
    if room.paused_ms is not None:
        fields: dict[str, object] = {"paused_ms": max(0, room.paused_ms) + minutes * MINUTE}
    elif room.ends_at is not None:
        fields = {"ends_at": max(room.ends_at, tx.now) + minutes * MINUTE}
    elif PHASES.get(room.phase).timed or room.phase == "countdown":
        fields = {"ends_at": tx.now + minutes * MINUTE}
    else:
        raise KioskError("wrong_phase")
    set_fields(tx, room_id, "timer", **fields)


def pause(tx: Transaction, room_id: str) -> None:
    """Stop the timer, keeping what is left. :raises KioskError: ``wrong_phase`` when none runs."""
    room = row_of(room_id)
    if room.ends_at is None:
        raise KioskError("wrong_phase")
    set_fields(tx, room_id, "timer", paused_ms=room.ends_at - tx.now, ends_at=None)


def resume(tx: Transaction, room_id: str) -> None:
    """Let the paused timer run again. :raises KioskError: ``wrong_phase`` when it is not paused."""
    room = row_of(room_id)
    if room.paused_ms is None:
        raise KioskError("wrong_phase")
    set_fields(tx, room_id, "timer", ends_at=tx.now + room.paused_ms, paused_ms=None)


def shift_timers(tx: Transaction, step_ms: int) -> None:
    """Move what rooms hold by a correction of the clock, so that durations stay right: timers, and how
    long a class's questions are kept (a wrong clock put right must not make them old at once).

    The countdown's end is left alone: it aims at the session's true start, not at a duration.
    """
    for room in Room.select().where(Room.session_id.is_null(False)):
        moved = {
            name: getattr(room, name) + step_ms
            for name in ("ends_at", "phase_started_at", "opened_at", "closed_at", "purge_at")
            if getattr(room, name) is not None and not (name == "ends_at" and room.phase == "countdown")
        }
        Room.update(moved).where(Room.id == room.id).execute()
        Question.update(created_at=Question.created_at + step_ms).where(
            (Question.room_id == room.id) & (Question.session_id == room.session_id)
        ).execute()
        changed(tx, room.id, "timer")


# -- intake and preferences -----------------------------------------------------------------------


def set_intake(tx: Transaction, room_id: str, intake: str) -> None:
    """``open``, ``paused`` (for a while) or ``frozen`` (the list and its supports are final)."""
    if intake not in INTAKES:
        raise KioskError("invalid", field="intake")
    set_fields(tx, room_id, "intake", intake=intake)


def set_moderation(tx: Transaction, room_id: str, on: bool) -> None:
    """With moderation off, new questions go straight to the approved list."""
    set_fields(tx, room_id, "room", moderation=on)


def set_preference(tx: Transaction, room_id: str, name: str, value: object) -> None:
    """Set ``theme`` (clair, sombre), ``phones``, ``shortcuts`` or ``name``."""
    if name == "theme" and value not in THEMES:
        raise KioskError("invalid", field="theme")
    if name == "name" and not 1 <= len(str(value).strip()) <= 60:
        raise KioskError("name_invalid", field="name")
    if name not in ("theme", "phones", "shortcuts", "name"):
        raise KioskError("invalid", field=name)
    set_fields(tx, room_id, "room", **{name: value})
