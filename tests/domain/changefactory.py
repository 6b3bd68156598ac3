"""Changes as the centre writes them, for tests: one good one of each type, with what a test alters."""

import json
from typing import Any

from kiosk.contract import Change
from kiosk.exchange.changes import parse


def session(id: str = "S-1", rev: int = 1, **body: Any) -> dict[str, Any]:
    base = {
        "title": "Cartographe",
        "starts_at": "2026-11-24T09:00:00Z",
        "duration_min": 45,
        "format": "college-45",
        "meeting_url": "https://visio.example.org/x",
        "levels": ["4E"],
        "status": "planned",
        "speakers": ["P-1"],
        "dossier": [],
    }
    return {"type": "session", "id": id, "rev": rev, "body": {**base, **body}}


def speaker(id: str = "P-1", rev: int = 1, **body: Any) -> dict[str, Any]:
    base = {
        "name": "Anaïs Hoarau",
        "job": {"feminine": "Cartographe", "masculine": "Cartographe", "shown": "feminine"},
        "bio": "",
        "path": [{"when": "2013", "what": "Bac"}],
    }
    return {"type": "speaker", "id": id, "rev": rev, "body": {**base, **body}}


def question(id: str = "Q-1", rev: int = 1, **body: Any) -> dict[str, Any]:
    base = {
        "session_id": "S-1",
        "text": "Pourquoi ?",
        "theme": "metier",
        "origin": "class",
        "state": "kept",
    }
    return {"type": "question", "id": id, "rev": rev, "body": {**base, **body}}


def gone(type: str, id: str, rev: int) -> dict[str, Any]:
    return {"type": type, "id": id, "rev": rev, "deleted": True}


def read(*items: dict[str, Any]) -> list[Change]:
    return parse(json.dumps(list(items)).encode())
