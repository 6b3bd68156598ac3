"""``kiosk jobs update`` and ``kiosk jobs status``."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from kiosk.config import Settings
from kiosk.domain import instants, jobs, syncstate
from kiosk.errors import KioskError
from kiosk.i18n import _, _n
from kiosk.ops.jobs import reading
from kiosk.storage import datafolder, jobsheets
from kiosk.sync.messages import Call, Reply
from kiosk.sync.wire import HttpLine

#: What is downloaded, in the order of trust: the sheets first, then the list that gives each job's page.
SOURCES = ("jobs.sheets_url", "jobs.list_url")
#: Bytes of a download, and seconds between two bytes.
MAX_DOWNLOAD, PATIENCE = 60_000_000, 60.0


def update(settings: Settings, paths: tuple[str, ...], now_ms: int) -> list[str]:
    """Read files, or download them, and put the sheets in place; the report's lines.

    :raises KioskError: ``file_missing``, ``jobs_file``, ``jobs_fetch``, ``jobs_unset``,
    ``storage``. The sheets in place stay.
    """
    datafolder.prepare(settings.data_dir)
    validators: dict[str, str] = {}
    if paths:
        found = [sheet for path in paths for sheet in reading.sheets(_bytes(path), Path(path).name)]
        if not (any(one.hook for one in found) and any(one.url for one in found)):
            found += jobsheets.everything(settings.data_dir)  # one of the two files: the other's part stays
    else:
        downloaded = _download(settings, validators)
        if downloaded is None:
            return [_("Les fiches métiers sont déjà à jour.")]
        found = downloaded
    sheets = reading.merged(found)
    complete = sum(bool(one.hook) for one in sheets)
    known = {"date": instants.rfc3339(now_ms), "count": str(len(sheets)), "sheets": str(complete), **validators}
    try:
        jobsheets.write(settings.data_dir, sheets, known)
    except (OSError, sqlite3.Error) as error:
        raise KioskError("storage") from error
    return [
        _n("%(n)s métier lu", "%(n)s métiers lus", len(sheets))
        + ", " + _n("dont %(n)s avec sa fiche.", "dont %(n)s avec leur fiche.", complete),
        jobs.credit([jobs.origin(known)]),
    ]


def status(settings: Settings) -> list[str]:
    """What is in place."""
    known = jobsheets.about(settings.data_dir)
    if known is None:
        return [_("Aucune fiche métier sur ce kiosque. Pour les prendre : kiosk jobs update")]
    return [
        _n("%(n)s métier", "%(n)s métiers", int(known.get("count", 0)))
        + ", " + _n("dont %(n)s avec sa fiche.", "dont %(n)s avec leur fiche.", int(known.get("sheets", 0))),
        jobs.credit([jobs.origin(known)]),
    ]


def _bytes(path: str) -> bytes:
    try:
        if os.path.getsize(path) > reading.MAX_BYTES:
            raise KioskError("jobs_file", name=Path(path).name, why=_("il est trop grand"))
        return Path(path).read_bytes()
    except OSError:
        raise KioskError("file_missing", path=path) from None


def _download(settings: Settings, validators: dict[str, str]) -> list[reading.Sheet] | None:
    """The sheets of the addresses set; None when none has changed since the last time."""
    if not any(url for _key, url in _addresses(settings)):
        raise KioskError("jobs_unset")
    known = jobsheets.about(settings.data_dir) or {}
    line = HttpLine(settings.centre_proxy, settings.centre_ca_bundle)
    parts: list[reading.Sheet] = []
    fresh = False
    try:
        wanted = [(key, url) for key, url in _addresses(settings) if url]
        for ask_again in (False, True):  # one that changed asks for the other one too, whole
            parts, changed = [], 0
            for key, url in wanted:
                reply = _fetch(line, url, {} if ask_again else _conditions(known, key))
                if reply is None:
                    validators.update({k: v for k, v in known.items() if k.startswith(key)})
                    continue
                changed += 1
                validators.update(_validators(key, reply.headers))
                parts += reading.sheets(reply.body, url.rpartition("/")[2])
            fresh = changed > 0
            if changed in (0, len(wanted)):
                break
    finally:
        line.close()
    return parts if fresh else None


def _addresses(settings: Settings) -> list[tuple[str, str]]:
    return list(zip(SOURCES, (settings.jobs_sheets_url, settings.jobs_list_url)))


def _fetch(line: HttpLine, url: str, conditions: dict[str, str]) -> Reply | None:
    call = Call("GET", url, conditions, wants="file", read=PATIENCE, max_bytes=MAX_DOWNLOAD)
    reply = line.carry(call)
    if reply.code == "not_modified":
        return None
    if reply.failure != "ok" or reply.code or len(reply.body) > MAX_DOWNLOAD:
        failure = reply.failure if reply.failure != "ok" else "server"
        fix = syncstate.fix(failure, reply.detail)
        raise KioskError("jobs_fetch", url=url, why=syncstate.sentence(failure), fix=fix)
    return reply


def _conditions(known: dict[str, str], key: str) -> dict[str, str]:
    """RFC 9110, section 13: only if it changed."""
    pairs = (("If-None-Match", f"{key}.etag"), ("If-Modified-Since", f"{key}.modified"))
    return {header: known[name] for header, name in pairs if known.get(name)}


def _validators(key: str, headers: Mapping[str, str]) -> dict[str, str]:
    pairs = (("etag", f"{key}.etag"), ("last-modified", f"{key}.modified"))
    return {name: headers[header] for header, name in pairs if headers.get(header)}
