"""Bodies on the wire: gzip both ways and never more than the contract allows, problems as RFC 9457."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import msgspec
from flask import Response, request

from kiosk.centre.refusals import Refusal
from kiosk.contract import MAX_BODY
from kiosk.engine import current
from kiosk.ground.nesting import too_deep

#: Under this many bytes gzip makes a body longer.
WORTH_GZIP = 160


def body(most: int = MAX_BODY) -> bytes:
    """The body of this request, opened, of ``most`` bytes. :raises Refusal: `too_large`, `media_type`, `invalid`."""
    if request.mimetype != "application/json":
        raise Refusal("media_type")
    if (request.content_length or 0) > most:
        raise _too_large(most)
    if request.environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        request.environ["wsgi.input_terminated"] = True  # the server knows where such a body ends
    raw = request.stream.read(most + 1)
    if len(raw) > most:
        raise _too_large(most)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise Refusal("media_type", "Only gzip is understood.")
    text = _open(raw, most) if encoding.endswith("gzip") else raw
    deep = too_deep(text) if len(text) <= MAX_BODY else current().apart(lambda: too_deep(text), "nesting")
    if deep:
        raise Refusal("invalid", "Nested too deeply.")
    return text


def _too_large(most: int) -> Refusal:
    return Refusal("too_large", f"{most // 1024} KiB at most before compression.")


def _open(raw: bytes, most: int) -> bytes:
    opener = zlib.decompressobj(31)
    try:
        text = opener.decompress(raw, most + 1)
    except zlib.error:
        raise Refusal("invalid", "The body is not gzip.") from None
    if len(text) > most:
        raise _too_large(most)
    if not opener.eof:
        raise Refusal("invalid", "The body is cut.")
    return text


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer, compressed when the kiosk can read it and it is worth it."""
    text = msgspec.json.encode(value)
    made = Response(text, status, mimetype="application/json")
    if len(text) > WORTH_GZIP and "gzip" in request.headers.get("Accept-Encoding", "").lower():
        made.set_data(gzip.compress(text, 6, mtime=0))
        made.headers["Content-Encoding"] = "gzip"
    return made


def problem(refusal: Refusal) -> Response:
    """An answer of section 5."""
    problem = {"type": "about:blank", **msgspec.to_builtins(refusal.problem())}
    made = Response(msgspec.json.encode(problem), refusal.status, mimetype="application/problem+json")
    if refusal.retry_after is not None:
        made.headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    if refusal.status == 426:
        made.headers["Upgrade"] = "metiers-en-direct/1"
        made.headers["Connection"] = "Upgrade"
    return made
