"""The files of Onisep's open data → sheets: JSON, CSV (old and new headers), and the XML in its zip.

Fields are found by their name, whatever their case, accents and separators; missing ones are empty, new ones ignored.
Several rows of one job (one a publication) are one sheet, by the ``MET.n`` of its link or identifier.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

from kiosk.contract.nesting import too_deep
from kiosk.errors import KioskError
from kiosk.i18n import _
from kiosk.ops.jobs import cleaning
from kiosk.storage.jobsheets import Sheet

#: Bytes of a file once unpacked (the sheets are about 20 MB), and times smaller it may be when packed.
MAX_BYTES, MAX_RATIO = 150_000_000, 200
_MET = re.compile(r"\bMET\.\d{1,7}\b", re.IGNORECASE)
#: Our fields → the names they have had.
NAMES = {
    "name": ("libellemetier", "nommetier", "libelle"),
    "url": ("liensiteonisepfr", "lienonisep", "lien", "url"),
    "rome": ("coderome", "romev3", "codesrome"),
    "domain": ("domainesousdomaine", "domainesetsousdomaines"),
    "updated": ("datedemodification", "datemodification", "modificationdate"),
}


#: What the readers below raise on a file that is none of theirs.
_UNREADABLE = (ValueError, ElementTree.ParseError, zipfile.BadZipFile, csv.Error, NotImplementedError, RuntimeError)


def sheets(data: bytes, called: str) -> list[Sheet]:
    """The sheets of a file; ``called`` is its name, for the refusal's sentence. :raises KioskError: ``jobs_file``."""
    try:
        found = _read(data)
    except _UNREADABLE as why:
        raise KioskError("jobs_file", name=called, why=str(why)[:200]) from None
    if not found:
        raise KioskError("jobs_file", name=called, why=_("aucun métier n’y a été trouvé"))
    return found


def merged(parts: Iterable[Sheet]) -> list[Sheet]:
    """One sheet a job: what one source lacks, another may have; the first to say something is believed."""
    known: dict[str, Sheet] = {}
    for part in parts:
        known[part.id] = known[part.id].completed(part) if part.id in known else part
    return list(known.values())


def _read(data: bytes) -> list[Sheet]:
    if data[:4] == b"PK\x03\x04":
        data = _unzipped(data)
    if len(data) > MAX_BYTES:
        raise ValueError(_("il est trop grand"))
    if b"\0" in data[:4096]:
        raise ValueError(_("aucun métier n’y a été trouvé"))
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return merged(_xml(data))
    text = _text(data)
    if start in (b"[", b"{"):
        if too_deep(text):
            raise ValueError(_("il est trop profondément imbriqué"))
        held = json.loads(text)
        rows = held.get("results", held.get("data")) if isinstance(held, dict) else held
        if not isinstance(rows, list):
            raise ValueError(_("il n’y a pas de liste de métiers"))
        return merged(_rows(row for row in rows if isinstance(row, dict)))
    return merged(_rows(_csv(text)))


