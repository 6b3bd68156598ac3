"""The course of a session: phases, timer, intake, moderation on or off."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import phases, rooms
from kiosk.errors import KioskError
from kiosk.i18n import _, _n
from kiosk.web import context
from kiosk.web.control import live as live_page
from kiosk.web.control import look
from kiosk.web.control.blueprint import answer, bp, do, page_of_refusal
from kiosk.web.control.picture import Live


@dataclass(frozen=True)
class Step:
    """The next step of a session: what its button says, and what will happen."""

    code: str
    label: str
    detail: str


def next_step(live: Live) -> Step | None:
    """The step after the present phase; None when there is none."""
    room = live.room
    if room.session is None or room.phase == "closed":
        return None
    code = phases.after(room.phase).code
    if code == "countdown":
        detail = _("L’écran affiche le temps qui reste avant le début.")
        return Step(code, _("Lancer le compte à rebours"), detail)
    if code == "talk":
        names = ", ".join(speaker.name for speaker in room.session.speakers)
        return Step(code, _("Commencer la présentation"), names or room.session.title)
    if code == "questions":
        return Step(code, _("Ouvrir les questions"), _ready(live))
    if code == "reflection":
        return Step(code, _("Passer au bilan"), _("Les téléphones demandent le bilan ; les questions s’arrêtent."))
    days = context.kiosk_of().settings.retention_days
    detail = _n("Tout s’efface dans %(n)s jour.", "Tout s’efface dans %(n)s jours.", days)
    return Step(code, _("Terminer la séance"), detail)


def _ready(live: Live) -> str:
    received = _n("%(n)s question reçue", "%(n)s questions reçues", live.counts.received)
    if not live.room.phones:
        return received
    phones = _n("%(n)s téléphone connecté", "%(n)s téléphones connectés", live.phones)
    return _("%(phones)s, %(questions)s", phones=phones, questions=received)


@bp.post("/prof/etape")
def phase() -> Response:
    """Advance, go back, or go to a named phase (field ``vers``: ``suivante``, ``precedente`` or a code).

    ``depuis`` names the phase that the page showed: a second click, or a late one, changes nothing.
    """
    page_of_refusal(live_page.page)
    room = context.room()
    wanted = request.form.get("vers", "")
    if request.form.get("depuis", room.phase) != room.phase:
        raise KioskError("wrong_phase")
    target = wanted
    if wanted == "suivante":
        target = phases.after(room.phase).code
    elif wanted == "precedente":
        target = phases.before(room.phase).code
    days = context.kiosk_of().settings.retention_days
    do("phase", lambda tx: rooms.set_phase(tx, room.id, target, retention_days=days), target)
    return answer(look.current().but(doing="").address)


@bp.post("/prof/minuteur")
def timer() -> Response:
    """The timer: field ``faire`` = ``prolonger`` (5 min more), ``pause`` or ``reprendre``."""
    page_of_refusal(live_page.page)
    room_id = context.room_id()
    acts = {"prolonger": rooms.extend, "pause": rooms.pause, "reprendre": rooms.resume}
    act = acts.get(request.form.get("faire", ""))
    if act is None:
        raise KioskError("invalid", field="faire")
    do("timer", lambda tx: act(tx, room_id), request.form["faire"])
    return answer(look.current().address)


@bp.post("/prof/prise")
def intake() -> Response:
    """Open, pause or freeze the intake of questions (field ``prise``)."""
    page_of_refusal(live_page.page)
    room_id, wanted = context.room_id(), request.form.get("prise", "")
    do("intake", lambda tx: rooms.set_intake(tx, room_id, wanted), wanted)
    return answer(look.current().address)


@bp.post("/prof/relecture")
def moderation() -> Response:
    """Read questions over before they show, or not (field ``active`` = 1 or 0)."""
    page_of_refusal(live_page.page)
    room_id, on = context.room_id(), request.form.get("active") == "1"
    do("moderation", lambda tx: rooms.set_moderation(tx, room_id, on), "on" if on else "off")
    return answer(look.current().address)
