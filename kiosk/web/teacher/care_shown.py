"""What a teacher's pages show of the messages that may come from a pupil in danger, and nobody else's."""

from __future__ import annotations

from dataclasses import field

from kiosk.domain import rehearsal
from kiosk.domain.care import worries
from kiosk.domain.questions import questions
from kiosk.domain.reading import distress
from kiosk.domain.views import QuestionView, RoomView
from kiosk.ground.values import dataclass
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import is_teacher
from kiosk.web.teacher.look import Look

#: Messages on show, of those to deal with and of those told: the others come as these go, or in the next slice.
SHOWN = 6
#: Those to deal with.
WAITING = (distress.UNOPENED, distress.OPENED)


@dataclass(frozen=True)
class Care:
    """What the live page shows of them: those to deal with first, and how many ``more``; of the ``told_in_all`` that
    somebody was told of, those from ``start``.
    """

    waiting: list[QuestionView] = field(default_factory=list)
    more: int = 0
    told: list[QuestionView] = field(default_factory=list)
    told_in_all: int = 0
    start: int = 0
    taken_back: int = 0
    #: Ids of those that a rehearsal's invented pupil wrote: nobody is in danger, and nobody is to be called.
    invented: frozenset[str] = frozenset()

    @property
    def told_next(self) -> int:
        """How many of those told come in the next slice."""
        return min(SHOWN, self.told_in_all - self.start - len(self.told))

    def __bool__(self) -> bool:
        return bool(self.waiting or self.told or self.taken_back)


def of(room: RoomView, look: Look) -> Care:
    """Those of a room, for its teacher; none for anybody else."""
    if not is_teacher() or not worries.any_of(room.id):
        return Care()
    counts = worries.counts(room.id)
    taken_back = worries.taken_back(room.id)
    if not counts and not taken_back:
        return Care()
    waiting = worries.listed(room.id, *WAITING, most=SHOWN)
    if look.care not in [q.id for q in waiting]:  # the one just opened, while six that nobody opened come before it
        asked = questions.several(room.id, [look.care] if look.care else [])
        waiting += [q for q in asked if q.worry in WAITING and not q.state.taken_back]
    waiting.sort(key=lambda q: (q.created_at, q.number))  # opening one moves nothing under the finger
    more = sum(counts.get(state, 0) for state in WAITING) - len(waiting)
    in_all = counts.get(distress.TOLD, 0)
    start = min(look.told, (in_all - 1) // SHOWN * SHOWN) if in_all else 0
    here = {q.id for q in waiting}  # a moment ago: what was told since is not shown twice
    told = [q for q in worries.listed(room.id, distress.TOLD, most=SHOWN, start=start) if q.id not in here]
    feigned = room.feigned == "rehearsal"
    invented = frozenset(rehearsal.invented([q.id for q in waiting]) if feigned else ())
    return Care(waiting, more, told, in_all, start, taken_back, invented)


def first_unopened() -> QuestionView | None:
    """The oldest message of the request's room that nobody has opened, for the band of every page of its teacher."""
    room_id = context.room().id
    if not is_teacher() or not worries.any_of(room_id):
        return None
    return next(iter(worries.listed(room_id, distress.UNOPENED, most=1)), None)
