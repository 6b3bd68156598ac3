"""Rooms: which session a classroom lives, its phase, its timer, its intake.

Functions that take ``tx`` run inside a unit of work; the others read. ``now`` is UTC milliseconds.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from kiosk.contract.values import MAX_CLASS, MAX_PUPILS
from kiosk.domain import meetings, onscreen, policy, reports, sessions, stored, unreviewed
from kiosk.domain.people import access, identifiers
from kiosk.domain.phases import FIRST, LAST, PHASES, WITH_SPEAKER
from kiosk.domain.reading import textrules
from kiosk.domain.views import RoomView
from kiosk.ground.errors import KioskError
from kiosk.ground.events import RoomChanged
from kiosk.ground.instants import DAY, MINUTE
from kiosk.storage import hot
from kiosk.storage.models import Enrolment, Lesson, Question, Room
from kiosk.storage.writer import Transaction

#: No 0/O, 1/I/L, U/V: read from eight metres and typed on a phone.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTWXYZ"
CODE_DIGITS = "23456789"
INTAKES = ("open", "paused", "frozen")
COLOURS = ("clair", "sombre")
#: Where the address without a code leads: key of what is kept (``kiosk.domain.stored``), a room's id or :data:`ASK`.
PLAIN_ADDRESS = "rooms.plain_address"
#: The address without a code asks which room is meant.
ASK = "ask"
#: Code → name of the rooms removed, the oldest first: their posters are told so, and no other room takes their code.
REMOVED = "rooms.removed"
_NUMBER = re.compile(r"(\d+)")


def add(tx: Transaction, name: str, **settings: object) -> str:
    """Make a room and return its id. Its code, letters and a digit, is unique on this kiosk, past rooms included.

    The first room of a kiosk is where the address without a code leads. ``settings``: columns of the room.
    """
    name = checked_name(name)
    first = not hot.read(hot.TWO_ROOMS)
    gone = stored.get(REMOVED, {})
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _i in range(3)) + secrets.choice(CODE_DIGITS)
        if code not in gone and not Room.select().where(Room.code == code).exists():
            break
    room_id = f"r-{secrets.token_hex(4)}"
    Room.insert(id=room_id, name=name, code=code, phase_started_at=tx.now, **settings).execute()
    if first:
        stored.put(tx, PLAIN_ADDRESS, room_id)
    return room_id


def checked_name(name: str) -> str:
    """A room's name as it is kept. :raises KioskError: ``name_invalid``."""
    name = textrules.visible(name)
    if not 1 <= len(name) <= 60:
        raise KioskError("name_invalid", field="name")
    return name


def all_rooms() -> list[tuple[str, str, str]]:
    """(id, name, code) of every room, by name as people count: « Salle 2 » before « Salle 10 »."""
    rows = list(Room.select(Room.id, Room.name, Room.code))
    parts = {r.id: [int(p) if p.isdecimal() else p.casefold() for p in _NUMBER.split(r.name)] for r in rows}
    return sorted(((r.id, r.name, r.code) for r in rows), key=lambda one: (parts[one[0]], one[0]))


def several() -> bool:
    """Whether there is more than one."""
    return len(hot.read(hot.TWO_ROOMS)) > 1


def number() -> int:
    """How many rooms there are."""
    return int(Room.select().count())


def named(code: str | None) -> str | None:
    """The room of a code; without one, that of the plain address. None when there is no such room."""
    if not code:
        return plain_address()
    row = hot.fetch(Room, code=code.strip().upper()) or hot.fetch(Room, id=code) if code.isascii() else None
    return str(row.id) if row is not None else None


def resolve(code: str | None) -> str:
    """:func:`named`, when it must be there. :raises KioskError: ``unknown_room``."""
    found = named(code)
    if found is None:
        raise KioskError("unknown_room")
    return found


