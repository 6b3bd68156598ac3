"""Enrolments to decide, of every session; and the decisions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import audit, enrolments
from kiosk.centre.models import Enrolment, Session
from kiosk.centre.office import sessions
from kiosk.centre.office.pages import act, read
from kiosk.centre.store import Tx

pages = Blueprint("enrolments", __name__, url_prefix="/bureau/inscriptions")


@pages.get("/")
def index() -> str:
    """What waits for a decision or a place."""

    def unit() -> list[tuple[Any, Any]]:
        rows = Enrolment.select().where(Enrolment.state.in_(("requested", "waitlisted")) & (Enrolment.session_id != ""))
        by_id = {row.id: row for row in Session.select()}
        known = [(by_id[row.session_id], row) for row in rows if row.session_id in by_id]
        return sorted(known, key=lambda pair: (pair[0].starts_at, pair[0].id, pair[1].state, pair[1].queue))

    return render_template("enrolments.html", rows=read(unit))


@pages.post("/decider")
def decide() -> Any:
    """Confirm, put on the waiting list or refuse."""
    id, state = request.form.get("id", ""), request.form.get("state", "")
    reason = request.form.get("reason", "").replace("\0", "")
    session_id = request.form.get("session_id", "")

    def unit(tx: Tx) -> None:
        enrolments.decide(tx, id, state, reason)
        audit.note(tx, "enrolment", f"{id} {state}")

    back = url_for("sessions.show", id=session_id) if session_id else url_for("enrolments.index")
    again = (lambda error: sessions.page_of(session_id, error, request.form)) if session_id else None
    return act(unit, back, again)
