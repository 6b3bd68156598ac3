"""A database of the first schema, as the first code wrote it, rows in every table: brought up to date, nothing lost.

``version_0001.sql`` was dumped from a file that the code before step 0002 made and filled, ``version_0010.sql`` from
one that the last code to make its tables from the models made; they are never made again.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import peewee
import pytest

from kiosk.domain import outbox
from kiosk.ground import migrations
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ops import local
from kiosk.storage import backups, database
from kiosk.storage.database import MIGRATIONS, Database
from kiosk.storage.models import TABLES, Operation

OLD = Path(__file__).resolve().parent / "version_0001.sql"
#: Tables that came since.
LATER = {"sync_day", "known_device", "show_of_hands", "wording", "answer", "lesson"}
LATER |= {"answer_line", "souvenir", "meeting", "secret", "mentioned", "unmentioned"}


def schema(path: Path) -> dict[str, Any]:
    """Per table: its columns (type, NULL allowed, key) and its indexes (unique, columns), by name."""
    with closing(sqlite3.connect(path)) as base:
        found = {}
        for (table,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = {row[1]: (row[2], row[3], row[5]) for row in base.execute(f"PRAGMA table_info({table})")}
            indexes = {
                row[1]: (row[2], [one[2] for one in base.execute(f"PRAGMA index_info('{row[1]}')")])
                for row in base.execute(f"PRAGMA index_list({table})").fetchall()
                if not row[1].startswith("sqlite_autoindex")
            }
            found[table] = (columns, indexes)
        return found


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of the kiosk's."""
    with closing(sqlite3.connect(path)) as base:
        base.row_factory = sqlite3.Row
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {n: [dict(row) for row in base.execute(f"SELECT * FROM {n} ORDER BY 1")] for n in names}


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "kiosk.sqlite3"
    with closing(sqlite3.connect(path)) as base:
        base.executescript(OLD.read_text(encoding="utf-8"))
    return path


def open_once(path: Path) -> None:
    opened = Database(path)
    opened.open()
    opened.close()


def test_the_first_schema_has_rows_everywhere(old):
    """Else the tests below prove nothing of a table."""
    assert {table for table, found in rows(old).items() if not found} == set()
    assert set(rows(old)) == {t._meta.table_name for t in TABLES} - LATER | {"schema_migration"}


def test_nothing_is_lost_on_the_way_up(old):
    before = rows(old)
    open_once(old)
    after = rows(old)
    steps = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))
    assert [row["name"] for row in after.pop("schema_migration")] == steps
    del before["schema_migration"]
    assert {table: after.pop(table) for table in LATER} == dict.fromkeys(LATER, [])
    # Settings are read where they are set: nothing of them stays here.
    assert after["setting"] == [{"key": "rooms.plain_address", "value": '"r-1"'}]
    after["setting"] = before["setting"]
    for row in before["room"]:
        del row["moderation"]  # 0009: every room reads over
    kept = {t: [{k: row[k] for k in before[t][0]} for row in found] for t, found in after.items()}
    assert kept == before
    new = {k: v for k, v in after["operation"][0].items() if k not in before["operation"][0]}
    assert new == {
        "subject": "",
        "session_id": "",
        "attempts": 0,
        "next_try_at": 0,
        "sent_at": None,
        "centre": "",
        "verdict_before": "",
        "answered_at": None,
        "last_class": "",
        "keep_until": None,
    }


def test_an_upgraded_database_is_like_a_new_one(old, tmp_path):
    open_once(tmp_path / "new.sqlite3")
    open_once(old)
    assert schema(old) == schema(tmp_path / "new.sqlite3")


def test_the_models_are_what_the_steps_made(tmp_path):
    open_once(tmp_path / "new.sqlite3")
    made = peewee.SqliteDatabase(tmp_path / "models.sqlite3")
    with made.bind_ctx(TABLES, bind_refs=False):
        made.create_tables(TABLES)
    made.close()
    stepped = schema(tmp_path / "new.sqlite3")
    del stepped["schema_migration"]
    assert stepped == schema(tmp_path / "models.sqlite3")


def test_a_database_made_from_the_models_opens_as_it_is(tmp_path, monkeypatch):
    path, steps = tmp_path / "k.sqlite3", tmp_path / "steps"
    steps.mkdir()
    for step in MIGRATIONS.glob("00*.py"):
        if step.name < "0011":  # those it was made with
            shutil.copy(step, steps)
    with closing(sqlite3.connect(path)) as base:
        base.executescript(OLD.with_name("version_0010.sql").read_text(encoding="utf-8"))
        before = list(base.iterdump())
    with monkeypatch.context() as patched:
        patched.setattr(database, "MIGRATIONS", steps)
        open_once(path)
    with closing(sqlite3.connect(path)) as base:
        assert list(base.iterdump()) == before
    assert backups.newest_first(path) == []
    open_once(path)
    open_once(tmp_path / "new.sqlite3")
    assert schema(path) == schema(tmp_path / "new.sqlite3")


