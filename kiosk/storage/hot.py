"""The statements of a question's way in, and of the rows every page reads, ready made.

Building a query costs far more than running it (measured, all of a question's statements: 950 µs
with the query builder on a busy machine, 25 µs with these). They are portable: ``?`` becomes ``%s`` on
PostgreSQL. Everything else uses the models.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import peewee

from kiosk.storage.database import CURRENT

HELD = "SELECT original_text, room_id, status, number, worry FROM question WHERE id = ?"
ROOM = "SELECT session_id, phase, intake, review_off_until, next_number FROM room WHERE id = ?"
UNREVIEWED = "SELECT id, review_off_until FROM room WHERE review_off_until IS NOT NULL"
SHUT = "SELECT shut_at FROM room WHERE id = ?"
SENT = "SELECT COUNT(*) FROM question WHERE author = ? AND room_id = ?"
INSERT = (
    "INSERT INTO question (id, rev, number, room_id, session_id, author, origin, status, text, original_text, theme,"
    " level, speaker_id, base_support, support, position, kept_apart, unread, worry, created_at, approved_at)"
    " VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0, 0, 0, ?, ?, ?, ?, ?)"
)
#: A room's session, headcount, questions to read over, to ask, kept apart (``distress``), and in all; to be filled by
#: :func:`filled`.
CROWD = (
    "SELECT session_id, headcount,"
    " (SELECT COUNT(*) FROM question q WHERE q.room_id = r.id AND q.session_id = r.session_id"
    " AND q.status IN {to_review} AND q.worry NOT IN {guarded}),"
    " (SELECT COUNT(*) FROM question q WHERE q.room_id = r.id AND q.session_id = r.session_id"
    " AND q.status IN {ready} AND q.origin = 'live'),"
    " (SELECT COUNT(*) FROM question q WHERE q.room_id = r.id AND q.session_id = r.session_id"
    " AND q.worry IN {guarded}),"
    " (SELECT COUNT(*) FROM question q WHERE q.room_id = r.id AND q.session_id = r.session_id)"
    " FROM room r WHERE r.id = ?"
)
#: Every question of a room's session that somebody may still read over, be told or hear again, by age (``board.Line``);
#: never a guarded one (``distress``); to be filled by :func:`filled`.
BOARD = (
    "SELECT id, number, status, text, theme, support, kept_apart FROM question WHERE room_id = ? AND session_id = ?"
    " AND status IN {in_play} AND worry NOT IN {guarded} ORDER BY created_at, number LIMIT ?"
)
_ACTS = (
    *(
        f"SELECT MAX({column}) AS at FROM question WHERE "
        for column in ("created_at", "approved_at", "on_screen_at", "asked_at", "answered_at")
    ),
    "SELECT MAX(at) FROM decision WHERE ",
    "SELECT MAX(created_at) FROM reflection WHERE ",
    "SELECT MAX(created_at) FROM show_of_hands WHERE ",
)
#: Questions in ``LAST_ACT``, each with its room and session.
ACTS = len(_ACTS)
LAST_ACT = "SELECT MAX(at) FROM ({}) AS acts".format(
    " UNION ALL ".join(act + "room_id = ? AND session_id = ?" for act in _ACTS)
)
LAST_ACT_UNHELD = "SELECT MAX(created_at) FROM question WHERE room_id IS NULL AND session_id = ?"
TWO_ROOMS = "SELECT id FROM room LIMIT 2"
REVISIONS = "SELECT id, rev, session_id FROM room"
#: The clock of PostgreSQL's machine, UTC milliseconds: one for all workers.
SERVER_CLOCK = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
SECRET = "SELECT value FROM secret WHERE id = 1"
NEXT_REV = "UPDATE room SET rev = rev + 1 WHERE id = ? RETURNING rev"
NEXT_NUMBER = "UPDATE room SET rev = rev + 1, next_number = next_number + 1 WHERE id = ? RETURNING rev"


def filled(statement: str, **codes: tuple[str, ...]) -> str:
    """A statement with the lists of codes it chooses by, once, when a module is read: they are the domain's."""
    lists = {name: ", ".join(f"'{code}'" for code in these) for name, these in codes.items()}
    return statement.format(**{name: f"({these})" for name, these in lists.items()})


@lru_cache(maxsize=64)
def _for(param: str, statement: str) -> str:
    return statement if param == "?" else statement.replace("?", param)


def run(database: peewee.Database | peewee.Proxy, statement: str, *values: Any) -> Any:
    """Run a statement of this module; returns its cursor."""
    return database.execute_sql(_for(database.param, statement), values)


def first(database: peewee.Database | peewee.Proxy, statement: str, *values: Any) -> Any:
    """The first row of a statement as a tuple, or None."""
    return run(database, statement, *values).fetchone()


def read(statement: str, *values: Any) -> list[Any]:
    """All rows of a statement as tuples, from the database of the present context."""
    rows: list[Any] = run(CURRENT, statement, *values).fetchall()
    return rows


def fetch(model: Any, **equals: Any) -> Any:
    """The row of ``model`` whose columns have these values, or None: its SQL is built once.

    As ``model.get_or_none``, which takes 0.25 ms to build it each time (measured: 60 % of a pupil's page).
    """
    statement, names, converters = _select(model, tuple(equals))
    found = first(CURRENT, statement, *equals.values())
    if found is None:
        return None
    row = model(__no_default__=1)
    row.__data__.update(zip(names, found))
    for name, convert in converters:
        row.__data__[name] = convert(row.__data__[name])
    return row


@lru_cache(maxsize=64)
def _select(model: Any, keys: tuple[str, ...]) -> tuple[str, tuple[str, ...], tuple[tuple[str, Any], ...]]:
    fields = model._meta.sorted_fields
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    where = " AND ".join(f'"{model._meta.fields[key].column_name}" = ?' for key in keys)
    converters = tuple(
        (field.name, field.python_value)
        for field in fields
        if not isinstance(field, (peewee.TextField, peewee.IntegerField, peewee.BigIntegerField))
        or type(field).python_value is not peewee.Field.python_value
    )
    names = tuple(field.name for field in fields)
    return f'SELECT {columns} FROM "{model._meta.table_name}" WHERE {where} LIMIT 1', names, converters
