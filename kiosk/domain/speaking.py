"""Who speaks: the time of a talk is shared equally between those who have not had their turn.

A turn is known by the time that was left when it began (``turn_left``), so that a pause, more time or a correction of
the clock move it as they move the timer. Durations are milliseconds.
"""

from __future__ import annotations

from kiosk.domain import leaving, rooms
from kiosk.domain.phases import PHASES
from kiosk.domain.views import RoomView, SpeakerView
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage.models import Room
from kiosk.storage.writer import Transaction

#: Who spoke for less than this was pressed by mistake: the turn is still to come.
MISTAKE = 15_000
DONE, NOW, TODO = "done", "now", "todo"


@dataclass(frozen=True)
class Turn:
    """One speaker's turn: ``done``, ``now``, ``todo``, or an empty ``state`` while nobody is said to speak.

    ``spoken``: how long they have spoken; ``left``: how long they still have (``now``, under zero when it is over) or
    until they begin (``todo``), None without a timer. ``share``: how long they will have (``todo``).
    """

    speaker: SpeakerView
    state: str = ""
    spoken: int = 0
    left: int | None = None
    share: int | None = None


def of(room: RoomView, now: int) -> list[Turn]:
    """The turns of the room's talk, in the speakers' order; empty when the present phase is not shared by several."""
    speakers = room.session.speakers if room.session else []
    if len(speakers) < 2 or not room.stage.shared:
        return []
    if room.speaking_id not in [one.id for one in speakers]:
        return [Turn(one) for one in speakers]
    ahead = [one.id for one in speakers if one.id not in room.spoken and one.id != room.speaking_id]
    left, turn_left = room.time_left(now), room.turn_left
    if left is None or turn_left is None:
        return [Turn(one, _state(one.id, room.speaking_id, ahead), room.spoken.get(one.id, 0)) for one in speakers]
    share = turn_left // (len(ahead) + 1)
    mine = share - (turn_left - left)
    theirs = share if mine >= 0 else left // max(1, len(ahead))
    return [
        Turn(one, NOW, room.spoken.get(one.id, 0) + turn_left - left, mine)
        if one.id == room.speaking_id
        else Turn(one, TODO, 0, max(0, mine) + theirs * ahead.index(one.id), theirs)
        if one.id in ahead
        else Turn(one, DONE, room.spoken.get(one.id, 0))
        for one in speakers
    ]


def give(tx: Transaction, room_id: str, speaker_id: str, before: str | None = None) -> None:
    """This speaker speaks from now on; ``before``: who spoke, when the next one is meant (empty: nobody).

    :raises KioskError: ``wrong_phase``, ``invalid`` (not a speaker of it), ``moved_on``.
    """
    room = rooms.view(room_id)
    ids = [one.id for one in room.session.speakers] if room.session else []
    if len(ids) < 2 or not room.stage.shared:
        raise KioskError("wrong_phase")
    if speaker_id not in ids:
        raise KioskError("invalid", field="speaker")
    if leaving.done_already(before, room.speaking_id, speaker_id) or speaker_id == room.speaking_id:
        return
    left, spoken = room.time_left(tx.now), dict(room.spoken)
    if room.speaking_id and left is not None and room.turn_left is not None:
        held = spoken.get(room.speaking_id, 0) + room.turn_left - left
        if held >= MISTAKE:
            spoken[room.speaking_id] = held
    rooms.set_fields(tx, room_id, "speaking", speaking_id=speaker_id, turn_left=left, spoken=spoken)


def longer(room: Room, left: int, more: int) -> dict[str, object]:
    """What a longer timer changes of the present turn: the time left grows, the time spoken stays."""
    if room.turn_left is None or not PHASES.get(room.phase).shared:
        return {}
    return {"turn_left": room.turn_left + max(0, left) - left + more}


def _state(speaker_id: str, speaking_id: str | None, ahead: list[str]) -> str:
    return NOW if speaker_id == speaking_id else TODO if speaker_id in ahead else DONE
