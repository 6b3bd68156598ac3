"""Messages that may come from a pupil in danger: opened, told to somebody, or ordinary after all. The teacher's alone.

Nothing here is one key away: each is a button to find and press, and folded until then, for a panel may be mirrored.
"""

from __future__ import annotations

from werkzeug.wrappers import Response

from kiosk.domain.care import worries
from kiosk.web.frame import context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


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
