"""The large display: one page, and the HTML of its current screen. It only ever reads.

``GET /ecran`` and ``GET /ecran/fragment`` take ``salle``, ``lang``, ``jeton`` (needed on another
machine than the kiosk's), ``theme=clair|sombre``, ``vue=bandeau|lecture``, and for this display alone
``regard=join|countdown|speaker|wall`` and ``orateur=1|2|3``.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from kiosk.contract.themes import THEMES, offered
from kiosk.domain import phases, rooms, roomset
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.questions import questions
from kiosk.domain.rooms import COLOURS
from kiosk.domain.views import RoomView
from kiosk.exchange import syncstate
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, current
from kiosk.ground.values import dataclass
from kiosk.web.display import screens
from kiosk.web.frame import context, pages
from kiosk.web.frame.build import build_id
from kiosk.web.frame.qr import address_qr

bp = Blueprint("display", __name__)


@bp.before_request
def _admit() -> None:
    """This machine, or a remote screen with its token. :raises KioskError: ``display_token``, ``own_host``."""
    token, room_id = request.args.get("jeton", ""), rooms.named(context.room_code())
    kiosk = context.kiosk_of()
    access.admit_display(kiosk.settings, kiosk.secrets, context.peer(), request.environ, token, room_id)


@bp.get("/ecran")
def shell() -> str | tuple[str, int] | Response:
    """The page that stays open: styles, script, and the first screen already in it; or which room it is to show."""
    there = pages.bound()
    if there is not None:
        return there
    try:
        context.room()
    except KioskError as error:
        return _which_room(error)
    values = _values()
    return render_template(
        "display/shell.html",
        **values,
        build=build_id(),
        view=request.args.get("vue", ""),
        words=_words(),
        looks=" ".join(screens.LOOKS),
    )


def _which_room(error: KioskError) -> tuple[str, int]:
    """The rooms to choose from: the address names none, or one that is not there (any more)."""
    code = context.room_code() or ""
    return render_template(
        "display/rooms.html",
        rooms=rooms.all_rooms(),
        token=request.args.get("jeton", ""),
        view=request.args.get("vue", ""),
        error=error if code else None,
        removed=roomset.name_of_removed(code),
    ), error.status if code else 200


@bp.get("/ecran/fragment")
def fragment() -> str:
    """The current screen alone."""
    return render_template("display/screen.html", **_values())


def _values() -> dict[str, Any]:
    kiosk, room = context.kiosk_of(), context.room()
    look, theme = request.args.get("regard", ""), request.args.get("theme", "")
    speaking = request.args.get("orateur", "")
    screen = screens.draw(kiosk, room, look=look, speaking=int(speaking) if speaking in ("1", "2", "3") else 0)
    address = context.way_in(kiosk.addresses.current())
    now = kiosk.clock.now()
    live = screens.of_phase(room, now, kiosk.clock.trusted)
    return {
        **screen.values,
        "room": room,
        "session": room.session,
        "screen": screen,
        "live": live,
        "now": now,
        "theme": theme if theme in COLOURS else room.theme,
        "address": address,
        "qr": address_qr(address.url) if address and room.phones else None,
        "steps": phases.steps(room.phase) if not room.stage.over else [],
        "left": _left(room, now, kiosk.clock.trusted),
        "alarm": _alarm(kiosk, room, now),
        "status": _status(kiosk, room, now),
        "gate": gate(room),
        "card": _card(kiosk, room, screen.name),
        "topics": THEMES,
        "angles_offered": offered(),
    }


@dataclass(frozen=True)
class Gate:
    """The sign that hangs on the way in while no question is taken: its pictogram, its words, what one can still do."""

    icon: str
    title: str
    also: str


def gate(room: RoomView) -> Gate | None:
    """The sign of the room's intake; None while it is open."""
    if room.session is None or not room.stage.intake or room.intake == "open":
        return None
    if room.intake == "paused":
        listed = room.phones and questions.counts(room.id, room.session.id).ready
        return Gate(
            "pause",
            _("Questions en pause"),
            _("Vous pouvez soutenir celles de la liste.") if listed else _("Gardez la vôtre pour tout à l’heure."),
        )
    return Gate("lock", _("Liste close"), _("Les questions et les voix ne changent plus."))


