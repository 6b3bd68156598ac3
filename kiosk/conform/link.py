"""One HTTP request, and whatever came back: bounded in time and in bytes, redirects left where they are.

A centre under test may answer anything: nothing here hangs, and every failure is a value (:attr:`Heard.trouble`).
"""

from __future__ import annotations

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
from urllib.parse import urlsplit

from kiosk.ground.nesting import too_deep

#: Seconds of one request from the first packet to the last byte, and bytes read of its answer.
SECONDS, BYTES = 10.0, 2 * 1024 * 1024
#: Read at once: never what a header announces, which may be more than the machine's memory.
_PIECE = 64 * 1024


class Unreadable(ValueError):
    """A body that is no JSON of this contract: not UTF-8, not JSON, nested without end."""


@dataclass(frozen=True)
class Heard:
    """An answer. ``trouble``: empty, or why there is none (``unreachable``, ``slow``, ``large``, ``broken``, ``tls``).
    ``headers`` have lower-case names; ``body`` is unpacked.
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
    method: str, url: str, headers: Mapping[str, str], body: bytes = b"", *, seconds: float = SECONDS, most: int = BYTES
) -> Heard:
    """Send one request on a connection of its own and read its answer; never raises for what comes."""
    end = time.monotonic() + seconds
    try:
        with _connected(url, end) as connection:
            connection.settimeout(max(0.01, end - time.monotonic()))
            connection.sendall(_written(method, url, headers, body))
            return _read(connection, method, end, most)
    except ssl.SSLError:
        return Heard(trouble="tls")
    except TimeoutError:
        return Heard(trouble="slow")
    except _TooLarge:
        return Heard(trouble="large")
    except (HTTPException, ValueError, ConnectionResetError, BrokenPipeError):
        return Heard(trouble="broken")
    except OSError:
        return Heard(trouble="unreachable")


def _connected(url: str, end: float) -> socket.socket:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    plain = socket.create_connection((parts.hostname or "", port), max(0.01, end - time.monotonic()))
    if not secure:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _written(method: str, url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    parts = urlsplit(url)
    lines = [f"{method} {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body


def _read(connection: socket.socket, method: str, end: float, most: int) -> Heard:
    tap: Any = _Tap(connection, end, most)
    answer = HTTPResponse(tap, method=method)
    try:
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        raw = b"".join(iter(lambda: answer.read(_PIECE), b""))
        if answer.length:
            raise ValueError("cut")
    finally:
        answer.close()
    return Heard(answer.status, headers, _unpacked(raw, headers.get("content-encoding", ""), most))


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
