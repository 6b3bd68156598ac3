"""Namespace ``/display``: the large screen listens; it can change nothing."""

from __future__ import annotations

from typing import Any

from flask import Request

from kiosk.domain import access, peers, rooms
from kiosk.errors import KioskError
from kiosk.live.hub import Connection, Event, Hub, text
from kiosk.live.phone import clock
from kiosk.live.picture import hello

NAMESPACE = "/display"


def connect(hub: Hub, sid: str, request: Request, auth: dict[str, Any]) -> Connection:
    """The kiosk's own machine, or a remote screen with the token of the teacher's page."""
    kiosk = hub.kiosk
    peer = kiosk.peers.of(request.environ)
    room_id = rooms.resolve(text(auth.get("room")) or request.args.get("salle"))
    if not peer.local:
        token = text(auth.get("token")) or request.args.get("jeton", "")
        allowed = access.display_allowed(kiosk.settings)
        if not allowed or not access.opens_display(token, kiosk.secrets, room_id):
            if peer.misdirected:
                raise KioskError("own_host", address=peers.own_address(request.environ))
            raise KioskError("display_token")
    connection = Connection(sid, NAMESPACE, room_id)
    hub.join(connection, f"display:{room_id}")
    hub.tell(connection, "hello", hello(kiosk, room_id))
    return connection


def resync(hub: Hub, connection: Connection, data: Any) -> dict[str, Any]:
    """``resync`` → what ``hello`` says: the display then fetches its fragment."""
    return hello(hub.kiosk, connection.room_id)


EVENTS = {"resync": Event(resync), "clock": Event(clock)}
