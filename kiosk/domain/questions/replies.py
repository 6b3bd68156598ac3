"""What speakers wrote back to questions there was no time for: read by the teacher, then given to the class."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from kiosk.domain import rooms, statuses
from kiosk.domain.reading import guarding
from kiosk.ground.errors import KioskError
from kiosk.ground.instants import DAY
from kiosk.ground.values import dataclass
from kiosk.storage.models import Answer, Question, Room, Session, Speaker
from kiosk.storage.writer import Transaction

#: Days that an answer stays here once it has come, to be given to its class.
KEPT_DAYS = 60
#: Answers that a page shows.
MOST = 100


@dataclass(frozen=True)
class WrittenAnswer:
    """A question with what its speaker wrote back. ``question``: as the teacher keeps it while it is here, else as the
    office has it; ``asked``: what the speaker read, where that is another text, for the teacher alone. ``shared``: a
    teacher gave it to the class; ``speaker`` may be empty; instants in UTC ms.
    """

    id: str
    session_id: str
    session: str
    speaker: str
    question: str
    text: str
    answered_at: int
    until: int
    shared: bool
    asked: str = ""


def listed(session_id: str = "", *, shared: bool = False, among: Collection[str] | None = None) -> list[WrittenAnswer]:
    """Those of a session (of all, without one; of these, with ``among``), the latest first; ``shared``: only what the
    class was given.
    """
    rows = Answer.select().where(~Answer.deleted)
    if session_id:
        rows = rows.where(Answer.session_id == session_id)
    if among is not None:
        rows = rows.where(Answer.session_id << list(among))
    if shared:
        rows = rows.where(Answer.shared)
    return [_view(row) for row in rows.order_by(Answer.came_at.desc(), Answer.id).limit(MOST)]


def one(answer_id: str | None) -> WrittenAnswer | None:
    """An answer that is here and was given to the class; None for any other."""
    row = Answer.get_or_none((Answer.id == answer_id) & ~Answer.deleted & Answer.shared) if answer_id else None
    return _view(row) if row is not None else None


def given(answer_id: str | None) -> list[WrittenAnswer]:
    """What a class has of the session whose answer its room shows now."""
    shown = one(answer_id)
    return listed(shown.session_id, shared=True) if shown is not None else []


def show(tx: Transaction, room_id: str, answer_id: str | None) -> None:
    """Give an answer to the class of a room, on its display and phones; None takes it off the display.

    :raises KioskError: ``unknown_reply``.
    """
    if answer_id is not None:
        if not Answer.update(shared=True).where((Answer.id == answer_id) & ~Answer.deleted).execute():
            raise KioskError("unknown_reply")
    rooms.set_fields(tx, room_id, "session", answer_id=answer_id)


def check(answer_id: str, among: Collection[str] | None) -> None:
    """Refuse an answer to another session than these (any, with None). :raises KioskError: ``unknown_reply``."""
    row = Answer.get_or_none(Answer.id == answer_id)
    if row is None or among is not None and row.session_id not in among:
        raise KioskError("unknown_reply")


def erase(tx: Transaction, answer_id: str) -> None:
    """Erase an answer here; the centre's next word on it is another matter. :raises KioskError: ``unknown_reply``."""
    if not _blank(Answer.id == answer_id):
        raise KioskError("unknown_reply")
    for room in Room.select(Room.id).where(Room.answer_id == answer_id):
        rooms.set_fields(tx, room.id, "session", answer_id=None)


def expire(tx: Transaction) -> int:
    """Erase what came too long ago; how many went."""
    return _blank(Answer.came_at < tx.now - KEPT_DAYS * DAY)


def expired(now: int) -> bool:
    """Whether :func:`expire` would erase something."""
    return bool(Answer.select().where(~Answer.deleted & (Answer.came_at < now - KEPT_DAYS * DAY)).exists())


def _blank(which: Any) -> int:
    gone = {"deleted": True, "question": "", "text": "", "shared": False}
    return int(Answer.update(gone).where(which & ~Answer.deleted).execute())


def _view(row: Answer) -> WrittenAnswer:
    session = Session.get_or_none(Session.id == row.session_id)
    speaker = Speaker.get_or_none(Speaker.id == row.speaker_id) if row.speaker_id else None
    if speaker is None and session is not None and len(session.speakers) == 1:
        speaker = Speaker.get_or_none(Speaker.id == session.speakers[0])
    kept = _kept(row) or row.question
    return WrittenAnswer(
        id=row.id,
        session_id=row.session_id,
        session=session.title if session is not None else "",
        speaker=speaker.name if speaker is not None else "",
        question=kept,
        text=row.text,
        answered_at=row.answered_at,
        until=row.came_at + KEPT_DAYS * DAY,
        shared=row.shared,
        asked=row.question if row.question != kept else "",
    )


def _kept(row: Answer) -> str:
    """The question in the words that the class knows it by: a teacher may have reworded it since it left."""
    here = (Question.id == row.question_id) & (Question.session_id == row.session_id)
    readable = guarding.ordinary() & Question.status.not_in(statuses.TAKEN_BACK)
    held = Question.select(Question.text).where(here & readable).first()
    return str(held.text) if held is not None else ""
