"""The Socket.IO server of an application: its three namespaces, and what tells them of each commit."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from kiosk.domain.kiosk import Kiosk
from kiosk.web.display import socket as display
from kiosk.web.live import door
from kiosk.web.live.hub import Hub
from kiosk.web.live.outbound import Outbound
from kiosk.web.live.wire import Doorstep, Journal, Json, Packet, Places
from kiosk.web.phone import socket as phone
from kiosk.web.teacher import socket as control


def register(app: Flask, kiosk: Kiosk) -> None:
    """Make the Socket.IO server of ``app`` (kept in ``app.extensions["socketio"]``) and bind its events."""
    journal = Journal()

    def own_origin(_origin: str, environ: dict[str, Any]) -> bool:
        return kiosk.frontage.own_origin(environ, silent=False)

    socketio = SocketIO(
        app,
        async_mode=kiosk.engine.name,
        async_handlers=False,
        manage_session=False,
        json=Json,
        serializer=Packet,
        always_connect=False,
        ping_interval=25,
        ping_timeout=20,
        max_http_buffer_size=1 << 16,
        http_compression=False,
        logger=journal,
        engineio_logger=journal,
        cors_allowed_origins=own_origin,
        namespaces=[phone.NAMESPACE, display.NAMESPACE, control.NAMESPACE],  # else anybody may sit in "/"
    )
    app.wsgi_app = door.guarded(app.wsgi_app, kiosk)  # type: ignore[method-assign, assignment]
    engine = kiosk.engine
    doorstep = Doorstep(
        socketio.server,
        engine.spawn,
        engine.sleep,
        kiosk.settings.limits_sockets,
        Places(kiosk.peers, kiosk.settings.limits_address_sockets),
    )
    hub = Hub(kiosk, socketio, doorstep)
    for module in (phone, display, control):
        hub.bind(module.NAMESPACE, module.connect, module.EVENTS)
    kiosk.bus.subscribe(Outbound(kiosk, socketio, hub).receive)
