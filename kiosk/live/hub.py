"""Connections and the one way an event reaches its handler: checked, in the caller's language, always acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask import request
from flask_socketio import ConnectionRefusedError, SocketIO

from kiosk import i18n
from kiosk.domain.house import Kiosk
from kiosk.errors import KioskError, body

log = logging.getLogger("kiosk.live")


@dataclass
class Connection:
    """One socket in one namespace. ``key`` is a teacher's or moderator's access hash."""

    sid: str
    namespace: str
    room_id: str
    device: str = ""
    author: str = ""
    language: str = i18n.DEFAULT
    key: str = ""
    role: str = ""
    extras: dict[str, Any] = field(default_factory=dict)


#: handler(kiosk, connection, data) → the ``question``, ``state``… fields of a positive acknowledgement.
Handler = Callable[["Hub", Connection, dict[str, Any]], "dict[str, Any] | None"]


@dataclass(frozen=True)
class Event:
    """An entry of a namespace's event table. ``data`` is the shape that validates its message."""

    handler: Handler
    data: type[msgspec.Struct] | None = None


class Hub:
    """The connections of one kiosk and the dispatch of their events."""

    def __init__(self, kiosk: Kiosk, socketio: SocketIO) -> None:
        self.kiosk = kiosk
        self.socketio = socketio
        self.connections: dict[str, Connection] = {}
        self.presence_changed: Callable[[str], None] = lambda room_id: None
        self.state_sent: Callable[[str, dict[str, Any]], None] = lambda room_id, state: None

    def in_room(self, namespace: str, room_id: str) -> list[Connection]:
        """The connections of a namespace in a room."""
        return [c for c in self.connections.values() if c.namespace == namespace and c.room_id == room_id]

    def bind(self, namespace: str, connect: Callable[[Hub, dict[str, Any]], Connection], events: Mapping[str, Event]) -> None:
        """Register a namespace: how a socket enters, and its table of events."""

        def on_connect(auth: Any = None) -> None:
            self._enter(connect, auth)

        def on_disconnect(*_reason: Any) -> None:
            self._leave()

        def on_unknown(name: str, *_args: Any) -> dict[str, Any]:
            return self._answer(Event(_unknown), {})

        self.socketio.on_event("connect", on_connect, namespace=namespace)
        self.socketio.on_event("disconnect", on_disconnect, namespace=namespace)
        self.socketio.on_event("*", on_unknown, namespace=namespace)
        for name, event in events.items():

            def on_message(*args: Any, event: Event = event) -> dict[str, Any]:
                return self._answer(event, args[0] if args else {})

            self.socketio.on_event(name, on_message, namespace=namespace)

    def disconnect(self, connection: Connection) -> None:
        """Cut a socket from the server's side."""
        from flask_socketio import disconnect

        self.connections.pop(connection.sid, None)
        disconnect(connection.sid, connection.namespace)

    # -- inside --------------------------------------------------------------------------------

    def _enter(self, connect: Callable[[Hub, dict[str, Any]], Connection], auth: Any) -> None:
        # A failure of any kind must refuse: Flask-SocketIO lets a socket in on other exceptions.
        given = auth if isinstance(auth, dict) else {}
        language = given.get("lang") or request.args.get("lang") or self.kiosk.settings.language
        try:
            with i18n.language(str(language)):
                self.kiosk.database.use()
                self._check_origin()
                connection = connect(self, given)
                connection.language = i18n.current()
                self.connections[connection.sid] = connection
        except KioskError as error:
            with i18n.language(str(language)):
                raise ConnectionRefusedError(error.message, body(error)["error"]) from None
        except ConnectionRefusedError:
            raise
        except Exception:
            log.exception("a socket could not enter")
            raise ConnectionRefusedError("internal") from None

    def _leave(self) -> None:
        connection = self.connections.pop(request.sid, None)  # type: ignore[attr-defined]
        if connection is not None and connection.device:
            self.kiosk.presence.disconnected(connection.room_id, connection.device)
            self.presence_changed(connection.room_id)

    def _answer(self, event: Event, data: Any) -> dict[str, Any]:
        connection = self.connections.get(request.sid)  # type: ignore[attr-defined]
        with i18n.language(connection.language if connection else i18n.DEFAULT):
            try:
                if connection is None:
                    raise KioskError("forbidden")
                self.kiosk.database.use()
                if event.data is not None:
                    data = msgspec.to_builtins(_convert(data, event.data))
                elif not isinstance(data, dict):
                    data = {}
                return {"ok": True, **(event.handler(self, connection, data) or {})}
            except KioskError as error:
                return body(error)
            except Exception:
                log.exception("an event failed")
                return body(KioskError("internal"))

    def _check_origin(self) -> None:
        origin = request.headers.get("Origin")
        if origin and origin != "null" and urlsplit(origin).netloc != request.host:
            raise KioskError("origin")


def _convert(data: Any, shape: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        path = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else None
        raise KioskError("invalid", field=path) from None


def _unknown(hub: Hub, connection: Connection, data: dict[str, Any]) -> None:
    raise KioskError("unknown_event")
