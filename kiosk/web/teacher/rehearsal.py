"""« Séance d’essai »: begun, paced and ended in the browser."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import rehearsal, rehearsing
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context, pages
from kiosk.web.teacher import sessions
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.post("/prof/essai")
def rehearse() -> Response:
    """``faire`` = ``commencer`` or ``rythme`` (both with ``rythme``), or ``arreter``.

    :raises KioskError: those of :mod:`kiosk.domain.rehearsal`; ``invalid``.
    """
    page_of_refusal(sessions.page)
    kiosk, room_id = context.kiosk_of(), context.room_id()
    doing, pace = request.form.get("faire", ""), request.form.get("rythme", "normal")
    if doing == "commencer":
        run = do("rehearsal_begun", lambda tx: rehearsal.begin(tx, room_id, pace))
        rehearsing.begin(kiosk, room_id, run)
        return answer(pages.url("control.live"))
    if doing == "rythme":
        do("rehearsal_paced", lambda tx: rehearsal.set_pace(tx, room_id, pace), pace[:8])
        return answer(pages.url("control.live"))
    if doing != "arreter":
        raise KioskError("invalid", field="faire")
    do("rehearsal_ended", lambda tx: rehearsal.end(tx, room_id))
    return answer(pages.url("control.sessions_page"))
