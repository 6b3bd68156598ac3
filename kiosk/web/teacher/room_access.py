"""Who else may act: links of invitation, the devices that came by them, and ending their rights."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain.people import access
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context, guards
from kiosk.web.teacher import room
from kiosk.web.teacher.blueprint import bp, do, page_of_refusal


@bp.post("/prof/salle/invitations")
def invite() -> str:
    """Make a link, for one device or (``appareils`` = plusieurs) several, or for two that note the answers (``pour`` =
    reponses); it is shown once, in the answer itself.
    """
    page_of_refusal(room.page)
    room_id, kiosk = context.room_id(), context.kiosk_of()
    role, seats = "moderator", access.ANY if request.form.get("appareils") == "plusieurs" else access.ONE
    if request.form.get("pour") == "reponses":
        role, seats = "secretary", access.PAIR
    invitation_id, token = do("invite", lambda tx: access.invite(tx, room_id, seats, role), role)
    address = kiosk.addresses.current()
    base = address.url if address else request.url_root.rstrip("/")
    return room.render_invited(f"{base}/relecture/{token}", invitation_id, seats)


@bp.post("/prof/salle/invitations/<int:invitation_id>/retirer")
def revoke_invitation(invitation_id: int) -> Response:
    """End a link and every device that came by it."""
    page_of_refusal(room.page)
    if invitation_id not in [link.id for link in access.invitations(context.room_id(), context.kiosk_of().clock.now())]:
        raise KioskError("invitation_invalid")
    do("revoke_invitation", lambda tx: access.revoke_invitation(tx, invitation_id), str(invitation_id))
    return room.here()


@bp.post("/prof/salle/appareils/<int:device_id>/retirer")
def revoke_device(device_id: int) -> Response:
    """End one device's right: one of this room, or of those that open every room.

    :raises KioskError: ``unknown_device``; ``school_code`` for a device of the school's, from a room's own code.
    """
    page_of_refusal(room.page)
    now = context.kiosk_of().clock.now()
    found = next((one for one in access.devices(now, context.room_id()) if one.id == device_id), None)
    if found is None:
        raise KioskError("unknown_device")
    if found.room_id is None and not guards.may("school"):
        raise KioskError("school_code")
    do("revoke_device", lambda tx: access.revoke_device(tx, device_id), str(device_id))
    return room.here()


@bp.post("/prof/salle/appareils/retirer")
def revoke_others() -> Response:
    """End every right but this browser's, and every link: those of the room, from a room's own code."""
    page_of_refusal(room.page)
    token, only = context.teacher_token(), None if guards.may("school") else context.room_id()
    do("revoke_others", lambda tx: access.revoke_others(tx, token, only))
    return room.here()
