"""Connections and the one way an event reaches its handler: checked, in the caller's language, always acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from flask import Request
from flask_socketio import ConnectionRefusedError, SocketIO

from kiosk.domain import intake
from kiosk.domain.intake import Sender
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import limits
from kiosk.ground import i18n
from kiosk.ground.errors import KioskError, body, where
from kiosk.ground.events import PhonesMoved, ScreensMoved
from kiosk.ground.values import dataclass
from kiosk.web.live.told import PhoneStates
from kiosk.web.live.wire import Doorstep

log = logging.getLogger("kiosk.live")

#: The three namespaces: who is told what (``docs/realtime.md``).
PHONE, DISPLAY, CONTROL = "/phone", "/display", "/control"
#: Groups of a room's phones, told one after another.
SHARES = 16


@dataclass
class Connection:
    """One socket in one namespace. ``key`` is a teacher's or moderator's access hash."""

    sid: str
    namespace: str
    room_id: str
    device: str = ""
    author: str = ""
    address: str = ""
    language: str = i18n.DEFAULT
    key: str = ""
    role: str = ""
    #: What a display shows (``kiosk.domain.shown.VIEWS``).
    view: str = ""
    refused: int = 0

    @property
    def sender(self) -> Sender:
        """Who speaks on this socket. Its age is the socket's own (``domain.people.presence``)."""
        return Sender(self.device, self.address)


def share_of(room_id: str, number: int) -> str:
    """The Socket.IO room of a share of this room's phones."""
    return f"phone:{room_id}:{number % SHARES}"


#: handler(hub, connection, data) → the ``question``, ``state``… fields of a positive acknowledgement.
#: ``data`` is the event's checked message, or whatever came when the event names no shape.
Handler = Callable[["Hub", Connection, Any], "dict[str, Any] | None"]
#: connect(hub, sid, request, auth) → the connection, or a :class:`KioskError`.
Connect = Callable[["Hub", str, Request, "dict[str, Any]"], Connection]


@dataclass(frozen=True)
class Event:
    """An entry of a namespace's event table. ``data`` is the shape that validates its message."""

    handler: Handler
    data: type[msgspec.Struct] | None = None


