"""The version of the centre's database: read at start, brought up to this program's, or refused.

Everything happens in one transaction that only one process may hold, so a start that is killed has changed
nothing, and a second worker finds the work done. A base without a version is version 1.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import peewee

from kiosk import wholefile
from kiosk.centre import models
from kiosk.errors import KioskError

log = logging.getLogger("kiosk.centre")
#: The lock that puts the workers of one PostgreSQL in line, at start and at each commit.
LINE = 418_090
#: How many copies from before an upgrade are kept.
KEPT = 3
#: How long a start waits for another one that upgrades the same SQLite file, in milliseconds.
PATIENCE = 120_000


@dataclass(frozen=True)
class Step:
    """What leads from the version before to `version`; `up` runs once, inside the transaction of the start."""

    version: int
    up: Callable[[Any], None]


def prepare(db: Any, path: Path | None, steps: Sequence[Step]) -> None:
    """Bring an open database to the version of the last of `steps`; `path` is its file, None on a server.

    :raises KioskError: `centre_newer`, a later program made it; `upgrade_uncopied`. Nothing was changed.
    """
    known = steps[-1].version if steps else 1
    if path is not None:
        db.execute_sql(f"PRAGMA busy_timeout={PATIENCE}")
    with db.atomic("IMMEDIATE") if path is not None else db.atomic():
        if path is None:
            db.execute_sql("SELECT pg_advisory_xact_lock(%s)", (LINE,))
        new = not has_table(db, "stored")
        db.create_tables([models.SchemaStep])
        held = models.SchemaStep.select(peewee.fn.MAX(models.SchemaStep.version)).scalar()
        found = int(held or (known if new else 1))
        if found > known:
            raise KioskError("centre_newer", found=found, known=known)
        wanted = [step for step in steps if step.version > found]
        if wanted and path is not None:
            _keep(path, found)
        for step in wanted:
            step.up(db)
        db.create_tables(models.TABLES)
        if held is None or wanted:
            models.SchemaStep.create(version=known, at=int(time.time() * 1000))
    if wanted:
        log.info("database brought from version %d to %d", found, known)


def has_table(db: Any, name: str) -> bool:
    """Whether statements that say `name` find a table."""
    if isinstance(db, peewee.SqliteDatabase):
        row = db.execute_sql("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
    else:
        row = db.execute_sql("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (name,)).fetchone()
    return row is not None


def _keep(path: Path, version: int) -> None:
    """Copy the file as it is, checked and on disk, before a step changes it. :raises KioskError: `upgrade_uncopied`."""
    place = path.parent / "backups"
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
    target = place / f"centre-v{version}-{stamp}.sqlite3"
    part = target.with_suffix(".part")
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        source = sqlite3.connect(path)
        try:
            source.execute("VACUUM INTO ?", (str(part),))
        finally:
            source.close()
        _check(part)
        wholefile.sync(part)
        os.replace(part, target)
        wholefile.sync(place)
    except (OSError, sqlite3.Error) as error:
        raise KioskError("upgrade_uncopied", detail=str(error)) from error
    finally:
        with suppress(OSError):
            part.unlink()
    for old in sorted(place.glob("centre-v*.sqlite3"), key=lambda one: one.stat().st_mtime_ns)[:-KEPT]:
        old.unlink(missing_ok=True)


def _check(copy: Path) -> None:
    """The copy is whole. :raises sqlite3.DatabaseError: it is not."""
    made = sqlite3.connect(copy)
    try:
        if made.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("the copy is not whole")
    finally:
        made.close()
