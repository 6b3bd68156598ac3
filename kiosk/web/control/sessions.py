"""« Séances »: the sessions this kiosk holds, and which one, with which class, is on in this room."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from werkzeug.wrappers import Response

from kiosk.domain import instants, levels, rooms, sessions
from kiosk.domain.views import SessionView
from kiosk.errors import KioskError
from kiosk.i18n import N_
from kiosk.storage.models import Enrolment
from kiosk.web import context, pages
from kiosk.web.control.blueprint import answer, bp, do, page_of_refusal

#: State of an enrolment → (word, icon). The words are the design's.
STATES = {
    "requested": (N_("En attente de réponse"), "queue"),
    "confirmed": (N_("Inscrite"), "ok"),
    "waitlisted": (N_("Liste d’attente"), "queue"),
    "refused": (N_("Refusée"), "no"),
    "cancelled": (N_("Annulée"), "no"),
}
#: A session is « past » this long after its end.
PAST_MS = 12 * 3_600_000


@dataclass(frozen=True)
class Offered:
    """A session of the catalogue with its classes, and whether it is the one of this room."""

    session: SessionView
    classes: list[Enrolment]
    here: bool
    levels: str
    paris: str
    unusual: bool


@bp.get("/prof/seances")
def sessions_page() -> str:
    """The page; ``quoi`` = ``classes`` (those of this school), ``catalogue`` (all to come) or ``passees``."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/sessions.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/sessions_inside.html")


def _render(template: str) -> str:
    room, now = context.room(), context.kiosk_of().clock.now()
    everything = [_offered(session) for session in sessions.all_sessions()]
    coming = [o for o in everything if o.here or o.session.starts_at + o.session.duration_min * 60_000 > now - PAST_MS]
    kinds = {
        "classes": [o for o in coming if o.classes or o.here],
        "catalogue": coming,
        "passees": [o for o in reversed(everything) if o not in coming],
    }
    which = request.args.get("quoi", "")
    if which not in kinds:
        which = "classes" if kinds["classes"] else "catalogue"
    return render_template(
        template, room=room, kinds=kinds, which=which, offered=kinds[which], states=STATES, everything=everything,
        chosen=next((o for o in everything if o.here), None),
    )


def _offered(session: SessionView) -> Offered:
    room = context.room()
    return Offered(
        session, sessions.enrolments(session.id), room.session is not None and room.session.id == session.id,
        levels.summary(session.levels), instants.paris_beside(session.starts_at, room.zone, pages.i18n.current()),
        instants.unusual_hour(session.starts_at, room.zone),
    )


def headcount_field(name: str = "effectif") -> int | None:
    """The head count typed in a form; None when left empty. :raises KioskError: ``headcount_invalid``."""
    given = request.form.get(name, "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit()):
        raise KioskError("headcount_invalid", field="headcount")
    return int(given)


@bp.post("/prof/seances/choisir")
def choose_session() -> Response:
    """Put a session on in this room (``seance``).

    With an enrolled class (``inscription``), or one by hand (``classe``, ``effectif``).
    """
    page_of_refusal(page)
    room_id, form = context.room_id(), request.form
    session_id, label = form.get("seance", ""), form.get("classe", "").strip()
    if len(label) > 60:
        raise KioskError("name_invalid", field="class_label")
    count = headcount_field()
    enrolment = form.get("inscription") or None
    do("choose_session", lambda tx: rooms.choose_session(
        tx, room_id, session_id, enrolment_id=enrolment, class_label=label or None, headcount=count
    ), session_id)
    context.kiosk_of().presence.start_waiting(room_id)
    return answer(pages.url("control.room" if form.get("puis") == "salle" else "control.live"))
