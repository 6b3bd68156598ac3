"""``jobs.sqlite3``: the job sheets, a file of its own beside the database. Written whole, then only read.

It is an extract of Onisep's bases under the ODbL: separate, so that it can be handed on under the same licence.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

#: Raised when the columns change: an older file is as good as none, and made again.
LAYOUT = "1"


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

    def completed(self, other: Sheet) -> Sheet:
        """This sheet, with what it lacks taken from another of the same job."""
        mine = asdict(self)
        return replace(self, **{name: value for name, value in asdict(other).items() if not mine[name]})


COLUMNS = tuple(field.name for field in fields(Sheet))


def place(data_dir: Path) -> Path:
    """Where the file is."""
    return data_dir / "jobs.sqlite3"


def write(data_dir: Path, sheets: Iterable[Sheet], about: Mapping[str, str]) -> int:
    """Put a new file in the place of the old one, once it is whole; how many sheets.

    :raises OSError, sqlite3.Error: the disk; the old file is untouched.
    """
    target = place(data_dir)
    made = target.with_suffix(".new")
    made.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(made)) as base:
            base.execute("CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
            columns = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS)
            base.execute(f"CREATE TABLE sheet ({columns}, PRIMARY KEY (id))")
            marks = ", ".join("?" * len(COLUMNS))
            base.executemany(
                f"INSERT INTO sheet VALUES ({marks})", ([getattr(one, name) for name in COLUMNS] for one in sheets)
            )
            count = int(base.execute("SELECT count(*) FROM sheet").fetchone()[0])
            base.executemany("INSERT INTO about VALUES (?, ?)", [*about.items(), ("layout", LAYOUT)])
            base.commit()
        with open(made, "rb+") as whole:
            os.fsync(whole.fileno())
        os.replace(made, target)
    finally:
        made.unlink(missing_ok=True)
    return count


def find(data_dir: Path, job: str) -> tuple[Sheet, dict[str, str]] | None:
    """A sheet and what is known of the file (``about``); None without one. Reads the newest file, whoever made it."""
    known = about(data_dir)
    if not job or known is None:
        return None
    try:
        with closing(_opened(data_dir)) as base:
            row = base.execute(f"SELECT {', '.join(COLUMNS)} FROM sheet WHERE id = ?", (job.upper(),)).fetchone()
    except sqlite3.Error:
        return None
    return (Sheet(*row), known) if row else None


def everything(data_dir: Path) -> list[Sheet]:
    """Every sheet of the file; none without a file that can be read."""
    if about(data_dir) is None:
        return []
    try:
        with closing(_opened(data_dir)) as base:
            return [Sheet(*row) for row in base.execute(f"SELECT {', '.join(COLUMNS)} FROM sheet")]
    except sqlite3.Error:
        return []


def about(data_dir: Path) -> dict[str, str] | None:
    """``date`` (RFC 3339 of the reading), ``sources``, ``count``, validators of the last download…; None without a
    file that can be read.
    """
    if not place(data_dir).is_file():
        return None
    try:
        with closing(_opened(data_dir)) as base:
            known = dict(base.execute("SELECT key, value FROM about").fetchall())
    except sqlite3.Error:
        return None
    return known if known.get("layout") == LAYOUT else None


def _opened(data_dir: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{place(data_dir).absolute().as_uri()}?mode=ro", uri=True)
