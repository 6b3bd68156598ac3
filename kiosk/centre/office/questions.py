"""Questions of a session: keep or set aside, order, add one that was received, hand the list over."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from kiosk.centre import audit, catalogue, questions
from kiosk.centre.models import Session, Speaker
from kiosk.centre.office import pages as office
from kiosk.centre.office import sessions, tables
from kiosk.centre.office.pages import act, read
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.centre.words import LEVELS, ORIGINS, THEMES
from kiosk.contract.tables import cell
from kiosk.ground.i18n import _

pages = Blueprint("questions", __name__, url_prefix="/bureau/questions")


@pages.get("/<path:id>")
def speaker_list(id: str) -> str:
    """The list for the speaker: ordered, ready to print."""
    return render_template("questions.html", **_content(id))


@pages.get("/csv/<path:id>")
def download(id: str) -> Response:
    """The same list for a French spreadsheet; no cell is a formula."""
    content = _content(id)
    rows: list[list[object]] = [[_("N°"), _("Question"), _("Thème"), _("Voix"), _("Niveau"), _("Origine")]]
    for number, row in enumerate(content["rows"], 1):
        level = _(LEVELS[row.level]) if row.level in LEVELS else ""
        rows.append([number, cell(row.text), _(THEMES[row.theme]), row.support, level, _(ORIGINS[row.origin])])
    return tables.answer(f"questions-{id}", rows)


@pages.post("/marquer")
def mark() -> Any:
    """Keep, set aside or put back."""
    id, state, session_id = (request.form.get(name, "") for name in ("id", "state", "session_id"))
    return act(lambda tx: questions.mark(tx, id, state), _back(session_id))


@pages.post("/deplacer")
def move() -> Any:
    """Up or down in the speaker's list."""
    id, session_id = request.form.get("id", ""), request.form.get("session_id", "")
    by = -1 if request.form.get("by") == "-1" else 1
    return act(lambda tx: questions.move(tx, id, by), url_for("questions.speaker_list", id=session_id) + f"#q-{id}")


@pages.post("/ajouter")
def add() -> Any:
    """Write down a question the centre received."""
    session_id = request.form.get("session_id", "")
    theme, origin = request.form.get("theme", ""), request.form.get("origin", "")

    def unit(tx: Tx) -> None:
        if theme not in THEMES or origin not in questions.RECEIVED:
            raise OfficeError(_("Cette valeur n’est pas possible ici."))
        questions.receive(tx, session_id, request.form.get("text", "").replace("\0", ""), theme, origin)
        audit.note(tx, "question", session_id)

    return act(unit, _back(session_id), lambda error: sessions.page_of(session_id, error, request.form))


def _content(id: str) -> dict[str, Any]:
    def unit() -> dict[str, Any]:
        session = Session.get_or_none(Session.id == id)
        if session is None:
            raise office.not_found()
        names = {row.id: row.name for row in Speaker.select()}
        people = [names.get(one, one) for one in catalogue.session_body(session).speakers]
        return {"session": session, "speakers": people, "rows": questions.for_speaker(id)}

    return read(unit)


def _back(session_id: str) -> str:
    if request.form.get("from") == "list":
        return url_for("questions.speaker_list", id=session_id)
    return url_for("sessions.show", id=session_id) + "#questions"
