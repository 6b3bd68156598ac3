"""Questions that classes sent to a speaker: read them, write down what the speaker answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import answers, audit, replying
from kiosk.centre.models import Session, Speaker
from kiosk.centre.office import sessions
from kiosk.centre.office.pages import act, change, read, write
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
        audit.note(tx, "answer", id, uai)

    return act(unit, url_for("answers.index", seance=form.get("seance") or None), lambda error: _page(error, form))


@pages.post("/lien")
def link() -> Any:
    """Give a speaker of a session the link of the page where to answer, or close it."""
    session_id, speaker_id = request.form.get("seance", ""), request.form.get("speaker", "")
    if "close" in request.form:
        return act(lambda tx: replying.close(tx, session_id, speaker_id), url_for("answers.index", seance=session_id))
    try:
        token = change(lambda tx: replying.give(tx, session_id, speaker_id))
    except OfficeError as error:
        return _page(error), error.status
    name = read(lambda: Speaker.get_by_id(speaker_id).name)
    return _page(given=(url_for("replying.show", token=token, _external=True), name))


def _page(error: OfficeError | None = None, typed: Any = None, given: tuple[str, str] = ("", "")) -> str:
    session_id = request.values.get("seance", "")
    rows = write(lambda tx: answers.listed(tx, session_id))
    return render_template(
        "answers.html", rows=rows, error=error, typed=typed or {}, session_id=session_id,
        speakers=read(lambda: _speakers(session_id)), link=given[0], link_name=given[1],
    )  # fmt: skip


def _speakers(session_id: str) -> list[tuple[str, str, replying.Given]]:
    """Who speaks in a session: identifier, name, and the link that was given."""
    session = Session.get_or_none(Session.id == session_id)
    if session is None:
        return []
    return [(id, name, replying.given(session_id, id)) for id, name in sessions.names_of([session]).items()]
