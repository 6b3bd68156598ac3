"""Lists of questions being typed, between two pages: in memory, for a lesson, gone with the room that is wiped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from kiosk.ground.events import Event, RoomRemoved, RoomWiped
from kiosk.ground.values import dataclass

#: Lists held at a time (256 KB each at most), and seconds that one waits for its teacher.
MOST, LASTING = 8, 7200.0

#: Whose list, in which room, of which origin: the key of a right (``access.Grant``), a room's id, a word.
Key = tuple[str, str, str]


class Row(NamedTuple):
    """A line: its text, whether it is to be added, its theme (empty: without one); None: as the kiosk proposes."""

    text: str
    ticked: bool | None = None
    theme: str | None = None


@dataclass(frozen=True)
class Draft:
    """A list being typed. ``rows`` once it was looked at; ``at``: ``time.monotonic()`` of the last change."""

    text: str = ""
    rows: tuple[Row, ...] = ()
    at: float = 0.0


class Drafts:
    """The lists being typed, by device, room and origin. The oldest gives way."""

    def __init__(self) -> None:
        self._held: dict[Key, Draft] = {}

    def get(self, key: Key) -> Draft:
        """A list, or an empty one."""
        held = self._held.get(key, Draft())
        return held if time.monotonic() - held.at < LASTING else Draft()

    def keep(self, key: Key, draft: Draft) -> None:
        """Keep a list as it is now."""
        self._held.pop(key, None)
        self._held[key] = replace(draft, at=time.monotonic())
        while len(self._held) > MOST:
            del self._held[next(iter(self._held))]

    def drop(self, key: Key) -> None:
        """Forget a list: it was added."""
        self._held.pop(key, None)

    def receive(self, events: Sequence[Event]) -> None:
        """A room that was wiped, or taken away, leaves nothing here."""
        wiped = {event.room_id for event in events if isinstance(event, (RoomWiped, RoomRemoved))}
        for key in [key for key in self._held if key[1] in wiped]:
            del self._held[key]
