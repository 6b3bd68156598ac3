"""The directory of schools: names for what kiosks say by UAI. Imported from the ministry's « annuaire de l’éducation »
(CSV, 60,000 lines and more, read as they come), or typed here, school by school.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from peewee import fn

from kiosk.centre import audit, search, territories
from kiosk.centre.models import School
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import schools
from kiosk.contract.programme.cells import plain
from kiosk.contract.storable import storable
from kiosk.ground.i18n import _

#: The biggest file, in bytes, and the most lines; lines written in one unit of work, between which others pass.
MAX_FILE, MAX_LINES, BATCH = 128 * 1024 * 1024, 200_000, 200
#: Lines that a report names.
NAMED = 20
#: Field → the headers it is known by (:func:`plain`): the ministry's first.
_HEADERS = {
    "uai": "identifiantdeletablissement uai numerouai codeuai rne coderne identifiant",
    "name": "nometablissement appellationofficielle denominationprincipale nom etablissement",
    "kind": "typeetablissement natureuailibe libellenature nature type",
    "town": "nomcommune libellecommune localite commune ville",
    "postcode": "codepostal codepostaluai cp",
    "academie": "libelleacademie academie",
    "email": "mail courriel email adressemail",
    "rural": "rural ruralite",
    "state": "etat etatetablissement etatetablissementlibe",
}
_FIELDS = {word: field for field, words in _HEADERS.items() for word in words.split()}
_YES, _NO = frozenset("oui o rural rurale 1 vrai true".split()), frozenset("non n urbain urbaine 0 faux false".split())


@dataclass
class Report:
    """What was read: schools written, lines left out because they are closed or of another territory, and those whose
    UAI is wrong.
    """

    written: int = 0
    closed: int = 0
    elsewhere: int = 0
    wrong: int = 0
    lines: list[tuple[int, str]] = field(default_factory=list)


def load(file: IO[bytes], write: Callable[[Callable[[Tx], Any]], Any]) -> Report:
    """Read a directory and write it, a few lines a unit of work: a school typed here stays as it is.

    :raises OfficeError: it has no column of UAI and of names, or is no CSV.
    """
    report = Report()
    rows = _rows(file, report)
    while batch := list(itertools.islice(rows, BATCH)):
        write(lambda _tx: _put(batch))  # noqa: B023 - run before the next
        report.written += len(batch)
    written = {_("Établissements"): report.written}
    write(lambda tx: audit.note(tx, "directory", "directory", "", {}, written))
    return report


def type_in(tx: Tx, said: Mapping[str, str]) -> str:
    """Write down one school by hand (`uai`, `name`, `town`, `academie`, `email`, `rural`: oui, non or nothing); returns
    its UAI. :raises OfficeError: a field is wrong, or it is another territory's.
    """
    found = schools.read_uai(said.get("uai", ""))
    if found is None:
        raise OfficeError(_("Ce code UAI n’est pas possible : 7 chiffres et la lettre qui leur correspond."), "uai")
    territories.check_school(found)
    name, town, academie, email = (" ".join(said.get(one, "").split()) for one in ("name", "town", "academie", "email"))
    for place, text in (("name", name), ("town", town)):
        if not text:
            raise OfficeError(_("Donnez le nom et la ville."), place)
    for place, text in (("name", name), ("town", town), ("academie", academie), ("email", email)):
        if len(text) > 200 or not storable(text):
            raise OfficeError(_("Ce texte dépasse %(max)s caractères.", max=200), place)
    if email and ("@" not in email or len(email.split()) > 1):
        raise OfficeError(_("Cette adresse de courriel n’est pas possible."), "email")
    values = _school({"uai": found, "name": name, "town": town, "academie": academie, "email": email})
    values.update(typed=True, rural={"oui": True, "non": False}.get(said.get("rural", "")))
    held = School.get_or_none(School.uai == found)
    School.insert(**values).on_conflict(conflict_target=[School.uai], update=values).execute()
    before = told(held) if held is not None else {}
    audit.note(tx, "school", found, f"{found} {name}", before, told(School.get_by_id(found)))
    return found


def told(said: School | Mapping[str, str]) -> dict[str, str]:
    """A school in words, field by field, for the journal and for who finds it there: a row, or a form."""
    get = said.get if isinstance(said, Mapping) else lambda name, _none: getattr(said, name)
    rural = get("rural", "")
    return {
        _("Nom"): get("name", ""),
        _("Ville"): get("town", ""),
        _("Académie"): get("academie", ""),
        _("Courriel"): get("email", ""),
        _("Territoire rural"): _("Oui") if rural in (True, "oui") else _("Non") if rural in (False, "non") else "",
    }


def named(uais: Iterable[str]) -> dict[str, School]:
    """The schools known of these UAI."""
    found: dict[str, School] = {}
    wanted = sorted(set(uais))
    for at in range(0, len(wanted), 500):
        found.update((row.uai, row) for row in School.select().where(School.uai.in_(wanted[at : at + 500])))
    return found


def academies() -> list[str]:
    """The académies of the directory, by name; of a territory's schools for its accounts."""
    named = (School.academie != "") & territories.mine(School.uai)
    rows = School.select(School.academie).where(named).distinct().order_by(School.academie)
    return [row.academie for row in rows]


