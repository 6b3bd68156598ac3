"""A beginning that the teacher proposes to the phones, for a line of approach that nobody spoke of yet.

It stands in the room (``Room.starter``, a code of ``starters``) until it is withdrawn or the phase changes; the class
sees it only while questions are taken and it can read none of that line.
"""

from __future__ import annotations

from kiosk.domain import rooms, statuses
from kiosk.domain.questions import ordering
from kiosk.domain.starters import STARTERS
from kiosk.domain.views import RoomView
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction


def possible(room: RoomView) -> bool:
    """Whether there are phones that may write now."""
    return room.session is not None and room.phones and room.stage.intake and room.intake == "open"


def shown(room: RoomView) -> str:
    """The code of the beginning that the phones show now; empty as a rule."""
    if not room.starter or not possible(room) or room.starter not in STARTERS:
        return ""
    there = ordering.themes_heard(room, statuses.PUBLIC)
    return "" if STARTERS.get(room.starter).theme in there else room.starter


def propose(tx: Transaction, room_id: str, code: str) -> None:
    """Propose a beginning in the place of the one before; withdraw it, with an empty code.

    :raises KioskError: ``invalid`` (no such beginning), ``wrong_phase`` (no phone may write now).
    """
    if code and code not in STARTERS:
        raise KioskError("invalid", field="amorce")
    if code and not possible(rooms.view(room_id)):
        raise KioskError("wrong_phase")
    rooms.set_fields(tx, room_id, "starter", starter=code)
