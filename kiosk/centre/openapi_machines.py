"""`/v1/office/openapi.json`: the machine interface, made from the types that read and write its messages."""

from __future__ import annotations

from typing import Any

from kiosk.centre.machine_messages import PAGE, Enrolments, OpenQuestions, Sessions, Speakers, Written
from kiosk.centre.openapi import body, json_of, problems, schemas_of
from kiosk.centre.words import STATES
from kiosk.contract import Problem
from kiosk.contract.values import ID_LONGEST

_KNOWN = ("unauthorized", "token_over", "rate_limited", "unavailable", "invalid")
_WRITES = (*_KNOWN, "read_only", "refused", "bad_request", "too_large", "media_type")


def document(name: str, server: str) -> dict[str, Any]:
    """The description, OpenAPI 3.1; `server` is the base address."""
    types = [Sessions, Speakers, Written, Enrolments, OpenQuestions, Problem]
    schemas = schemas_of(types, "#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1", "description": "Programme in, enrolments and open questions out."},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {
            "/v1/office/sessions": {"post": _write("sessions", "Sessions")},
            "/v1/office/speakers": {"post": _write("speakers", "Speakers")},
            "/v1/office/enrolments": {
                "get": _list(
                    "enrolments",
                    "Enrolments",
                    {"session": _identifier(), "state": {"type": "string", "enum": [*STATES]}},
                )
            },
            "/v1/office/open-questions": {"get": _list("openQuestions", "OpenQuestions", {"session": _identifier()})},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _identifier() -> dict[str, Any]:
    return {"type": "string", "maxLength": ID_LONGEST}


def _write(name: str, given: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": f"Write {name}, all of those given or none; with `preview`, only say what would change",
        "requestBody": body(given),
        "responses": {"200": json_of("What each became, or would", "Written"), **problems(*_WRITES)},
    }


def _list(name: str, given: str, choices: dict[str, Any]) -> dict[str, Any]:
    common = {
        "limit": {"type": "integer", "minimum": 1, "maximum": PAGE, "default": PAGE},
        "after": {"type": "string", "description": "`next` of the page before"},
    }
    schemas = {**choices, **common}
    return {
        "operationId": name,
        "summary": "A page, in the order of identifiers",
        "parameters": [{"name": one, "in": "query", "schema": schema} for one, schema in schemas.items()],
        "responses": {"200": json_of("A page", given), **problems(*_KNOWN)},
    }
