"""What reached the class without anybody reading it, and taking it back: the rows alone, nothing is announced here.

While a room's review is off (``Room.review_off_until``), an ordinary question is approved as it comes and marked
``unread``; a text with a hint waits all the same. The first act of a person on it clears the mark (``moderation``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kiosk.domain import statuses
from kiosk.domain.acts import SUSPENDING
from kiosk.domain.reading import flags
from kiosk.storage import hot
from kiosk.storage.models import Decision, Question, Room, Session, Speaker

#: How long review may be off at most, in ms: a lesson's warm-up, not a lesson.
LONGEST_MS = 600_000


def passes(session_id: str, text: str, until: int | None, now: int) -> bool:
    """Whether a text goes to the class unread: review is off, and nothing in it asks for a look. Speakers may be named.

    ``until`` is the room's end of that time, UTC ms.
    """
    if not off(until, now):
        return False
    session = Session.get_or_none(Session.id == session_id)
    people = Speaker.select(Speaker.name).where(Speaker.id << (session.speakers or [])) if session else ()
    return not flags.find(text, [speaker.name for speaker in people])


def of_room(room_id: str, session_id: str | None, most: int | None = None) -> list[str]:
    """The ids of the questions of the list that nobody has read, the latest first, ``most`` of them (None: all)."""
    rows = Question.select(Question.id).where(_unread(room_id, session_id)).order_by(Question.number.desc())
    return [row.id for row in rows.limit(most)]


def count(room_id: str, session_id: str | None) -> int:
    """How many they are."""
    return int(Question.select().where(_unread(room_id, session_id)).count())


def read(ids: Iterable[str]) -> None:
    """A person has seen these."""
    if seen := list(ids):
        Question.update(unread=False).where(Question.id << seen).execute()


def end(room_id: str) -> tuple[str, ...]:
    """Review is on again: what nobody read waits again; returns the ids of these.

    A question on screen was put there by a person: it is not among them, and stays.
    """
    room = Room.get_by_id(room_id)
    ids = of_room(room_id, room.session_id)
    Question.update(status=statuses.PENDING, approved_at=None, unread=False).where(
        _unread(room_id, room.session_id)
    ).execute()
    if room.review_off_until is not None:
        Room.update(review_off_until=None).where(Room.id == room_id).execute()
        Decision.update(undone=True).where((Decision.room_id == room_id) & (Decision.verb << SUSPENDING)).execute()
    return tuple(ids)


def due(now: int) -> list[str]:
    """The rooms whose time without review is over."""
    return [str(room_id) for room_id, until in hot.read(hot.UNREVIEWED) if not off(until, now)]


def off(until: int | None, now: int) -> bool:
    """Whether review is off at an instant. An end further than :data:`LONGEST_MS` comes from a clock that has gone
    back since: it is no end.
    """
    return until is not None and now < until <= now + LONGEST_MS


def _unread(room_id: str, session_id: str | None) -> Any:
    return (
        (Question.room_id == room_id)
        & (Question.session_id == session_id)
        & (Question.status << statuses.READY)
        & Question.unread
    )
