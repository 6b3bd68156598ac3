"""The addresses kiosks use (contract, sections 1 to 5)."""

from __future__ import annotations

from datetime import datetime, timezone
from io import BytesIO

import msgspec
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from kiosk.centre import at_rest, exchange, openapi, operations, pairing, wire
from kiosk.centre.house import centre
from kiosk.centre.models import Portrait
from kiosk.centre.refusals import Refusal
from kiosk.contract import (
    CONTRACT,
    MAX_ANSWER_BYTES,
    MAX_BODY,
    MAX_OPERATIONS,
    REVISION,
    SERVICE,
    About,
    Limits,
    PairAnswer,
    PairRequest,
)
from kiosk.contract.storable import storable

api = Blueprint("api", __name__)


@api.get("/v1/about")
def about() -> Response:
    """Section 1: is this the centre?"""
    now = datetime.now(timezone.utc)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    house = centre()
    limits = Limits(MAX_OPERATIONS, MAX_BODY, MAX_ANSWER_BYTES)
    return wire.answer(
        About(SERVICE, [CONTRACT], house.settings.name, now, operations.UNDERSTOOD, REVISION, house.epoch, limits)
    )


@api.post("/v1/pair")
def pair() -> Response:
    """Section 2: a kiosk gets its token."""
    try:
        asked = msgspec.json.decode(wire.body(), type=PairRequest)
    except exchange.UNREADABLE as error:
        raise exchange.invalid(error) from None
    if not storable([asked.kiosk, asked.label]):
        raise Refusal("invalid", "Holds a NUL character.")
    house = centre()
    token = house.store.run(lambda tx: pairing.pair(tx, asked, house.key, request.remote_addr or ""))
    if token is None:
        raise Refusal("pairing_code")
    return wire.answer(PairAnswer(token), 201)


@api.post("/v1/exchange")
def exchange_() -> Response:
    """Section 3: everything else. Who asks is known before the body is looked at."""
    house = centre()
    token = _bearer()
    wait = house.rate.wait(token)
    if wait:
        raise Refusal("rate_limited", retry_after=wait)
    try:
        asked = exchange.read(wire.body())
    except Refusal:
        house.store.run(lambda tx: pairing.who(tx, token))  # a stranger is told 401 and nothing else
        raise
    glance = lambda tx: at_rest.answer(tx, token, asked)  # noqa: E731 - beside what it may stand for
    return wire.answer(house.store.run(lambda tx: exchange.run(tx, token, asked), glance))


@api.get("/v1/portraits/<sha256>")
def portrait(sha256: str) -> Response:
    """Section 4: the bytes of a digest; they never change, and come by ranges too."""
    row = None
    if len(sha256) == 64 and not set(sha256) - set("0123456789abcdef"):
        row = centre().store.run(lambda _tx: Portrait.get_or_none(Portrait.sha256 == sha256))
    if row is None:
        raise Refusal("not_found")
    data = bytes(row.data)
    made = Response(BytesIO(data), mimetype=row.type, direct_passthrough=True)
    made.set_etag(sha256)
    made.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    made.content_length = len(data)
    try:
        made.make_conditional(request.environ, accept_ranges=True, complete_length=len(data))
    except RequestedRangeNotSatisfiable:
        refused = wire.problem(Refusal("range"))
        refused.headers["Content-Range"] = f"bytes */{len(data)}"
        return refused
    return made


@api.get("/openapi.json")
def description() -> Response:
    """This contract, for machines: made from the types that validate."""
    return wire.answer(openapi.document(centre().settings.name, request.script_root or "/"))


def _bearer() -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Refusal("unauthorized")
    return token.strip()
