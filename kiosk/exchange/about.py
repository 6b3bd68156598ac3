"""Is this the centre? (contract, section 1). And from where do we ask: an answer holds for one network."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import msgspec

from kiosk import contract
from kiosk.exchange.messages import Call, Line, Reply
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Met:
    """The centre, recognised. ``time`` is its own, in UTC ms, or None when it gives none that can be read;
    ``operations``, ``limits``: what it says of itself under those names.
    """

    time: int | None
    operations: Any = None
    limits: Any = None


class _About(msgspec.Struct):
    """What makes the centre (the rest of what it says of itself is not needed to know it)."""

    service: str
    contract: list[Any]
    time: Any = None
    operations: Any = None
    limits: Any = None


def about_centre(line: Line, base: str) -> tuple[Reply, Met | None]:
    """Ask ``/v1/about`` whether this is the centre; the reply's ``failure`` is the class."""
    reply = line.carry(Call("GET", f"{base}/v1/about"))
    if reply.failure != "ok":
        return reply, None
    problem = "problem+json" in reply.headers.get("content-type", "").lower()
    if reply.code or reply.status != 200 or problem:
        return replace(reply, failure="portal"), None
    try:
        about = msgspec.json.decode(reply.body, type=_About)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return replace(reply, failure="portal"), None
    if about.service != contract.SERVICE:
        return replace(reply, failure="portal"), None
    if not any(type(one) is int and one == contract.CONTRACT for one in about.contract):
        return replace(reply, failure="version"), None
    return reply, Met(_instant(about.time), about.operations, about.limits)


def _instant(given: Any) -> int | None:
    try:
        return contract.to_ms(msgspec.convert(given, contract.Instant))
    except msgspec.ValidationError:
        return None


def own_address() -> str:
    """This machine's address on the way out (nothing is sent): it changes with the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe_socket:
        try:
            probe_socket.connect(("192.0.2.1", 9))
            return str(probe_socket.getsockname()[0])
        except OSError:
            return ""
