"""Files given to a centre's rules, and what they are refused for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kiosk.centre import imports, models
from kiosk.centre.store import Tx

Run = Callable[..., Any]
UAI = "0951099D"
SESSION = {
    "title": "Éolien",
    "starts_at": "2035-03-01T13:30:00Z",
    "duration_min": 45,
    "format": "college-45",
    "meeting_url": "",
    "levels": ["4E"],
    "status": "planned",
    "speakers": [],
    "dossier": [],
}


def changes(*items: dict[str, Any]) -> bytes:
    """A file of changes."""
    return json.dumps({"changes": list(items)}, ensure_ascii=False, indent=1).encode()


def load(tx: Tx, data: bytes, name: str = "") -> dict[str, int]:
    """Read and write a file."""
    return imports.load(tx, imports.read(data).whole(), name)


def mistakes(run: Run, data: bytes, name: str = "") -> list[tuple[int, str]]:
    """(line, field) of what a file is refused for; nothing of it is kept."""
    before = run(lambda _tx: (models.Session.select().count(), models.Speaker.select().count()))
    with pytest.raises(imports.FileRefused) as refusal:
        run(load, data, name)
    assert run(lambda _tx: (models.Session.select().count(), models.Speaker.select().count())) == before
    assert all(one.message for one in refusal.value.mistakes)
    return [(one.line, one.field) for one in refusal.value.mistakes]


@contextmanager
def statements() -> Iterator[list[tuple[str, int]]]:
    """What is sent to the database meanwhile: statements, and how many rows each wrote or found."""
    database: Any = models.database.obj
    execute, told = database.execute_sql, []

    def counted(sql: str, *values: Any) -> Any:
        cursor = execute(sql, *values)
        told.append((sql, cursor.rowcount))
        return cursor

    database.execute_sql = counted
    try:
        yield told
    finally:
        del database.execute_sql
