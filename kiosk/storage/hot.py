"""The statements of a question's way in, and of the rows every page reads, ready made.

Building a query costs far more than running it (measured, all of a question's statements: 950 µs
with the query builder on a busy machine, 25 µs with these). They are portable: ``?`` becomes ``%s`` on
PostgreSQL. Everything else uses the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import peewee

from kiosk.storage.database import CURRENT

#: At the door, before anything is written: the room's session, since when newcomers wait, whether a question is held.
DOOR = "SELECT session_id, shut_at, EXISTS(SELECT 1 FROM question WHERE id = ?) FROM room WHERE id = ?"
#: A room, what its list holds of an author, in all and since an instant, when the questions came that have numbers so
#: far back (:data:`ARRIVING_BY_SEVERAL` alone), and the question that has this id already.
_ARRIVING = (
    "SELECT r.session_id, r.phase, r.intake, r.review_off_until, r.next_number,"
    " (SELECT COUNT(*) FROM question s WHERE s.author = ? AND s.room_id = r.id),"
    " (SELECT COUNT(*) FROM question s WHERE s.author = ? AND s.room_id = r.id AND s.created_at > ?),"
    " {}, {}, q.id, q.original_text, q.room_id, q.status, q.number, q.worry"
    " FROM room r LEFT JOIN question q ON q.id = ? WHERE r.id = ?"
)
_CAME = "(SELECT s.created_at FROM question s WHERE s.room_id = r.id AND s.number = r.next_number - ?)"
ARRIVING, ARRIVING_BY_SEVERAL = _ARRIVING.format("NULL", "NULL"), _ARRIVING.format(_CAME, _CAME)
SESSION = "SELECT session_id FROM room WHERE id = ?"
UNREVIEWED = "SELECT id, review_off_until FROM room WHERE review_off_until IS NOT NULL"
SENT = "SELECT COUNT(*) FROM question WHERE author = ? AND room_id = ?"
INSERT = (
    "INSERT INTO question (id, rev, number, room_id, session_id, author, origin, status, text, original_text, theme,"
    " level, speaker_id, base_support, support, position, kept_apart, unread, worry, created_at, approved_at)"
    " VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0, 0, 0, ?, ?, ?, ?, ?)"
)
#: A support given, and taken back (also of what was merged into the question).
BACK = "INSERT INTO support (question_id, device) VALUES (?, ?)"
LET_GO = (
    "DELETE FROM support WHERE device = ?"
    " AND question_id IN (SELECT ? UNION ALL SELECT id FROM question WHERE merged_into = ?)"
)
#: The devices that back a question or any merged into it; each merged author counts as one. Its id, six times.
RECOUNT = (
    "UPDATE question SET support = base_support"
    " + (SELECT COALESCE(SUM(c.base_support), 0) FROM question c WHERE c.merged_into = ?)"
    " + (SELECT COUNT(*) FROM question c WHERE c.merged_into = ? AND COALESCE(c.author, '') = '')"
    " + (SELECT COUNT(*) FROM (SELECT s.device FROM support s WHERE s.question_id = ?"
    " UNION SELECT s.device FROM question c JOIN support s ON s.question_id = c.id WHERE c.merged_into = ?"
    " UNION SELECT c.author FROM question c JOIN question h ON h.id = c.merged_into"
    " WHERE c.merged_into = ? AND c.author <> '' AND c.author <> COALESCE(h.author, '')) AS backing)"
    " WHERE id = ? RETURNING support"
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
#: How many questions of a room's session are in each status, by origin; never a guarded one. To be :func:`filled`.
TOTALS = (
    "SELECT status, origin, COUNT(*) FROM question WHERE room_id = ? AND session_id = ? AND worry NOT IN {guarded}"
    " GROUP BY status, origin"
)
#: Whether a room has any guarded question, taken back or not. To be :func:`filled`.
WORRIED = "SELECT 1 FROM question WHERE room_id = ? AND worry IN {guarded} LIMIT 1"
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
NEXT_REV_VOTED = "UPDATE room SET rev = rev + 1 WHERE id = ? RETURNING rev, (SELECT support FROM question WHERE id = ?)"
NEXT_NUMBER = "UPDATE room SET rev = rev + 1, next_number = next_number + 1 WHERE id = ? RETURNING rev"


def filled(statement: str, **codes: tuple[str, ...]) -> str:
    """A statement with the lists of codes it chooses by, once, when a module is read: they are the domain's."""
    lists = {name: ", ".join(f"'{code}'" for code in these) for name, these in codes.items()}
    return statement.format(**{name: f"({these})" for name, these in lists.items()})


def run(database: peewee.Database | peewee.Proxy, statement: str, *values: Any) -> Any:
    """Run a statement of this module; returns its cursor."""
    return _run(database, (statement, values))


def together(database: peewee.Database | peewee.Proxy, *statements: tuple[str, Sequence[Any]]) -> Any:
    """Run statements of this module, of which the last one's answer is wanted: its first row, or None. PostgreSQL gets
    them in one message.
    """
    return _run(database, *statements).fetchone()


def _run(database: Any, *statements: tuple[str, Sequence[Any]]) -> Any:
    if database.param != "?":
        return database.ready(*statements)
    for statement, values in statements:
        cursor = database.execute_sql(statement, values)
    return cursor


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
    found = first(CURRENT, _select(model, tuple(equals)), *equals.values())
    return None if found is None else row(model, found)


def row(model: Any, values: Sequence[Any]) -> Any:
    """The row of ``model`` whose :func:`columns` have these values."""
    names, converters = _shape(model)
    made = model(__no_default__=1)
    made.__data__.update(zip(names, values))
    for name, convert in converters:
        made.__data__[name] = convert(made.__data__[name])
    return made


def columns(model: Any, table: str) -> str:
    """The columns of ``model`` in the order of :func:`row`, of a table that a statement names so."""
    return ", ".join(f'{table}."{field.column_name}"' for field in model._meta.sorted_fields)


@lru_cache(maxsize=64)
def these(model: Any, number: int) -> str:
    """What reads the rows of ``model`` in a room that have one of ``number`` ids, by their number, for :func:`row`."""
    ids = ", ".join("?" * number)
    table = model._meta.table_name
    return f'SELECT {columns(model, "t")} FROM "{table}" t WHERE t.room_id = ? AND t.id IN ({ids}) ORDER BY t.number'


@lru_cache(maxsize=64)
def _select(model: Any, keys: tuple[str, ...]) -> str:
    where = " AND ".join(f'"{model._meta.fields[key].column_name}" = ?' for key in keys)
    return f'SELECT {columns(model, "t")} FROM "{model._meta.table_name}" t WHERE {where} LIMIT 1'


@lru_cache(maxsize=64)
def _shape(model: Any) -> tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    fields = model._meta.sorted_fields
    converters = tuple(
        (field.name, field.python_value)
        for field in fields
        if not isinstance(field, (peewee.TextField, peewee.IntegerField, peewee.BigIntegerField))
        or type(field).python_value is not peewee.Field.python_value
    )
    return tuple(field.name for field in fields), converters
