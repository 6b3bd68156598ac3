"""What the servers of several workers say of themselves, for the diagnosis: settings and rights, never a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from kiosk.ground import groupcommit
from kiosk.ground.errors import KioskError
from kiosk.storage.duty import USE, USERS

#: The oldest PostgreSQL that ends a silent session (``storage.duty``).
OLDEST = 14


@dataclass(frozen=True)
class ServerState:
    """A PostgreSQL as this installation's account finds it. ``shared``: other accounts may connect to the database;
    ``mighty``: the account is a superuser; ``durable``: what is committed survives a cut; ``talks``: its journal may
    write statements, and what pupils wrote with them; ``lingers``: so may the files of its write-ahead log, after it;
    ``archived``: these are copied elsewhere.
    """

    version: int
    shared: bool
    mighty: bool
    durable: bool
    talks: bool
    lingers: bool
    archived: bool
    workers: int


_RIGHTS = (
    "SELECT has_database_privilege('public', current_database(), 'CONNECT'), rolsuper FROM pg_roles"
    " WHERE rolname = current_user"
)


_SAID = (
    "fsync",
    "full_page_writes",
    "log_statement",
    "log_min_error_statement",
    "log_min_duration_statement",
    "wal_recycle",
    "archive_mode",
)
#: Whether this account may end a file of the write-ahead log, and have the server let go of it (a role since 15).
_MAY_END = "SELECT has_function_privilege('pg_switch_wal()', 'EXECUTE')"
_MAY_LET_GO = "SELECT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = 'pg_checkpoint'"


def of_server(database: str) -> ServerState:
    """:raises KioskError: ``storage_away``, ``scale_missing``."""
    try:
        from kiosk.storage.postgresql import Postgresql
    except ImportError as error:
        raise KioskError("scale_missing", name="psycopg2") from error
    base = groupcommit.database(None, database, Postgresql)
    try:
        base.connect()
        shared, mighty = _one(base, _RIGHTS)
        said = {name: _one(base, f"SHOW {name}")[0] for name in _SAID}
        may = [_one(base, _MAY_END), _one(base, _MAY_LET_GO)]
        return ServerState(
            version=int(_one(base, "SHOW server_version_num")[0]) // 10_000,
            shared=bool(shared),
            mighty=bool(mighty),
            durable=said["fsync"] == said["full_page_writes"] == "on",
            talks=said["log_statement"] != "none"
            or said["log_min_error_statement"] not in ("fatal", "panic")
            or said["log_min_duration_statement"] != "-1",
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
