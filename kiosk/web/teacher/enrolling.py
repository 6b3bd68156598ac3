"""Enrolling a class or one pupil, giving the place back, and having read that a session moved."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import enrolments, reports
from kiosk.exchange import notices
from kiosk.ground.errors import KioskError
from kiosk.web.frame import pages
from kiosk.web.teacher import sessions
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.post("/prof/seances/inscrire")
def enrol() -> Response:
    """Ask for a place (``seance``, ``pour`` = class or individual, ``classe``, ``niveau``, ``effectif``, ``courriel``).

    An empty ``niveau`` is read from the class's name. Works offline: the request leaves when it can.
    """
    page_of_refusal(sessions.page)
    form = request.form
    session_id, label = form.get("seance", ""), form.get("classe", "")
    level = form.get("niveau", "") or reports.level_of_label(label)
    if label.strip() and not level:
        raise KioskError("level_missing", field="level")
    count = sessions.headcount_field() or 0
    do(
        "enrol",
        lambda tx: enrolments.request(
            tx,
            session_id,
            kind=form.get("pour", "class"),
            label=label,
            level=level or "3E",
            headcount=count,
            contact_email=form.get("courriel", ""),
        ),
        session_id,
    )
    return answer(_back())


@bp.post("/prof/seances/inscriptions/<id:enrolment_id>/annuler")
def enrolment_cancel(enrolment_id: str) -> Response:
    """Cancel a request, leave a waiting list, or give a place back."""
    page_of_refusal(sessions.page)
    do("enrolment_cancel", lambda tx: enrolments.cancel(tx, enrolment_id), enrolment_id)
    return answer(_back())


@bp.post("/prof/seances/inscriptions/<id:enrolment_id>/redemander")
def enrolment_again(enrolment_id: str) -> Response:
    """Ask once more for a place of which the centre says nothing any more."""
    page_of_refusal(sessions.page)
    do("enrolment_again", lambda tx: enrolments.ask_again(tx, enrolment_id), enrolment_id)
    return answer(_back())


@bp.post("/prof/seances/<id:session_id>/vu")
def session_news_read(session_id: str) -> Response:
    """The teacher has read that the session moved or was cancelled."""
    page_of_refusal(sessions.page)
    do("session_news_read", lambda tx: notices.mark_read(tx, session_id), session_id)
    return answer(_back())


def _back() -> str:
    """The list that the form was in, or the live page (``quoi`` = ``direct``)."""
    if request.args.get("quoi") == "direct":
        return pages.url("control.live")
    kept = {name: request.args.get(name, "") for name in ("quoi", "niveau", "semaine")}
    return pages.url("control.sessions_page", **{name: value for name, value in kept.items() if value})
