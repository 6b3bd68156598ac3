"""The secrets of one installation on PostgreSQL: a row that every worker reads, made by the first of them.

A connection of its own for each act: commands have no other, and a worker that serves reads them through its pool
(``kiosk.ops.together``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

from kiosk.ground.errors import KioskError

T = TypeVar("T")
#: The one row.
ROW = 1


def read(database: str) -> dict[str, Any] | None:
    """What is kept, None before the first start. :raises KioskError: ``storage_away``."""

    def work(cursor: Any) -> dict[str, Any] | None:
        cursor.execute("SELECT to_regclass('secret') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT value FROM secret WHERE id = %s", (ROW,))
        row = cursor.fetchone()
        return None if row is None else told(row[0])

    return _with(database, work)


def told(row: str) -> dict[str, Any]:
    """The values of a row."""
    held = json.loads(row)
    return held if isinstance(held, dict) else {}


def first(database: str, values: dict[str, Any]) -> None:
    """Keep these unless another worker was before. :raises KioskError: ``storage_away``."""
    _with(database, lambda cursor: cursor.execute(f"{_INSERT} ON CONFLICT DO NOTHING", (ROW, json.dumps(values))))


def write(database: str, values: dict[str, Any]) -> None:
    """Keep these instead of those there. :raises KioskError: ``storage_away``."""
    instead = f"{_INSERT} ON CONFLICT (id) DO UPDATE SET value = excluded.value"
    _with(database, lambda cursor: cursor.execute(instead, (ROW, json.dumps(values))))


_INSERT = "INSERT INTO secret (id, value) VALUES (%s, %s)"


def _with(database: str, work: Callable[[Any], T]) -> T:
    try:
        import psycopg2
    except ImportError as error:
        raise KioskError("scale_missing", name="psycopg2") from error
    from kiosk.storage.postgresql import Connection

    try:
        made = psycopg2.connect(database, connect_timeout=5, application_name="kiosque", connection_factory=Connection)
        with closing(made) as connection:
            connection.autocommit = True
            return work(connection.cursor())
    except psycopg2.Error as error:
        raise KioskError("storage_away") from error
