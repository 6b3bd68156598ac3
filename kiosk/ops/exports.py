"""`kiosk export questions`: the questions of this kiosk as JSON for machines or CSV for French
spreadsheets. No author, ever; no question that may come from a pupil in danger.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from kiosk.contract import tables
from kiosk.domain import rooms, sessions
from kiosk.domain.reading import guarding
from kiosk.ground import instants
from kiosk.storage.models import Question, Room

#: Fields of an exported question, in the order of the CSV columns.
FIELDS = (
    "id",
    "number",
    "text",
    "original_text",
    "theme",
    "origin",
    "status",
    "reason",
    "support",
    "session_id",
    "room",
    "created_at",
    "merged_into",
)


def questions(room: str | None = None, session: str | None = None) -> list[dict[str, Any]]:
    """Return the questions of this kiosk as plain values, by room then number; instants are RFC 3339.

    `room` is a code or an id, `session` an id. `id` is the phone's own; `room` is the room's code, null
    for a prepared question no room holds yet.

    :raises KioskError: `unknown_room`, `unknown_session`.
    """
    query = Question.select().where(guarding.ordinary())
    if room is not None:
        query = query.where(Question.room_id == rooms.resolve(room))
    if session is not None:
        if not Question.select().where(Question.session_id == session).exists():
            sessions.view(session)
        query = query.where(Question.session_id == session)
    codes = {row.id: row.code for row in Room.select(Room.id, Room.code)}
    rows = query.order_by(Question.room_id, Question.session_id, Question.number, Question.created_at, Question.id)
    return [_plain(row, codes) for row in rows]


def to_json(rows: Iterable[dict[str, Any]], *, terminal: bool = False) -> str:
    """Return JSON, one question a line; ASCII escapes for what a terminal would obey when `terminal`."""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    text = "[" + ",".join("\n " + line for line in lines) + ("\n]\n" if lines else "]\n")
    return "".join(_escaped(c) for c in text) if terminal else text


def to_csv(rows: Iterable[dict[str, Any]]) -> str:
    """Return CSV as French spreadsheets open it: a byte-order mark, « ; », CRLF; no cell can be a
    formula.
    """
    return tables.written([FIELDS, *([cell(row[field]) for field in FIELDS] for row in rows)])


def cell(value: Any) -> Any:
    """The value of a cell: nothing for None, a text made safe, a number as it is."""
    if value is None:
        return ""
    return tables.cell(value) if isinstance(value, str) else value


def _plain(row: Question, codes: dict[str, str]) -> dict[str, Any]:
    value = {field: getattr(row, field) for field in FIELDS if field not in ("room", "created_at")}
    value["room"] = codes.get(row.room_id or "")
    value["created_at"] = instants.rfc3339(row.created_at)
    return {field: value[field] for field in FIELDS}


def _escaped(character: str) -> str:
    """JSON already escapes C0 controls; C1 controls and bidirectional marks are written \\uXXXX too."""
    if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
        return "".join(f"\\u{unit:04x}" for unit in _units(character))
    return character


def _units(character: str) -> Iterable[int]:
    data = character.encode("utf-16-be")
    return (int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))
