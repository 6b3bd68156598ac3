"""Real servers on loopback that play what a school's network can do: a centre, a portal, a filter, a proxy, silence."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ABOUT = {
    "service": "metiers-en-direct",
    "contract": [1],
    "name": "Centre d’essai",
    "time": "2026-11-24T09:00:00.000Z",
}


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    size: int = 0

    def json(self) -> Any:
        data = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return json.loads(data)


def http(status: int, body: bytes | str = b"", kind: str = "text/html", **headers: str) -> bytes:
    """A whole answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + data


def said(value: Any, status: int = 200, **headers: str) -> bytes:
    """A JSON answer (a problem from 400 on)."""
    kind = "application/json" if status < 400 else "application/problem+json"
    return http(status, json.dumps(value), kind, **headers)


def problem(status: int, code: str, **more: Any) -> bytes:
    headers = {name: str(more.pop(name)) for name in ("Retry_After",) if name in more}
    return said({"type": "about:blank", "title": code, "status": status, "code": code, **more}, status, **headers)


Play = Callable[["Server", socket.socket, Asked], "bytes | None"]


@dataclass
class Server:
    """Answers each request with what ``play`` gives; None: it has done everything itself. Counts bytes on the wire."""

    play: Play
    pem: Path | None = None
    asked: list[Asked] = field(default_factory=list)
    open: list[socket.socket] = field(default_factory=list)
    sent: int = 0
    heard: int = 0
    #: Of each connection in TLS, whether it went on from an earlier one.
    resumed: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.over = False
        self.port = self.listener.getsockname()[1]
        self.context: ssl.SSLContext | None = None
        if self.pem:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.pem)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self.pem else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.over = True
        for one in [self.listener, *self.open]:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        kept = False  # left to who plays, until the server closes
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
                self.resumed.append(bool(connection.session_reused))
            self.open.append(connection)
            while (asked := read(connection)) is not None:
                self.heard += asked.size
                self.asked.append(asked)
                answer = self.play(self, connection, asked)
                if answer is None:
                    kept = not self.over
                    return
                connection.sendall(answer)
                self.sent += len(answer)
        except OSError:
            pass  # the other side left, as some tests want
        finally:
            if not kept:
                connection.close()


def read(connection: socket.socket) -> Asked | None:
    """One request, or None at the end."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        data = connection.recv(65536)
        if not data:
            return None
        heard += data
    head, _sep, body = heard.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v for k, _s, v in (line.partition(": ") for line in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        data = connection.recv(65536)
        if not data:
            return None
        body += data
    method, path, _version = first.split(" ")
    return Asked(method, path, headers, body, len(head) + 4 + len(body))


def always(answer: bytes) -> Play:
    """The same answer to everything."""
    return lambda server, connection, asked: answer


def raw(data: bytes, *, reset: bool = False) -> Play:
    """These bytes, then the end (or a reset)."""

    def play(server: Server, connection: socket.socket, asked: Asked) -> None:
        if data:
            connection.sendall(data)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return play


def silent(server: Server, connection: socket.socket, asked: Asked) -> None:
    """Nothing, for ever (the connection stays open)."""


class Proxy(Server):
    """An HTTP proxy. ``account``: the only one let through; ``refuse``: the status given to everybody."""

    def __init__(self, account: str = "", refuse: int = 0) -> None:
        self.account, self.refuse = account, refuse
        self.through: list[str] = []
        super().__init__(self._pass)

    def _pass(self, _server: Server, connection: socket.socket, asked: Asked) -> bytes | None:
        wanted = "Basic " + base64.b64encode(self.account.encode()).decode()
        if self.refuse:
            return http(self.refuse, "<h1>Non</h1>")
        if self.account and asked.headers.get("proxy-authorization") != wanted:
            return http(407, "<h1>Mot de passe</h1>", Proxy_Authenticate='Basic realm="lycee"')
        if asked.method == "CONNECT":
            host, _sep, port = asked.path.partition(":")
            self.through.append(asked.path)
            far = socket.create_connection((host, int(port)))
            self.open.append(far)
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=_pump, args=(far, connection), daemon=True).start()
            _pump(connection, far)
            return None
        host_port, _sep, path = asked.path.removeprefix("http://").partition("/")
        self.through.append(host_port)
        host, _sep, port = host_port.partition(":")
        return forwarded(asked, f"/{path}", host, int(port or 80))


def forwarded(asked: Asked, path: str, host: str, port: int) -> bytes:
    """What a server answers to a request that is carried to it, without what was the proxy's."""
    with socket.create_connection((host, port)) as far:
        lines = [f"{asked.method} {path} HTTP/1.1", "Connection: close"]
        lines += [f"{k}: {v}" for k, v in asked.headers.items() if not k.startswith("proxy-") and k != "connection"]
        far.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + asked.body)
        far.shutdown(socket.SHUT_WR)
        answer = b""
        while data := far.recv(65536):
            answer += data
    return answer


def _pump(source: socket.socket, to: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass
