"""The code: coming in, being kept out for a while, going out; and coming by a link of invitation."""

from __future__ import annotations

from flask import g, redirect, render_template, request
from werkzeug.wrappers import Response

from kiosk import i18n
from kiosk.domain import access, audit, firststart, limits, rooms
from kiosk.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web import context, pages
from kiosk.web.control.blueprint import bp, page_of_refusal


@bp.get("/prof/connexion")
def login() -> str | Response:
    """The page that asks for the code; who already has the right goes on."""
    if context.grant() is not None:
        return redirect(_destination() or pages.url("control.live"), 303)
    return _page()


@bp.post("/prof/connexion")
def enter() -> Response:
    """Check the code; remember this browser. :raises KioskError: ``pin_wrong``, ``pin_locked``."""
    page_of_refusal(_page)
    kiosk = context.kiosk_of()
    device = context.device_token()
    kiosk.limits.pin_allowed(device, here=context.is_local())
    if not access.same_pin(request.form.get("pin", ""), kiosk.secrets.pin):
        kiosk.limits.pin_missed(device, here=context.is_local())
        g.tries_left = kiosk.limits.pin_left(device)
        raise KioskError("pin_wrong", field="pin")
    kiosk.limits.pin_found(device)

    def let_in(tx: Transaction) -> str:
        token = access.grant_teacher(tx)
        audit.note(tx, "teacher", "login")
        return token

    token = kiosk.write(let_in)
    response = redirect(_destination() or _start(), 303)
    context.remember_teacher(response, token)
    return response


@bp.post("/prof/commencer")
def first_open() -> Response:
    """Come in without the code, from the machine itself, once: while it is new and nobody ever came in.

    :raises KioskError: ``login_required``, ``own_host``.
    """
    if not (context.is_local() and firststart.unclaimed()):
        context.refuse_misdirected()
        raise KioskError("login_required")

    def let_in_once(tx: Transaction) -> str:
        if not firststart.unclaimed():  # somebody else was quicker
            raise KioskError("login_required")
        audit.note(tx, "teacher", "first_open")
        return access.grant_teacher(tx)

    response = redirect(pages.url("control.first"), 303)
    context.remember_teacher(response, context.kiosk_of().write(let_in_once))
    return response


@bp.post("/prof/deconnexion")
def logout() -> Response:
    """Forget this browser's right."""
    token = context.teacher_token()
    kiosk = context.kiosk_of()
    role = context.grant().role  # type: ignore[union-attr]

    def let_go(tx: Transaction) -> None:
        access.revoke_token(tx, token)
        audit.note(tx, role, "logout")

    kiosk.write(let_go)
    response = redirect(pages.url("control.login"), 303)
    context.forget_teacher(response)
    return response


@bp.post("/prof/langue")
def language() -> Response:
    """Choose the language of this browser's panel."""
    wanted = request.form.get("langue", "")
    if wanted not in i18n.LANGUAGES:
        raise KioskError("invalid", field="langue")
    key = context.grant().key  # type: ignore[union-attr]
    context.kiosk_of().write(lambda tx: access.set_language(tx, key, wanted))
    return redirect(pages.url_for("control.room", salle=pages.room_param() or None), 303)


@bp.get("/relecture/<token>")
def join_page(token: str) -> str:
    """What an invited person reads first: opening the page (as a preview robot does) grants nothing."""
    return render_template("control/join.html", token=token)


@bp.post("/relecture/<token>")
def join(token: str) -> Response:
    """Use a link: this browser may read over, in that room. :raises KioskError: ``invitation_invalid``."""
    page_of_refusal(lambda: render_template("control/join.html", token=token))
    kiosk = context.kiosk_of()

    def let_read(tx: Transaction) -> tuple[str, str]:
        device, room_id = access.accept(tx, token)
        audit.note(tx, "moderator", "join", room_id)
        return device, room_id

    device, room_id = kiosk.write(let_read)
    response = redirect(pages.url_for("control.live", salle=rooms.view(room_id).code), 303)
    context.remember_teacher(response, device)
    return response


def _page() -> str:
    here = context.is_local() and firststart.unclaimed()
    return render_template("control/login.html", suite=_wanted(), waits=limits.PIN_WAIT, here=here)


def _wanted() -> str:
    """Where to go once in: only a page of the panel, never elsewhere."""
    wanted = request.values.get("suite", "")
    inside = wanted.startswith("/prof") and "//" not in wanted and "\\" not in wanted
    return wanted if inside else ""


def _destination() -> str:
    wanted = _wanted()
    return pages.at(wanted) if wanted else ""


def _start() -> str:
    """Where the code leads: to the first start while it waits, else to the live page."""
    return pages.url("control.first" if firststart.expected() else "control.live")
