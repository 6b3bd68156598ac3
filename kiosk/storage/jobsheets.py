"""``jobs.sqlite3``: the job sheets, a file of its own beside the database. Written whole, then only read.

It is an extract of Onisep's bases under the ODbL: separate, so that it can be handed on under the same licence.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import fields
from pathlib import Path

from kiosk.ground.values import dataclass
from kiosk.storage import sqlitefile

#: Raised when the columns change: an older file is as good as none, and made again.
LAYOUT = "1"
#: Onisep's sheets; those of the demonstration, of which only its speakers have one.
FILE, EXAMPLES = "jobs.sqlite3", "jobs-examples.sqlite3"


@dataclass(frozen=True)
class Sheet:
    """A job. ``id`` is Onisep's (``MET.31``); ``hook``, ``level``, ``statuses``, ``salary`` are plain words; ``work``,
    ``conditions``, ``life`` and ``access`` are HTML made safe when it was read.
    """

    id: str
    name: str
    feminine: str = ""
    masculine: str = ""
    synonyms: str = ""
    hook: str = ""
    work: str = ""
    conditions: str = ""
    life: str = ""
    access: str = ""
    level: str = ""
    statuses: str = ""
    salary: str = ""
    rome: str = ""
    domain: str = ""
    url: str = ""
    updated: str = ""


COLUMNS = tuple(field.name for field in fields(Sheet))
_MET = re.compile(r"\bMET[._](\d{1,7})\b", re.IGNORECASE)


def identifier(text: str) -> str:
    """Onisep's identifier of a job in a text (« met.031 », « …/slug/MET.31 », « MET_31 ») → ``MET.31``; else empty."""
    found = _MET.search(text)
    return f"MET.{int(found[1])}" if found else ""


def place(data_dir: Path, name: str = FILE) -> Path:
    """Where the file is (:data:`FILE` or :data:`EXAMPLES`, here and below)."""
    return data_dir / name


def write(data_dir: Path, sheets: Iterable[Sheet], about: Mapping[str, str], name: str = FILE) -> dict[str, str]:
    """Put a new file in the place of the old one, once it is whole; what is known of it (:func:`about`).

    Several sheets of one job are one: the first to say something is believed, the next ones say what it lacked. They
    are taken one by one: memory does not grow with them. ``published``, unless given, is the newest day of theirs.

    :raises OSError, sqlite3.Error: the disk; what ``sheets`` raises. The old file is then untouched.
    """
    target = place(data_dir, name)
    made = target.with_suffix(".new")
    made.unlink(missing_ok=True)
    try:
        os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(made)) as base:
            base.execute("CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
            columns = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS)
            base.execute(f"CREATE TABLE sheet ({columns}, PRIMARY KEY (id))")
            base.executemany(_KEEP, ([getattr(one, name) for name in COLUMNS] for one in sheets))
            counted = base.execute("SELECT count(*), sum(hook <> ''), max(updated) FROM sheet").fetchone()
            known = {"published": counted[2] or "", **about, "count": str(counted[0]), "sheets": str(counted[1] or 0)}
            base.executemany("INSERT INTO about VALUES (?, ?)", [*known.items(), ("layout", LAYOUT)])
            base.commit()
        with open(made, "rb+") as whole:
            os.fsync(whole.fileno())
        os.replace(made, target)
    finally:
        made.unlink(missing_ok=True)
    return known


_KEEP = f"INSERT INTO sheet VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{name} = CASE {name} WHEN '' THEN excluded.{name} ELSE {name} END" for name in COLUMNS[1:]
)


def find(data_dir: Path, job: str, name: str = FILE) -> tuple[Sheet, dict[str, str]] | None:
    """A sheet and what is known of the file (``about``); None without one. Reads the newest file, whoever made it."""
    known = about(data_dir, name) if job else None
    if known is None:
        return None
    try:
        with closing(_opened(data_dir, name)) as base:
            row = base.execute(f"SELECT {', '.join(COLUMNS)} FROM sheet WHERE id = ?", (identifier(job),)).fetchone()
    except sqlite3.Error:
        return None
    return (Sheet(*row), known) if row else None


def everything(data_dir: Path) -> Iterator[Sheet]:
    """Every sheet of the file; none without a file that can be read."""
    if about(data_dir) is None:
        return
    try:
        with closing(_opened(data_dir)) as base:
            for row in base.execute(f"SELECT {', '.join(COLUMNS)} FROM sheet"):
                yield Sheet(*row)
    except sqlite3.Error:
        return


def about(data_dir: Path, name: str = FILE) -> dict[str, str] | None:
    """``date`` (RFC 3339 of the reading), ``published`` (the day of Onisep's data, ISO, or empty), ``count``,
    ``sheets`` (those with words), validators of the last download…; None without a file that can be read.
    """
    if not place(data_dir, name).is_file():
        return None
    try:
        with closing(_opened(data_dir, name)) as base:
            known = dict(base.execute("SELECT key, value FROM about").fetchall())
    except sqlite3.Error:
        return None
    return known if known.get("layout") == LAYOUT else None


def _opened(data_dir: Path, name: str = FILE) -> sqlite3.Connection:
    return sqlite3.connect(sqlitefile.address(place(data_dir, name).absolute()), uri=True)
