"""Is this the centre? (contract, section 1). And from where do we ask: an answer holds for one network."""

from __future__ import annotations

import socket
from dataclasses import replace

import msgspec

from kiosk import contract
from kiosk.sync.messages import Call, Line, Reply


def about_centre(line: Line, base: str) -> tuple[Reply, contract.About | None]:
    """Ask ``/v1/about`` whether this is the centre; the reply's ``failure`` is the class."""
    reply = line.carry(Call("GET", f"{base}/v1/about"))
    if reply.failure != "ok":
        return reply, None
    if reply.code or reply.status != 200:
        return replace(reply, failure="portal"), None
    try:
        about = msgspec.json.decode(reply.body, type=contract.About)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return replace(reply, failure="portal"), None
    if about.service != contract.SERVICE:
        return replace(reply, failure="portal"), None
    return (reply, about) if about.is_centre() else (replace(reply, failure="version"), None)


def own_address() -> str:
    """This machine's address on the way out (nothing is sent): it changes with the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe_socket:
        try:
            probe_socket.connect(("192.0.2.1", 9))
            return str(probe_socket.getsockname()[0])
        except OSError:
            return ""