def test_a_statement_may_have_its_reason_above_it(tmp_path):
    """Types are PostgreSQL's: one that SQLite got as it stands (SERIAL) numbers nothing, and nobody sees it."""
    opened = peewee.SqliteDatabase(str(tmp_path / "k.sqlite3"))
    migrations.run_all(
        opened,
        "-- why\n\n  /* and\n how */\nCREATE TABLE t (id SERIAL PRIMARY KEY, at BIGINT);\n"
        "\n-- so\nALTER TABLE t ADD COLUMN done BOOLEAN;\nINSERT INTO t (at, done) VALUES (1, 1);\n"
        "  INSERT INTO t (at) SELECT at FROM t WHERE 'BIGINT' = 'BIG' || 'INT';\n",
    )
    assert opened.execute_sql("SELECT id, at, done FROM t").fetchall() == [(1, 1, 1), (2, 1, None)]
    columns = opened.execute_sql("SELECT type FROM pragma_table_info('t')").fetchall()
    assert columns == [("INTEGER",)] * 3
    opened.close()


def test_a_room_of_any_name_becomes_the_plain_address(old):
    odd = 'l\'"autre" \\ salle'
    with closing(sqlite3.connect(old)) as base, base:
        base.execute("UPDATE room SET id = ?", (odd,))
    open_once(old)
    assert [json.loads(row["value"]) for row in rows(old)["setting"]] == [odd]


def test_a_start_that_is_cut_has_changed_nothing(old, tmp_path, monkeypatch):
    steps = tmp_path / "steps"
    shutil.copytree(MIGRATIONS, steps, ignore=shutil.ignore_patterns("__pycache__"))
    (steps / "0099_late.py").write_text("def up(db):\n    raise OSError('cut')\n")
    before = rows(old), schema(old)
    with monkeypatch.context() as patched:
        patched.setattr(database, "MIGRATIONS", steps)
        with pytest.raises(KioskError):
            open_once(old)
    assert (rows(old), schema(old)) == before
    open_once(old)
    assert len(rows(old)["schema_migration"]) == len(list(MIGRATIONS.glob("0*.py")))


def test_the_copy_made_first_is_the_old_one_whole(old):
    before = rows(old)
    open_once(old)
    (copy,) = backups.newest_first(old)
    assert rows(copy) == before


def test_what_an_older_version_wanted_to_say_of_its_demonstration_is_dropped(old, tmp_path, monkeypatch):
    """On a database at 0002: that version wrote the demonstration's operations like any other's."""
    steps = tmp_path / "steps"
    steps.mkdir()
    for step in sorted(MIGRATIONS.glob("0*.py"))[:2]:
        shutil.copy(step, steps)
    with monkeypatch.context() as patched:
        patched.setattr(database, "MIGRATIONS", steps)
        open_once(old)
    with closing(sqlite3.connect(old)) as base, base:
        for number, (state, session) in enumerate(
            [
                ("waiting", "DEMO-S-1"),
                ("rejected", "DEMO-S-2"),
                ("held", "DEMO-S-1"),
                ("waiting", "DEMO-C-1"),
                ("accepted", "DEMO-S-1"),
                ("waiting", "S1"),
            ]
        ):
            base.execute(
                "INSERT INTO operation VALUES (?, ?, 'question.prepared', 1, '{\"text\":\"x\"}', ?, '', '', 'q', ?, 0,"
                " 0, NULL, NULL, '')",
                (number + 10, f"later-{number}", state, session),
            )
        for id, session in (("E8", "DEMO-S-1"), ("E9", "S1")):
            base.execute(
                "INSERT INTO enrolment VALUES (?, 0, ?, 'class', '3e A', '3E', 20, '', 'requested', '', '', 0)",
                (id, session),
            )
    before = rows(old)
    open_once(old)
    after = rows(old)
    known = [{name: row[name] for name in before["operation"][0]} for row in after["operation"]]
    changed = {row["seq"]: (row["state"], row["body"]) for row in known if row not in before["operation"]}
    assert changed == {10: ("dropped", "{}"), 11: ("dropped", "{}"), 12: ("dropped", "{}")}
    states = {row["id"]: row["state"] for row in after["enrolment"]}
    assert states == {"E1": "confirmed", "E8": "cancelled", "E9": "requested"}


def test_an_upgraded_kiosk_says_what_the_old_one_had_to_say(old):
    with local.opened(Settings(data_dir=old.parent, engine="threading")) as kiosk:
        assert [(row.id, row.seq) for row in outbox.due(kiosk.clock.now())] == [("op-1", 1)]
        kiosk.write(lambda tx: outbox.sending(tx, [1]))
        kiosk.write(lambda tx: outbox.prune(tx))
        row = Operation.get(Operation.seq == 1)
        assert (row.attempts, row.body["question_id"]) == (1, "q3")


def test_a_database_that_lacks_nothing_is_opened_beside_a_writer_at_work(tmp_path):
    """A command that only reads does not wait for what the kiosk writes, nor refuse because of it."""
    path = tmp_path / "kiosk.sqlite3"
    first = Database(path)
    first.open()
    first.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        second = Database(path)
        second.open()
        second.close()
