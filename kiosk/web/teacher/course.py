"""The course of a session: phases, timer, intake, moderation on or off."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import leaving, newcomers, phases, rooms, speaking, timers
from kiosk.domain.questions import review
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, answer_back, bp, do, page_of_refusal


@bp.post("/prof/etape")
def phase() -> Response:
    """Advance, go back, or go to a named phase (field ``vers``: ``suivante``, ``precedente`` or a code).

    ``depuis`` names the phase that the page showed: a second click changes nothing, a late one is refused
    (``moved_on``).
    """
    page_of_refusal(live_page.page)
    room = context.room()
    left, wanted = request.form.get("depuis"), request.form.get("vers", "")
    target = wanted
    if wanted == "suivante":
        target = phases.after(left or room.phase).code
    elif wanted == "precedente":
        target = phases.before(left or room.phase).code
    days = context.kiosk_of().settings.retention_days

    def unit(tx: Transaction) -> None:
        if not leaving.done_already(left, rooms.row_of(room.id).phase, target):
            rooms.set_phase(tx, room.id, target, retention_days=days)

    do("phase", unit, target)
    return answer(look.current().but(doing="").address)


@bp.post("/prof/minuteur")
def timer() -> Response:
    """The timer: field ``faire`` = ``prolonger`` (5 min more), ``pause`` or ``reprendre``."""
    page_of_refusal(live_page.page)
    room_id = context.room_id()
    acts = {"prolonger": timers.extend, "pause": timers.pause, "reprendre": timers.resume}
    act = acts.get(request.form.get("faire", ""))
    if act is None:
        raise KioskError("invalid", field="faire")
    do("timer", lambda tx: act(tx, room_id), request.form["faire"])
    return answer(look.current().address)


@bp.post("/prof/parole")
def speak() -> Response:
    """Who speaks from now on: field ``qui``, a speaker's id; ``depuis`` names who spoke, when the next one is meant.

    :raises KioskError: those of :func:`speaking.give`.
    """
    page_of_refusal(live_page.page)
    room_id, who, left = context.room_id(), request.form.get("qui", ""), request.form.get("depuis")
    do("speak", lambda tx: speaking.give(tx, room_id, who, left), who[:64])
    return answer(look.current().address)


@bp.post("/prof/masque")
def hide_screen() -> Response:
    """Mask the display (``masque`` = 1) or show it again (0)."""
    page_of_refusal(live_page.page)
    room_id, hidden = context.room_id(), request.form.get("masque") == "1"
    do("screen_hidden" if hidden else "screen_shown", lambda tx: rooms.set_hidden(tx, room_id, hidden))
    return answer_back(look.current().address)


@bp.post("/prof/prise")
def intake() -> Response:
    """Open, pause or freeze the intake of questions (field ``prise``)."""
    page_of_refusal(live_page.page)
    room_id, wanted = context.room_id(), request.form.get("prise", "")
    do("intake", lambda tx: rooms.set_intake(tx, room_id, wanted), wanted)
    return answer(look.current().address)


@bp.post("/prof/appareils")
def newcomers_act() -> Response:
    """Ask devices never seen here to wait (``faire`` = ``fermer``), or let them come again (``rouvrir``)."""
    page_of_refusal(live_page.page)
    room_id, kiosk = context.room_id(), context.kiosk_of()
    if request.form.get("faire") == "fermer":
        do("newcomers_shut", lambda tx: newcomers.shut(tx, room_id))
        newcomers.remember(kiosk, room_id)
    else:
        do("newcomers_open", lambda tx: newcomers.reopen(tx, room_id))
    return answer(look.current().address)


@bp.post("/prof/tout-de-cote")
def set_all_aside() -> Response:
    """Set aside all that waits to be read over, but what worries: one act, undone as one."""
    page_of_refusal(live_page.page)
    room_id = context.room_id()
    do("set_all_aside", lambda tx: review.set_all_aside(tx, room_id))
    return answer(look.current().but(doing="", selected="", start=0).address)


@bp.post("/prof/relecture")
def moderation() -> Response:
    """Read questions over again (``active`` = 1), or not for ten minutes (0, with ``compris`` = 1: it was explained).

    :raises KioskError: ``confirm_first``, and those of :func:`review.suspend`.
    """
    page_of_refusal(live_page.page)
    room_id = context.room_id()
    if request.form.get("active") == "1":
        do("review_on", lambda tx: review.restore(tx, room_id))
    elif request.form.get("compris") != "1":
        raise KioskError("confirm_first", field="compris")
    else:
        do("review_off", lambda tx: review.suspend(tx, room_id))
    return answer(look.current().but(doing="").address)
