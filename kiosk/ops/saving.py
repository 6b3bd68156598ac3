"""``kiosk backup`` and ``kiosk restore``: the whole kiosk in one file, and back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from kiosk import __version__
from kiosk.domain import audit, overdue, retention, stored
from kiosk.exchange import exchange, identity
from kiosk.ground import diskwords, lockfile
from kiosk.ground.clock import Clock
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.ops import local
from kiosk.storage import archive, backups, datafolder, sqlitefile, traces
from kiosk.storage.writer import Transaction


def backup(settings: Settings, path: str | None) -> list[str]:
    """Save to a file (in a folder, or here, under a dated name); the report. Works beside a running kiosk.

    :raises KioskError: ``archive_external``, ``archive_target``, ``archive_failed``, ``archive_nothing``,
        ``folder_missing``.
    """
    if settings.database:
        raise KioskError("archive_external")
    target = Path(path or ".")
    if path and path.endswith(("/", os.sep)) and not target.is_dir():  # a stick that is not plugged in
        raise KioskError("folder_missing", path=path)
    if target.is_dir():
        target /= f"sauvegarde-kiosque-{datetime.now():%Y-%m-%d-%Hh%M}.zip"
    now = Clock().now()
    content = archive.make(settings.data_dir, target, now, __version__)
    with suppress(OSError, sqlite3.Error):  # also what the next start would come back to, and the diagnosis looks at
        backups.make(settings.data_dir / archive.DATABASE, now)
    return [
        _("Sauvegarde faite et vérifiée : %(path)s", path=target),
        *_described(content),
        _("Elle contient les questions de la classe et les codes : gardez-la en lieu sûr."),
    ]


def check(path: str) -> list[str]:
    """Open a file as a restoration would; what it holds. :raises KioskError: as :func:`archive.extract`."""
    return [_("Cette sauvegarde est bonne : %(path)s", path=path), *_described(archive.verify(Path(path)))]


def restore(settings: Settings, path: str) -> list[str]:
    """Put a saved kiosk in place of the one there, which is copied first; the report.

    :raises KioskError: ``already_running``, ``archive_external``, ``restore_failed``, those of :func:`archive.extract`.
    """
    if settings.database:
        raise KioskError("archive_external")
    datafolder.prepare(settings.data_dir)
    with lockfile.take(settings.data_dir):
        try:
            with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as folder:
                content = archive.extract(Path(path), Path(folder))
                before = _put_aside(settings.data_dir / archive.DATABASE)
                _put_in_place(Path(folder), settings.data_dir)
        except (OSError, sqlite3.Error) as error:
            detail = diskwords.why(error, settings.data_dir)
            raise KioskError("restore_failed", path=str(settings.data_dir), detail=detail) from error
        _settle(settings, before)
    lines = [_("Kiosque restauré depuis %(path)s", path=path), *_described(content)]
    if before:
        lines.append(_("Ce qui était là avant : %(path)s", path=before))
    lines.append(_("Ce kiosque a une nouvelle identité ; ce qui attendait le centre attend toujours."))
    if settings.centre_url:
        lines.append(_("Jumelez-le de nouveau : kiosk pair CODE --uai UAI"))
    return lines


def _put_aside(database: Path) -> Path | None:
    """A copy of the database in place, and nothing left beside it that SQLite would add to another; None: there was
    none. A damaged one is kept, renamed, as a start does.
    """
    if not database.exists():
        return None
    now = Clock().now()
    kept: Path
    if sqlitefile.ours(database):
        kept = backups.make(database, now)
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    else:
        kept = backups.put_aside(database, now)
    for suffix in backups.BESIDE:
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    return kept


def _put_in_place(folder: Path, data_dir: Path) -> None:
    """Move what was saved into the data folder, the database last. The identity of before goes first: whatever
    happens next, this machine never speaks under it with older data.
    """
    (data_dir / identity.FILE).unlink(missing_ok=True)
    for name in archive.PRIVATE:
        if (folder / name).exists():
            os.replace(folder / name, data_dir / name)
    if (folder / "portraits").is_dir():
        shutil.copytree(folder / "portraits", data_dir / "portraits", dirs_exist_ok=True)
    os.replace(folder / archive.DATABASE, data_dir / archive.DATABASE)


def _settle(settings: Settings, before: Path | None) -> None:
    """Forget what was due, start anew with the centre; no right to act came with the rows.

    Of the copies, the one of what was there ``before`` stays, as many days as the words in it may.
    """
    with local.opened(settings) as kiosk:
        identity.renew(settings.data_dir, kiosk.clock.now())

        def start_anew(tx: Transaction) -> bool:
            exchange.forget_centre(tx)
            overdue.forget(tx, settings.retention_days)
            audit.note(tx, "machine", "restore")
            erased = stored.get(retention.FORGET) is not None
            stored.keep(tx, retention.FORGET, None)
            return erased

        if kiosk.write(start_anew):
            traces.drop(settings.data_dir / archive.DATABASE, before)


def _described(content: archive.Content) -> list[str]:
    size = max(1, content.bytes // 1024)
    made = content.made_at or _("date inconnue")
    version = content.version or _("version inconnue")
    rest = len(content.names)
    return [
        "  " + _("%(made)s, version %(version)s, %(size)s Ko", made=made, version=version, size=size),
        "  "
        + _n(
            "%(n)s fichier, base de données ouverte et entière",
            "%(n)s fichiers, base de données ouverte et entière",
            rest,
        ),
    ]
