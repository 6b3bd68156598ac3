"""« Salles »: the rooms of this kiosk, adding and removing one, its own code, where the plain address leads."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import rooms, roomset
from kiosk.domain.people import access
from kiosk.ground.errors import KioskError
from kiosk.storage import secretfile
from kiosk.web.frame import context, pages
from kiosk.web.teacher import room as room_page
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


def _begin() -> None:
    page_of_refusal(room_page.page)
    context.room_id()


def _named() -> str:
    """The room that the form is about (``code``). :raises KioskError: ``unknown_room``."""
    code = request.form.get("code", "")
    if not code:
        raise KioskError("unknown_room", field="code")
    return rooms.resolve(code)


@bp.post("/prof/salles")
def room_add() -> Response:
    """Add a room (``nom``) and go to it: nothing changes for those that are there."""
    _begin()
    settings, name = context.kiosk_of().settings, request.form.get("nom", "")
    room_id = do("room_add", lambda tx: roomset.open_new(tx, settings, name))
    return answer(pages.url_for("control.room", salle=rooms.view(room_id).code))


@bp.post("/prof/salles/retirer")
def room_remove() -> Response:
    """Take a room away (``code``); with a session chosen there, only once it was asked (``compris`` = 1).

    :raises KioskError: ``room_last``, ``room_running``, ``room_not_empty``, ``confirm_missing``.
    """
    _begin()
    room_id, sure, here = _named(), request.form.get("compris") == "1", context.room_id()
    do("room_remove", lambda tx: roomset.remove(tx, room_id, sure=sure))
    _keep_code(room_id, "")
    left = rooms.plain_address() or rooms.all_rooms()[0][0]
    return answer(pages.url_for("control.room", salle=rooms.code_of(left if room_id == here else here)))


@bp.post("/prof/salles/effacer")
def room_empty() -> Response:
    """Erase what classes said in a room (``code``, ``compris`` = 1), so that it can be removed; ``nonlu`` = 1: with
    a message that may come from a pupil in danger, unopened.
    """
    _begin()
    room_id = _named()
    if request.form.get("compris") != "1":
        raise KioskError("confirm_missing", field="compris")
    unread = request.form.get("nonlu") == "1"
    do("room_empty", lambda tx: roomset.empty(tx, room_id, confirmed=unread))
    return answer(pages.url("control.room", retirer=rooms.code_of(room_id)))


@bp.post("/prof/salles/adresse")
def room_plain_address() -> Response:
    """Where the address without a code leads (``vers``: a room's code, or ``ask``)."""
    _begin()
    choice = request.form.get("vers", "")
    do("plain_address", lambda tx: roomset.set_plain_address(tx, choice), choice[:8])
    return room_page.here()


@bp.post("/prof/salle/code")
def room_code() -> Response:
    """Give this room a code of its own, another one (``faire`` = nouveau), or none (``faire`` = retirer): who came by
    the one before is out.
    """
    _begin()
    doing, room_id = request.form.get("faire", ""), context.room_id()
    if doing not in ("nouveau", "retirer"):
        raise KioskError("invalid", field="faire")
    _keep_code(room_id, secretfile.new_room_pin(context.kiosk_of().secrets) if doing == "nouveau" else "")
    do("room_code", lambda tx: access.revoke_room_code(tx, room_id), doing)
    return room_page.here()


def _keep_code(room_id: str, pin: str) -> None:
    kiosk = context.kiosk_of()
    changed = secretfile.with_room_pin(
        secretfile.reread(kiosk.settings.data_dir, kiosk.secrets, kiosk.settings.database), room_id, pin
    )
    try:
        secretfile.write(kiosk.settings.data_dir, changed, kiosk.settings.database)
    except OSError as error:
        raise KioskError("storage_failed") from error
    kiosk.secrets = changed
