"""Questions that classes sent to a speaker: read them, write down what the speaker answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import answers, audit
from kiosk.centre.office.pages import act, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx

pages = Blueprint("answers", __name__, url_prefix="/bureau/reponses")


@pages.get("/")
def index() -> str:
    """Those that wait first; `?seance=` one session's."""
    return _page()


@pages.post("/repondre")
def give() -> Any:
    """Send an answer to the school that asked, or correct it."""
    form = request.form
    uai, id, question, text = (form.get(name, "") for name in ("uai", "id", "question", "text"))

    def unit(tx: Tx) -> None:
        answers.give(tx, uai, id, question, text.replace("\r", ""))
        audit.note(tx, "answer", uai)

    return act(unit, url_for("answers.index", seance=form.get("seance") or None), lambda error: _page(error, form))


def _page(error: OfficeError | None = None, typed: Any = None) -> str:
    session_id = request.values.get("seance", "")
    rows = write(lambda tx: answers.listed(tx, session_id))
    return render_template("answers.html", rows=rows, error=error, typed=typed or {}, session_id=session_id)
