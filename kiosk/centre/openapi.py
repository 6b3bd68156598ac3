"""`openapi.json`, made from the very types that read and write the messages."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from kiosk.centre.refusals import MORE, TITLES
from kiosk.contract import (
    CHANGES,
    CONTRACT,
    MAX_OPERATIONS,
    OPERATIONS,
    PROBLEMS,
    About,
    Answer,
    PairAnswer,
    PairingFile,
    PairRequest,
    Problem,
    Request,
    StickFile,
)

_TEMPLATE = "#/components/schemas/{name}"
#: Address → the problems it answers with.
_PAIR = (
    "bad_request",
    "pairing_code",
    "forbidden",
    "too_large",
    "media_type",
    "invalid",
    "rate_limited",
    "unavailable",
)
_EXCHANGE = (
    "bad_request",
    "unauthorized",
    "token_revoked",
    "forbidden",
    "kiosk_cloned",
    "cursor_expired",
    "too_large",
    "media_type",
    "invalid",
    "version",
    "rate_limited",
    "unavailable",
)


def document(name: str, server: str) -> dict[str, Any]:
    """The description, OpenAPI 3.1; `server` is the base address."""
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": str(CONTRACT), "description": "Exchange between kiosks and a centre."},
        "servers": [{"url": server}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas() -> dict[str, Any]:
    types = [
        About,
        PairRequest,
        PairAnswer,
        Request,
        Answer,
        Problem,
        StickFile,
        PairingFile,
        *OPERATIONS.values(),
        *CHANGES.values(),
    ]
    components = schemas_of(types, _TEMPLATE)
    # What a type alone does not say.
    components["Request"]["properties"]["contract"] = {"const": CONTRACT}
    components["Operation"]["properties"]["seq"]["maximum"] = 2**53 - 1
    components["Operation"]["x-bodies"] = {
        kind: {"$ref": _TEMPLATE.format(name=body.__name__)} for kind, body in OPERATIONS.items()
    }
    components["Change"]["x-bodies"] = {
        kind: {"$ref": _TEMPLATE.format(name=body.__name__)} for kind, body in CHANGES.items()
    }
    return components


def schemas_of(types: Iterable[Any], template: str) -> dict[str, Any]:
    """The JSON Schema of each type, by name; ``template``: where one refers to another. The same on every Python: from
    3.13 on a description has lost its indentation.
    """
    _refs, schemas = msgspec.json.schema_components(types, ref_template=template)
    for one in schemas.values():
        if "description" in one:
            one["description"] = inspect.cleandoc(one["description"])
    return schemas


def _paths() -> dict[str, Any]:
    return {
        "/v1/about": {
            "get": {
                "operationId": "about",
                "summary": "Is this the centre?",
                "responses": {
                    "200": json_of("The centre, and the contracts it speaks", "About"),
                    **problems("unavailable"),
                },
            }
        },
        "/v1/pair": {
            "post": {
                "operationId": "pair",
                "summary": "A kiosk gets its token, with a code used once",
                "requestBody": body("PairRequest"),
                "responses": {"201": json_of("The token", "PairAnswer"), **problems(*_PAIR)},
            }
        },
        "/v1/exchange": {
            "post": {
                "operationId": "exchange",
                "summary": f"Operations (at most {MAX_OPERATIONS}) one way, changes the other",
                "security": [{"token": []}],
                "requestBody": body("Request"),
                "responses": {"200": json_of("Verdicts and changes", "Answer"), **problems(*_EXCHANGE)},
            }
        },
        "/v1/portraits/{sha256}": {"get": _portrait()},
    }


def _portrait() -> dict[str, Any]:
    image: dict[str, Any] = {kind: {"schema": {}} for kind in ("image/webp", "image/jpeg", "image/png")}
    return {
        "operationId": "portrait",
        "summary": "A picture by its digest, whole or by ranges",
        "parameters": [
            {
                "name": "sha256",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            }
        ],
        "responses": {
            "200": {"description": "The picture", "content": image},
            "206": {"description": "A part of it", "content": image},
            "304": {"description": "Unchanged"},
            **problems("not_found", "range", "unavailable"),
        },
    }


def body(name: str) -> dict[str, Any]:
    """A request's body, of a schema."""
    return {"required": True, "content": {"application/json": {"schema": {"$ref": _TEMPLATE.format(name=name)}}}}


def json_of(words: str, name: str) -> dict[str, Any]:
    """An answer of a schema, with what it is."""
    return {
        "description": words,
        "content": {"application/json": {"schema": {"$ref": _TEMPLATE.format(name=name)}}},
    }


def problems(*codes: str) -> dict[str, Any]:
    """The refusals of an address, by status. :raises KeyError: no table has a code."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS.get(code) or MORE[code], []).append(code)
    schema = {"application/problem+json": {"schema": {"$ref": _TEMPLATE.format(name="Problem")}}}
    out: dict[str, Any] = {}
    for status, names in sorted(by_status.items()):
        words = "; ".join(f"`{name}`: {TITLES[name]}" for name in names)
        out[str(status)] = {"description": words, "content": schema}
        if status in (429, 503):
            out[str(status)]["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 0}}}
    return out