class Hub:
    """The connections of one kiosk and the dispatch of their events."""

    def __init__(self, kiosk: Kiosk, socketio: SocketIO, doorstep: Doorstep) -> None:
        self.kiosk = kiosk
        self.socketio = socketio
        self._doorstep = doorstep
        self.states = PhoneStates(kiosk)
        self.connections: dict[str, Connection] = {}

    def in_room(self, namespace: str, room_id: str) -> list[Connection]:
        """The connections of a namespace in a room."""
        return [c for c in self.connections.values() if c.namespace == namespace and c.room_id == room_id]

    def bind(self, namespace: str, connect: Connect, events: Mapping[str, Event]) -> None:
        """Register a namespace: how a socket enters, and its table of events.

        Handlers go on the Socket.IO server itself, below Flask-SocketIO's own dispatch: no Flask request
        is built for each message (a third of its cost, measured), and nothing reads a frozen session.
        """
        server = self.socketio.server

        def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
            self._enter(connect, sid, environ, auth)
            self._doorstep.entered(server.manager.eio_sid_from_sid(sid, namespace))

        def on_disconnect(sid: str, *_reason: Any) -> None:
            self._leave(sid)
            self._doorstep.left(server.manager.eio_sid_from_sid(sid, namespace))

        def on_unknown(_name: str, sid: str, *_args: Any) -> dict[str, Any]:
            return self._answer(sid, Event(_unknown), {})

        server.on("connect", on_connect, namespace=namespace)
        server.on("disconnect", on_disconnect, namespace=namespace)
        server.on("*", on_unknown, namespace=namespace)
        for name, event in events.items():

            def on_message(sid: str, *args: Any, event: Event = event) -> dict[str, Any]:
                return self._answer(sid, event, args[0] if args else {})

            server.on(name, on_message, namespace=namespace)

    def join(self, connection: Connection, room: str) -> None:
        """Put a socket in a Socket.IO room."""
        self.socketio.server.enter_room(connection.sid, room, namespace=connection.namespace)

    def tell(self, connection: Connection, event: str, data: dict[str, Any]) -> None:
        """Emit to one socket."""
        self.socketio.server.emit(event, data, to=connection.sid, namespace=connection.namespace)

    def disconnect(self, connection: Connection) -> None:
        """Cut a socket from the server's side."""
        self._leave(connection.sid)
        self.socketio.server.disconnect(connection.sid, namespace=connection.namespace)

    # -- inside --------------------------------------------------------------------------------

    def _enter(self, connect: Connect, sid: str, environ: dict[str, Any], auth: Any) -> None:
        # Whatever fails must refuse: only a normal return lets a socket in.
        given = auth if isinstance(auth, dict) else {}
        request = Request(environ)
        language = text(given.get("lang")) or request.args.get("lang") or self.kiosk.settings.language
        with i18n.language(language):
            try:
                self.kiosk.database.use()
                if not self.kiosk.frontage.own_origin(environ):
                    raise KioskError("origin")
                connection = connect(self, sid, request, given)
                connection.language = i18n.current()
                self.connections[sid] = connection
                self.kiosk.sockets.opened(connection.namespace, connection.room_id, connection.view)
                if connection.view:
                    self.kiosk.bus.publish([ScreensMoved(connection.room_id, True)])
            except KioskError as error:
                self.kiosk.refused.count(error.code)
                raise ConnectionRefusedError(error.message, body(error)["error"]) from None
            except Exception as error:
                log.error("a socket could not enter: %s", where(error))
                raise ConnectionRefusedError("internal") from None

    def _hold_back(self, connection: Connection) -> None:
        """Who goes on long after the first refusals is cut, and kept out for a while."""
        connection.refused += 1
        if connection.refused >= limits.FLOOD:
            connection.refused = -(10**9)  # once
            self.kiosk.limits.flooded(connection.device)
            server = self.socketio.server
            eio_sid = server.manager.eio_sid_from_sid(connection.sid, connection.namespace)
            self.kiosk.engine.spawn(server.eio.disconnect, eio_sid)

    def _leave(self, sid: str) -> None:
        connection = self.connections.pop(sid, None)
        if connection is None:
            return
        self.kiosk.sockets.closed(connection.namespace, connection.room_id, connection.view)
        if connection.view:
            self.kiosk.bus.publish([ScreensMoved(connection.room_id, False)])
        if connection.device:
            self.kiosk.presence.disconnected(connection.room_id, connection.device)
            self.kiosk.bus.publish([PhonesMoved(connection.room_id)])

    def _answer(self, sid: str, event: Event, data: Any) -> dict[str, Any]:
        connection = self.connections.get(sid)
        with i18n.language(connection.language if connection else i18n.DEFAULT):
            try:
                if connection is None:
                    raise KioskError("forbidden")
                self.kiosk.database.use()
                answer = {"ok": True, **(event.handler(self, connection, self._read(connection, event, data)) or {})}
                connection.refused = max(0, connection.refused - 5)
                return answer
            except KioskError as error:
                self.kiosk.refused.count(error.code)
                if error.code == "too_fast" and connection is not None:
                    self._hold_back(connection)
                return body(error)
            except Exception as error:
                log.error("an event failed: %s", where(error))
                return body(KioskError("internal"))

    def _read(self, connection: Connection, event: Event, data: Any) -> Any:
        """What the handler gets. Of a phone's messages, verbs count those of their shape; the others count here."""
        if event.data is not None:
            try:
                return intake.read(data, event.data)
            except KioskError:
                self._count(connection)
                raise
        self._count(connection)
        return data

    def _count(self, connection: Connection) -> None:
        if connection.device:
            intake.act(self.kiosk, connection.room_id, connection.sender)


def text(value: object) -> str | None:
    """A word of ``auth``, or None: whatever else was sent, or longer than any of ours, is not even printed."""
    return value if isinstance(value, str) and 0 < len(value) <= 200 else None


def _unknown(hub: Hub, connection: Connection, data: Any) -> None:
    raise KioskError("unknown_event")


def clock(hub: Hub, connection: Connection, data: Any) -> dict[str, Any]:
    """``clock`` {t} → {t, now}: the phone measures its offset by the round trip."""
    sent = data.get("t") if isinstance(data, dict) else None
    return {"t": sent if isinstance(sent, (int, float)) else None, "now": hub.kiosk.clock.now()}
