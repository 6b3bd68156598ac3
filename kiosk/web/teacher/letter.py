"""A session's prepared questions as an e-mail: to read over, to open in the mail program, to take along as a file."""

from __future__ import annotations

from flask import Response, render_template

from kiosk.exchange.letters import Letter
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import bp


@bp.get("/prof/courriel/<id:session_id>")
def letter(session_id: str) -> tuple[str, int]:
    """The message, with its ways out; without a prepared question, where to write some.

    :raises KioskError: ``unknown_session``.
    """
    try:
        found, status = Letter(session_id), 200
    except KioskError as error:
        if error.code != "nothing_prepared":
            raise
        found, status = None, error.status
    return render_template("control/letter.html", room=context.room(), letter=found), status


@bp.get("/prof/courriel/<id:session_id>/message.eml")
def letter_file(session_id: str) -> Response:
    """The message as a draft, with the questions as CSV.

    :raises KioskError: ``unknown_session``, ``nothing_prepared``.
    """
    return Response(
        Letter(session_id).eml(),
        content_type="message/rfc822",
        headers={"Content-Disposition": 'attachment; filename="questions.eml"'},
    )
