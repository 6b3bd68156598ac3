"""What the servers of several workers say of themselves, for the diagnosis: settings and rights, never a row."""

from __future__ import annotations

from typing import Any

import peewee

from kiosk.ground import groupcommit
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage.duty import USE, USERS, refuse_pooled

#: The oldest PostgreSQL that ends a silent session (``storage.duty``).
OLDEST = 14


@dataclass(frozen=True)
class ServerState:
    """A PostgreSQL as this installation's account finds it. ``shared``: other accounts may connect to the database;
    ``mighty``: the account is a superuser; ``durable``: what is committed survives a cut; ``talks``: the settings by
    which its journal may write statements, or values of them, so what pupils wrote; ``lingers``: so may the files of
    its write-ahead log, after it; ``archived``: these are copied elsewhere.
    """

    version: int
    shared: bool
    mighty: bool
    durable: bool
    talks: tuple[str, ...]
    lingers: bool
    archived: bool
    workers: int


#: Setting → its values with which the journal writes no statement and no value of one (None: what it belongs to is not
#: loaded). Messages quote too: a key that exists already, the statements of a deadlock.
SILENT: dict[str, tuple[str | None, ...]] = {
    "log_statement": ("none",),
    "log_min_error_statement": ("fatal", "panic"),
    "log_min_messages": ("log", "fatal", "panic"),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
    "log_parameter_max_length_on_error": ("0",),
    "debug_print_parse": ("off",),
    "debug_print_rewritten": ("off",),
    "debug_print_plan": ("off",),
    "auto_explain.log_min_duration": ("-1", None, ""),
}
_RIGHTS = (
    "SELECT has_database_privilege('public', current_database(), 'CONNECT'), rolsuper FROM pg_roles"
    " WHERE rolname = current_user"
)


_SAID = ("fsync", "full_page_writes", "wal_recycle", "archive_mode")
#: Whether this account may end a file of the write-ahead log, and have the server let go of it (a role since 15).
_MAY_END = "SELECT has_function_privilege('pg_switch_wal()', 'EXECUTE')"
_MAY_LET_GO = "SELECT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = 'pg_checkpoint'"


def of_server(database: str) -> ServerState:
    """:raises KioskError: ``storage_away``, ``scale_missing``, ``scale_pooled``."""
    refuse_pooled(database)
    try:
        from kiosk.storage.postgresql import Postgresql
    except ImportError as error:
        raise KioskError("scale_missing", name="psycopg2") from error
    base = groupcommit.database(None, database, Postgresql)
    try:
        base.connect()
        shared, mighty = _one(base, _RIGHTS)
        said = {name: _one(base, f"SELECT current_setting('{name}', true)")[0] for name in (*_SAID, *SILENT)}
        may = [_one(base, _MAY_END), _one(base, _MAY_LET_GO)]
        return ServerState(
            version=int(_one(base, "SHOW server_version_num")[0]) // 10_000,
            shared=bool(shared),
            mighty=bool(mighty),
            durable=said["fsync"] == said["full_page_writes"] == "on",
            talks=tuple(name for name, silent in SILENT.items() if said[name] not in silent),
            lingers=said["wal_recycle"] != "off" or not all(row and row[0] for row in may),
            archived=said["archive_mode"] != "off",
            workers=int(_one(base, USERS, USE)[0]),
        )
    except (peewee.OperationalError, peewee.InterfaceError) as error:
        raise KioskError("storage_away") from error
    finally:
        if not base.is_closed():
            base.close()


def redis_keeps(address: str) -> bool | None:
    """Whether a Redis writes on disk what passes; None when it does not tell. :raises KioskError: ``storage_away``."""
    try:
        import redis
    except ImportError as error:
        raise KioskError("scale_missing", name="redis") from error
    try:
        client = redis.Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2)
    except ValueError as error:  # no address of one
        raise KioskError("storage_away") from error
    try:
        client.ping()
        try:
            saved: dict[Any, Any] = {**client.config_get("save"), **client.config_get("appendonly")}
        except redis.ResponseError:  # not allowed to ask
            return None
        told = {_text(name): _text(value) for name, value in saved.items()}
        return bool(told.get("save")) or told.get("appendonly") == "yes"
    except (redis.RedisError, OSError) as error:
        raise KioskError("storage_away") from error
    finally:
        client.close()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _one(base: Any, sql: str, *values: Any) -> Any:
    return base.execute_sql(sql, values).fetchone()
