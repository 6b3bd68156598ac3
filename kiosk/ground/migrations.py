"""The steps of a database's schema, for the kiosk and the centre: frozen SQL, run once, in order, all or none.

A step says tables and columns as they were when it was written, in SQL that SQLite and PostgreSQL both read: the
models go on changing, a published step does not. What a database lacks is run in one transaction that one process
at a time may hold, so a start that is killed has changed nothing, and a second worker finds the work done. A step that
finds a part of its work done (a database made between two steps) does the rest.
"""

from __future__ import annotations

import importlib.util
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from kiosk.ground.values import dataclass

#: The lock that puts the processes of one PostgreSQL in line, at start (and the centre's at each commit).
LINE = 418_090
#: Types as PostgreSQL names them → SQLite's.
_SQLITE = {"SERIAL": "INTEGER", "BIGINT": "INTEGER", "BOOLEAN": "INTEGER", "TIMESTAMP": "DATETIME", "BYTEA": "BLOB"}
#: What makes or changes a table, whatever blanks and comments stand before it.
_SHAPES = re.compile(r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*(?:CREATE|ALTER)\b")
_TYPES = re.compile(rf"\b({'|'.join(_SQLITE)})\b")


class Db(Protocol):
    """What is asked of an open database: peewee's. ``param`` is « ? » on SQLite alone."""

    param: str

    def execute_sql(self, sql: str, params: Sequence[object] = ...) -> Any:
        """Run one statement; its cursor."""

    def atomic(self, *lock: str) -> AbstractContextManager[Any]:
        """A transaction: what a block does, or nothing."""


@dataclass(frozen=True)
class Step:
    """What leads from the schema before to this one. ``up`` runs once."""

    name: str
    up: Callable[[Any], None]

    @property
    def version(self) -> int:
        """The number its name begins with."""
        return int(self.name[:4])


def in_folder(folder: Path) -> list[Step]:
    """The steps of a folder, one a file, by name; a file is read when its step is run."""
    return [Step(path.stem, partial(_up, path)) for path in sorted(folder.glob("[0-9]*.py"))]


def _up(path: Path, db: Db) -> None:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.up(db)


class Schema(ABC):
    """The steps of one database. Where they are noted, and what copies it first, is each program's own."""

    def __init__(self, db: Db, steps: Sequence[Step]) -> None:
        self.db, self.steps = db, steps

    def upgrade(self) -> list[Step]:
        """Run what the database lacks; returns it. What a hook raises is raised, and nothing has changed.

        A database that lacks nothing is only read: a command beside a kiosk at work never waits for its writer.
        """
        if not self.lacking():
            return []
        with _alone(self.db):
            lacking = self.lacking()
            if lacking:
                self.keep()
                for step in lacking:
                    step.up(self.db)
                self.note(lacking)
        return lacking

    @abstractmethod
    def lacking(self) -> list[Step]:
        """The steps that the database has not had; refuses one that had others than ours."""

    @abstractmethod
    def keep(self) -> None:
        """Copy the database, unless it is new, before the first of them."""

    @abstractmethod
    def note(self, run: list[Step]) -> None:
        """Write down what was run."""


@contextmanager
def _alone(db: Db) -> Iterator[None]:
    """A transaction that one process at a time has. PostgreSQL's begins once the others' have ended: within one, it may
    go on believing that a table it once looked for in vain is not there.
    """
    if db.param == "?":
        with db.atomic("IMMEDIATE"):
            yield
        return
    run(db, "SELECT pg_advisory_lock(?)", LINE)
    try:
        with db.atomic():
            yield
    finally:
        run(db, "SELECT pg_advisory_unlock(?)", LINE)


def run(db: Db, sql: str, *values: object) -> Any:
    """Run a statement with « ? » for its values and PostgreSQL's names of types; its cursor."""
    if db.param == "?":
        if _SHAPES.match(sql):
            sql = _TYPES.sub(lambda found: _SQLITE[found[0]], sql)
    else:
        sql = sql.replace("?", db.param)
    return db.execute_sql(sql, values)


def run_all(db: Db, script: str) -> None:
    """Run the statements of a script, each ended by « ; » and a new line."""
    for statement in script.strip().removesuffix(";").split(";\n"):
        run(db, statement)


def has_table(db: Db, name: str) -> bool:
    """Whether statements that say ``name`` find a table."""
    found = "FROM sqlite_master WHERE type = 'table' AND name = ?"
    if db.param != "?":
        found = "WHERE to_regclass(?) IS NOT NULL"
    return run(db, f"SELECT 1 {found}", name).fetchone() is not None


def has_column(db: Db, table: str, name: str) -> bool:
    """Whether a table has a column of that name."""
    found = "FROM pragma_table_info(?) WHERE name = ?"
    if db.param != "?":
        found = "FROM pg_attribute WHERE attrelid = to_regclass(?) AND attname = ? AND NOT attisdropped"
    return run(db, f"SELECT 1 {found}", table, name).fetchone() is not None


def add_column(db: Db, table: str, column: str) -> None:
    """Add a column, said as in CREATE TABLE; one that is there stays as it is."""
    if not has_column(db, table, column.split()[0]):
        run(db, f"ALTER TABLE {table} ADD COLUMN {column}")