def _left(room: RoomView, now: int, trusted: bool) -> dict[str, Any]:
    """What the foot says of time: minutes left in a phase, else when the session starts."""
    if room.session is None:
        return {"text": ""}
    if room.stage.timed:
        if room.paused_ms is not None:
            return {"text": _("en pause, %(n)s min", n=instants.minutes_up(room.paused_ms))}
        if room.ends_at is None:
            return {"text": ""}
        if room.ends_at <= now:
            return {"text": _("temps écoulé"), "tick": True}
        return {"text": _("encore %(n)s min", n=instants.minutes_up(room.ends_at - now)), "tick": True}
    if room.stage.over:
        return {"text": ""}
    starts = rooms.starts_at(room)
    paris = instants.paris_beside(starts, room.zone, current())
    return {"text": instants.time(starts, room.zone, current()), "paris": paris}


def _alarm(kiosk: Kiosk, room: RoomView, now: int) -> str:
    """The band of a clock nobody vouches for; durations do not depend on it, so phases do without."""
    if kiosk.clock.trusted or room.session is None or not room.stage.waiting:
        return ""
    day = instants.local(now, room.zone)
    said = f"{instants.date_long(now, room.zone, current())} {day.year}, {instants.time(now, room.zone, current())}"
    if room.stage.to_start:
        return _("L’heure de ce poste est fausse : %(when)s. Le compte à rebours est arrêté.", when=said)
    return _("L’heure de ce poste est fausse : %(when)s.", when=said)


def _status(kiosk: Kiosk, room: RoomView, now: int) -> tuple[str, str, str]:
    """The badge: (pictogram, words, time). Calm: what is wrong with the link is for the teacher's page."""
    if room.feigned == "rehearsal":
        return "ok", _("Rien n’est envoyé"), ""
    link = syncstate.status(now, configured=bool(kiosk.settings.centre_url))
    if link.configured and link.failure not in ("", "ok"):
        if link.waiting:
            return "off", _("Hors connexion, %(n)s à envoyer", n=link.waiting), ""
        return "off", _("Hors connexion"), ""
    if link.configured and link.waiting:
        return "up", _("Envoi en cours"), ""
    said = _("À jour") if link.configured else _("Enregistré ici")
    return "ok", said, instants.time(now, room.zone, current()) if kiosk.clock.trusted else ""


def _card(kiosk: Kiosk, room: RoomView, screen: str) -> dict[str, Any] | None:
    """« Rien n'arrive ? »: what to try while no phone has come; the page shows it after a minute."""
    waiting = room.session is not None and room.stage.waiting and screen in ("join", "countdown")
    if not (waiting and room.phones) or kiosk.presence.joined(room.id):
        return None
    address = kiosk.addresses.current()
    others = [o.address for o in kiosk.addresses.all() if address and o.address.url != address.url]
    other = others[0] if others and not kiosk.addresses.fixed else None
    ssid = kiosk.settings.wifi_ssid
    return {
        "waited": round(kiosk.presence.waiting_seconds(room.id), 1),
        "address": context.way_in(address),
        "ssid": ssid,
        "other": context.way_in(other),
    }


def _words() -> dict[str, Any]:
    """The sentences the script needs, already in the page's language."""
    return {
        "left": _("encore %(n)s min", n=0).replace("0", "{n}"),
        "over": _("temps écoulé"),
        "offline": _("hors ligne"),
        "sleepy": _(
            "Cet écran peut s’éteindre : ouvrez-le sur le poste du kiosque (adresse 127.0.0.1) "
            "ou réglez la mise en veille."
        ),
        "awake": _("Cet écran reste allumé."),
        "announce": {"10": _("Encore 10 minutes"), "5": _("Encore 5 minutes"), "1": _("Encore 1 minute")},
    }
