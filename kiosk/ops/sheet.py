"""The file of ``kiosk provision``, read: one line a room, every mistake found with its line and its column."""

from __future__ import annotations

import difflib
import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from kiosk.contract.programme import tables
from kiosk.contract.programme.items import FileRefused
from kiosk.domain import choices
from kiosk.ground import config_file, diskwords
from kiosk.ground.config import NEVER_KEPT, SETTINGS
from kiosk.ground.config_values import NO, YES, check, parse
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.storage import secretfile

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: Column → the other names it goes by (compared without case, accents, spaces, dashes, underscores).
COLUMNS: dict[str, tuple[str, ...]] = {
    "uai": ("code_uai", "rne", "school.uai"),
    "school": ("etablissement", "ecole", "school.name"),
    "room": ("salle",),
    "label": ("poste", "libelle"),
    "machine": ("hostname", "nom_machine", "ordinateur"),
    "pin": ("code_prof", "code_pilotage", "code_pin", "code_du_pilotage"),
    "wifi_ssid": ("ssid", "wifi", "nom_wifi", "nom_du_wifi", "wifi.ssid"),
    "wifi_password": ("wifi_mot_de_passe", "mot_de_passe_wifi", "mot_de_passe_du_wifi", "cle_wifi", "wifi.password"),
    "wifi_security": ("wifi_securite", "wifi.security"),
    "wifi_hidden": ("wifi_cache", "wifi.hidden"),
    "proxy": ("centre.proxy",),
    "centre": ("centre_url", "adresse_centre", "centre.url"),
    "code": ("code_jumelage", "pairing_code", "jumelage"),
}

#: Lines of a sheet among which the one that names the columns is looked for: a title may stand above it.
HEADED = 20


@dataclass(frozen=True)
class Row:
    """One line, checked. ``settings``: dotted name → value, for those it gives; the rest is empty when not given.

    ``padded``: a spreadsheet had taken the zeros at the beginning of ``pin``, and they were put back.
    """

    line: int
    room: str = ""
    label: str = ""
    machine: str = ""
    pin: str = ""
    padded: bool = False
    code: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def answers_to(self, name: str) -> bool:
        """Whether a person or a machine of that name means this line."""
        wanted = name.strip().casefold()
        return wanted in {one.casefold() for one in (self.label, self.room, self.machine) if one}


def read(path: Path) -> list[Row]:
    """Every line of a file: a table as offices save it (.csv, .xlsx, .ods), .toml with ``[[kiosk]]`` tables, .json with
    a list.

    :raises KioskError: ``file_missing``, ``provision_invalid`` whose ``mistakes`` name line and column.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise diskwords.unread(path, error) from None
    mistakes: list[str] = []
    rows: list[Row] = []
    unknown: set[str] = set()
    try:
        for line, cells in _lines(data, path.suffix.lower()):
            found = _row(line, cells, mistakes, unknown)
            if found is not None:
                rows.append(found)
    except FileRefused as refused:
        mistakes += [where(one.line, one.field, one.message) if one.line else one.message for one in refused.mistakes]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        mistakes.append(_("ce fichier ne se lit pas : %(detail)s", detail=_fault(error, data)))
    if not rows and not mistakes:
        mistakes.append(_("aucune ligne sous l’en-tête"))
    if mistakes:
        raise invalid(path, mistakes)
    return rows


def invalid(path: Path, mistakes: list[str]) -> KioskError:
    """The refusal of a whole file."""
    error = KioskError("provision_invalid", count=len(mistakes), file=path.name)
    error.mistakes = mistakes[:50]  # type: ignore[attr-defined]
    return error


def where(line: int, column: str, sentence: str) -> str:
    """One mistake."""
    return _("ligne %(line)s, %(column)s : %(sentence)s", line=line, column=column, sentence=sentence)


def _lines(data: bytes, kind: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line in the file, column as written → cell); of JSON, the line is the entry's rank."""
    if kind == ".toml":
        text = tables.decoded(data)
        starts = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[kiosk]]"]
        for rank, table in enumerate(_listed(tomllib.loads(text))):
            yield starts[rank] if rank < len(starts) else rank + 1, _plain(table)
        return
    if kind == ".json":
        for rank, table in enumerate(_listed(json.loads(tables.decoded(data)))):
            yield rank + 1, _plain(table)
        return
    names, rows = _headed(tables.read(data))
    _once(names)
    for line, cells in rows:
        if not cells[0].startswith("#"):
            if len(cells) > len(names):
                raise ValueError(_("ligne %(line)s : plus de cases que l’en-tête", line=line))
            yield line, {name: cell for name, cell in zip(names, cells, strict=False) if name.strip() or cell.strip()}


