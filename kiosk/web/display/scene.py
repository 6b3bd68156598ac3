"""What every screen of the display is made from, and what it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.views import Counts, RoomView, SessionView
from kiosk.ground import instants
from kiosk.ground.i18n import current

#: The most items sent for a list: far more than any screen holds.
MOST = 12


@dataclass(frozen=True)
class Screen:
    """One screen: its template, the classes of its root, what it shows.

    ``refresh_at``: when it will look different by itself (UTC ms); ``total_ms``: length of the
    running timer.
    """

    name: str
    classes: str
    values: dict[str, Any]
    refresh_at: int | None = None
    total_ms: int | None = None


@dataclass(frozen=True)
class Scene:
    """What every screen is made from. ``speaking``: position (from 1) of who speaks, if known."""

    kiosk: Kiosk
    room: RoomView
    now: int
    speaking: int = 0
    counts: Counts = field(default_factory=Counts)

    @property
    def session(self) -> SessionView:
        """The room's session, for the screens that are only drawn when there is one."""
        assert self.room.session is not None
        return self.room.session

    def time(self, ms: int) -> str:
        """An instant as an hour of the class's zone: « 14 h 30 »."""
        return instants.time(ms, self.room.zone, current())

    @property
    def target(self) -> int:
        """When the countdown ends: the teacher's timer, else the session's start."""
        return rooms.starts_at(self.room)
