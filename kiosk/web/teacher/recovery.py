"""« J’ai compris » under the banner that says a damaged database was put right."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import stored
from kiosk.web.frame import pages
from kiosk.web.teacher.blueprint import answer, bp, do

#: The pages that show the banner.
PAGES = ("live", "prepare", "sessions_page", "room", "exchange", "first")


@bp.post("/prof/reprise")
def recovery_read() -> Response:
    """Do not show the banner any more; back to the page it was on (``retour``)."""
    do("recovery_read", lambda tx: stored.put(tx, "recovery", None))
    back = request.form.get("retour", "")
    return answer(pages.url(f"control.{back if back in PAGES else 'live'}"))
