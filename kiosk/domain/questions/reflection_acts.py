"""What a teacher does with a class's reflection: counting hands, making near wordings one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kiosk.contract.values import MAX_PUPILS
from kiosk.domain import rooms
from kiosk.domain.phases import PHASES
from kiosk.domain.questions.reflections import FIELDS
from kiosk.domain.reading import textrules
from kiosk.domain.reflected import fold, of_room, speakers_of
from kiosk.domain.scales import SCALES
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Room, ShowOfHands, Wording
from kiosk.storage.writer import Transaction


def count_hands(
    tx: Transaction,
    room_id: str,
    about: str,
    counts: Mapping[str, int | None],
    speaker_id: str = "",
    sure: bool = False,
) -> None:
    """Write the hands counted for a question of the reflection (``useful``, or ``more`` of a speaker when several
    speak), in place of those before; none at all forgets them, and phones and slips count again. A pupil raises one
    hand: more than the class counts is taken from who is ``sure`` (guests came), up to what a room may count.

    :raises KioskError: ``wrong_phase``, ``invalid`` (no such question, code, speaker or number), ``hands_many``,
        ``hands_beyond``.
    """
    room = _reflecting(room_id)
    if about not in SCALES or set(counts) - set(SCALES[about]):
        raise KioskError("invalid", field="about")
    if any(n is not None and n < 0 for n in counts.values()):
        raise KioskError("invalid", field="counts")
    hands = sum(n or 0 for n in counts.values())
    if hands > MAX_PUPILS:
        raise KioskError("hands_beyond", field="counts", hands=hands, max=MAX_PUPILS)
    if 0 < room.headcount < hands and not sure:
        raise KioskError("hands_many", field="counts", hands=hands, headcount=room.headcount)
    speakers = speakers_of(room.session_id)
    if speaker_id not in ({one.id for one in speakers} if about == "more" and len(speakers) > 1 else {""}):
        raise KioskError("invalid", field="speaker")
    where = of_room(ShowOfHands, room_id, room.session_id)
    ShowOfHands.delete().where(where & (ShowOfHands.about == about) & (ShowOfHands.speaker_id == speaker_id)).execute()
    kept = {code: n for code, n in counts.items() if n}
    if kept:
        ShowOfHands.insert(
            room_id=room_id,
            session_id=room.session_id,
            about=about,
            speaker_id=speaker_id,
            counts=kept,
            created_at=tx.now,
        ).execute()
    rooms.changed(tx, room_id, "reflection")


def regroup(tx: Transaction, room_id: str, field: str, shown: Sequence[str], speaker_id: str = "") -> None:
    """Make several wordings one, counted under the first. :raises KioskError: ``invalid``, ``merge_needs_two``."""
    room = _chosen(room_id)
    keys = list(dict.fromkeys(fold(text) for text in shown))
    if field not in FIELDS:
        raise KioskError("invalid", field="field")
    if len(keys) < 2:
        raise KioskError("merge_needs_two")
    label = textrules.visible(shown[0])
    mine, joined = _together(room, field, speaker_id, keys)
    every = dict.fromkeys([*joined, *keys])
    Wording.delete().where(mine & (Wording.said << list(every))).execute()
    of = {"room_id": room_id, "session_id": room.session_id, "field": field, "speaker_id": speaker_id}
    Wording.insert_many([{**of, "said": key, "shown": label} for key in every]).execute()
    rooms.changed(tx, room_id, "reflection")


def separate(tx: Transaction, room_id: str, field: str, shown: str, speaker_id: str = "") -> None:
    """Count apart again the wordings that were made one under these words."""
    mine, joined = _together(_chosen(room_id), field, speaker_id, [fold(shown)])
    Wording.delete().where(mine & (Wording.said << joined)).execute()
    rooms.changed(tx, room_id, "reflection")


def _together(room: Room, field: str, speaker_id: str, keys: Collection[str]) -> tuple[Any, list[str]]:
    """(the wordings made one of a field, what was said of those that these are among): by any of their words, since the
    ones that name them may be nobody's any more.
    """
    mine = of_room(Wording, room.id, room.session_id) & (Wording.field == field) & (Wording.speaker_id == speaker_id)
    rows: Any = list(Wording.select().where(mine))
    names = {row.shown for row in rows if row.said in keys or fold(row.shown) in keys}
    return mine, [row.said for row in rows if row.shown in names]


def _chosen(room_id: str) -> Room:
    room = rooms.row_of(room_id)
    if room.session_id is None:
        raise KioskError("wrong_phase")
    return room


def _reflecting(room_id: str) -> Room:
    room = _chosen(room_id)
    if not PHASES.get(room.phase).reflecting:
        raise KioskError("wrong_phase")
    return room
