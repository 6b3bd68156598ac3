"""Namespace ``/phone``: pupils ask, support, take back, and follow what happens."""

from __future__ import annotations

import zlib
from typing import Any

from flask import Request

from kiosk.domain import intake, rooms
from kiosk.domain.care import care
from kiosk.domain.intake import Ask, Back, One
from kiosk.domain.people import devices
from kiosk.domain.people.presence import SETTLED
from kiosk.domain.questions import questions
from kiosk.ground.errors import KioskError
from kiosk.ground.events import PhonesMoved
from kiosk.web.live.hub import PHONE, Connection, Event, Hub, clock, share_of, text
from kiosk.web.live.told import mine_of

NAMESPACE = PHONE


def connect(hub: Hub, sid: str, request: Request, auth: dict[str, Any]) -> Connection:
    """Anyone in the room may come in. The device is the cookie's, else the one given, else a fresh one."""
    kiosk = hub.kiosk
    given = devices.known(request.cookies.get(devices.DEVICE_COOKIE)) or devices.known(auth.get("device"))
    now, key = kiosk.clock.now(), kiosk.secrets.key
    device = given or devices.new(key, now)
    address = kiosk.peers.of(request.environ).address
    kiosk.limits.connection(device if given else "")
    code = text(auth.get("room")) or request.args.get("salle")
    room_id = rooms.resolve(intake.room_code(kiosk, code, device))
    if kiosk.presence.sockets(room_id, device) >= kiosk.settings.limits_device_sockets:
        raise KioskError("too_many_sockets")
    state = hub.states.of(room_id)
    author = devices.author_of(device, state["session"]["id"] if state["session"] else None)
    connection = Connection(sid, NAMESPACE, room_id, device=device, author=author, address=address)
    hub.join(connection, share_of(room_id, zlib.crc32(sid.encode())))
    hub.join(connection, f"author:{author}")
    kiosk.presence.connected(room_id, device, address, old=devices.older_than(device, key, now, SETTLED))
    kiosk.bus.publish([PhonesMoved(room_id)])
    hub.states.told.setdefault(room_id, state)
    # As it is now: what has changed while it was read was told to those who were in already.
    hub.tell(connection, "state", {**hub.states.of(room_id), "now": kiosk.clock.now()})
    return connection


def ask(hub: Hub, connection: Connection, data: Ask) -> dict[str, Any]:
    """``ask`` → ``{"ok": true, "question": {"id", "status", "number"}, "known"?, "care"?}`` once it is on disk."""
    held = intake.ask(hub.kiosk, connection.room_id, connection.sender, data)
    told: dict[str, Any] = {"question": {"id": held.id, "status": held.status, "number": held.number}}
    if held.known:
        told["known"] = True
    return {**told, "care": care.kept(hub.kiosk, connection.room_id)} if held.guarded else told


def support(hub: Hub, connection: Connection, data: Back) -> dict[str, Any]:
    """``support`` → ``{"ok": true, "question": {"number", "support", "on"}}``."""
    view = intake.support(hub.kiosk, connection.room_id, connection.sender, data)
    return {"question": {"number": view.number, "support": view.support, "on": data.on}}


def withdraw(hub: Hub, connection: Connection, data: One) -> dict[str, Any]:
    """``withdraw`` one's own question."""
    view = intake.withdraw(hub.kiosk, connection.room_id, connection.sender, data)
    return {"question": {"id": view.id, "status": view.status}}


def mine(hub: Hub, connection: Connection, data: Any) -> dict[str, Any]:
    """``mine`` → this device's questions and their status, newest first."""
    room = rooms.row_of(connection.room_id)
    shared = not room.phones or devices.shared(connection.device)
    found = questions.mine(connection.room_id, room.session_id, connection.author, shared=shared)
    return {"questions": [mine_of(view) for view in found]}


def resync(hub: Hub, connection: Connection, data: Any) -> dict[str, Any]:
    """``resync`` → the whole state again (after a gap in ``rev``)."""
    return {"state": {**hub.states.of(connection.room_id), "now": hub.kiosk.clock.now()}}


EVENTS = {
    "ask": Event(ask, Ask),
    "support": Event(support, Back),
    "withdraw": Event(withdraw, One),
    "mine": Event(mine),
    "resync": Event(resync),
    "clock": Event(clock),
}
