"""« En direct »: the page, and the fragments that scripts swap in."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template

from kiosk.domain import dossier, notices, phases, relay
from kiosk.domain.reasons import REASONS
from kiosk.domain.views import RoomView, SessionView
from kiosk.errors import KioskError
from kiosk.web import context, guards, slices
from kiosk.web.control import look, picture, step
from kiosk.web.control.blueprint import bp

#: Phases in which a class may be told what to do once the session is over.
AFTER = ("reflection", "closed")


@bp.get("/prof")
def live() -> str:
    """The live page."""
    return page()


@bp.get("/prof/fragment/<name>")
def fragment(name: str) -> str:
    """The inside of a page of the panel, for a script that keeps it up to date. :raises KioskError: ``not_found``."""
    from kiosk.web.control import exchange, first, prepare, room, sessions
    from kiosk.web.control.blueprint import is_teacher

    insides: dict[str, Callable[[], str]] = {"live": inside, "bands": bands}
    if is_teacher():
        insides |= {"prepare": prepare.inside, "sessions": sessions.inside, "room": room.inside}
    if guards.may("school"):
        insides |= {"exchange": exchange.inside, "first": first.inside}
    if name not in insides:
        raise KioskError("not_found")
    return insides[name]()


def page() -> str:
    """The whole live page, in the look its address asks for."""
    return _render("control/live.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/live_inside.html")


def bands() -> str:
    """What every page of the panel says above everything: alone, for a page that is not kept up to date otherwise."""
    return render_template("control/bands_inside.html", room=context.room(), here="")


def _render(template: str) -> str:
    from kiosk.web.control import care

    seen = picture.live(look.current())
    kiosk = context.kiosk_of()
    return slices.render(
        template, live=seen, room=seen.room, look=seen.look, steps=phases.steps(seen.room.phase),
        step=step.next_step(seen), reasons=REASONS, address=kiosk.addresses.current(),
        head=relay.head(seen.room, kiosk.settings.school_name),
        news=_news(seen.room), which="direct", care=care.of(seen.room),
        dossier=dossier.listed(seen.room.session, "after") if seen.room.phase in AFTER else [],
    )


def _news(room: RoomView) -> list[SessionView]:
    """The room's session, when the centre moved or cancelled it and nobody has read so."""
    session = room.session
    if session is None or session.status not in ("moved", "cancelled"):
        return []
    return [one for one in notices.moved_or_cancelled(context.kiosk_of().clock.now()) if one.id == session.id]
