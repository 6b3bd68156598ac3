"""What the database keeps for the machine: small settings and the outbox's figures, never a pupil's words."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from kiosk.ground.config import Settings
from kiosk.ops.doctor import data_checks

#: The only keys that the diagnosis reads.
KEYS = ("clock.source", "sync.state", "sync.unread", "relays.met")


def values(settings: Settings) -> dict[str, Any]:
    """The kept values of :data:`KEYS`; empty when there is no readable database here."""
    try:
        with data_checks.reading(settings.data_dir / "kiosk.sqlite3") as connection:
            marks = ",".join("?" * len(KEYS))
            rows = connection.execute(f"SELECT key, value FROM setting WHERE key IN ({marks})", KEYS).fetchall()
    except (sqlite3.Error, OSError):
        return {}
    found = {}
    for key, text in rows:
        try:
            found[key] = json.loads(text)
        except (TypeError, ValueError):
            continue
    return found


def outbox(settings: Settings) -> tuple[dict[str, int], int | None]:
    """(state → operations, instant of the oldest that waits in UTC ms); empty without a readable database."""
    try:
        with data_checks.reading(settings.data_dir / "kiosk.sqlite3") as connection:
            counts = dict(connection.execute("SELECT state, COUNT(*) FROM operation GROUP BY state").fetchall())
            oldest = connection.execute("SELECT MIN(at) FROM operation WHERE state = 'waiting'").fetchone()[0]
    except (sqlite3.Error, OSError):
        return {}, None
    return counts, oldest