def plain_address() -> str | None:
    """The room that the address without a code leads to; None when it asks which one (or there is no room).

    What was given before a second room came (posters, bookmarks, the display's autostart) goes on leading to the first.
    """
    said = stored.get(PLAIN_ADDRESS)
    if said and said != ASK and hot.fetch(Room, id=said) is not None:
        return str(said)
    rows = hot.read(hot.TWO_ROOMS)
    return str(rows[0][0]) if len(rows) == 1 else None


def code_of(room_id: str | None) -> str | None:
    """The code of a room, None when there is no such room (any more)."""
    row = hot.fetch(Room, id=room_id) if room_id else None
    return None if row is None else str(row.code)


def view(room_id: str) -> RoomView:
    """The room as everybody sees it. :raises KioskError: ``unknown_room``."""
    row = row_of(room_id)
    session, enrolment = None, hot.fetch(Enrolment, id=row.enrolment_id) if row.enrolment_id else None
    if row.session_id:
        try:
            session = sessions.for_class(sessions.view(row.session_id), enrolment)
        except KioskError:
            session = None  # withdrawn by the centre since
    return RoomView(
        id=row.id,
        name=row.name,
        code=row.code,
        rev=row.rev,
        session=session,
        enrolment_id=row.enrolment_id,
        class_label=row.class_label,
        headcount=row.headcount,
        phase=row.phase,
        phase_started_at=row.phase_started_at,
        ends_at=row.ends_at,
        paused_ms=row.paused_ms,
        intake=row.intake,
        review_off_until=row.review_off_until,
        shut_at=row.shut_at,
        current_id=row.current_id,
        answer_id=row.answer_id,
        hidden=row.hidden,
        speaking_id=row.speaking_id,
        turn_left=row.turn_left,
        spoken=dict(row.spoken or {}),
        starter=row.starter,
        theme=row.theme,
        phones=row.phones,
        shortcuts=row.shortcuts,
        purge_at=row.purge_at,
        zone=str(enrolment.zone) if enrolment is not None and enrolment.zone else policy.zone(),
    )


def starts_at(room: RoomView) -> int:
    """When the room's session begins: at its hour, moved by what the teacher added to the countdown (UTC ms)."""
    if room.stage.to_start and room.ends_at is not None:
        return room.ends_at
    return room.session.starts_at if room.session else 0


def with_speaker() -> bool:
    """Whether a class is with its speaker (or about to be) in some room."""
    return bool(Room.select().where(Room.session_id.is_null(False) & (Room.phase << WITH_SPEAKER)).exists())


def row_of(room_id: str) -> Room:
    """The row of a room, for the domain only. :raises KioskError: ``unknown_room``."""
    row: Room | None = hot.fetch(Room, id=room_id)
    if row is None:
        raise KioskError("unknown_room")
    return row


def changed(tx: Transaction, room_id: str, *what: str, ids: tuple[str, ...] = ()) -> int:
    """Give the room its next revision and announce it after the commit; returns the revision."""
    rev = int(hot.first(tx.database, hot.NEXT_REV, room_id)[0])
    tx.publish(RoomChanged(room_id, rev, what, ids))
    return rev


def arrived(tx: Transaction, room_id: str, *what: str, ids: tuple[str, ...], row: tuple[Any, ...]) -> None:
    """As :func:`changed`, once a question (values of ``hot.INSERT``) took the room's next number."""
    rev = hot.together(tx.database, (hot.INSERT, row), (hot.NEXT_NUMBER, (room_id,)))[0]
    tx.publish(RoomChanged(room_id, int(rev), what, ids))


def voted(tx: Transaction, room_id: str, id: str, *given: tuple[str, tuple[Any, ...]]) -> int:
    """As :func:`changed`, for the supports of a question, given or taken back by these statements; returns how many it
    has.
    """
    counted = (hot.RECOUNT, (id,) * 6)
    rev, support = hot.together(tx.database, *given, counted, (hot.NEXT_REV_VOTED, (room_id, id)))
    tx.publish(RoomChanged(room_id, int(rev), ("votes",), (id,)))
    return int(support)


