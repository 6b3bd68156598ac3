"""The code: coming in, being kept out for a while, going out; and coming by a link of invitation."""

from __future__ import annotations

from flask import g, redirect, render_template, request
from werkzeug.wrappers import Response

from kiosk.domain import audit, firststart, rooms
from kiosk.domain.people import access, devices, guessing, known
from kiosk.domain.people.presence import SETTLED
from kiosk.ground import i18n, instants
from kiosk.ground.errors import KioskError
from kiosk.ground.events import AlertChanged
from kiosk.storage import secretfile
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context, pages
from kiosk.web.teacher.blueprint import bp, page_of_refusal

#: The page of a role, where it is not the live one.
HOMES = {"secretary": "answers"}


@bp.get("/prof/connexion")
def login() -> str | Response:
    """The page that asks for the code; who already has the right, or was let in meanwhile, goes on."""
    grant = context.grant()
    if grant is not None:
        return redirect(_destination() or pages.url(f"control.{HOMES.get(grant.role, 'live')}"), 303)
    if context.kiosk_of().knocks.come_in(context.device_token()):
        return let_in(_start(), "let_in")
    return page() if "code" in request.args else _over() or page()


def _over() -> str | None:
    """What whoever was invited sees once that right has ended, instead of a code nobody gave them."""
    ended = access.invitation_over(context.teacher_token(), context.kiosk_of().clock.now())
    if ended is None or rooms.code_of(ended[0]) is None:
        return None
    room, at = rooms.view(ended[0]), ended[1]
    time = instants.time(at, room.zone, i18n.current())
    return render_template("control/over.html", room=room, at=time, role=ended[2])


@bp.post("/prof/connexion")
def enter() -> Response:
    """Check the code; remember this browser. :raises KioskError: ``pin_wrong``, ``pin_locked``, ``pin_closed``."""
    page_of_refusal(page)
    kiosk = context.kiosk_of()
    device, address = context.device_token(), context.peer().address
    now = kiosk.clock.now()
    wait = kiosk.guesses.attempt(
        device,
        address,
        here=context.is_local(),
        known=known.knows(context.teacher_token(), now),
        old=devices.older_than(device, kiosk.secrets.key, now, SETTLED),
    )
    if wait:
        kiosk.engine.sleep(wait)
    kiosk.secrets = secretfile.reread(
        kiosk.settings.data_dir, kiosk.secrets, kiosk.settings.database
    )  # « kiosk pin » may have changed it
    right, only = access.opened_by(request.form.get("pin", ""), kiosk.secrets)
    if not right or (only and rooms.code_of(only) is None):
        before = kiosk.guesses.told()
        kiosk.guesses.missed(device, address)
        if before is None and kiosk.guesses.told() is not None:
            kiosk.bus.publish([AlertChanged()])
        g.tries_left = kiosk.guesses.left(device)
        raise KioskError("pin_wrong", field="pin")
    kiosk.guesses.found(device)
    return let_in(_start() if only is None else pages.url("control.live", salle=rooms.code_of(only)), "login", only)


def let_in(destination: str, action: str, only: str | None = None) -> Response:
    """Give this browser the teacher's right (of one room, or all), and know it for thirty days; go on to
    ``destination``.
    """
    before, spoken = context.teacher_token(), _spoken()

    def unit(tx: Transaction) -> str:
        token = access.grant_teacher(tx, only)
        known.remember(tx, token, before)
        if spoken:
            access.set_language(tx, access.digest(token), spoken)
        audit.note(tx, "teacher", action, only)
        return token

    response = redirect(destination, 303)
    context.remember_teacher(response, context.kiosk_of().write(unit))
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
    """Forget this browser's right. Its token stays with it: the code was right here, which gives no right."""
    token = context.teacher_token()
    kiosk = context.kiosk_of()
    role = context.grant().role  # type: ignore[union-attr]

    def let_go(tx: Transaction) -> None:
        access.revoke_token(tx, token)
        audit.note(tx, role, "logout")

    kiosk.write(let_go)
    response = redirect(pages.url("control.login"), 303)
    if role not in access.INVITED and not known.knows(token, kiosk.clock.now()):
        context.forget_teacher(response)
    return response


@bp.post("/prof/langue")
def language() -> Response:
    """Choose the language of this browser's panel."""
    wanted = request.form.get("langue", "")
    if wanted not in i18n.LANGUAGES:
        raise KioskError("invalid", field="langue")
    grant = context.grant()
    assert grant is not None  # else refused before
    context.kiosk_of().write(lambda tx: access.set_language(tx, grant.key, wanted))
    home = HOMES.get(grant.role, "live") if grant.role in access.INVITED else "room"
    return redirect(pages.url_for(f"control.{home}", salle=pages.room_param() or None), 303)


def _spoken() -> str:
    """The language that was chosen before coming in, and is kept inside; empty when none was."""
    asked = request.values.get("lang", "")
    return asked if asked in i18n.LANGUAGES else ""


@bp.get("/relecture/<token>")
def join_page(token: str) -> str:
    """What an invited person reads first: opening the page (as a preview robot does) grants nothing."""
    return _join_page(token)


def _join_page(token: str) -> str:
    return render_template("control/join.html", token=token, role=access.invited_to(token))


@bp.post("/relecture/<token>")
def join(token: str) -> Response:
    """Use a link: this browser may do what it invites to, in that room. :raises KioskError: ``invitation_invalid``."""
    page_of_refusal(lambda: _join_page(token))
    kiosk, held = context.kiosk_of(), context.teacher_token()

    role, spoken = access.invited_to(token), _spoken()

    def let_in_here(tx: Transaction) -> tuple[str, str]:
        device, room_id = access.accept(tx, token, held)
        if spoken:
            access.set_language(tx, access.digest(device), spoken)
        audit.note(tx, role, "join", room_id)
        return device, room_id

    device, room_id = kiosk.write(let_in_here)
    home = f"control.{HOMES.get(role, 'live')}"
    response = redirect(pages.url_for(home, salle=rooms.view(room_id).code), 303)
    context.remember_teacher(response, device, access.INVITATION_MS)
    return response


def page() -> str:
    """The page of the code; or the word of a device that asked to be let in, until it is."""
    local, kiosk = context.is_local(), context.kiosk_of()
    knock = kiosk.knocks.of(context.device_token())
    if knock is not None and "refusal" not in g and "code" not in request.args:
        return render_template("control/waiting.html", knock=knock)
    return render_template(
        "control/login.html",
        suite=_wanted(),
        waits=guessing.WAIT,
        here=local and firststart.unclaimed(),
        local=local,
        room_codes=bool(kiosk.secrets.room_pins),
    )


def _wanted() -> str:
    """Where to go once in: only a page of the panel, never elsewhere; whatever else is asked is ignored."""
    wanted = request.values.get("suite", "")
    inside = wanted.isprintable() and "//" not in wanted and "\\" not in wanted
    path = wanted.partition("?")[0]
    return wanted if inside and (path == "/prof" or path.startswith("/prof/")) else ""


def _destination() -> str:
    wanted = _wanted()
    return pages.at(wanted) if wanted else ""


def _start() -> str:
    """Where the code leads: to the page it was asked for; to the first start while it waits and nothing but the panel
    was asked for; else to the live page.
    """
    if firststart.expected() and _wanted().partition("?")[0] in ("", "/prof"):
        return pages.url("control.first")
    return _destination() or pages.url("control.live")
