"""Rows from a file that somebody gave, in a schema that only our migrations made.

A database can carry more than rows: a trigger undoes what the kiosk does, a view or a generated column computes, an
index may be missing. Nothing of that is looked for: every row goes to a new file, what has no place there is refused.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from kiosk.storage import database

#: Rights to act are given on a machine, and stay there.
RIGHTS = frozenset({"access", "invitation", "known_device", "secret"})
#: What the migrations themselves keep: a new file has its own.
_OWN = frozenset({"schema_migration"})


def rebuild(source: Path, target: Path) -> None:
    """Bring ``source``, which nobody uses, up to this version, and copy its rows to the new file ``target`` (mode 600).

    :raises ValueError: it holds something else than the rows of our tables. :raises sqlite3.Error, OSError: it failed.
    """
    _plain(source)
    database.settle(source)
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    database.settle(target)
    with closing(sqlite3.connect(target, isolation_level=None)) as made:
        made.execute("PRAGMA trusted_schema=OFF")
        made.execute("PRAGMA journal_mode=DELETE")
        made.execute("ATTACH ? AS given", (str(source),))
        tables = _columns(made, "main")
        given = _columns(made, "given")
        if given != tables:
            odd = sorted(name for name in given.keys() | tables.keys() if given.get(name) != tables.get(name))
            raise ValueError(f"other tables or columns than ours: {', '.join(odd)[:80]}")
        made.execute("BEGIN")
        for table in tables.keys() - RIGHTS - _OWN:
            names = ", ".join(f'"{name}"' for name in sorted(tables[table]))
            made.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM given."{table}" NOT INDEXED')
        made.execute("COMMIT")


def _plain(path: Path) -> None:
    """Tables and indexes only: no trigger that would run, no view, no module's table. :raises ValueError: there is."""
    with closing(sqlite3.connect(path)) as given:
        given.execute("PRAGMA trusted_schema=OFF")
        for kind, name, sql in given.execute("SELECT type, name, sql FROM sqlite_master"):
            table = kind == "table" and (sql or "").upper().startswith("CREATE TABLE")
            if not table and kind != "index":
                raise ValueError(f"a {kind} that is not ours: {str(name)[:40]}")


def _columns(connection: sqlite3.Connection, schema: str) -> dict[str, frozenset[str]]:
    """Per table, its columns. :raises ValueError: one is computed."""
    found = {}
    listed = connection.execute(f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in listed:
        if table.startswith("sqlite_"):
            continue
        rows = connection.execute("SELECT name, hidden FROM pragma_table_xinfo(?, ?)", (table, schema)).fetchall()
        if any(hidden for _name, hidden in rows):
            raise ValueError(f"a computed column: {table[:40]}")
        found[table] = frozenset(name for name, _hidden in rows)
    return found
