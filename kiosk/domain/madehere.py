"""Sessions that a teacher made on this kiosk: theirs alone, to correct and to delete while they have not begun.

Their identifiers begin with ``identifiers.MADE_HERE``, their speakers' and class's with more: no centre hears of them
(``outbox.append``), no centre's change touches them (``exchange.changes``). Writing one is ``exchange.programmes``'.
"""

from __future__ import annotations

from kiosk.domain import retention, rooms
from kiosk.domain.care import worries
from kiosk.domain.origins import SAID
from kiosk.domain.people import identifiers
from kiosk.domain.phases import FIRST, PHASES
from kiosk.ground.errors import KioskError
from kiosk.ground.events import EnrolmentChanged
from kiosk.storage.models import Enrolment, Question, Reflection, Room, Session, Speaker
from kiosk.storage.writer import Transaction

#: What the identifiers of speakers and of classes begin with.
SPEAKERS, CLASSES = f"{identifiers.MADE_HERE}P-", f"{identifiers.MADE_HERE}C-"


def begun(session_id: str) -> bool:
    """Whether a room has begun it, or pupils wrote for it: what they saw does not change under them."""
    here = Room.select(Room.phase).where(Room.session_id == session_id)
    if any(room.phase != FIRST.code for room in here):
        return True
    said = Question.select(Question.id).where((Question.session_id == session_id) & (Question.origin << SAID))
    return bool(said.exists() or Reflection.select(Reflection.id).where(Reflection.session_id == session_id).exists())


def check(session_id: str, only: str | None = None) -> Session:
    """The row of a session that may be corrected or deleted; ``only``: by who has the code of that room alone.

    :raises KioskError: ``unknown_session``, ``session_from_centre``, ``session_begun``; ``school_code`` when another
        room than that one has it on, or holds questions for it.
    """
    row = Session.get_or_none((Session.id == session_id) & ~Session.deleted)
    if row is None:
        raise KioskError("unknown_session")
    if not identifiers.made_here(session_id):
        raise KioskError("session_from_centre")
    if begun(session_id):
        raise KioskError("session_begun")
    if only and holders(session_id) - {only}:
        raise KioskError("school_code")
    return row


def holders(session_id: str) -> set[str]:
    """The rooms that have a session on, or hold questions prepared for it."""
    on = Room.select(Room.id).where(Room.session_id == session_id)
    held = Question.select(Question.room_id).where(
        (Question.session_id == session_id) & Question.room_id.is_null(False)
    )
    return {row.id for row in on} | {str(row.room_id) for row in held.distinct()}


def set_class(tx: Transaction, session_id: str, label: str, headcount: int) -> None:
    """The class that is to live the session; none without a name. A room that has the session on follows."""
    id = f"{CLASSES}{session_id.removeprefix(identifiers.MADE_HERE)}"
    Enrolment.delete().where(Enrolment.id == id).execute()
    if label:
        Enrolment.insert(id=id, session_id=session_id, label=label, headcount=headcount, state="confirmed").execute()
    for room in Room.select(Room.id).where((Room.session_id == session_id) & (Room.enrolment_id == id)):
        rooms.set_class(tx, room.id, label, headcount)
    tx.publish(EnrolmentChanged(id))


def class_of(session_id: str) -> tuple[str, int]:
    """(name, head count) of the class that is to live the session."""
    row = Enrolment.get_or_none(Enrolment.id == f"{CLASSES}{session_id.removeprefix(identifiers.MADE_HERE)}")
    return (row.label, row.headcount) if row is not None else ("", 0)


def remove(tx: Transaction, session_id: str, only: str | None = None) -> None:
    """Delete it, with its prepared questions; a room that had it on waits for another.

    :raises KioskError: those of :func:`check`; ``worry_unopened``: what may come from a pupil in danger is read first.
    """
    check(session_id, only)
    if any(worries.unopened(room_id, session_id) for room_id in holders(session_id)):
        raise KioskError("worry_unopened")
    for room in list(Room.select().where(Room.session_id == session_id)):
        if not PHASES.get(room.phase).running:
            retention.wipe(tx, room.id, confirmed=True)
    for room_id in {row.room_id for row in Question.select(Question.room_id).where(Question.session_id == session_id)}:
        retention.erase(tx, room_id, session_id)
    Enrolment.delete().where(Enrolment.session_id == session_id).execute()
    Session.delete().where(Session.id == session_id).execute()
    drop_idle_speakers()


def drop_idle_speakers() -> None:
    """Forget the people made here whom no session names any more."""
    ours = Session.id.startswith(identifiers.MADE_HERE) | Session.id.startswith(identifiers.REHEARSAL)
    named = {one for row in Session.select(Session.speakers).where(ours) for one in row.speakers or []}
    for row in Speaker.select(Speaker.id).where(Speaker.id.startswith(SPEAKERS)):
        if row.id not in named:
            Speaker.delete().where(Speaker.id == row.id).execute()
