"""The kiosk on a real PostgreSQL: its steps from the first schema, rows in every table, as on a file; its writer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import peewee
import pytest
from playhouse.db_url import connect

from centre.postgresql_cluster import Cluster, postgresql
from kiosk.engine import Engine
from kiosk.ground import migrations
from kiosk.ground.clock import Clock
from kiosk.storage.database import MIGRATIONS, Database
from kiosk.storage.models import TABLES, Setting
from kiosk.storage.writer import Writer

pytestmark = pytest.mark.server
OLD = Path(__file__).resolve().parent / "version_0001.sql"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One PostgreSQL for these tests."""
    with postgresql() as made:
        yield made


def first(url: str) -> dict[str, list[dict[str, Any]]]:
    """Make a database of the first schema with the rows of ``version_0001.sql``; returns them."""
    with closing(sqlite3.connect(":memory:")) as given:
        given.executescript(OLD.read_text(encoding="utf-8"))
        tables = [name for (name,) in given.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = rows(given.execute, tables)
    base = connect(url)
    migrations.in_folder(MIGRATIONS)[0].up(base)
    for table, found in held.items():
        truths = {column.name for column in base.get_columns(table) if column.data_type == "boolean"}
        key = next(iter(found[0]))
        for row in found:
            values = [bool(value) if name in truths else value for name, value in row.items()]
            names, marks = ", ".join(row), ", ".join("?" for _value in values)
            migrations.run(base, f"INSERT INTO {table} ({names}) VALUES ({marks})", *values)
        if isinstance(found[0][key], int):  # a serial goes on from there
            migrations.run(base, "SELECT setval(pg_get_serial_sequence(?, ?), ?)", table, key, len(found))
    base.close()
    return held


def rows(execute: Any, tables: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by its first column."""
    found = {}
    for table in tables:
        cursor = execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        found[table] = sorted((dict(zip(names, row)) for row in cursor.fetchall()), key=lambda row: str(row[names[0]]))
    return found


def shape(base: peewee.Database) -> dict[str, Any]:
    """What every table is made of, whatever the order."""
    return {
        name: (
            sorted((one.name, one.data_type, one.null) for one in base.get_columns(name)),
            sorted(base.get_primary_keys(name)),
            sorted((one.name, tuple(one.columns), one.unique) for one in base.get_indexes(name)),
        )
        for name in base.get_tables()
    }


def opened(url: str) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Open a kiosk's database once; its shape and its rows then."""
    database = Database(Path("nowhere"), url)
    database.open()
    database.close()
    base = connect(url)
    try:
        return shape(base), rows(base.execute_sql, sorted(base.get_tables()))
    finally:
        base.close()


def test_a_first_database_becomes_like_a_new_one_and_keeps_its_rows(cluster: Cluster, tmp_path: Path) -> None:
    """Row by row what the same steps make of a file."""
    url = cluster.database()
    assert all(first(url).values())
    upgraded, held = opened(url)
    fresh, empty = opened(cluster.database())
    assert upgraded == fresh and not any(found for table, found in empty.items() if table != "schema_migration")
    with closing(sqlite3.connect(tmp_path / "k.sqlite3")) as given:
        given.executescript(OLD.read_text(encoding="utf-8"))
    database = Database(tmp_path / "k.sqlite3")
    database.open()
    on_a_file = rows(database.peewee.execute_sql, sorted(database.peewee.get_tables()))
    database.close()
    assert [row["name"] for row in held.pop("schema_migration")] == [
        row["name"] for row in on_a_file.pop("schema_migration")
    ]
    assert held == on_a_file


def test_the_models_are_what_the_steps_made(cluster: Cluster) -> None:
    stepped, _rows = opened(cluster.database())
    del stepped["schema_migration"]
    made = connect(cluster.database())
    with made.bind_ctx(TABLES, bind_refs=False):
        made.create_tables(TABLES)
    made.execute_sql("CREATE INDEX question_room_id_number ON question (room_id, number)")  # PostgreSQL's alone
    assert shape(made) == stepped
    made.close()


def test_workers_that_start_at_once_upgrade_once(cluster: Cluster) -> None:
    url = cluster.database()
    first(url)
    failed: list[BaseException] = []

    def start() -> None:
        try:
            opened(url)
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=start) for _worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failed == []
    noted = [row["name"] for row in opened(url)[1]["schema_migration"]]
    assert sorted(noted) == [step.name for step in migrations.in_folder(MIGRATIONS)]


def test_a_server_that_comes_back_is_written_to_again(cluster: Cluster) -> None:
    """Nobody is refused: the connection was found dead before anything was written. Who reads is answered too."""
    url = cluster.database()
    database = Database(Path("nowhere"), url)
    database.open()
    writer = Writer(database, Engine(), Clock(), lambda events: None)
    writer.start()
    other = connect(url)
    other.execute_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    writer.run(lambda tx: Setting.insert(key="a", value=1).execute())
    assert other.execute_sql("SELECT key FROM setting").fetchall() == [("a",)]
    assert [row.key for row in Setting.select()] == ["a"]
    other.execute_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert [row.key for row in Setting.select()] == ["a"]
    assert writer.stop()
    other.close()
    database.close()


def test_what_is_acknowledged_survives_a_server_that_is_killed(cluster: Cluster) -> None:
    """Each unit is followed at once by the server's end without a word: what the disk did not have would be lost."""
    database = Database(Path("nowhere"), cluster.database())
    database.open()
    writer = Writer(database, Engine(), Clock(), lambda events: None)
    writer.start()
    for n in range(5):
        writer.run(lambda tx, n=n: Setting.insert(key=f"k{n}", value=n).execute())  # type: ignore[misc]
        cluster.crash()
        cluster.start()
        assert [row.key for row in Setting.select().order_by(Setting.key)] == [f"k{m}" for m in range(n + 1)]
    assert writer.stop()
    database.close()
