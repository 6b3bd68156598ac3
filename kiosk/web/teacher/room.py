"""« Salle »: the session and class on, the display, the address, the time, the other rooms, and erasing everything."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from kiosk.contract.aggregates import SMALLEST
from kiosk.domain import receipts, rehearsal, retention, rooms, sessions, souvenirs, timers
from kiosk.domain.care import worries
from kiosk.domain.outbox import KEPT_DAYS
from kiosk.domain.people import access
from kiosk.domain.questions import open_questions
from kiosk.domain.receipts import Receipt
from kiosk.ground import addresses
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.web.frame import context, pages, qr
from kiosk.web.teacher import room_lines
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal, typed
from kiosk.web.teacher.sessions import headcount_field

#: The furthest a teacher's device may be from the kiosk before the page offers to correct the time, in ms.
TOLERATED_MS = 90_000
#: An instant that no clock of a working device shows (2000 to 2100).
EARLIEST_MS, LATEST_MS = 946_684_800_000, 4_102_444_800_000


@bp.get("/prof/salle", endpoint="room")
def room_page() -> str:
    """The page."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/room.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/room_inside.html")


def _render(template: str, **more: object) -> str:
    kiosk, room = context.kiosk_of(), context.room()
    now = kiosk.clock.now()
    address = kiosk.addresses.current()
    way = context.way_in(address)
    values: dict[str, object] = {
        "room": room,
        "now": now,
        "clock": kiosk.clock,
        "settings": kiosk.settings,
        "address": address,
        "offers": kiosk.addresses.all(),
        "fixed": kiosk.addresses.fixed,
        "reasons": addresses.REASONS,
        "phones": kiosk.presence.phones(room.id),
        "sessions": sessions.all_sessions(),
        "classes": sessions.classes(room.session.id) if room.session else [],
        "devices": access.devices(now, room.id),
        "links": access.invitations(room.id, now),
        "mine": context.grant(),
        "rooms": rooms.all_rooms(),
        "lines": (lines := room_lines.lines()),
        "beyond": rooms.number() - len(lines),
        "plain": rooms.plain_address(),
        "own_code": kiosk.secrets.room_pins.get(room.id, ""),
        "display_link": display_link(),
        "display_qr": qr.address_qr(display_link()) if display_link() else None,
        "typed": typed,
        "qr": qr.address_qr(way.url) if way else None,
        "tolerated": TOLERATED_MS,
        "invited": None,
        "kept": souvenirs.listed(room.id),
        "unopened": worries.unopened(room.id, room.session.id) if room.session else 0,
        "leaving": open_questions.leaving(room.id, room.session.id) if room.session else [],
        "keeping_days": KEPT_DAYS,
    }
    return render_template(template, **{**values, **more})


def render_invited(link: str, invitation_id: int, seats: int) -> str:
    """The page with a fresh link of invitation (``access.Link.seats``), shown once: only its hash is kept."""
    invited = {"id": invitation_id, "link": link, "qr": qr.address_qr(link), "seats": seats}
    return _render("control/room.html", invited=invited)


def display_link() -> str:
    """The address that opens the display on another machine; empty when that is not allowed or no network is there."""
    kiosk = context.kiosk_of()
    address = kiosk.addresses.current()
    if address is None or not kiosk.settings.display_remote:
        return ""
    room = context.room()
    return addresses.display_url(address.url, access.display_token(kiosk.secrets, room.id), room.code)


def _begin() -> str:
    page_of_refusal(page)
    return context.room_id()


def here() -> Response:
    """Back to the page."""
    return answer(pages.url("control.room"))


@bp.post("/prof/salle/classe")
def room_class() -> Response:
    """Correct the class's name and head count (``classe``, ``effectif``)."""
    room_id, label = _begin(), request.form.get("classe", "")
    count = headcount_field() or 0
    do("class", lambda tx: rooms.set_class(tx, room_id, label, count))
    return here()


@bp.post("/prof/salle/reglages")
def room_preferences() -> Response:
    """One preference: ``nom`` = theme, phones, shortcuts or name; ``valeur`` (for the two switches, 1 or 0)."""
    room_id, form = _begin(), request.form
    name, value = form.get("nom", ""), form.get("valeur", "")
    typed_value: object = (value == "1") if name in ("phones", "shortcuts") else value.strip()
    do("preference", lambda tx: rooms.set_preference(tx, room_id, name, typed_value), name)
    if name == "shortcuts" and form.get("retour") == "live":
        return answer(pages.url("control.live"))
    return here()


@bp.post("/prof/salle/adresse")
def room_address() -> Response:
    """Show another address of this machine (``ip``), or the ranking's again (empty)."""
    _begin()
    ip = request.form.get("ip", "")
    try:
        context.kiosk_of().addresses.choose(ip or None)
    except ValueError:
        raise KioskError("invalid", field="ip") from None
    do("address", lambda tx: None, "chosen" if ip else "ranked")
    return here()


@bp.post("/prof/salle/heure")
def room_time() -> Response:
    """Set the kiosk's time from this device (``maintenant``, UTC ms): a Raspberry Pi has no clock of its own."""
    _begin()
    given = request.form.get("maintenant", "")
    short = given.isascii() and given.isdigit() and len(given) < 19
    if not (short and EARLIEST_MS <= int(given) <= LATEST_MS):
        raise KioskError("invalid", field="maintenant")
    step = timers.set_clock(context.kiosk_of(), int(given), "teacher")
    do("clock", lambda tx: None, f"{step} ms")
    return here()


@bp.post("/prof/salle/effacer")
def wipe() -> Response:
    """Erase the session's questions, supports and answers for good (``compris`` = 1; ``nonlu`` = 1: with a
    worrying message that nobody opened; ``attente`` = effacer: with what was chosen for the speaker and waits)."""
    room_id = _begin()
    if request.form.get("compris") != "1":
        raise KioskError("confirm_missing", field="compris")
    unread = request.form.get("nonlu") == "1"
    keep = request.form.get("attente") != "effacer"
    if context.room().feigned == "rehearsal":  # nothing was said: the session it was played for comes back
        do("rehearsal_ended", lambda tx: rehearsal.end(tx, room_id))
        return here()
    do("wipe", lambda tx: retention.wipe(tx, room_id, confirmed=unread, keep_open=keep))
    return answer(pages.url("control.receipt"))


@bp.get("/prof/salle/recu")
def receipt() -> str:
    """What the last erasure of the room took, and what stays. To be read, printed, or left."""
    room = context.room()
    return render_template(
        "control/receipt.html", room=room, receipt=receipts.last(room.id), receipt_lines=_gone, keeping_days=KEPT_DAYS
    )


def _gone(receipt: Receipt) -> list[str]:
    """What went, in words: a receipt is printed and goes out of the class, so that no number below five is on it."""
    lines = [
        (receipt.questions, _n("%(n)s question, ses voix et son thème", "%(n)s questions, leurs voix et leurs thèmes",
                               receipt.questions), _("moins de 5 questions, leurs voix et leurs thèmes")),
        (receipt.reflections, _n("%(n)s bilan", "%(n)s bilans", receipt.reflections), _("moins de 5 bilans")),
        (receipt.lines, _n("%(n)s réponse notée", "%(n)s réponses notées", receipt.lines),
         _("moins de 5 réponses notées")),
        (receipt.unsent, _n("%(n)s envoi qui attendait", "%(n)s envois qui attendaient", receipt.unsent),
         _("les envois qui attendaient") if receipt.unsent else ""),
    ]  # fmt: skip
    return [line for n, whole, less in lines if (line := whole if n >= SMALLEST else less)]
