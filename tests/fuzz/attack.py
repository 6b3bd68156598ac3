"""Sends it, byte by byte where a client library would refuse to, and says which rule broke."""

from __future__ import annotations

import json
import re
import secrets
import socket
from typing import Any

from fuzz.payloads import frame
from fuzz.target import ANSWER_SECONDS, MARKER, Target, Timed

#: Seconds an answer or an acknowledgement may take on a busy machine; a stuck handler takes for ever.
PATIENCE = 20.0


def connect(target: Target, source: str = "") -> socket.socket:
    """A plain TCP connection, from an address of the loopback when one is given."""
    own = (source, 0) if source else None
    return socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE, source_address=own)


class Wire:
    """A WebSocket of our own making, inside one namespace."""

    def __init__(
        self,
        target: Target,
        namespace: str,
        cookie: str = "",
        *,
        source: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.target, self.namespace = target, namespace
        self.socket = connect(target, source)
        more = {"Host": f"127.0.0.1:{target.port}", **(headers or {})}
        self.buffer, self.seen, self.open = b"", [], True  # type: ignore[var-annotated]
        head = (
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            f"User-Agent: {MARKER}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + (f"Cookie: {cookie}\r\n" if cookie else "")
            + "".join(f"{name}: {value}\r\n" for name, value in more.items())
            + "\r\n"
        )
        self.socket.sendall(head.encode())
        while b"\r\n\r\n" not in self.buffer and self._more():
            pass
        self.upgraded = self.buffer.startswith(b"HTTP/1.1 101")
        self.buffer = self.buffer.partition(b"\r\n\r\n")[2]
        device = secrets.token_urlsafe(9)
        self.say(f"40{namespace}," + json.dumps({"device": device, "room": target.room}))
        self.inside = self.until(lambda text: text.startswith((f"40{namespace}", f"44{namespace}"))).startswith("40")

    def say(self, packet: str) -> None:
        """A text frame."""
        self.raw(frame(packet.encode("utf-8", "surrogatepass")))

    def raw(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError:
            self.open = False

    def until(self, wanted: Any) -> str:
        """Read until a message that is wanted, or the end (empty)."""
        while True:
            for message in self._messages():
                self.seen.append(message)
                if '"code":"internal"' in message:
                    self.target.told("internal", message)
                if wanted(message):
                    return message
            if not self._more():
                return ""

    def close(self) -> None:
        self.socket.close()

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65_536)
        except TimeoutError:
            self.target.told("stuck", f"{self.namespace}, last seen {self.seen[-2:]}")
            data = b""
        except OSError:
            data = b""
        self.buffer += data
        self.open = self.open and bool(data)
        return bool(data)

    def _messages(self) -> Any:
        while len(self.buffer) >= 2:
            size, start = self.buffer[1] & 0x7F, 2
            if size == 126:
                size, start = int.from_bytes(self.buffer[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(self.buffer[2:10], "big"), 10
            if len(self.buffer) < start + size:
                return
            opcode, message = self.buffer[0] & 15, self.buffer[start : start + size]
            self.buffer = self.buffer[start + size :]
            if opcode == 1:
                yield message.decode()


def packets(target: Target, namespace: str, sent: list[tuple[str, int | None]], cookie: str = "") -> None:
    """Send packets on a fresh socket: each acknowledgement that is due comes, unless the kiosk cut the socket."""
    wire = Wire(target, namespace, cookie)
    if not wire.inside:
        target.told("could not enter", wire.seen[-1:])
    due: set[int] = set()
    for packet, number in sent:
        target.count += 1
        target.doing = f"{len(packet)} characters {packet[:80]!r}"
        wire.say(packet)
        if packet.startswith("41"):
            break
        if number is not None:
            due.add(number)
    else:
        last = 2**50 + 1
        wire.say(f'42{namespace},{last}["clock",{{"t":1}}]')
        if wire.until(lambda text: text.startswith(f"43{namespace},{last}[")):
            answered = {int(found) for text in wire.seen for found in re.findall(rf"^43{namespace},(\d+)\[", text)}
            if due - answered:
                target.told("no acknowledgement", [p for p, number in sent if number in due - answered])
    wire.close()


def frames(target: Target, sent: list[bytes]) -> None:
    """Send frames on a fresh socket, then cut it at once."""
    wire = Wire(target, "/phone")
    for one in sent:
        target.count += 1
        wire.raw(one)
    wire.close()


def request(target: Target, method: str, path: str, headers: dict[str, str], body: bytes) -> int:
    """One HTTP request as bytes, its status (0: cut without a word, as a request that is none deserves)."""
    target.count += 1
    lines = [f"{method} {path} HTTP/1.1"]
    own = {"Host": f"127.0.0.1:{target.port}", "User-Agent": MARKER, "Content-Length": str(len(body))}
    given = {**own, **headers, "Connection": "close"}
    lines += [
        f"{name}: {value}".replace("\r", " ").replace("\n", " ") for name, value in given.items() if value is not None
    ]
    data = "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + body
    answer = b""
    target.doing = f"{method} {path[:80]} {len(body)} bytes {body[:60]!r}"
    with Timed(target, ANSWER_SECONDS, "slow"), connect(target) as wire:
        try:
            wire.sendall(data)
            wire.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before the end: what was answered is still there
        try:
            while part := wire.recv(65_536):
                answer += part
        except TimeoutError:
            target.told("no answer", (method, path, headers, body[:80]))
        except OSError:
            pass
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    status = int(found.group(1)) if found else 0
    if status >= 500 or b'"code":"internal"' in answer:
        seen = {name: value for name, value in headers.items() if name != "Cookie"}
        target.told(str(status), (method, path, answer[-160:], seen, body[:60]))
    return status
