"""The end-of-session answers: reading them over, and typing those of a class without phones."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain.questions import reflections
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.post("/prof/bilans/<int:reflection_id>")
def review_reflection(reflection_id: int) -> Response:
    """Show or hide one answer (``statut`` = approved or hidden)."""
    page_of_refusal(live_page.page)
    room_id, status = context.room_id(), request.form.get("statut", "")
    detail = f"{reflection_id} {status}"
    do("review_reflection", lambda tx: reflections.review(tx, room_id, reflection_id, status), detail)
    return answer(look.current().address)


@bp.post("/prof/bilans/tous")
def approve_reflections() -> Response:
    """Show every answer that waits."""
    page_of_refusal(live_page.page)
    room_id = context.room_id()
    do("approve_reflections", lambda tx: reflections.approve_all(tx, room_id))
    return answer(look.current().address)


@bp.post("/prof/bilans")
def type_reflection() -> Response:
    """Type one answer said aloud (``metier``, ``etudes``, ``surprise``); shown at once."""
    page_of_refusal(live_page.page)
    room_id, form = context.room_id(), request.form
    job, studies, surprise = (form.get(name, "") for name in ("metier", "etudes", "surprise"))

    def typed(tx: Transaction) -> int:
        return reflections.submit(tx, room_id, None, job=job, studies=studies, surprise=surprise, approved=True)

    do("type_reflection", typed)
    return answer(look.current().address)