def _listed(held: Any) -> list[Mapping[str, Any]]:
    """The rooms of a file of tables: a list, the list called ``kiosk``, or one alone. :raises ValueError: neither."""
    found = held.get("kiosk", held) if isinstance(held, Mapping) else held
    found = [found] if found and isinstance(found, Mapping) else found
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise ValueError(_("il faut une liste de salles, chacune avec ses noms de colonnes"))
    return found


def _once(names: list[str]) -> None:
    """Refuse two columns that mean the same: one of their cells would be lost. :raises ValueError: they are named."""
    first: dict[str, str] = {}
    for name in filter(None, map(str.strip, names)):
        column = _column(name)
        other = first.setdefault(column, name)
        if column and other is not name:
            raise ValueError(
                _("deux colonnes disent la même chose : « %(one)s » et « %(other)s »", one=other, other=name)
            )


def _fault(error: Exception, data: bytes) -> str:
    """Why a file cannot be read at all, with its line when that is known."""
    if isinstance(error, tomllib.TOMLDecodeError):
        line, said = config_file.where(tables.decoded(data), str(error))
        return _("ligne %(line)s : %(detail)s", line=line, detail=said)
    if isinstance(error, json.JSONDecodeError):
        return _("ligne %(line)s : ce n’est plus du JSON à partir d’ici", line=error.lineno)
    return str(error)[:160]


