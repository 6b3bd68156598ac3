"""What « Tout effacer » answers with: what went and what stays, in numbers. No text: it is kept until the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from kiosk.domain import outbox, sessions, stored
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage.models import COUNT, AnswerLine, Meeting, Reflection, Room, Souvenir
from kiosk.storage.writer import Transaction

#: Room id → its last receipt (``kiosk.domain.stored``).
KEY = "retention.receipts"


@dataclass(frozen=True)
class Receipt:
    """What was erased in a room: numbers; ``at`` is UTC milliseconds. ``unsent``: operations that had not left and
    never will; ``kept``: questions chosen for the speaker that wait to leave; ``sent``: questions that the centre has;
    ``met``: the talk stays in the year's report, without a word.
    """

    at: int
    title: str
    label: str
    questions: int
    reflections: int
    lines: int
    unsent: int
    sent: int
    met: bool
    kept: int = 0
    #: Until when a souvenir of it is kept (UTC ms), 0 when none is.
    until: int = 0


def of_session(room: Room, at: int, question_ids: Sequence[str], *, keep_open: bool) -> Receipt:
    """What an erasure of these questions is about to take, and to leave (``keep_open``: as :func:`outbox.forget`)."""
    try:
        title = sessions.view(str(room.session_id)).title
    except KioskError:  # withdrawn by the centre since
        title = ""
    unsent, sent, kept = outbox.about(question_ids)
    if not keep_open:
        unsent, kept = unsent + kept, 0
    souvenir = Souvenir.get_or_none(
        (Souvenir.room_id == room.id)
        & (Souvenir.session_id == room.session_id)
        & (Souvenir.kept_at >= (room.opened_at or 0))
    )
    met = (Meeting.room_id == room.id) & (Meeting.session_id == room.session_id)
    return Receipt(
        at=at,
        title=title,
        label=room.class_label,
        questions=len(question_ids),
        reflections=_number(Reflection, room),
        lines=_number(AnswerLine, room),
        unsent=unsent,
        sent=sent,
        kept=kept,
        until=int(souvenir.until) if souvenir is not None else 0,
        met=bool(Meeting.select().where(met & (Meeting.began_at >= (room.opened_at or 0))).exists()),
    )


def keep(tx: Transaction, room_id: str, receipt: Receipt) -> None:
    """The last of a room; the others are forgotten with their rooms."""
    rooms = {row.id for row in Room.select(Room.id)}
    held = {id: one for id, one in stored.get(KEY, {}).items() if id in rooms}
    stored.keep(tx, KEY, {**held, room_id: asdict(receipt)})


def forget_room(tx: Transaction, room_id: str) -> None:
    """A room taken away leaves no receipt."""
    held = stored.get(KEY, {})
    if room_id in held:
        stored.keep(tx, KEY, {id: one for id, one in held.items() if id != room_id})


def last(room_id: str) -> Receipt | None:
    """The last receipt of a room; None when nothing was erased there."""
    held = stored.get(KEY, {}).get(room_id)
    return Receipt(**held) if held else None


def _number(table: Any, room: Room) -> int:
    here = (table.room_id == room.id) & (table.session_id == room.session_id)
    return int(table.select(COUNT).where(here).scalar())
