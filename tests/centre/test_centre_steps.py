"""Steps of the centre's schema on a full database: what they cost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import peewee
import pytest

from kiosk.centre.schema import STEPS


def cost(path: Path, many: int) -> int:
    """Thousands of SQLite's own instructions that the first step takes for a school with `many` operations."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(Path(__file__).with_name("version_1.sql").read_text("utf-8"))
        for n in range(many):
            db.execute("INSERT INTO operation VALUES ('U', ?, 'K', ?, '{}')", (f"o{n}", n))
            db.execute("INSERT INTO asked VALUES (?, 'U', ?, 'S', 'Et ?', 'vie', 'live', 'asked')", (f"q{n}", n))
            db.execute("INSERT INTO attendance VALUES ('U', ?, 'S', ?, 26, 1, 2, 3, 4)", (f"e{n}", n))
    database = peewee.SqliteDatabase(str(path))
    ticks: list[int] = []
    database.connection().set_progress_handler(lambda: ticks.append(1), 1000)
    STEPS[1].up(database)
    for table in ("asked", "attendance"):
        held = database.execute_sql(f"SELECT count(*) FROM {table} WHERE kiosk = 'K'").fetchone()
        assert held == (many,)
    database.close()
    return len(ticks)


def test_a_start_that_upgrades_costs_what_there_are_rows_and_not_their_square(tmp_path: Path) -> None:
    """All workers of a national centre wait for it."""
    few, many = cost(tmp_path / "few.sqlite3", 500), cost(tmp_path / "many.sqlite3", 2000)
    assert few > 10 and many == pytest.approx(4 * few, rel=0.5)
