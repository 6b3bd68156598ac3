"""One file that holds a kiosk: its database, its settings, the teacher's code, the portraits; checked when it is made
and before it is used. It never holds who this machine is for the centre: a restored kiosk takes a new identity
(contract, section 3, rule 8).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from kiosk.ground import config, diskwords, zipped
from kiosk.ground.errors import KioskError
from kiosk.ground.nesting import too_deep
from kiosk.ground.values import dataclass
from kiosk.storage import backups, rows, sqlitefile
from kiosk.storage.database import MIGRATIONS

#: The database as it was given, before its rows are taken.
GIVEN = "given.sqlite3"
KIND, FORMAT = "kiosque-metiers-sauvegarde", 1
MANIFEST, DATABASE = "manifest.json", "kiosk.sqlite3"
#: Far above what a school's kiosk holds: files of a saved kiosk, and bytes of its database, of any other file, and of
#: its manifest.
MOST_FILES, MOST_BYTES, MOST_SMALL, MOST_MANIFEST = 5_000, 500_000_000, 1_000_000, 2_000_000
_BLOCK = 1 << 20
#: A portrait is named by its digest; older tools gave it an ending.
_PORTRAIT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
#: What only the machine's keeper takes along: the teacher's code, the keys, the Wi-Fi's and the proxy's passwords.
PRIVATE = ("secrets.json", config.KEPT_FILE)


@dataclass(frozen=True)
class Content:
    """What a file holds. ``schema``: the upgrades its database knows; ``made_at``: RFC 3339, empty when unknown."""

    made_at: str
    version: str
    schema: list[str]
    names: list[str]
    bytes: int


def make(data_dir: Path, target: Path, now_ms: int, version: str, *, private: bool = True) -> Content:
    """Write the file (mode 600), whole or not at all, then read it again as a restoration would.

    :raises KioskError: ``archive_nothing`` (no database there), ``archive_target``, ``archive_invalid``,
        ``archive_failed``: it could not be written; nothing is left behind.
    """
    database = data_dir / DATABASE
    if not database.exists():
        raise KioskError("archive_nothing", path=str(data_dir))
    if target.exists() and not is_archive(target):
        raise KioskError("archive_target", path=str(target))
    try:
        return _make(data_dir, target, now_ms, version, private=private)
    except (OSError, sqlite3.Error) as error:
        raise KioskError("archive_failed", path=str(target), detail=diskwords.why(error, target.parent)) from error


def _make(data_dir: Path, target: Path, now_ms: int, version: str, *, private: bool) -> Content:
    database, part = data_dir / DATABASE, target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kiosk-") as folder:
        copy = Path(folder) / DATABASE
        backups.copy(database, copy)
        files = {DATABASE: copy}
        if private:
            files |= {name: data_dir / name for name in PRIVATE if (data_dir / name).is_file()}
        files |= {f"portraits/{one.name}": one for one in sorted((data_dir / "portraits").glob("*")) if one.is_file()}
        try:
            _pack(part, files, stamp(now_ms, "%Y-%m-%dT%H:%M:%SZ"), version, schema_of(copy))
            content = verify(part, Path(folder))
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)
    return content


def stamp(now_ms: int, form: str = "%Y-%m-%d-%Hh%M") -> str:
    """An instant as text, in UTC; by default as file names hold it."""
    return datetime.fromtimestamp(now_ms // 1000, tz=timezone.utc).strftime(form)


def verify(path: Path, place: Path | None = None) -> Content:
    """Open the file as a restoration does, in a folder of ``place`` (the system's own without one), removed again.

    :raises KioskError: as :func:`extract`.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-", dir=place) as folder:
        return extract(path, Path(folder))


def extract(path: Path, folder: Path) -> Content:
    """Put what the file holds in an empty folder, every byte checked, the database opened and found whole.

    An automatic copy (``kiosk-….sqlite3``) is taken too: it holds the database alone. The database comes out in this
    version's schema with the file's rows and nothing else: no trigger, no view, no right to act (:mod:`rows`).

    :raises KioskError: those of :func:`diskwords.unread`, ``archive_invalid``, ``data_newer``.
    """
    diskwords.must_read(path)
    try:
        with path.open("rb") as file:
            bare = file.read(16) == sqlitefile.MAGIC
        if bare:
            if path.stat().st_size > MOST_BYTES:
                raise ValueError("too big")
            shutil.copyfile(path, folder / GIVEN)
            held: dict[str, Any] = {"made_at": "", "version": "", "files": {DATABASE: ""}}
        else:
            held = _unpack(path, folder)
        schema = _whole(folder / GIVEN)
    except (OSError, zipfile.BadZipFile, sqlite3.Error, ValueError, KeyError, TypeError, EOFError) as error:
        raise _invalid(path, folder, error) from None
    known = {migration.stem for migration in MIGRATIONS.glob("[0-9]*.py")}
    if set(schema) - known:
        raise KioskError("data_newer", names=", ".join(sorted(set(schema) - known)))
    try:
        rows.rebuild(folder / GIVEN, folder / DATABASE)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise _invalid(path, folder, error) from None
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            (folder / (GIVEN + suffix)).unlink(missing_ok=True)
    size = path.stat().st_size
    return Content(str(held["made_at"]), str(held["version"]), schema, sorted(held["files"]), size)


def _invalid(path: Path, folder: Path, error: Exception) -> KioskError:
    """What the file's reader is told: a full disk is not a bad file."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return KioskError("restore_failed", path=str(folder), detail=diskwords.why(error))
    detail = str(error) if type(error) is ValueError else type(error).__name__
    return KioskError("archive_invalid", path=str(path), detail=detail)


def is_archive(path: Path) -> bool:
    """Whether a file is one of ours, without reading it whole."""
    try:
        with zipfile.ZipFile(path) as packed:
            return bool(_manifest(packed)["kind"] == KIND)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError):
        return False


def schema_of(database: Path) -> list[str]:
    """The upgrades a database has had, in order; empty for one that has none."""
    with closing(sqlitefile.reading(database)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM schema_migration ORDER BY name")]


def _pack(target: Path, files: dict[str, Path], made_at: str, version: str, schema: list[str]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            digests = {}
            for name, source in files.items():
                with source.open("rb") as read, packed.open(zipped.entry(name), "w", force_zip64=True) as written:
                    digests[name] = _pour(read, written, MOST_BYTES)[0]
            manifest = {
                "kind": KIND,
                "format": FORMAT,
                "made_at": made_at,
                "version": version,
                "schema": schema,
                "files": digests,
            }
            packed.writestr(zipped.entry(MANIFEST), json.dumps(manifest, indent=1))
        file.flush()
        os.fsync(file.fileno())


def _pour(source: IO[bytes], target: IO[bytes], most: int) -> tuple[str, int]:
    """Copy by blocks, whatever the size; its SHA-256 and bytes. :raises ValueError: there are more than ``most``."""
    digest, size = hashlib.sha256(), 0
    for block in iter(lambda: source.read(_BLOCK), b""):
        size += len(block)
        if size > most:
            raise ValueError("too big once unpacked")
        digest.update(block)
        target.write(block)
    return digest.hexdigest(), size


def _manifest(packed: zipfile.ZipFile) -> dict[str, Any]:
    with packed.open(MANIFEST) as file:
        data = file.read(MOST_MANIFEST + 1)
    if len(data) > MOST_MANIFEST or too_deep(data):
        raise ValueError("a manifest that is not ours")
    held = json.loads(data)
    if not isinstance(held, dict):
        raise ValueError("a manifest that is not ours")
    return held


def _unpack(path: Path, folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as packed:
        manifest = _manifest(packed)
        if manifest["kind"] != KIND or manifest["format"] != FORMAT:
            raise ValueError("another kind of file")
        if not isinstance(manifest["files"], dict) or len(manifest["files"]) > MOST_FILES:
            raise ValueError("a manifest that is not ours")
        left = MOST_BYTES
        for name, digest in manifest["files"].items():
            if not _expected(name):
                raise ValueError("an unexpected name")
            target = folder / (GIVEN if name == DATABASE else name)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with packed.open(name) as read, os.fdopen(descriptor, "wb") as written:
                found, size = _pour(read, written, left if name == DATABASE else min(left, MOST_SMALL))
            left -= size
            if found != digest:
                raise ValueError("a changed byte")
    return manifest


def _expected(name: str) -> bool:
    folder, _slash, last = name.rpartition("/")
    return name in (DATABASE, *PRIVATE) or (folder == "portraits" and _PORTRAIT.fullmatch(last) is not None)


def _whole(database: Path) -> list[str]:
    """The schema of a database in which SQLite finds nothing wrong, a kiosk's. :raises ValueError: it is not."""
    connection = sqlite3.connect(database)
    try:
        if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise ValueError("a damaged database")
        if not sqlitefile.OURS <= set(sqlitefile.counts(connection)):
            raise ValueError("not a kiosk's database")
    finally:
        connection.close()
    return schema_of(database)