def set_fields(tx: Transaction, room_id: str, *what: str, **fields: object) -> None:
    """Write some columns of the room and announce it."""
    if not Room.update(**fields).where(Room.id == room_id).execute():
        raise KioskError("unknown_room")
    changed(tx, room_id, *what)


# -- session and class -------------------------------------------------------------------------


def choose_session(
    tx: Transaction,
    room_id: str,
    session_id: str,
    *,
    enrolment_id: str | None = None,
    class_label: str | None = None,
    headcount: int | None = None,
    stop: bool = False,
) -> None:
    """Put a session (and a class) on in the room, at the lobby. Prepared questions nobody holds come along.

    ``stop``: another session that runs is stopped, not closed: its questions wait for it to be put on again, nobody is
    told that it was held.

    :raises KioskError: ``room_busy`` while another session runs, unless ``stop``; ``unknown_session``,
        ``headcount_invalid``.
    """
    room = row_of(room_id)
    sessions.view(session_id)
    here = PHASES.get(room.phase)
    if room.session_id not in (None, session_id) and here.running and not stop:
        raise KioskError("room_busy")
    if room.session_id not in (None, session_id) and here.running:
        meetings.stop(room, tx.now)
    enrolment = Enrolment.get_or_none(Enrolment.id == enrolment_id) if enrolment_id else None
    if enrolment is None and class_label is None:
        known = sessions.classes(session_id)
        enrolment = known[0] if known else None
    label = class_label if class_label is not None else (enrolment.label if enrolment else "")
    count = headcount if headcount is not None else (enrolment.headcount if enrolment else 0)
    if not 0 <= count <= MAX_PUPILS:
        raise KioskError("headcount_invalid", field="headcount")
    restart = room.session_id != session_id or here.over
    fields: dict[str, object] = {
        "session_id": session_id,
        "enrolment_id": enrolment.id if enrolment else None,
        "class_label": textrules.visible(label)[:MAX_CLASS],
        "headcount": count,
    }
    if restart:
        unreviewed.end(room_id)
        fields |= _at_the_lobby(tx.now) | {"opened_at": tx.now}
    Room.update(fields).where(Room.id == room_id).execute()
    if restart:
        onscreen.clear(room_id)
        if room.session_id and not any(identifiers.rehearsed(one) for one in (str(room.session_id), session_id)):
            access.end_noting(tx, room_id)
    adopt(tx, room_id, session_id)
    changed(tx, room_id, "session", "phase", "room")


def leave(tx: Transaction, room_id: str) -> None:
    """No session in the room any more: it waits for one. What was said of the one before is not touched."""
    onscreen.clear(room_id)
    access.end_noting(tx, room_id)
    nobody: dict[str, object] = {"session_id": None, "enrolment_id": None, "class_label": "", "headcount": 0}
    set_fields(tx, room_id, "session", "phase", "room", **nobody, **_at_the_lobby(tx.now))


def _at_the_lobby(now: int) -> dict[str, object]:
    """What a room is before a session begins in it."""
    return {
        "phase": FIRST.code, "phase_started_at": now, "ends_at": None, "paused_ms": None, "intake": "open",
        "starter": "", "shut_at": None, "current_id": None, "opened_at": None, "closed_at": None, "purge_at": None,
        "answer_id": None, "hidden": False, "speaking_id": None, "turn_left": None, "spoken": {},
        "review_off_until": None,
    }  # fmt: skip


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
    if not 0 <= headcount <= MAX_PUPILS:
        raise KioskError("headcount_invalid", field="headcount")
    label = textrules.visible(class_label)
    if len(label) > MAX_CLASS:
        raise KioskError("name_invalid", field="class_label")
    set_fields(tx, room_id, "room", class_label=label, headcount=headcount)


# -- phases -------------------------------------------------------------------------------------


