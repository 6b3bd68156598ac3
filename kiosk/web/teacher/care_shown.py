"""What a teacher's pages show of the messages that may come from a pupil in danger, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.care import worries
from kiosk.domain.reading import distress
from kiosk.domain.views import QuestionView, RoomView
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import is_teacher

#: Messages on show, of those to deal with and of those told; the others are counted.
SHOWN = 6


@dataclass(frozen=True)
class Care:
    """What the live page shows of them: those to deal with first, those told to somebody, and how many more."""

    waiting: list[QuestionView] = field(default_factory=list)
    told: list[QuestionView] = field(default_factory=list)
    more: int = 0
    taken_back: int = 0

    def __bool__(self) -> bool:
        return bool(self.waiting or self.told or self.taken_back)


def of(room: RoomView) -> Care:
    """Those of a room, for its teacher; none for anybody else."""
    if not is_teacher():
        return Care()
    counts = worries.counts(room.id)
    if not counts and not worries.taken_back(room.id):
        return Care()
    waiting = worries.listed(room.id, distress.UNOPENED, distress.OPENED, most=SHOWN)
    waiting.sort(key=lambda q: (q.created_at, q.number))  # opening one moves nothing under the finger
    told = worries.listed(room.id, distress.TOLD, most=SHOWN)
    more = sum(counts.values()) - len(waiting) - len(told)
    return Care(waiting, told, more, worries.taken_back(room.id))


def first_unopened() -> QuestionView | None:
    """The oldest message of the request's room that nobody has opened, for the band of every page of its teacher."""
    found = worries.listed(context.room().id, distress.UNOPENED, most=1) if is_teacher() else []
    return found[0] if found else None
