"""« En direct »: the page, and the fragments that scripts swap in."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request

from kiosk.domain import dossier, meetings, phases, souvenirs
from kiosk.domain.questions import open_questions, relay
from kiosk.domain.questions.reasons import REASONS
from kiosk.domain.views import RoomView, SessionView
from kiosk.exchange import notices
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.web.frame import context, guards, slices
from kiosk.web.teacher import (
    all_rooms,
    answers,
    care_shown,
    exchange,
    first,
    lesson,
    live_shown,
    look,
    order_shown,
    prepare,
    relaying,
    room,
    screen_shown,
    sessions,
)
from kiosk.web.teacher.blueprint import bp, is_teacher


@dataclass(frozen=True)
class Step:
    """The next step of a session: what its button says, and what will happen."""

    code: str
    label: str
    detail: str


@bp.get("/prof")
def live() -> str:
    """The live page."""
    return page()


@bp.get("/prof/fragment/<name>")
def fragment(name: str) -> str:
    """The inside of a page of the panel, for a script that keeps it up to date. :raises KioskError: ``not_found``."""
    insides = _insides()
    if "live" in insides:
        insides["bands"] = bands
    if name not in insides:
        raise KioskError("not_found")
    return insides[name]()


@bp.context_processor
def kept_up() -> dict[str, object]:
    """``kept_up(page name)``: whether the script fetches that page's whole inside again, or the bands alone."""
    return {"kept_up": lambda name: name in _insides()}


def _insides() -> dict[str, Callable[[], str]]:
    """Page → its inside, of those that this browser may see."""
    if guards.may("secretary") and not is_teacher():
        return {"answers": answers.inside}
    insides = {"live": inside}
    if is_teacher():
        insides |= {
            "answers": answers.inside,
            "prepare": prepare.inside,
            "lesson": lesson.inside,
            "sessions": sessions.inside,
            "relaying": relaying.inside,
            "room": room.inside,
        }
    if guards.may("school"):
        insides |= {"exchange": exchange.inside, "first": first.inside, "all_rooms": all_rooms.inside}
    return insides


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
    seen = live_shown.live_page(_wanted())
    kiosk = context.kiosk_of()
    ending = _ending(seen)
    return slices.render(
        template,
        live=seen,
        room=seen.room,
        look=seen.look,
        steps=phases.steps(seen.room.phase),
        step=next_step(seen),
        screen=screen_shown.of(seen.room, seen.now),
        back=phases.back(seen.room.phase),
        reasons=REASONS,
        address=kiosk.addresses.current(),
        head=relay.head(seen.room, kiosk.settings.school_name),
        news=_news(seen.room),
        which="direct",
        care=care_shown.of(seen.room, seen.look),
        ending=ending,
        pane="end" if ending else _pane(seen),
        relayable=open_questions.possible(seen.room.session),
        order=order_shown.of(seen.room, seen.look.shown, seen.now) if seen.look.shelf == look.ORDER else None,
        begun=order_shown.begun(seen.room, request.args.get("amorce", "")) if seen.look.doing == "saisir" else "",
        dossier=dossier.listed(seen.room.session, "after") if not seen.room.stage.intake else [],
    )


def _wanted() -> look.Look:
    """The look that the address asks for; an invited person reads no line of answer over and orders nothing, and a
    class that is not at its reflections has none.
    """
    asked = look.current()
    theirs = asked.shelf in (look.LINES, look.ORDER) and not is_teacher()
    early = asked.shelf == look.REFLECTIONS and context.room().stage.intake
    return asked.but(shelf="relire") if theirs or early else asked


def _pane(seen: live_shown.LivePage) -> str:
    """What the middle of the page holds: ``reflection``, ``lines`` or ``queue``. A list that was asked for, else what
    the moment is about.
    """
    wanted, stage = look.current(), seen.room.stage
    if seen.look.shelf == look.LINES:
        return "lines"
    now = wanted.bare and (stage.reflecting or stage.over and bool(seen.to_review))
    return "reflection" if now or seen.look.shelf == look.REFLECTIONS else "queue"


def _ending(seen: live_shown.LivePage) -> dict[str, object] | None:
    """What the teacher finds first once the session is over; None while something else of the page is asked for."""
    if not (seen.room.stage.over and is_teacher() and look.current() == look.Look()):
        return None
    met = meetings.of(seen.room.id)
    minutes = round((met.ended_at - met.began_at) / 60_000) if met is not None and met.ended_at else 0
    left = seen.counts.pending + seen.counts.ready
    return {"kept": souvenirs.of_session(seen.room.id), "minutes": minutes, "left": left}


def next_step(seen: live_shown.LivePage) -> Step | None:
    """The step after the present phase; None when there is none."""
    room = seen.room
    if room.session is None or room.stage.over:
        return None
    phase = phases.after(room.phase)
    ahead = phases.Ahead(
        people=", ".join(speaker.name for speaker in room.session.speakers) or room.session.title,
        received=seen.counts.received,
        phones=seen.phones if room.phones else None,
        days=context.kiosk_of().settings.retention_days,
    )
    if phase.over and room.feigned == "rehearsal":
        return Step(phase.code, _(phase.go), _("L’essai reste là jusqu’à « Arrêter l’essai »."))
    return Step(phase.code, _(phase.go), phase.detail(ahead))


def _news(room: RoomView) -> list[SessionView]:
    """The room's session, when the centre moved or cancelled it and nobody has read so."""
    session = room.session
    if session is None or session.status not in ("moved", "cancelled"):
        return []
    return [one for one in notices.moved_or_cancelled(context.kiosk_of().clock.now()) if one.id == session.id]