def _unzipped(data: bytes) -> bytes:
    """The largest XML, JSON or CSV of the archive, whose announced and real sizes are both bounded."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        inside = [one for one in archive.infolist() if one.filename.lower().endswith((".xml", ".json", ".csv"))]
        if not inside:
            raise ValueError(_("l’archive ne contient ni XML, ni JSON, ni CSV"))
        wanted = max(inside, key=lambda one: one.file_size)
        if wanted.file_size > min(MAX_BYTES, MAX_RATIO * max(1, wanted.compress_size)):
            raise ValueError(_("l’archive se déplie en un fichier trop grand"))
        with archive.open(wanted) as packed:
            found = packed.read(wanted.file_size + 1)
    if len(found) > wanted.file_size:
        raise ValueError(_("l’archive se déplie en un fichier trop grand"))
    return found


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _csv(text: str) -> Iterator[dict[str, Any]]:
    head = text.partition("\n")[0]
    yield from csv.DictReader(io.StringIO(text), delimiter=max(";,\t|", key=head.count))


def plain(name: object) -> str:
    """« libellé métier », « libelle_metier », ``LibelleMetier`` → ``libellemetier``."""
    letters = unicodedata.normalize("NFKD", str(name)).lower()
    return "".join(c for c in letters if c.isascii() and c.isalnum())


def _rows(rows: Iterable[dict[str, Any]]) -> Iterator[Sheet]:
    for row in rows:
        by_name = {plain(name): value for name, value in row.items()}

        def of(field: str, held: dict[str, Any] = by_name) -> str:
            value = next((held[name] for name in NAMES[field] if held.get(name) not in (None, "")), "")
            return " ".join(str(value).split())

        found = _MET.search(of("url")) or _MET.search(str(by_name.get("identifiant", "")))
        if found and of("name"):
            yield Sheet(
                id=found[0].upper(), name=of("name"), url=_https(of("url")), domain=_several(of("domain")),
                rome=_several(of("rome")), updated=of("updated"),
            )


def _https(url: str) -> str:
    url = re.sub(r"^http://", "https://", url)
    return url if url.startswith("https://") and " " not in url else ""


def _several(text: str) -> str:
    return ", ".join(part.strip() for part in text.split("|") if part.strip())


class _Jobs(ElementTree.TreeBuilder):
    """Keeps one ``<metier>`` at a time: the whole tree would be 150 MB."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self.found: list[Sheet] = []

    def doctype(self, *_what: Any) -> None:
        """:raises ValueError: always. Entities live there, and these files have none."""
        raise ValueError(_("un fichier XML à DOCTYPE est refusé"))

    def start(self, tag: Any, attributes: Any) -> Any:
        """:meta private:"""
        self._depth += 1
        if self._depth > 64:
            raise ValueError(_("il est trop profondément imbriqué"))
        return super().start(tag, attributes)

    def end(self, tag: Any) -> Any:
        """:meta private:"""
        element = super().end(tag)
        self._depth -= 1
        if self._depth == 1 and plain(str(tag).rpartition("}")[2]) == "metier":
            sheet = _of_element(element)
            if sheet is not None:
                self.found.append(sheet)
            element.clear()
        return element


def _xml(data: bytes) -> list[Sheet]:
    builder = _Jobs()
    parser = ElementTree.XMLParser(target=builder)
    for begin in range(0, len(data), 1 << 16):
        parser.feed(data[begin:begin + (1 << 16)])
    parser.close()
    return builder.found


def _of_element(element: Any) -> Sheet | None:
    parts = {plain(str(child.tag).rpartition("}")[2]): child for child in element}

    def text(name: str, under: str = "") -> str:
        child = parts.get(name)
        if child is None:
            return ""
        if under:
            wanted = (n.text or "" for n in child.iter() if plain(str(n.tag).rpartition("}")[2]) == under)
            return ", ".join(dict.fromkeys(" ".join(one.split()) for one in wanted if one.strip()))
        return "".join(child.itertext()).strip()

    found = _MET.search(text("identifiant"))
    name = " ".join(text("nommetier").split())
    if not found or not name:
        return None
    life = text("vieprofessionnelle")
    return Sheet(
        id=found[0].upper(), name=name, feminine=" ".join(text("libellefeminin").split()),
        masculine=" ".join(text("libellemasculin").split()), synonyms=text("synonymes", "synonyme"),
        hook=cleaning.words(text("accrochemetier")), work=cleaning.html(text("naturetravail")),
        conditions=cleaning.html(text("conditiontravail")), life=cleaning.html(life),
        access=cleaning.html(text("accesmetier")), level=text("niveauaccesmin", "libelle"),
        statuses=text("statuts", "libelle"), salary=cleaning.after_heading(life, "salaire du débutant"),
        rome=text("romesv3", "romev3"), updated=" ".join(text("modificationdate").split()),
    )  # fmt: skip
