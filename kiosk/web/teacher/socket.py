"""Namespace ``/control``: the teacher's panel (and an invited moderator's) listens. Commands go by HTTP."""

from __future__ import annotations

from typing import Any

from flask import Request

from kiosk.domain import rooms
from kiosk.domain.people import access, devices
from kiosk.ground.errors import KioskError
from kiosk.web.live import hub as hubs
from kiosk.web.live.hub import CONTROL, Connection, Event, Hub, text
from kiosk.web.live.told import hello

NAMESPACE = CONTROL


def connect(hub: Hub, sid: str, request: Request, auth: dict[str, Any]) -> Connection:
    """Only a device that holds the teacher's cookie, or an invited person's. Who notes the answers hears that something
    changed, and not what: ids are between a question's author and who reads it over.
    """
    kiosk = hub.kiosk
    grant = access.check(devices.teacher_token(request.cookies, kiosk.mark), kiosk.clock.now())
    if grant is None:
        raise KioskError("forbidden")
    room_id = grant.room_id or rooms.resolve(text(auth.get("room")) or request.args.get("salle"))
    connection = Connection(sid, NAMESPACE, room_id, key=grant.key, role=grant.role)
    hub.join(connection, f"{'noting' if grant.role == 'secretary' else 'control'}:{room_id}")
    hub.tell(connection, "hello", hello(kiosk, room_id))
    return connection


def _checked(hub: Hub, connection: Connection) -> None:
    """The role is checked again at every event: a right may have ended since."""
    if access.check_key(connection.key, hub.kiosk.clock.now()) is None:
        raise KioskError("forbidden")


def resync(hub: Hub, connection: Connection, data: Any) -> dict[str, Any]:
    """``resync`` → what ``hello`` says."""
    _checked(hub, connection)
    return hello(hub.kiosk, connection.room_id)


def clock(hub: Hub, connection: Connection, data: Any) -> dict[str, Any]:
    """``clock`` as for phones."""
    _checked(hub, connection)
    return hubs.clock(hub, connection, data)


EVENTS = {"resync": Event(resync), "clock": Event(clock)}
