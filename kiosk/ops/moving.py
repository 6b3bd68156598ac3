"""``kiosk migrate-data``: the rows of a kiosk from its file to PostgreSQL, or back, whole or not at all.

The source is only read, and nobody uses either side meanwhile. Sessions, questions, the outbox in its order and the
secrets come along; the identity, the portraits and the chosen settings are files of the data folder, which stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kiosk.ground import lockfile, migrations
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.storage import archive, datafolder, secretfile, sqlitefile
from kiosk.storage.database import Database, settle
from kiosk.storage.duty import SharedDuty
from kiosk.storage.models import TABLES, Secret

#: The word that means the data folder's own file.
FILE = "sqlite"
#: Rows read and written at a time.
BATCH = 500


def move(settings: Settings, target: str) -> list[str]:
    """Copy to ``target``, an address ``postgresql://…`` or :data:`FILE`; the report.

    :raises KioskError: ``already_running``, ``scale_taken``, ``move_target`` (it holds a kiosk already),
        ``move_source`` (there is none, of this version), ``move_counts``, ``storage_away``.
    """
    out = target != FILE
    url = target if out else settings.database
    if not url.startswith(("postgresql://", "postgres://")):
        raise KioskError("move_target")
    datafolder.prepare(settings.data_dir)
    path = settings.data_dir / archive.DATABASE
    with lockfile.take(settings.data_dir), _nobody_else(url):
        counts = _to_server(path, url) if out else _to_file(path, url)
        if out:
            secretfile.write(settings.data_dir, secretfile.load(settings.data_dir), url)
        else:
            secretfile.write(settings.data_dir, secretfile.load(settings.data_dir, url))
    lines = [_("%(table)s : %(rows)s", table=name, rows=rows) for name, rows in counts.items() if rows]
    return [
        *lines,
        _("Tout est copié et compté. L’autre base n’a pas changé."),
        _("Réglez maintenant database sur cette base, puis démarrez.")
        if out
        else _("Videz maintenant database dans vos réglages, puis démarrez."),
    ]


@contextmanager
def _nobody_else(url: str) -> Iterator[None]:
    duty = SharedDuty(url, several=False)
    try:
        yield
    finally:
        duty.leave()


def _to_server(path: Path, url: str) -> dict[str, int]:
    database = Database(path, url)
    database.open()
    try:
        with closing(_source(path)) as source:
            database.connect_writer()
            return _copy(source.execute, database.peewee)
    finally:
        database.close()


def _to_file(path: Path, url: str) -> dict[str, int]:
    """Into a file made beside, which takes its place once it is whole."""
    if path.exists():
        raise KioskError("move_target")
    source = Database(path, url)
    part = path.with_name("kiosk.part.sqlite3")
    part.unlink(missing_ok=True)
    source.peewee.connect()
    try:
        _same_version(source.peewee.execute_sql)
        settle(part)
        target = Database(part)
        target.use()
        target.connect_writer()
        try:
            counts = _copy(source.peewee.execute_sql, target.peewee)
            target.peewee.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            target.close()
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        source.peewee.close()
    part.rename(path)
    return counts


def _source(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise KioskError("move_source")
    made = sqlitefile.reading(path)
    try:
        _same_version(made.execute)
    except BaseException:
        made.close()
        raise
    return made


def _same_version(execute: Any) -> None:
    """:raises KioskError: ``move_source``: its schema is not this version's."""
    from kiosk.storage.database import MIGRATIONS

    try:
        held = {name for (name,) in execute("SELECT name FROM schema_migration").fetchall()}
    except Exception as error:  # no such table, in either database's words
        raise KioskError("move_source") from error
    if held != {step.name for step in migrations.in_folder(MIGRATIONS)}:
        raise KioskError("move_source")


def _copy(read: Any, target: Any) -> dict[str, int]:
    """Every row of every table, in one transaction; how many, by table, the same on both sides."""
    tables = [table for table in TABLES if table is not Secret]
    target.execute_sql("BEGIN")
    try:
        counts = {table._meta.table_name: _rows(read, target, table) for table in tables}
        for name, number in counts.items():
            (found,) = target.execute_sql(f'SELECT COUNT(*) FROM "{name}"').fetchone()
            (given,) = read(f'SELECT COUNT(*) FROM "{name}"').fetchone()
            if not found == given == number:
                raise KioskError("move_counts", table=name)
        target.execute_sql("COMMIT")
    except BaseException:
        target.execute_sql("ROLLBACK")
        raise
    return counts


def _rows(read: Any, target: Any, table: Any) -> int:
    """Copy one table. Numbers that a table gives go on after the last one.

    :raises KioskError: ``move_target``: there are rows already.
    """
    name, fields = table._meta.table_name, table._meta.sorted_fields
    if target.execute_sql(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() is not None:
        raise KioskError("move_target")
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    truths = [number for number, field in enumerate(fields) if field.field_type == "BOOL"]
    insert = f'INSERT INTO "{name}" ({columns}) VALUES ({", ".join([target.param] * len(fields))})'
    cursor, number = read(f'SELECT {columns} FROM "{name}"'), 0
    while batch := cursor.fetchmany(BATCH):
        for row in batch:
            values = list(row)
            for place in truths:
                values[place] = None if values[place] is None else bool(values[place])
            target.execute_sql(insert, values)
        number += len(batch)
    key = table._meta.primary_key
    if target.param != "?" and getattr(key, "field_type", "") == "AUTO":
        target.execute_sql(
            f"SELECT setval(pg_get_serial_sequence('{name}', '{key.column_name}'),"
            f' (SELECT COALESCE(MAX("{key.column_name}"), 0) + 1 FROM "{name}"), false)'
        )
    return number
