"""One HTTP request, through a proxy when one is given, and whatever came back: bounded in time and in bytes, redirects
left where they are.

A centre under test may answer anything: nothing here hangs, and every failure is a value (:attr:`Heard.trouble`).
"""

from __future__ import annotations

import base64
import io
import json
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from kiosk.ground.i18n import N_
from kiosk.ground.nesting import too_deep

#: Seconds of one request from the first packet to the last byte, and bytes read of its answer.
SECONDS, BYTES = 10.0, 2 * 1024 * 1024
#: Why there is no answer (:attr:`Heard.trouble`), of what is no silence of the centre's.
TROUBLES = {
    "tls-name": N_("le certificat de cette adresse est celui d’un autre nom"),
    "tls-unknown": N_(
        "le certificat n’est signé par personne que ce système connaît (SSL_CERT_FILE en donne d’autres)"
    ),
    "tls-date": N_("le certificat n’est pas valable à la date d’aujourd’hui"),
    "tls": N_("rien de chiffré ne s’établit à cette adresse"),
    "proxy": N_("le serveur mandataire ne répond pas, ou ne mène pas au centre"),
    "proxy-auth": N_("le serveur mandataire demande un compte, ou refuse celui qui est donné"),
}
#: What OpenSSL says of a certificate (X509_V_ERR_…).
_CERTIFICATE = {9: "tls-date", 10: "tls-date", 62: "tls-name", 64: "tls-name"}
#: Of a proxy's answer to CONNECT.
_HEAD = 16 * 1024
#: Read at once: never what a header announces, which may be more than the machine's memory.
_PIECE = 64 * 1024


class Unreadable(ValueError):
    """A body that is no JSON of this contract: not UTF-8, not JSON, nested without end."""


@dataclass(frozen=True)
class Heard:
    """An answer. ``trouble``: empty, or why there is none (``unreachable``, ``slow``, ``large``, ``broken``, or one of
    :data:`TROUBLES`). ``headers`` have lower-case names; ``body`` is unpacked.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    trouble: str = ""

    @property
    def type(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON. :raises Unreadable: it is none."""
        if too_deep(self.body):
            raise Unreadable("nested too deeply")
        try:
            return json.loads(self.body.decode(), parse_constant=_no_number)
        except ValueError as error:
            raise Unreadable("not UTF-8 JSON") from error

    def member(self, name: str) -> Any:
        """A member of the body's object; None when it has none, or the body is no object."""
        try:
            value = self.json()
        except Unreadable:
            return None
        return value.get(name) if isinstance(value, dict) else None


def ask(
    method: str, url: str, headers: Mapping[str, str], body: bytes = b"", *, seconds: float = SECONDS, proxy: str = ""
) -> Heard:
    """Send one request on a connection of its own and read its answer; never raises for what comes."""
    end = time.monotonic() + seconds
    try:
        with _connected(url, end, proxy) as connection:
            connection.settimeout(max(0.01, end - time.monotonic()))
            connection.sendall(_written(method, url, headers, body, proxy))
            heard = _read(connection, method, end)
            return Heard(trouble="proxy-auth") if proxy and heard.status == 407 else heard
    except ssl.SSLCertVerificationError as error:
        return Heard(trouble=_CERTIFICATE.get(error.verify_code, "tls-unknown"))
    except ssl.SSLError:
        return Heard(trouble="tls")
    except _Proxy as error:
        return Heard(trouble=str(error))
    except TimeoutError:
        return Heard(trouble="slow")
    except _TooLarge:
        return Heard(trouble="large")
    except (HTTPException, ValueError, ConnectionResetError, BrokenPipeError):
        return Heard(trouble="broken")
    except OSError:
        return Heard(trouble="unreachable")


def _verifying() -> ssl.SSLContext:
    """As a kiosk verifies: an authority that an office made itself often lacks what Python 3.13's strict mode wants."""
    context = ssl.create_default_context()
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def _connected(url: str, end: float, proxy: str) -> socket.socket:
    parts, door = urlsplit(url), urlsplit(proxy)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    place = (door.hostname or "", door.port or 80) if proxy else (parts.hostname or "", port)
    try:
        plain = socket.create_connection(place, max(0.01, end - time.monotonic()))
    except OSError as error:
        raise _Proxy("proxy") if proxy else error from None
    try:
        if secure and proxy:
            _pass(plain, f"{parts.netloc if parts.port else f'{parts.netloc}:{port}'}", door, end)
        return _verifying().wrap_socket(plain, server_hostname=parts.hostname) if secure else plain
    except BaseException:
        plain.close()
        raise


def _pass(connection: socket.socket, place: str, door: SplitResult, end: float) -> None:
    """Have a proxy lead to a place. :raises _Proxy: it does not."""
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}", *_account(door)]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _HEAD:
        connection.settimeout(max(0.01, end - time.monotonic()))
        some = connection.recv(_HEAD)
        if not some:
            break
        head += some
    status = head.partition(b"\r\n")[0].split(b" ")[1:2]
    if status != [b"200"]:
        raise _Proxy("proxy-auth" if status in ([b"401"], [b"407"]) else "proxy")


def _account(door: SplitResult) -> list[str]:
    if door.username is None:
        return []
    both = f"{unquote(door.username)}:{unquote(door.password or '')}"
    return [f"Proxy-Authorization: Basic {base64.b64encode(both.encode()).decode()}"]


def _written(method: str, url: str, headers: Mapping[str, str], body: bytes, proxy: str) -> bytes:
    parts = urlsplit(url)
    relayed = bool(proxy) and parts.scheme == "http"
    address = url if relayed else parts.path or "/"
    lines = [f"{method} {address} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += _account(urlsplit(proxy)) if relayed else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body


def _read(connection: socket.socket, method: str, end: float) -> Heard:
    tap: Any = _Tap(connection, end, BYTES)
    answer = HTTPResponse(tap, method=method)
    try:
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        raw = b"".join(iter(lambda: answer.read(_PIECE), b""))
        if answer.length:
            raise ValueError("cut")
    finally:
        answer.close()
    return Heard(answer.status, headers, _unpacked(raw, headers.get("content-encoding", ""), BYTES))


def _unpacked(raw: bytes, encoding: str, most: int) -> bytes:
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        return raw
    opener = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = opener.decompress(raw, most + 1)
    except zlib.error as error:
        raise ValueError("not gzip") from error
    if len(body) > most:
        raise _TooLarge
    if not opener.eof:
        raise ValueError("cut")
    return body


class _Proxy(Exception):
    """The proxy led nowhere; its text is one of :data:`TROUBLES`."""


class _TooLarge(Exception):
    """More bytes came than any answer of the contract has."""


class _Tap(io.RawIOBase):
    """A connection as an answer reads it: each read has what is left of the time and of the bytes."""

    def __init__(self, connection: socket.socket, end: float, most: int) -> None:
        self._connection, self._end, self._left = connection, end, most

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self._left <= 0:
            raise _TooLarge
        self._connection.settimeout(left)
        number = self._connection.recv_into(into)
        self._left -= number
        return number


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
