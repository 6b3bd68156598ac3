"""What cannot wait for a page: somebody guesses the code, a device asks to come in, the list of questions is full.

The banners stand on every page of the panel; those that ask are also shown where the code is, on the machine itself.
"""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, request
from werkzeug.wrappers import Response

from kiosk.domain.people import known
from kiosk.domain.people.knocking import Knock
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.events import AlertChanged
from kiosk.ground.i18n import current
from kiosk.web.frame import context, guards, pages
from kiosk.web.teacher import login, room
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal, scripted
from kiosk.web.teacher.recovery import PAGES


@bp.context_processor
def alert_words() -> dict[str, Any]:
    """The functions that the templates of this blueprint may call."""
    kiosk = context.kiosk_of()
    return {
        "guessing": kiosk.guesses.told,
        "knocks": kiosk.knocks.waiting,
        "list_full": kiosk.crowd.full,
        "clock_off": _clock_off,
        "known_devices": lambda: known.number(kiosk.clock.now()),
    }


def _clock_off(zone: str) -> str:
    """What the kiosk believes the time to be, when nothing says that it is; else empty."""
    clock = context.kiosk_of().clock
    return "" if clock.trusted else instants.when_year(clock.now(), zone, current())


# -- letting in ------------------------------------------------------------------------------------


@bp.post("/prof/connexion/demande")
def knock() -> Response:
    """Ask to be let in from the machine; the page of the code then shows a word. :raises: ``too_many_knocks``."""
    page_of_refusal(login.page)
    kiosk = context.kiosk_of()
    kiosk.knocks.knock(context.device_token(), context.peer().address, kiosk.guesses.misses_of)
    kiosk.bus.publish([AlertChanged()])
    return redirect(pages.url("control.login"), 303)


@bp.get("/prof/connexion/demandes")
def knocking() -> Response:
    """Those that ask, for ``kiosk pin allow``: ``{csrf, knocks: [{id, word}]}``; who comes in may do all."""
    guards.refuse_but_machine()
    return jsonify(csrf=context.csrf_token(), knocks=[{"id": k.id, "word": k.word} for k in _asking()])


@bp.post("/prof/connexion/ouvrir")
def open_door() -> Response:
    """Let one in (``id``), or send it away (``non`` = 1). :raises KioskError: ``knock_gone``."""
    guards.refuse_but_machine()
    page_of_refusal(login.page)
    knocks, id = context.kiosk_of().knocks, request.form.get("id", "")
    if request.form.get("non") == "1":
        knocks.refuse(id)
    else:
        knocks.let_in(id)
    context.kiosk_of().bus.publish([AlertChanged()])
    return _back()


def _asking() -> list[Knock]:
    return [one for one in context.kiosk_of().knocks.waiting() if not one.open]


# -- guesses ---------------------------------------------------------------------------------------


@bp.post("/prof/essais")
def guesses_heard() -> Response:
    """Say no more of the guesses for an hour (``faire`` = taire), shut the code's door (fermer) or open it (ouvrir)."""
    guesses, what = context.kiosk_of().guesses, request.form.get("faire", "")
    if what not in ("taire", "fermer", "ouvrir"):
        raise KioskError("invalid", field="faire")
    if what == "taire":
        guesses.silence()
    else:
        guesses.close(what == "fermer")
    do("guesses", lambda tx: None, what)
    context.kiosk_of().bus.publish([AlertChanged()])
    return _back()


@bp.post("/prof/salle/appareils/oublier")
def forget_known() -> Response:
    """Forget every device where the code was right."""
    page_of_refusal(room.page)
    do("known_forgotten", known.forget)
    return room.here()


def _back() -> Response:
    back = request.form.get("retour", "")
    if context.grant() is None:
        return Response(status=204) if scripted() else redirect(pages.url("control.login"), 303)
    return answer(pages.url(f"control.{back if back in PAGES else 'live'}"))
