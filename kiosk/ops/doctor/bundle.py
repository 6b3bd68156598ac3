"""``kiosk doctor --bundle``: what support needs, nothing that names a person, a network or a secret.

Allowed in by name, then scrubbed all the same: findings, which settings are given (values of numbers and choices only),
versions, kinds of file systems, counts of rows, the journal's last lines. The database's words never enter.
"""

from __future__ import annotations

import io
import json
import os
import platform
import sqlite3
import sys
import zipfile
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from kiosk.ground import diskwords, edition, wholefile, zipped
from kiosk.ground.config import SETTINGS
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ops.doctor import command, data_checks, journal_lines, mounts, scrub
from kiosk.ops.doctor.report import Case, Finding

#: The file that every archive holds, by which one is known.
REPORT = "diagnostic.json"


def write(path: str, case: Case, findings: list[Finding]) -> str:
    """Make the archive, whole or not at all; where it is (in a folder: under a dated name). What stands under the name
    and is not such an archive is never replaced.

    :raises KioskError: ``folder_missing``, ``report_target``, ``report_failed``.
    """
    target = Path(path)
    if path.endswith(("/", os.sep)) and not target.is_dir():  # a stick that is not plugged in
        raise KioskError("folder_missing", path=path)
    if target.is_dir():
        target /= f"diagnostic-kiosque-{datetime.now():%Y-%m-%d-%Hh%M}.zip"
    if target.exists() and not _is_ours(target):
        raise KioskError("report_target", path=str(target))
    private = scrub.known(case.settings)
    try:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in contents(case, findings).items():
                archive.writestr(zipped.entry(name), scrub.scrubbed(text, private))
        wholefile.write(target, packed.getvalue())
    except OSError as error:
        raise KioskError("report_failed", path=str(target), detail=diskwords.why(error)) from error
    return str(target)


def _is_ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as packed:
            return REPORT in packed.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def told(path: str) -> str:
    """The sentence to print."""
    return _("Archive écrite : %(path)s. Relisez-la avant de l’envoyer : elle est faite de textes.", path=path)


def contents(case: Case, findings: list[Finding]) -> dict[str, str]:
    """Name → text of each file, not scrubbed yet."""
    return {
        "diagnostic.txt": command.text(findings) + "\n",
        REPORT: command.as_json(findings),
        "settings.json": _json(_settings(case)),
        "machine.json": _json(_machine(case)),
        "journal.txt": journal_lines.last(case.settings),
    }


def _settings(case: Case) -> dict[str, Any]:
    """Numbers and choices as they are; of texts, only whether they are given."""
    shown: dict[str, Any] = {}
    for key, item in SETTINGS.items():
        value = getattr(case.settings, item.name)
        plain = item.type in ("int", "float", "bool") or "choices" in item.metadata
        shown[key] = value if plain else ("<donné>" if value and key in case.settings.origins else "")
    return {"refused": case.fault.code if case.fault else "", "given": sorted(case.settings.origins), "values": shown}


def _machine(case: Case) -> dict[str, Any]:
    packages = sorted(f"{one.metadata['Name']} {one.version}" for one in metadata.distributions())
    mount = mounts.carrying(case.settings.data_dir)
    return {
        "kiosk": str(edition.current()),
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "data": {"kind": mount.kind, "read_only": mount.read_only} if mount else {},
        "rows": _rows(case.settings.data_dir / "kiosk.sqlite3"),
        "packages": packages,
    }


def _rows(path: Path) -> dict[str, int]:
    try:
        with data_checks.reading(path) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}
    except (sqlite3.Error, OSError):
        return {}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
