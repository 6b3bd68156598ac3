"""Messages that may come from a pupil in danger: opened, told to somebody, or ordinary after all. The teacher's alone.

Nothing here is one key away: each is a button to find and press, and folded until then, for a panel may be mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from werkzeug.wrappers import Response

from kiosk.domain import distress, worries
from kiosk.domain.views import QuestionView, RoomView
from kiosk.web import context
from kiosk.web.control import live as live_page
from kiosk.web.control import look
from kiosk.web.control.blueprint import answer, bp, do, is_teacher, page_of_refusal

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


def _begin() -> str:
    page_of_refusal(live_page.page)
    return context.room_id()


@bp.post("/prof/inquietudes/<question_id>/ouvrir")
def open_worry(question_id: str) -> Response:
    """An adult reads it: it is unfolded on this page alone."""
    room_id = _begin()
    do("worry_opened", lambda tx: worries.open_worry(tx, room_id, question_id), question_id)
    return answer(look.current().but(care=question_id).address)


@bp.post("/prof/inquietudes/<question_id>/prevenu")
def worry_told(question_id: str) -> Response:
    """« J'ai prévenu quelqu'un »."""
    room_id = _begin()
    do("worry_told", lambda tx: worries.told(tx, room_id, question_id), question_id)
    return answer(look.current().but(care="").address)


@bp.post("/prof/inquietudes/<question_id>/pas-cela")
def not_a_worry(question_id: str) -> Response:
    """« Ce n'est pas cela »: an ordinary question again, to read over."""
    room_id = _begin()
    do("worry_cleared", lambda tx: worries.not_a_worry(tx, room_id, question_id), question_id)
    return answer(look.current().but(care="").address)
