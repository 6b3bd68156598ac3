"""What every screen of the display is made from, and what it becomes."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.reading import paths
from kiosk.domain.views import Counts, RoomView, SessionView
from kiosk.ground import instants
from kiosk.ground.i18n import _n, current
from kiosk.ground.values import dataclass

#: The most items sent for a list: far more than any screen holds.
MOST = 12

#: The most steps of a path that a screen holds, one line each.
MOST_STEPS = 14


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


def digits(ms: int) -> str:
    """Time left, as the screen says it: ``04:32``, ``1:05:00``; never under zero."""
    seconds = max(0, -(-ms // 1000))
    hours, rest = divmod(seconds, 3600)
    minutes = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{minutes}" if hours else minutes


def whole(steps: list[paths.Step]) -> list[paths.Step]:
    """A path as a screen holds it: whole, up to :data:`MOST_STEPS`; of a longer one the middle is one step that says
    how many it stands for.
    """
    if len(steps) <= MOST_STEPS + 1:  # the line that would tell of one missing step may as well be that step
        return steps
    ends = MOST_STEPS // 2
    more = len(steps) - 2 * ends
    return [*steps[:ends], paths.Step("…", _n("%(n)s autre étape", "%(n)s autres étapes", more)), *steps[-ends:]]
