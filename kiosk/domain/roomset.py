"""The rooms of a kiosk as a whole: where the address without a code leads, renaming one, taking one away."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain import onscreen, receipts, rehearsal, retention, rooms, stored
from kiosk.domain.care import worries
from kiosk.domain.origins import SAID
from kiosk.domain.views import RoomView
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.events import AccessRevoked, RoomRemoved, RoomWiped
from kiosk.ground.values import dataclass
from kiosk.storage.models import (
    Access,
    AnswerLine,
    Decision,
    Invitation,
    Lesson,
    Question,
    Reflection,
    Room,
    ShowOfHands,
    Souvenir,
    Support,
    Wording,
)
from kiosk.storage.writer import Transaction

#: Rooms removed whose name is remembered.
MOST_REMOVED = 50


@dataclass(frozen=True)
class Standing:
    """What a room holds: ``raw``, what a class said and nobody erased yet; ``prepared``, questions that outlive it;
    ``unopened``, messages that may come from a pupil in danger and that nobody opened; ``kept``, its souvenirs.
    """

    room: RoomView
    raw: int
    prepared: int
    unopened: int
    kept: int = 0

    @property
    def running(self) -> bool:
        """Whether a session has begun there and is not over."""
        return self.room.session is not None and self.room.stage.running

    @property
    def idle(self) -> bool:
        """Whether nothing at all would be missed: no session is chosen, nobody said anything, no souvenir is kept."""
        return self.room.session is None and not self.raw and not self.kept


def standing(room_id: str) -> Standing:
    """What a room holds now. :raises KioskError: ``unknown_room``."""
    room = rooms.view(room_id)
    here = Question.room_id == room_id
    said = Question.select().where(here & (Question.origin << SAID)).count()
    said += Reflection.select().where(Reflection.room_id == room_id).count()
    said += ShowOfHands.select().where(ShowOfHands.room_id == room_id).count()
    prepared = Question.select().where(here & Question.origin.not_in(SAID)).count()
    kept = Souvenir.select().where(Souvenir.room_id == room_id).count()
    return Standing(room, said, prepared, worries.unopened(room_id), kept)


def open_new(tx: Transaction, settings: Settings, name: str) -> str:
    """Make a room as the settings want new rooms; its id. :raises KioskError: ``name_invalid``."""
    return rooms.add(tx, name, phones=settings.phones, theme=settings.display_theme)


def open_many(tx: Transaction, settings: Settings, names: Sequence[str]) -> list[str]:
    """Make those of these rooms that are not there yet; their ids. :raises KioskError: ``list_empty``,
    ``name_invalid``.
    """
    held = named_as(names)
    fresh = [name for name in names if name.casefold() not in held]
    if not fresh:
        raise KioskError("list_empty")
    return [open_new(tx, settings, name) for name in fresh]


def named_as(names: Sequence[str]) -> set[str]:
    """Of these names, without case, those that a room has."""
    wanted = {name.casefold() for name in names}
    return wanted & {name.casefold() for _id, name, _code in rooms.all_rooms()}


def rename(tx: Transaction, room_id: str, name: str) -> None:
    """Give a room another name. :raises KioskError: ``name_invalid``, ``unknown_room``."""
    rooms.set_preference(tx, room_id, "name", name)


def set_plain_address(tx: Transaction, choice: str) -> None:
    """Where the address without a code leads: a room (its code or id), or :data:`rooms.ASK` which one.

    :raises KioskError: ``unknown_room``.
    """
    if not choice:
        raise KioskError("unknown_room")
    stored.put(tx, rooms.PLAIN_ADDRESS, choice if choice == rooms.ASK else rooms.resolve(choice))


def check_removable(held: Standing) -> None:
    """:raises KioskError: ``room_last``, ``room_running``, ``room_not_empty``."""
    if len(rooms.all_rooms()) < 2:
        raise KioskError("room_last")
    if held.running:
        raise KioskError("room_running")
    if held.raw:
        raise KioskError("room_not_empty", n=held.raw)


def remove(tx: Transaction, room_id: str, *, sure: bool = False) -> str:
    """Take a room away with its rights, links, souvenirs and undo history; its name.

    The session chosen there is nobody's loss: it stays in the list, its prepared questions go to the next room that
    chooses it (those of a session that is over go with it, as they would at its date). ``sure``: somebody was asked.

    :raises KioskError: those of :func:`check_removable`; ``confirm_missing`` when a session is chosen, or a souvenir
        kept, and nobody asked.
    """
    rehearsal.end(tx, room_id)
    held = standing(room_id)
    check_removable(held)
    room = held.room
    if (room.session is not None or held.kept) and not sure:
        raise KioskError("confirm_missing", field="compris")
    if room.session is not None and room.stage.over:
        retention.erase(tx, room_id, room.session.id)
    onscreen.clear(room_id)
    _give_back(room_id)
    keys = tuple(row.token_hash for row in Access.select(Access.token_hash).where(Access.room_id == room_id))
    if held.kept:
        retention.no_trace(tx)
    for table in (Access, Invitation, Decision, AnswerLine, Lesson, Souvenir, Wording):
        table.delete().where(table.room_id == room_id).execute()
    Room.delete().where(Room.id == room_id).execute()
    stored.forget_room(tx, room_id)
    receipts.forget_room(tx, room_id)
    gone = {**stored.get(rooms.REMOVED, {}), room.code: room.name}
    stored.put(tx, rooms.REMOVED, dict(list(gone.items())[-MOST_REMOVED:]))
    if stored.get(rooms.PLAIN_ADDRESS) == room_id:
        left = rooms.all_rooms()
        stored.put(tx, rooms.PLAIN_ADDRESS, left[0][0] if len(left) == 1 else rooms.ASK)
    tx.publish(AccessRevoked(keys))
    tx.publish(RoomRemoved(room_id))
    return room.name


def empty(tx: Transaction, room_id: str, *, confirmed: bool = False) -> int:
    """Erase what classes said in a room, of every session there was, so that it can be removed; how many went.

    :raises KioskError: ``room_running``, ``unknown_room``; ``worry_unopened`` unless confirmed, as for
        :func:`kiosk.domain.retention.wipe`.
    """
    rehearsal.end(tx, room_id)
    held = standing(room_id)
    if held.running:
        raise KioskError("room_running")
    said = (Question.room_id == room_id) & (Question.origin << SAID)
    spoken = {row.session_id for row in Question.select(Question.session_id).where(said)}
    for table in (Reflection, ShowOfHands):
        spoken |= {row.session_id for row in table.select().where(table.room_id == room_id)}
    if not confirmed and any(worries.unopened(room_id, session_id) for session_id in spoken):
        raise KioskError("worry_unopened")
    chosen = held.room.session.id if held.room.session else None
    gone = sum(retention.erase(tx, room_id, session_id) for session_id in sorted(spoken - {chosen}))
    if chosen in spoken:
        return gone + retention.wipe(tx, room_id, confirmed=True)
    if spoken:
        tx.publish(RoomWiped(room_id, rooms.changed(tx, room_id, "status")))
    return gone


def name_of_removed(code: str) -> str:
    """The name of the room that had this code, empty when none was removed that had it."""
    return str(stored.get(rooms.REMOVED, {}).get(code.strip().upper(), ""))


def _give_back(room_id: str) -> None:
    """Prepared questions wait for the room that takes their session on: no number, no voices of this class."""
    kept = [row.id for row in Question.select(Question.id).where(Question.room_id == room_id)]
    for start in range(0, len(kept), 400):
        chunk = kept[start : start + 400]
        Support.delete().where(Support.question_id << chunk).execute()
        Question.update(room_id=None, number=0, support=Question.base_support).where(Question.id << chunk).execute()
