"""« Ordre proposé », a list of the live page: following it is the teacher's choice, what is dragged stays."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from kiosk.domain.questions import ordering, suggested
from kiosk.web.frame import context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.get("/prof/ordre")
def running_order() -> Response:
    """Where it was a page of its own."""
    return redirect(_here(), 303)


def _here() -> str:
    return look.current().but(shelf=look.ORDER, doing="").address


@bp.post("/prof/ordre/suivre")
def follow_order() -> Response:
    """Put the approved questions in this order."""
    page_of_refusal(live_page.page)
    room_id = context.room_id()
    do("follow_order", lambda tx: ordering.follow(tx, room_id))
    return answer(_here())


@bp.post("/prof/ordre/<id:question_id>/place")
def place_in_order(question_id: str) -> Response:
    """Give a place, dragged (``avant`` = an id, empty: the end) or by its buttons (``sens`` = ``haut`` or ``bas``)."""
    page_of_refusal(live_page.page)
    room_id, form = context.room_id(), request.form
    step = {"haut": -1, "bas": 1}.get(form.get("sens", ""), 0)
    before = None if step else form.get("avant") or None
    do("reorder", lambda tx: ordering.place(tx, room_id, question_id, before=before, step=step), question_id)
    return answer(_here())


@bp.post("/prof/ordre/<id:question_id>/liberer")
def release_place(question_id: str) -> Response:
    """Let the proposed order move a question that was placed by hand."""
    page_of_refusal(live_page.page)
    room_id = context.room_id()
    do("release_place", lambda tx: ordering.release(tx, room_id, question_id), question_id)
    return answer(_here())


@bp.post("/prof/ordre/amorce")
def propose_starter() -> Response:
    """Propose a beginning to the phones (``amorce`` = its code), or withdraw it (empty)."""
    page_of_refusal(live_page.page)
    room_id, code = context.room_id(), request.form.get("amorce", "")[:40]
    do("starter_proposed" if code else "starter_withdrawn", lambda tx: suggested.propose(tx, room_id, code), code)
    return answer(_here())