def _headed(sheets: list[tables.Table]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of the columns and the rows under them: of the sheet and the line, near its top, that name the most."""
    found: tuple[int, list[str], list[tuple[int, list[str]]]] = (-1, [], [])
    for one in sheets:
        for rank, (_line, cells) in enumerate(one.rows[:HEADED]):
            known = sum(1 for cell in cells if cell.strip() and _column(cell))
            if known > found[0]:
                found = known, cells, one.rows[rank + 1 :]
    return found[1], found[2]


def _plain(table: Mapping[str, Any]) -> dict[str, str]:
    """A table's values as a sheet's cells; a table inside (``[kiosk.wifi]``) opened into dotted names."""
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}.{name}": cell for name, cell in _plain(value).items()}
        else:
            flat[key] = _cell(value)
    return flat


def _cell(value: Any) -> str:
    """A value of JSON or TOML as a cell: nothing for ``null``, a list as a sheet would hold it."""
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _typed(column: str, cell: str) -> str:
    """What was meant by a cell: a text that a spreadsheet was made to keep as it is (``'0123``, ``="0123"``), a whole
    number it shows with decimals or in powers of ten, a room's name over two lines.
    """
    cell = " ".join(cell.split()) if column in ("room", "label", "machine") else cell.strip()
    forced = re.fullmatch(r"=\"([^\"]*)\"|'(\d+)", cell)
    if forced:
        return forced[1] or forced[2] or ""
    if column == "pin" or column in SETTINGS and SETTINGS[column].type == "int":
        whole = re.fullmatch(r"(\d+)[.,]0+", cell)
        powers = re.fullmatch(r"(\d)[.,](\d{1,5})E\+0?(\d)", cell, re.IGNORECASE)
        if whole:
            return whole[1]
        if powers and len(powers[2]) <= int(powers[3]):
            return powers[1] + powers[2].ljust(int(powers[3]), "0")
    return cell


def _row(line: int, cells: Mapping[str, str], mistakes: list[str], unknown: set[str]) -> Row | None:
    """The line checked; its mistakes are added to the list, an unknown column the first time it is met."""
    given: dict[str, str] = {}
    before = len(mistakes)
    for name, cell in cells.items():
        column = _column(name)
        if not column and name not in unknown:
            unknown.add(name)
            near = difflib.get_close_matches(name.strip().casefold(), _names(), n=1, cutoff=0.6)
            hint = _(" Vouliez-vous dire « %(near)s » ?", near=near[0]) if near else ""
            mistakes.append(where(line, name.strip() or "?", _("colonne inconnue.") + hint))
        elif column and cell.strip():
            given[column] = _typed(column, cell)
    values: dict[str, Any] = {}
    for column, work in (("uai", _school), ("wifi_ssid", _wifi), ("proxy", _proxy), ("pin", _pin), ("", _settings)):
        try:
            values |= work(given)
        except KioskError as error:
            mistakes.append(where(line, _told(error.field, column), error.message))
    if len(given.get("room", "")) > 60:
        mistakes.append(where(line, "room", KioskError("name_invalid").message))
    if len(mistakes) > before:
        return None
    words = {name: given.get(name, "") for name in ("room", "label", "machine", "code")}
    pin = values.pop("pin", "")
    return Row(line, pin=pin, padded=pin != "".join(given.get("pin", "").split()), settings=values, **words)


def _school(given: Mapping[str, str]) -> dict[str, Any]:
    found = choices.school(given.get("uai", ""), given.get("school", ""))
    return {key: value for key, value in found.items() if value}


def _wifi(given: Mapping[str, str]) -> dict[str, Any]:
    hidden = given.get("wifi_hidden", "").lower()
    if hidden and hidden not in YES + NO:
        raise KioskError("setting_invalid", field="wifi.hidden", detail=_("oui ou non est attendu"))
    if "wifi_ssid" not in given:
        return {}
    security = given.get("wifi_security") or ("WPA" if given.get("wifi_password") else "nopass")
    return choices.wifi(given["wifi_ssid"], given.get("wifi_password", ""), security, hidden in YES)


def _proxy(given: Mapping[str, str]) -> dict[str, Any]:
    if "proxy" not in given:
        return {}
    place = given["proxy"]
    return {"centre.proxy": ""} if place.lower() in NO + ("aucun",) else choices.proxy(place)


def _pin(given: Mapping[str, str]) -> dict[str, Any]:
    return {"pin": secretfile.chosen_pin(_whole(given["pin"]))} if "pin" in given else {}


def _whole(pin: str) -> str:
    """A code with the zeros that a spreadsheet takes away from what it reads as a number: one or two of six digits."""
    return pin.zfill(6) if pin.isascii() and pin.isdigit() and len(pin) in (4, 5) else pin


def _settings(given: Mapping[str, str]) -> dict[str, Any]:
    """The centre's address, and any other setting whose own name is a column."""
    wanted = {name: text for name, text in given.items() if name in SETTINGS}
    if "centre" in given:
        wanted["centre.url"] = given["centre"]
    found: dict[str, Any] = {}
    for name, text in wanted.items():
        found[name] = parse(text, SETTINGS[name])
        problem = check(found[name], SETTINGS[name])
        if problem:
            raise KioskError("setting_invalid", field=name, detail=problem)
    return found


def _column(name: str) -> str:
    """The column a header means; a setting's own dotted name is one too; empty when nothing is meant."""
    flat = _flat(name)
    for column, others in COLUMNS.items():
        if flat in map(_flat, (column, *others)):
            return column
    return next((key for key in SETTINGS if _flat(key) == flat and key not in NEVER_KEPT), "")


def _names() -> list[str]:
    return [*COLUMNS, *(other for others in COLUMNS.values() for other in others), *SETTINGS]


def _flat(name: str) -> str:
    letters = (unicodedata.normalize("NFKD", letter) for letter in name.strip().casefold())
    return "".join(c for letter in letters for c in letter if c.isalnum() or c == ".")


def _told(key: str | None, column: str) -> str:
    """A setting at fault, under the name of its column."""
    for name, others in COLUMNS.items():
        if key in others:
            return name
    return key or column
