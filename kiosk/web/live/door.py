"""Before a socket exists: what its HTTP request alone tells, and the safety headers of what Engine.IO answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from flask import Request

from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import devices
from kiosk.ground.errors import KioskError, body

PATH = "/socket.io"
#: Engine.IO answers texts that no page shows: nothing may be made of them.
HEADERS = [
    ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"), ("Cache-Control", "no-store"),
]  # fmt: skip
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(application: Application, kiosk: Kiosk) -> Application:
    """``application`` with a door before its sockets.

    A device that floods and shows its cookie, as every browser does, is turned away before a handshake, a socket and
    its two greenlets are made for it: half of the processor's time (measured). So is an address that opens more of
    them than a school could, or, where each phone has its own, than a phone (``people.turns``); the machine itself,
    whose large display must come in, is not counted so.
    """

    def enter(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return application(environ, start_response)

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, headers + HEADERS, *more)

        wait = _kept_out(environ, kiosk)
        if not wait:
            return application(environ, begin)
        seconds = max(1, math.ceil(wait))
        told = msgspec.json.encode(body(KioskError("too_fast", seconds=seconds)))
        begin("429 Too Many Requests", [
            ("Content-Type", "application/json"), ("Content-Length", str(len(told))), ("Retry-After", str(seconds)),
            ("Connection", "close"),
        ])  # fmt: skip
        environ.get("kiosk.last", int)()  # eventlet does not read that header
        return [told]

    return enter


def _kept_out(environ: dict[str, Any], kiosk: Kiosk) -> float:
    if "sid=" in environ.get("QUERY_STRING", ""):
        return 0.0
    given = environ.get("HTTP_COOKIE")
    if given and devices.DEVICE_COOKIE in given:
        device = devices.known(Request(environ).cookies.get(devices.DEVICE_COOKIE))
        wait = kiosk.limits.kept_out(device) if device else 0.0
        if wait:
            return wait
    peer = kiosk.peers.of(environ)
    if peer.local:
        return 0.0
    wait = kiosk.limits.of_address("socket", peer.address, kiosk.presence.at(peer.address))
    return wait or kiosk.turns.wait(peer.address, lambda: False)