def set_phase(tx: Transaction, room_id: str, code: str, *, retention_days: int = 7) -> None:
    """Go to a phase; its timer starts now, and the first of several speakers begins. Back from the questions, the one
    on screen goes to the list; once no question is taken any more it was asked, and review is on again. Closing sets
    the purge date and empties the screen.

    :raises KioskError: ``unknown_phase``; ``no_session`` when nothing is chosen.
    """
    phase = PHASES.get(code)
    room = row_of(room_id)
    if room.session_id is None:
        raise KioskError("no_session")
    if phase.over:
        close(tx, room, tx.now, tx.now + retention_days * DAY)
        return
    session = sessions.view(room.session_id)
    ends_at: int | None = None
    if phase.timed:
        ends_at = tx.now + dict(session.phases).get(code, 5) * MINUTE
    elif phase.to_start and session.starts_at > tx.now:
        ends_at = session.starts_at
    fields: dict[str, object] = {"phase": code, "phase_started_at": tx.now, "ends_at": ends_at, "starter": ""}
    fields |= dict.fromkeys(("paused_ms", "closed_at", "purge_at", "answer_id"))
    if phase.shared:
        ids = [speaker.id for speaker in session.speakers]
        left = None if ends_at is None else ends_at - tx.now
        fields |= {"speaking_id": ids[0] if len(ids) > 1 else None, "turn_left": left, "spoken": {}}
    if phase.timed:
        meetings.begin(tx, room)
    touched: tuple[str, ...] = ()
    if phase.early and not PHASES.get(room.phase).early:
        touched = onscreen.clear(room_id)  # back to the person, the code or the hour: the question waits for its time
    elif not phase.intake:
        touched = (*onscreen.given(tx, room_id), *unreviewed.end(room_id))
    Room.update(fields).where(Room.id == room_id).execute()
    if phase.running:
        onscreen.no_lesson(room_id)
    changed(tx, room_id, "phase", "timer", *(("status",) if touched else ()), ids=touched)


def close(tx: Transaction, room: Room, at: int, purge_at: int) -> None:
    """End the session of a room: over since ``at``, its words to be forgotten at ``purge_at`` (UTC ms); the numbers of
    the groups that wrote its slips, at once.
    """
    touched = (*onscreen.given(tx, room.id), *unreviewed.end(room.id))
    onscreen.clear(room.id)
    if not PHASES.get(room.phase).over:
        reports.session_closed(tx, room)
        meetings.end(room, at)
    fields = {
        "phase": LAST.code,
        "phase_started_at": tx.now,
        "ends_at": None,
        "paused_ms": None,
        "closed_at": at,
        "purge_at": purge_at,
        "shut_at": None,
        "hidden": False,
    }
    Room.update(fields).where(Room.id == room.id).execute()
    Lesson.delete().where((Lesson.room_id == room.id) & (Lesson.session_id == room.session_id)).execute()
    changed(tx, room.id, "phase", "timer", *(("status",) if touched else ()), ids=touched)


# -- intake and preferences -----------------------------------------------------------------------


def set_intake(tx: Transaction, room_id: str, intake: str) -> None:
    """``open``, ``paused`` (for a while) or ``frozen`` (the list and its supports are final)."""
    if intake not in INTAKES:
        raise KioskError("invalid", field="intake")
    set_fields(tx, room_id, "intake", intake=intake)


def set_hidden(tx: Transaction, room_id: str, hidden: bool) -> None:
    """Mask what the display shows, or show it again. :raises KioskError: ``no_session``, ``session_over``."""
    room = row_of(room_id)
    if room.session_id is None:
        raise KioskError("no_session")
    if PHASES.get(room.phase).over:
        raise KioskError("session_over")
    set_fields(tx, room_id, "screen", hidden=hidden)


def set_preference(tx: Transaction, room_id: str, name: str, value: object) -> None:
    """Set ``theme`` (clair, sombre), ``phones``, ``shortcuts`` or ``name``."""
    if name == "theme" and value not in COLOURS:
        raise KioskError("invalid", field="theme")
    if name == "name":
        value = checked_name(str(value))
    if name not in ("theme", "phones", "shortcuts", "name"):
        raise KioskError("invalid", field=name)
    set_fields(tx, room_id, "room", **{name: value})