def place(column: Any, territory: str) -> Any:
    """The condition that a UAI (``column``) is overseas, or that its school (joined) is rural; None for no choice."""
    if territory == "outre-mer":
        return fn.SUBSTR(column, 1, 3).in_(sorted(schools.ZONES))
    return School.rural == True if territory == "rural" else None  # noqa: E712 - a condition of SQL


def _rows(file: IO[bytes], report: Report) -> Iterator[dict[str, Any]]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), errors="replace", newline="")
    head = text.readline(100_000)
    sign = max(";,\t", key=head.count)
    at = {_FIELDS[word]: i for i, word in enumerate(map(plain, _cells(head, sign))) if word in _FIELDS}
    if not {"uai", "name"} <= at.keys():
        raise OfficeError(_("Ce fichier n’est pas l’annuaire : il faut au moins un code UAI et un nom par ligne."))
    reader = csv.reader(itertools.islice(text, MAX_LINES), delimiter=sign)
    try:
        for cells in reader:
            said = {name: " ".join(cells[i].split())[:200] if i < len(cells) else "" for name, i in at.items()}
            uai = schools.read_uai(said["uai"])
            if plain(said.get("state", "")).startswith("ferm"):
                report.closed += 1
            elif uai is not None and not territories.holds(territories.own(), uai):
                report.elsewhere += 1
            elif uai is None or not said["name"] or not storable(said):
                report.wrong += bool(any(cells))
                if len(report.lines) < NAMED and any(cells):
                    report.lines.append((reader.line_num + 1, said["uai"][:20]))
            else:
                yield _school({**said, "uai": uai}, rural="rural" in at)
    except csv.Error as error:
        raise OfficeError(
            _("La ligne %(n)s n’a pas la forme d’un CSV : ce qui la précède est pris.", n=reader.line_num + 1)
        ) from error
    finally:
        text.detach()  # the file is its owner's to close


def _school(said: dict[str, str], *, rural: bool = False) -> dict[str, Any]:
    values: dict[str, Any] = {name: said.get(name, "") for name in ("uai", "name", "kind", "town", "postcode", "email")}
    values["academie"] = said.get("academie", "").removeprefix("Académie de ").removeprefix("académie de ")
    values["words"] = search.words(said["name"], said.get("town", ""), said.get("postcode", ""), said["uai"])
    if rural:
        words = plain(said["rural"])
        values["rural"] = True if words in _YES else False if words in _NO else None
    return values


def _put(rows: list[dict[str, Any]]) -> None:
    last = {row["uai"]: row for row in rows}  # a statement may not write one row twice
    columns = [getattr(School, name) for name in rows[0] if name != "uai"]
    untouched = School.typed == False  # noqa: E712 - a condition of SQL
    query = School.insert_many(list(last.values()))
    query.on_conflict(conflict_target=[School.uai], preserve=columns, where=untouched).execute()


def _encoding(file: IO[bytes]) -> str:
    start = file.read(65_536)
    file.seek(0)
    if b"\0" in start or start.startswith(b"PK"):
        raise OfficeError(_("Donnez l’annuaire en CSV : c’est une des formes que propose son site."))
    try:
        start[: start.rfind(b"\n") + 1 or None].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _cells(line: str, sign: str) -> list[str]:
    return next(csv.reader([line], delimiter=sign), [])
