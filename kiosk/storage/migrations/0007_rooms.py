"""Rooms side by side: the address without a code leads to the first one, an invitation may be for one device."""

import json

from kiosk.ground.migrations import add_column, run

PLAIN = "rooms.plain_address"


def up(db):
    """Name what stood without a name; links given before keep opening for any number of devices (``seats`` 0)."""
    add_column(db, "invitation", "seats INTEGER NOT NULL DEFAULT 0")
    # « Salle / Salle B12 » reads badly: the name that the machine gave, not one that somebody chose.
    run(db, "UPDATE room SET name = 'Salle principale' WHERE name = 'Salle'")
    said = run(db, "SELECT 1 FROM setting WHERE key = ?", PLAIN).fetchone()
    # SQLite's own row number tells which came first; elsewhere, the name that the machine gave to the first one.
    age = "rowid" if db.param == "?" else "CASE WHEN name = 'Salle principale' THEN 0 ELSE 1 END, id"
    first = run(db, f"SELECT id FROM room ORDER BY {age} LIMIT 1").fetchone()
    if first and not said:
        run(db, "INSERT INTO setting (key, value) VALUES (?, ?)", PLAIN, json.dumps(first[0]))
