"""PostgreSQL for several workers: reads that never share a connection, waits that end, one writer at a time.

psycopg2 is C: left alone it holds the whole loop while the server works, and made green it lets a second greenlet speak
on a connection that is in the middle of an answer. So its waits are the engine's (:func:`wait_as`), each with an end,
and a read borrows a connection for the length of one statement: all its rows have come when ``execute`` returns.

What the server refuses or loses is ``storage_away``, in words, and the next statement tries again: nothing has to be
started anew.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import peewee
import psycopg2
from psycopg2 import extensions

from kiosk.engine import Engine
from kiosk.ground import migrations
from kiosk.ground.errors import KioskError

#: Connections that reads of one worker may hold at once; four workers are far from the server's usual hundred.
MOST = 8
#: Seconds that a read may take, a connection to be made, a unit of work; the server ends its part a little before.
READING, CONNECTING, WRITING = 5.0, 5.0, 15.0
#: Seconds between two looks for a connection that is free.
PAUSE = 0.002
#: What one session may do to the others: a worker that freezes inside a unit loses it, and the line goes on.
_WRITER = (
    "SET synchronous_commit = on",  # but of a turn's own commit: the wait for the disk comes after (:data:`_KEEP`)
    "SET lock_timeout = '10s'",
    "SET statement_timeout = '12s'",
    "SET idle_in_transaction_session_timeout = '4s'",
)
_UNBOUND = ("SET synchronous_commit = on", "SET statement_timeout = 0", "SET lock_timeout = 0")
#: A writer's turn begins, and ends, each in one message. The end: what the group wrote is seen by all and the line goes
#: on; then a transaction that writes a word in the write-ahead log, and ends when the disk has it with all before it.
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({migrations.LINE})"
_KEEP = "COMMIT; BEGIN; SET LOCAL synchronous_commit = on; SELECT pg_logical_emit_message(true, 'kiosque', ''); COMMIT"
_READER = "-c statement_timeout=4500 -c default_transaction_read_only=on"


#: Columns of text that ANALYZE would sample.
_SAMPLED = (
    "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
    " AND a.atttypid = 'text'::regtype AND COALESCE(a.attstattarget, -1) <> 0"
    " AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey))"
)
#: Transactions that may still read what was erased a moment ago: those as old, of whoever.
_OLDER = (
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND xact_start < clock_timestamp() - interval '1 second'"
)

#: psycopg2's errors become peewee's, whatever brought the statement.
_AS_PEEWEE: Any = getattr(peewee, "__exception_wrapper__")  # noqa: B009 (its stubs do not say it)


class Connection(extensions.connection):
    """A connection whose waits end after ``patience`` seconds; it is then closed, and what it did given up."""

    patience = CONNECTING

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        #: Names of the statements that the server has ready for it.
        self.ready: set[str] = set()


def wait_as(engine: Engine) -> None:
    """From now on psycopg2 waits by ``engine``, in this whole process."""

    def wait(connection: Any) -> None:
        end = time.monotonic() + getattr(connection, "patience", CONNECTING)
        while (state := connection.poll()) != extensions.POLL_OK:
            left = end - time.monotonic()
            if left <= 0 or not engine.wait_for(connection.fileno(), state == extensions.POLL_WRITE, left):
                raise psycopg2.OperationalError("the server did not answer in time")

    extensions.set_wait_callback(wait)


class Postgresql(peewee.PostgresqlDatabase):
    """The native thread that opened a connection (the writer's) speaks on it; whoever else reads borrows one."""

    #: How a read waits for its turn: the engine's, once it is known.
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    _adapter: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        self._idle: deque[Any] = deque()
        self._turns = deque(range(MOST))
        self._ahead: list[str] = []
        super().__init__(*args, **options)

    def execute_sql(self, sql: str, params: Sequence[Any] | None = None) -> Any:
        """One statement; a cursor with all its rows. :raises KioskError: ``storage_away``, outside the writer."""
        if not self.is_closed():
            if self._ahead:
                sql, self._ahead = "; ".join((*self._ahead, sql)), []
            return super().execute_sql(sql, params)
        return self._borrowed(lambda connection: self._said(connection, sql, params))

    def ready(self, *statements: tuple[str, Sequence[Any]]) -> Any:
        """The cursor of the last of these statements (``?`` for their values), all in one message. Each connection has
        the server read and plan them once: half of what they cost it.
        """
        if self.is_closed():
            return self._borrowed(lambda connection: self._executed(connection, statements))
        for name, statement in _lacking(connection := self.connection(), statements):
            self.execute_sql(statement)
            connection.ready.add(name)
        return self.execute_sql(*_execution(statements))

    def settle(self, *, patient: bool = False) -> None:
        """Make this thread's connection a writer's; ``patient`` while the schema is upgraded, maybe by another."""
        self._ahead = []  # of a connection that was lost
        self.connection().patience = 86_400.0 if patient else WRITING
        for statement in _UNBOUND if patient else _WRITER:
            self.execute_sql(statement)

    def take_turn(self) -> None:
        """Begin a transaction, and wait for this worker's turn to write."""
        self.execute_sql(_BEGIN)

    def ahead(self, sql: str) -> None:
        """A statement of the writer's that asks nothing: it goes with the next one, in the same message. A message is
        half a millisecond of everybody's turn.
        """
        self._ahead.append(sql)

    def keep(self) -> None:
        """Commit, give the turn to the next, and wait until what was written is on the server's disk."""
        self.execute_sql(_KEEP)

    def keep_no_samples(self) -> None:
        """ANALYZE looks at no text but what is indexed (identifiers): its samples are pupils' words, in a table of the
        server's own where erasing them leaves them lie.
        """
        held = self.execute_sql(_SAMPLED).fetchall()
        if not held:
            return
        self.execute_sql("SELECT pg_advisory_lock(%s)", (migrations.LINE,))  # workers that start at once
        try:
            for table, column in held:
                self.execute_sql(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" SET STATISTICS 0')
        finally:
            self.execute_sql("SELECT pg_advisory_unlock(%s)", (migrations.LINE,))

    def rewrite(self) -> bool:
        """Write every table anew, then let go of the write-ahead log's files; whether all of it was done.

        Each table is held for the time of its writing, some milliseconds for a school's. The log ends with its file
        and a checkpoint where the account may ask for them (``docs/grande-echelle.md``), else when the server does.
        """
        self.settle(patient=True)
        self.execute_sql("SET lock_timeout = '3s'")
        if self.execute_sql(_OLDER).fetchone()[0]:
            return False  # a copy being made, say: what it may still read stays in the tables
        for name in self.get_tables():
            self.execute_sql(f'VACUUM (FULL, ANALYZE) "{name}"')
        for statement in ("SELECT pg_switch_wal()", "CHECKPOINT"):
            with suppress(peewee.PeeweeException):
                self.execute_sql(statement)
        return True

    def end(self) -> None:
        """Close what reads keep open."""
        self._drop_idle()

    def _connect(self) -> Any:
        return self._made("")

    def _made(self, options: str) -> Any:
        given = {"connection_factory": Connection, "connect_timeout": int(CONNECTING), "application_name": "kiosque"}
        given |= self.connect_params
        if options:
            given["options"] = f"{given.get('options', '')} {options}".strip()
        with _AS_PEEWEE:
            connection: Any = self._adapter.connect(self, **given)
            connection.autocommit = True
        connection.patience = READING
        return connection

    def _borrowed(self, say: Callable[[Any], Any]) -> Any:
        """What is said on a connection of one's own for that time."""
        turn = self._turn()
        try:
            try:
                return self._read(self._idle.pop() if self._idle else self._made(_READER), say)
            except _Lost:  # those at rest were made by the same server: once more, on a new one
                self._drop_idle()
                return self._read(self._made(_READER), say)
        except (_Lost, peewee.OperationalError, peewee.InterfaceError) as error:
            raise KioskError("storage_away") from error
        finally:
            self._turns.append(turn)

    def _read(self, connection: Any, say: Callable[[Any], Any]) -> Any:
        try:
            return say(connection)
        except (peewee.OperationalError, peewee.InterfaceError) as error:
            if connection.closed:
                raise _Lost from error
            raise
        finally:
            if not connection.closed:
                self._idle.append(connection)

    def _executed(self, connection: Any, statements: Sequence[tuple[str, Sequence[Any]]]) -> Any:
        for name, statement in _lacking(connection, statements):
            self._said(connection, statement)
            connection.ready.add(name)
        return self._said(connection, *_execution(statements))

    @staticmethod
    def _said(connection: Any, sql: str, params: Sequence[Any] | None = None) -> Any:
        with _AS_PEEWEE:
            cursor = connection.cursor()
            cursor.execute(sql, params or ())
        return cursor

    def _turn(self) -> int:
        end = time.monotonic() + READING
        while time.monotonic() < end:
            with suppress(IndexError):
                return self._turns.pop()
            self.sleep(PAUSE)
        raise KioskError("storage_away")

    def _drop_idle(self) -> None:
        while self._idle:
            with suppress(IndexError, psycopg2.Error):
                self._idle.pop().close()


@lru_cache(maxsize=512)
def _prepared(statement: str) -> tuple[str, str]:
    """The name of a statement, and what makes it ready."""
    first, *others = statement.replace("%", "%%").split("?")
    numbered = first + "".join(f"${n}{part}" for n, part in enumerate(others, start=1))
    name = f"k{hashlib.sha256(statement.encode()).hexdigest()[:24]}"
    return name, f"PREPARE {name} AS {numbered}"


def _lacking(connection: Any, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[tuple[str, str]]:
    return [made for made in (_prepared(one) for one, _values in statements) if made[0] not in connection.ready]


def _execution(statements: Sequence[tuple[str, Sequence[Any]]]) -> tuple[str, list[Any]]:
    said = (
        f"EXECUTE {_prepared(one)[0]}" + (f"({', '.join(['%s'] * len(values))})" if values else "")
        for one, values in statements
    )
    return "; ".join(said), [value for _one, values in statements for value in values]


class _Lost(Exception):
    """The server left in the middle of a read."""
