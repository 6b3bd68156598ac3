"""The version of the centre's database: read at start, brought up to this program's by
:mod:`kiosk.ground.migrations`, or refused. The steps are in the folder `migrations`.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from kiosk.ground import migrations, wholefile
from kiosk.ground.errors import KioskError
from kiosk.ground.migrations import Db, Step

log = logging.getLogger("kiosk.centre")
STEPS = tuple(migrations.in_folder(Path(__file__).with_name("migrations")))
#: How many copies from before an upgrade are kept.
KEPT = 3
#: How long a start waits for another one that upgrades the same SQLite file, in milliseconds.
PATIENCE = 120_000


def prepare(db: Db, path: Path | None, steps: Sequence[Step]) -> None:
    """Bring an open database to the version of the last of `steps`; `path` is its file, None on a server.

    :raises KioskError: `centre_newer`, a later program made it; `upgrade_uncopied`. Nothing was changed.
    """
    if path is not None:
        db.execute_sql(f"PRAGMA busy_timeout={PATIENCE}")
    schema = _Schema(db, path, steps)
    if schema.upgrade() and not schema.new:
        log.info("database brought from version %d to %d", schema.found or 1, steps[-1].version)


class _Schema(migrations.Schema):
    """Steps are noted by the version they lead to, the highest being the database's own."""

    def __init__(self, db: Db, path: Path | None, steps: Sequence[Step]) -> None:
        super().__init__(db, steps)
        self._path, self.new, self.found = path, True, 0

    def lacking(self) -> list[Step]:
        """:raises KioskError: `centre_newer`."""
        self.new = not migrations.has_table(self.db, "stored")
        if migrations.has_table(self.db, "schema_step"):
            self.found = self.db.execute_sql("SELECT MAX(version) FROM schema_step").fetchone()[0] or 0
        known = self.steps[-1].version
        if self.found > known:
            raise KioskError("centre_newer", found=self.found, known=known)
        return [step for step in self.steps if step.version > self.found]

    def keep(self) -> None:
        """:raises KioskError: `upgrade_uncopied`."""
        if self._path is not None and not self.new:
            _keep(self._path, self.found or 1)

    def note(self, run: list[Step]) -> None:
        at = int(time.time() * 1000)
        migrations.run(self.db, "INSERT INTO schema_step (version, at) VALUES (?, ?)", run[-1].version, at)


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
