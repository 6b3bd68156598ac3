"""All the rooms of a kiosk at a glance: what is on where, who waits; five readings, however many rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.domain.phases import PHASES, Phase
from kiosk.domain.reading import distress, guarding
from kiosk.domain.statuses import TO_REVIEW
from kiosk.ground.values import dataclass
from kiosk.storage.models import COUNT, Question, Room, Session

#: Rooms of one page.
MOST = 200


@dataclass(frozen=True)
class Glance:
    """A room in one line. ``title`` is its session's, empty without one; ``ends_at`` its timer's end (UTC ms);
    ``pending``: questions to read over; ``unopened``: messages that may come from a pupil in danger, not opened.
    """

    id: str
    name: str
    code: str
    title: str
    class_label: str
    phase: str
    ends_at: int | None
    intake: str
    pending: int
    unopened: int

    @property
    def stage(self) -> Phase:
        """Its phase, with all that is true of it."""
        return PHASES.get(self.phase)

    @property
    def running(self) -> bool:
        """Whether a session has begun there and is not over."""
        return bool(self.title) and self.stage.running


def rooms(wanted: str = "", start: int = 0) -> tuple[list[Glance], int]:
    """:data:`MOST` rooms from ``start``, those with a session first, then by name; and how many there are in all.
    ``wanted``: those whose name, code or class holds it.
    """
    found = Room.select()
    if wanted:
        found = found.where(
            Room.name.contains(wanted) | (Room.code == wanted.upper()) | Room.class_label.contains(wanted)
        )
    rows = list(found.order_by(Room.session_id.is_null(), Room.name, Room.id).limit(MOST).offset(start))
    chosen = [row.session_id for row in rows if row.session_id]
    named: Any = Session.select(Session.id, Session.title).where(Session.id << chosen).tuples()
    titles: dict[str, str] = dict(named)
    ids = [row.id for row in rows]
    pending = _counted(ids, (Question.status << TO_REVIEW) & (Question.worry.not_in(distress.GUARDED)))
    unopened = _counted(ids, (Question.worry == distress.UNOPENED) & guarding.guarded())
    return [
        Glance(
            row.id, row.name, row.code, titles.get(str(row.session_id), ""), row.class_label, row.phase,
            None if row.paused_ms is not None else row.ends_at, row.intake,
            pending.get(row.id, 0), unopened.get(row.id, 0),
        )
        for row in rows
    ], found.count()  # fmt: skip


def _counted(ids: Sequence[str], which: object) -> dict[str, int]:
    """How many questions of each room's own session are such."""
    here = (Room.id == Question.room_id) & (Room.session_id == Question.session_id)
    found = Question.select(Question.room_id, COUNT).join(Room, on=here).where((Question.room_id << ids) & which)
    rows: Any = found.group_by(Question.room_id).tuples()
    return dict(rows)
