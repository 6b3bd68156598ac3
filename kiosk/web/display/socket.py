"""Namespace ``/display``: the large screen listens; it can change nothing."""

from __future__ import annotations

from typing import Any

from flask import Request

from kiosk.domain import rooms, shown
from kiosk.domain.people import access
from kiosk.ground.errors import KioskError
from kiosk.web.live.hub import DISPLAY, Connection, Event, Hub, clock, text
from kiosk.web.live.told import hello

NAMESPACE = DISPLAY


def connect(hub: Hub, sid: str, request: Request, auth: dict[str, Any]) -> Connection:
    """The kiosk's own machine, or a remote screen with the token of the teacher's page."""
    kiosk = hub.kiosk
    room_id = rooms.named(text(auth.get("room")) or request.args.get("salle"))
    token, peer = text(auth.get("token")) or request.args.get("jeton", ""), kiosk.peers.of(request.environ)
    access.admit_display(kiosk.settings, kiosk.secrets, peer, request.environ, token, room_id)
    if room_id is None:
        raise KioskError("unknown_room")
    view = text(auth.get("view"))
    connection = Connection(sid, NAMESPACE, room_id, view=view if view in shown.VIEWS else shown.WHOLE)
    hub.join(connection, f"display:{room_id}")
    hub.tell(connection, "hello", hello(kiosk, room_id))
    return connection


def resync(hub: Hub, connection: Connection, data: Any) -> dict[str, Any]:
    """``resync`` → what ``hello`` says: the display then fetches its fragment."""
    return hello(hub.kiosk, connection.room_id)


EVENTS = {"resync": Event(resync), "clock": Event(clock)}
