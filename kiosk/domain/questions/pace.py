"""How much a device and a room have written, by what is on disk. Each worker counts in memory first
(:mod:`kiosk.domain.people.limits`); with several, what the others took counts too.
"""

from __future__ import annotations

import math
from typing import Any

from kiosk.domain.people.devices import LATELY, Pupil
from kiosk.ground.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.writer import Transaction

#: Seconds a phone waits before it offers its question again to a list that is full.
LATER = 15
#: Of a room, whoever serves it: seconds' worth of questions that may arrive within so many milliseconds: a burst and
#: the rate, as one worker lets in.
ROOM = ((2, 1_000), (11, 10_000))


def arriving(tx: Transaction, room_id: str, id: str, author: Pupil | str | None) -> Any:
    """The row of :data:`hot.ARRIVING`, or None: no such room."""
    if not isinstance(author, Pupil):
        return hot.first(tx.database, hot.ARRIVING, author, author, tx.now - LATELY, id, room_id)
    known = author.author
    if not author.room_second:
        return hot.first(tx.database, hot.ARRIVING, known, known, tx.now - LATELY, id, room_id)
    back = [worth * author.room_second for worth, _ms in ROOM]
    return hot.first(tx.database, hot.ARRIVING_BY_SEVERAL, known, known, tx.now - LATELY, *back, id, room_id)


def check_sent(sent: int, author_max: int, spare: int, slow: bool) -> None:
    """:raises KioskError: ``too_fast``, ``too_many``, ``list_full``: one device has written enough."""
    if not slow:
        raise KioskError("too_fast", seconds=LATER)
    if author_max and sent >= author_max:
        raise KioskError("too_many", max=author_max)
    if spare and sent >= spare:
        raise KioskError("list_full", seconds=LATER)


def check_room(now: int, arrived: tuple[int | None, ...]) -> None:
    """``arrived``: when the oldest question came of those that fill each of :data:`ROOM` (UTC ms, None: not so many).
    One dated long after now was written by a clock that went back since; no wait is longer than its window.

    :raises KioskError: ``room_too_fast``.
    """
    for (_worth, ms), at in zip(ROOM, arrived):
        if at is not None and abs(now - at) < ms:
            raise KioskError("room_too_fast", seconds=max(1, math.ceil(min(ms, at + ms - now) / 1000)))
