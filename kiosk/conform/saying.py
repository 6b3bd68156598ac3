"""The answers of the small centre on the wire, and how each goes wrong."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.conform.refusal import Refusal
from kiosk.contract import MAX_BODY
from kiosk.ground.nesting import too_deep


@dataclass(frozen=True)
class Said:
    """An answer, before it is written. ``how``: ``whole``, ``lost``, ``cut``, ``huge`` or ``slow``."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = "whole"


def html(text: str) -> Said:
    """A page for people, where a centre's answer was expected."""
    return Said(200, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def short(status: int, code: str) -> Said:
    """A problem of section 5 that says to come back."""
    body = {"type": "about:blank", "title": code, "status": status, "detail": "Conformance kit.", "code": code}
    return Said(status, json.dumps(body).encode(), {"Content-Type": "application/problem+json", "Retry-After": "30"})


#: Moods that look at no request → their answer.
MOODY: dict[str, Callable[[], Said]] = {
    "portal": lambda: html("<title>Portail</title><p>Identifiez-vous."),
    "redirect": lambda: Said(302, b"", {"Location": "http://portail.example/"}),
    "busy": lambda: short(503, "unavailable"),
    "limited": lambda: short(429, "rate_limited"),
    "huge": lambda: Said(200, b'{"contract": 1, "x": "', {"Content-Type": "application/json"}, "huge"),
    "deep": lambda: Said(200, b'{"x": ' + b"[" * 100_000, {"Content-Type": "application/json"}),
}

#: A rule of section 1 → how the answer breaks it.
_ABOUT: dict[str, dict[str, Any]] = {
    "1-service": {"service": "un-autre"},
    "1-contract": {"contract": ["1"]},
    "1-name": {"name": ""},
    "1-time": {"time": "2026-11-24T09:00:00"},
    "1-revision": {"revision": "2"},
    "1-epoch": {"epoch": None},
    "1-operations": {"operations": "all"},
    "1-limits": {"limits": {"operations": 0}},
}
#: A rule of section 3 → how an answer to an exchange breaks it.
_EXCHANGE: dict[str, dict[str, Any]] = {
    "3-revision": {"revision": 3},
    "3.12-snapshot": {"snapshot": False},
    "3.13-listed": {"operations": ["question.prepared"]},
    "3.14-ask": {"ask": ""},
}


def about(value: dict[str, Any], breaks: str) -> Said:
    """Section 1's answer, with the rule that is broken."""
    made = as_json({**value, **_ABOUT.get(breaks, {})}, 503 if breaks == "1-status" else 200)
    headers = {**made.headers, "Cache-Control": "public" if breaks == "1-no-store" else "no-store"}
    if breaks == "1-type":
        headers["Content-Type"] = "text/html"
    body = made.body[:-1] if breaks == "1-json" else made.body
    return Said(made.status, body, headers, "packed" if breaks == "0-plain" else "whole")


def wrong(answer: dict[str, Any], breaks: str) -> dict[str, Any]:
    """An answer to an exchange, as the broken rule has it."""
    made = {**answer, **{name: value for name, value in _EXCHANGE.get(breaks, {}).items() if name in answer}}
    if breaks == "3.11-epoch":
        made["epoch"] = str(time.monotonic_ns())
    return made


def opened(body: bytes, encoding: str, breaks: str) -> bytes:
    """A body as it was before compression. :raises Refusal: it is too large, or packed in no way that is known."""
    if encoding == "gzip":
        if breaks == "0-gzip":
            raise Refusal(415, "media_type")
        try:
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, MAX_BODY + 1)
        except zlib.error:
            raise Refusal(422, "invalid") from None
    if len(body) > MAX_BODY and breaks != "3.1-bytes":
        raise Refusal(413, "too_large")
    return body


def message(text: bytes) -> dict[str, Any]:
    """A body as a message. :raises Refusal: it is no JSON object."""
    try:
        value = None if too_deep(text) else json.loads(text.decode())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(422, "invalid", errors=[{"pointer": "", "detail": "no JSON object"}])
    return value


def as_json(value: dict[str, Any], status: int = 200) -> Said:
    """A JSON answer."""
    return Said(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
