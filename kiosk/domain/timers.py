"""A room's timer: more time, a pause, and what a correction of the clock moves. ``now`` is UTC milliseconds."""

from __future__ import annotations

from typing import Any

from kiosk.domain import rooms, speaking, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.phases import PHASES
from kiosk.ground.errors import KioskError
from kiosk.ground.instants import MINUTE
from kiosk.storage.models import AnswerLine, Decision, Lesson, Meeting, Question, Reflection, Room, ShowOfHands
from kiosk.storage.writer import Transaction

#: The instants of a room that a correction of the clock moves.
MOVED = (
    "ends_at",
    "phase_started_at",
    "opened_at",
    "closed_at",
    "purge_at",
    "review_off_until",
    "shut_at",
)


def extend(tx: Transaction, room_id: str, minutes: int = 5) -> None:
    """Give the running phase some minutes more (from now if its time is over). :raises KioskError: ``wrong_phase``."""
    room = rooms.row_of(room_id)
    if room.paused_ms is not None:
        fields: dict[str, object] = {"paused_ms": max(0, room.paused_ms) + minutes * MINUTE}
        fields |= speaking.longer(room, room.paused_ms, minutes * MINUTE)
    elif room.ends_at is not None:
        fields = {"ends_at": max(room.ends_at, tx.now) + minutes * MINUTE}
        fields |= speaking.longer(room, room.ends_at - tx.now, minutes * MINUTE)
    elif PHASES.get(room.phase).timed or PHASES.get(room.phase).to_start:
        fields = {"ends_at": tx.now + minutes * MINUTE}
    else:
        raise KioskError("wrong_phase")
    rooms.set_fields(tx, room_id, "timer", **fields)


def pause(tx: Transaction, room_id: str) -> None:
    """Stop the timer, keeping what is left. :raises KioskError: ``wrong_phase`` when none runs."""
    room = rooms.row_of(room_id)
    if room.ends_at is None:
        raise KioskError("wrong_phase")
    rooms.set_fields(tx, room_id, "timer", paused_ms=room.ends_at - tx.now, ends_at=None)


def resume(tx: Transaction, room_id: str) -> None:
    """Let the paused timer run again. :raises KioskError: ``wrong_phase`` when it is not paused."""
    room = rooms.row_of(room_id)
    if room.paused_ms is None:
        raise KioskError("wrong_phase")
    rooms.set_fields(tx, room_id, "timer", ends_at=tx.now + room.paused_ms, paused_ms=None)


#: What says how old a class's words and acts are; an instant that is not there yet stays so.
DATED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Question, ("created_at", "approved_at", "on_screen_at", "asked_at", "answered_at")),
    (Decision, ("at",)),
    (Reflection, ("created_at",)),
    (Lesson, ("ends_at", "done_at")),
    (ShowOfHands, ("created_at",)),
    (AnswerLine, ("noted_at",)),
    (Meeting, ("began_at", "ended_at")),
)


def set_clock(kiosk: Kiosk, now_ms: int, source: str) -> int:
    """Put the kiosk's time right, and all that rooms hold with it, or neither when the disk refuses; the step.

    :raises KioskError: ``storage_full``…: the clock is as it was.
    """
    before = kiosk.clock.source
    step = kiosk.clock.correct(now_ms, source)
    offset = kiosk.clock.offset_ms()

    def unit(tx: Transaction) -> None:
        shift_timers(tx, step)
        stored.put(tx, "clock.offset_ms", offset)
        stored.put(tx, "clock.source", source)

    try:
        kiosk.write(unit)
    except KioskError:
        kiosk.clock.correct(kiosk.clock.now() - step, before)
        raise
    return step


def shift_timers(tx: Transaction, step_ms: int) -> None:
    """Move what rooms hold by a correction of the clock, so that durations stay right: timers, how long a class's
    questions are kept (a wrong clock put right must not make them old at once), and how long who came in may act.

    The countdown's end is left alone: it aims at the session's true start, not at a duration.
    """
    access.shift(tx, step_ms)
    for room in Room.select().where(Room.session_id.is_null(False)):
        moved = {
            name: getattr(room, name) + step_ms
            for name in MOVED
            if getattr(room, name) is not None and not (name == "ends_at" and PHASES.get(room.phase).to_start)
        }
        Room.update(moved).where(Room.id == room.id).execute()
        for table, names in DATED:
            here = (table.room_id == room.id) & (table.session_id == room.session_id)
            table.update({name: getattr(table, name) + step_ms for name in names}).where(here).execute()
        rooms.changed(tx, room.id, "timer")
