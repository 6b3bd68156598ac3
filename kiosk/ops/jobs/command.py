"""``kiosk jobs update`` and ``kiosk jobs status``."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kiosk.domain import jobs
from kiosk.exchange.wire import HttpLine
from kiosk.ground import diskwords, instants
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.ops.jobs import days, fetching, reading
from kiosk.storage import datafolder, disk, jobsheets
from kiosk.storage.jobsheets import Sheet

#: What is downloaded, in the order of trust: the sheets first, then the list that gives each job's page.
SOURCES = ("jobs.sheets_url", "jobs.list_url")


def update(settings: Settings, paths: tuple[str, ...], now_ms: int) -> list[str]:
    """Read files, or download them, and put the sheets in place; the report's lines.

    :raises KioskError: ``file_missing``, ``jobs_file``, ``jobs_fetch``, ``jobs_unset``,
    ``storage_*``. The sheets in place stay.
    """
    with disk.refusals(settings.data_dir):
        return _update(settings, paths, now_ms)


def _update(settings: Settings, paths: tuple[str, ...], now_ms: int) -> list[str]:
    datafolder.prepare(settings.data_dir)
    date = {"date": instants.rfc3339(now_ms)}
    if paths:
        for path in paths:
            _check(path)
        return _write(settings.data_dir, _with_the_other_part(settings.data_dir, _of_files(paths)), date)
    found, known = _downloaded(settings)
    if not found:
        return [_("Les fiches métiers sont déjà à jour.")]
    named = [(str(one.path), url.rpartition("/")[2]) for url, one in found]
    try:
        return _write(settings.data_dir, _of_named(named), {**date, **known})
    finally:
        fetching.forget(settings.data_dir)  # in place, or refused: either way of no more use


def status(settings: Settings) -> list[str]:
    """What is in place."""
    known = jobsheets.about(settings.data_dir)
    if known is None:
        return [_("Aucune fiche métier sur ce kiosque. Pour les prendre : kiosk jobs update")]
    count, complete = int(known.get("count", 0)), int(known.get("sheets", 0))
    return [_n("%(n)s métier", "%(n)s métiers", count) + _complete(complete), *_dated(known)]


def _write(data_dir: Path, sheets: Iterable[Sheet], about: Mapping[str, str]) -> list[str]:
    try:
        known = jobsheets.write(data_dir, sheets, about)
    except (OSError, sqlite3.Error) as error:
        raise disk.refusal(error, data_dir) from error
    count = int(known["count"])
    return [_n("%(n)s métier lu", "%(n)s métiers lus", count) + _complete(int(known["sheets"])), *_dated(known)]


def _complete(number: int) -> str:
    return ", " + _n("dont %(n)s avec sa fiche.", "dont %(n)s avec leur fiche.", number)


def _dated(known: Mapping[str, str]) -> list[str]:
    """Whom they come from, and when the kiosk read them, when that is not said yet."""
    found = jobs.origin(known)
    read = _("Lues par ce kiosque le %(day)s.", day=instants.date_numeric(found.read_at))
    return [jobs.credit([found]), *([read] if found.dated else [])]


def _check(path: str) -> None:
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise diskwords.unread(path, error) from None
    if size > reading.MAX_BYTES:
        raise KioskError("jobs_file", name=Path(path).name, why=_("il est trop grand"))


def _of_files(paths: Iterable[str]) -> Iterator[Sheet]:
    return _of_named((path, Path(path).name) for path in paths)


def _of_named(files: Iterable[tuple[str, str]]) -> Iterator[Sheet]:
    for path, called in files:
        with open(path, "rb") as source:
            yield from reading.sheets(source, called)


def _with_the_other_part(data_dir: Path, found: Iterable[Sheet]) -> Iterator[Sheet]:
    """What was read; when it was one of the two files alone, what the other gave before stays."""
    words = pages = False
    for one in found:
        words, pages = words or bool(one.hook), pages or bool(one.url)
        yield one
    if not (words and pages):
        yield from jobsheets.everything(data_dir)


def _downloaded(settings: Settings) -> tuple[list[tuple[str, fetching.Download]], dict[str, str]]:
    """The files of the addresses set, and what is known of them; no file when none has changed since the last time."""
    wanted = [(key, url) for key, url in zip(SOURCES, (settings.jobs_sheets_url, settings.jobs_list_url)) if url]
    if not wanted:
        raise KioskError("jobs_unset")
    known = jobsheets.about(settings.data_dir) or {}
    line = HttpLine(settings.centre_proxy, settings.centre_ca_bundle)
    try:
        fetcher = fetching.Fetcher(settings.data_dir, line)
        found = {key: fetcher.fetch(key, url, _conditions(known, key)) for key, url in wanted}
        if not any(found.values()):
            return [], {}
        for key, url in wanted:  # one that changed asks for the other one too
            found[key] = found[key] or fetcher.fetch(key, url, {})
    finally:
        line.close()
    whole = [(key, url, one) for key, url in wanted if (one := found[key])]
    about = {name: value for key, _url, one in whole for name, value in _validators(key, one.headers).items()}
    modified = [day for _key, _url, one in whole if (day := days.iso(one.headers.get("last-modified", "")))]
    return [(url, one) for _key, url, one in whole], {**about, **({"published": max(modified)} if modified else {})}


def _conditions(known: Mapping[str, str], key: str) -> dict[str, str]:
    """RFC 9110, section 13: only if it changed."""
    pairs = (("If-None-Match", f"{key}.etag"), ("If-Modified-Since", f"{key}.modified"))
    return {header: known[name] for header, name in pairs if known.get(name)}


def _validators(key: str, headers: Mapping[str, str]) -> dict[str, str]:
    pairs = (("etag", f"{key}.etag"), ("last-modified", f"{key}.modified"))
    return {name: headers[header] for header, name in pairs if headers.get(header)}
