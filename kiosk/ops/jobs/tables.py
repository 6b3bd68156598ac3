"""Idéo-Métiers: rows of a JSON list or of a CSV, with the names their columns have had → sheets.

A column is found by its name, whatever its case, accents and separators; one whose name changed, by what it holds.
Several rows of one job (one a publication) are several sheets of the same id: who keeps them completes one by another.
"""

from __future__ import annotations

import csv
import html as escapes
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from kiosk.ops.jobs import days
from kiosk.storage.jobsheets import Sheet, identifier

#: Our fields → the names they have had.
NAMES = {
    "id": ("identifiant", "idmetier", "idonisep", "id"),
    "name": ("libellemetier", "nommetier", "intitulemetier", "libelle"),
    "url": ("liensiteonisepfr", "lienonisep", "lien", "url"),
    "rome": ("coderome", "romev3", "codesrome"),
    "domain": ("domainesousdomaine", "domainesetsousdomaines"),
    "updated": ("datedemodification", "datemodification", "modificationdate"),
}
_NAMING = ("libelle", "nom", "intitule")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_JOB = re.compile(r"\bMET[._]\d+\b", re.IGNORECASE)


def plain(name: object) -> str:
    """« libellé métier », « libelle_metier », ``LibelleMetier`` → ``libellemetier``."""
    letters = (unicodedata.normalize("NFKD", letter) for letter in str(name))  # whole, their marks would be sorted
    return "".join(c for c in "".join(letters).lower() if c.isascii() and c.isalnum())


def of_csv(text: TextIO, head: str) -> Iterator[Sheet]:
    """``head`` is its first line. :raises csv.Error: a field longer than any of theirs."""
    yield from of_rows(csv.DictReader(text, delimiter=max(";,\t|", key=head.count)))


def of_rows(rows: Iterable[dict[Any, Any]]) -> Iterator[Sheet]:
    """A sheet a row that names a job and its identifier."""
    for row in rows:
        held = {plain(name): _words(value) for name, value in row.items() if value not in (None, "")}
        link = _of(held, "url") or next((found for value in held.values() if (found := _link(value))), "")
        name = _of(held, "name") or next((value for key, value in held.items() if _renamed(key)), "")
        job = identifier(link) or identifier(_of(held, "id"))
        if job and name:
            yield Sheet(
                id=job, name=name, url=https(link), domain=_several(_of(held, "domain")),
                rome=_several(_of(held, "rome")), updated=days.iso(_of(held, "updated")),
            )  # fmt: skip


def _of(held: dict[str, str], field: str) -> str:
    return next((held[name] for name in NAMES[field] if held.get(name)), "")


def _words(value: object) -> str:
    text = "|".join(str(one) for one in value) if isinstance(value, list) else str(value)
    return " ".join(escapes.unescape(escapes.unescape(text)).split())


def _renamed(column: str) -> bool:
    """Whether a column names the job under another name than those known."""
    return column == "metier" or ("metier" in column and any(word in column.replace("metier", " ") for word in _NAMING))


def _link(text: str) -> str:
    """The first address of a job's page in a text, empty without one."""
    for word in text.split():
        begun = _WEB.search(word)
        if begun and _JOB.search(word, begun.end()):
            return word[begun.start() :]
    return ""


def https(url: str) -> str:
    """The address under https; empty when it is none."""
    url = re.sub(r"^http://", "https://", url)
    return url if url.startswith("https://") and " " not in url else ""


def _several(text: str) -> str:
    return ", ".join(part.strip() for part in text.split("|") if part.strip())
