"""Tables as an office has them: CSV of any usual kind, .xlsx and .ods, read into rows of plain text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from kiosk.contract.programme.items import MAX_LINES, FileRefused, Mistake
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass

#: What a workbook may weigh once opened: a small file can hold a mountain.
MAX_OPENED = 30 * 1024 * 1024
#: The most columns that hold something, and cells (rows by columns) of a sheet that are gone through.
MAX_COLUMNS, MAX_CELLS = 200, 40_000_000
#: Where the cells of a sheet of .xlsx are: the letters of a reference, the number of a row.
_COLUMN, _ROW = re.compile(rb'<c r="([A-Z]{1,3})\d'), re.compile(rb'<row r="(\d{1,7})"')
#: Letters and signs of French texts, to tell an encoding by what it makes of the other bytes.
_FRENCH = frozenset("éèêëàâçùûîïôœæÉÈÊÀÂÇÙÎÔŒ’‘“”«»–—…€°²\u00a0")


@dataclass(frozen=True)
class Table:
    """One sheet. `rows` are (line as the tool shows it, cells), the blank ones left out."""

    name: str
    rows: list[tuple[int, list[str]]]


def read(data: bytes) -> list[Table]:
    """Sheets of a file. :raises FileRefused: not a table that can be read."""
    refuse_document(data)
    return _workbook(data) if is_workbook(data) else [_csv(data)]


def is_workbook(data: bytes) -> bool:
    """Whether a file is an .xlsx, an .ods, or what else comes zipped (a text of a word processor)."""
    return data.startswith(b"PK\x03\x04")


def refuse_document(data: bytes) -> None:
    """:raises FileRefused: a file that says by its first bytes what it is: no table, and no text either."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused([Mistake(0, "", _("Ancien format .xls : enregistrez le fichier en .xlsx, .ods ou .csv."))])
    if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")):
        message = _("Ce fichier est un document ou une image : il faut un tableau (.ods, .xlsx, .csv).")
        raise FileRefused([Mistake(0, "", message)])
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table|\?xml)", data[:200], re.IGNORECASE):
        message = _("Ce fichier est une page web ou du XML : ouvrez-le, enregistrez-le en .xlsx, .ods ou .csv.")
        raise FileRefused([Mistake(0, "", message)])


def decoded(data: bytes) -> str:
    """The text of a file, in the encoding that makes French of it: UTF-8, UTF-16 (« Texte Unicode »), Windows, MS-DOS
    or Mac. :raises FileRefused: it is no text.
    """
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = data.decode("utf-16")
        elif data[1:2] == b"\0" or data[:1] == b"\0":
            text = data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guesses = [data.decode(name, errors="replace") for name in ("cp1252", "cp850", "mac_roman")]
        text = max(guesses, key=_french)
    if "\0" in text:
        raise FileRefused([Mistake(0, "", _("Ce fichier n’est ni un tableau ni du JSON."))])
    return text


def _french(text: str) -> int:
    return sum(1 if sign in _FRENCH else -2 for sign in text if not sign.isascii())


def _csv(data: bytes) -> Table:
    text = decoded(data)
    lines = text.splitlines(keepends=True)
    first, separator = 1, ""
    if lines and lines[0].strip().strip('"').casefold().startswith("sep="):  # Excel's own word to itself
        separator, text, first = lines[0].strip().strip('"')[4:5], "".join(lines[1:]), 2
    return cut(text, separator or _separator(lines), first)


def cut(text: str, separator: str, first: int = 1) -> Table:
    """The rows of a text whose cells this sign parts; its first line is line `first` of the file.

    :raises FileRefused: too many lines, a cell that never ends, a row that is no CSV.
    """
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    start = first
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((start, _trimmed(cells, start, "")))
            start = reader.line_num + first
            if len(rows) > MAX_LINES:
                raise FileRefused([Mistake(start, "", _("Plus de %(max)s lignes.", max=MAX_LINES))])
    except csv.Error as error:
        raise FileRefused(
            [Mistake(start, "", _("Cette ligne n’a pas la forme d’un CSV (%(detail)s).", detail=str(error)))]
        ) from None
    if text.count('"') % 2 and _left_open(text, separator):
        raise FileRefused(
            [
                Mistake(
                    rows[-1][0] if rows else first,
                    "",
                    _("Un guillemet s’ouvre ici et ne se referme pas : il prend la suite."),
                )
            ]
        )
    return Table("", rows)


def _left_open(text: str, separator: str) -> bool:
    """Whether the last cell began with a quote that nothing closes: it holds all the lines after it."""
    try:
        for _cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            pass
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _separator(lines: list[str]) -> str:
    """The sign that cuts the widest of the first lines."""
    heads = lines[:20]
    return max(";\t,|", key=lambda sign: max((line.count(sign) for line in heads), default=0))


def _workbook(data: bytes) -> list[Table]:
    from python_calamine import CalamineError, CalamineWorkbook

    _refuse_mountain(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        tables = [_sheet(book.get_sheet_by_name(name), name) for name in book.sheet_names]
    except (CalamineError, ValueError, OSError):
        raise FileRefused([Mistake(0, "", _("Ce classeur est abîmé, ou protégé par un mot de passe."))]) from None
    tables = [table for table in tables if table.rows]
    return [Table("", tables[0].rows)] if len(tables) == 1 else tables


def _sheet(sheet: Any, name: str) -> Table:
    if sheet.height * sheet.width > MAX_CELLS:
        raise FileRefused(
            [Mistake(sheet.height, "", _("Cette feuille est trop étendue : %(n)s colonnes.", n=sheet.width), name)]
        )
    filled = _merged(sheet)
    rows: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(_cells(sheet), 1):
        if not any(cells):
            continue
        for place in filled.get(number - 1, ()):
            if place[1] < len(cells) and not cells[place[1]]:
                cells[place[1]] = place[0]
        rows.append((number, _trimmed(cells, number, name)))
        if len(rows) > MAX_LINES:
            raise FileRefused([Mistake(number, "", _("Plus de %(max)s lignes.", max=MAX_LINES), name)])
    return Table(name, rows)


def _cells(sheet: Any) -> Iterator[list[str]]:
    """Every row from the first, every cell from the first column: the library leaves out the empty columns before."""
    before = [""] * (sheet.start or (0, 0))[1]
    for row in sheet.iter_rows():
        yield before + [_text(cell) for cell in row]


def _merged(sheet: Any) -> dict[int, list[tuple[str, int]]]:
    """Row → (text, column) of the cells that one above was merged with: a date said once for the whole day."""
    ranges = [((r0, c0), (r1, c1)) for (r0, c0), (r1, c1) in sheet.merged_cell_ranges or () if r1 > r0]
    if not ranges:
        return {}
    wanted = {first for first, _last in ranges}
    texts: dict[tuple[int, int], str] = {}
    for number, cells in enumerate(_cells(sheet)):
        for place in [place for place in wanted if place[0] == number and place[1] < len(cells)]:
            texts[place] = cells[place[1]]
    found: dict[int, list[tuple[str, int]]] = {}
    for (r0, c0), (r1, _c1) in ranges:
        for row in range(r0 + 1, min(r1, r0 + MAX_LINES) + 1):
            found.setdefault(row, []).append((texts.get((r0, c0), ""), c0))
    return found


def _trimmed(cells: list[str], line: int, sheet: str) -> list[str]:
    """The cells up to the last that holds something. :raises FileRefused: one is far to the right."""
    cells = [cell.strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        message = _("Cette ligne a %(n)s colonnes : il y en a %(max)s au plus.", n=len(cells), max=MAX_COLUMNS)
        raise FileRefused([Mistake(line, "", message, sheet)])
    return cells


def _refuse_wide(sheet: bytes) -> None:
    """The library unfolds a sheet to its furthest cell: one that a stray space put at the other end is named."""
    columns = {name for name in _COLUMN.findall(sheet)}
    wide = max(columns, key=lambda name: (len(name), name), default=b"A")
    deep = max((int(number) for number in _ROW.findall(sheet)), default=1)
    place = 0
    for letter in wide:
        place = place * 26 + letter - 64
    if place * deep > MAX_CELLS:
        cell = f"{wide.decode()}{deep}"
        message = _("Une cellule écrite très loin étend la feuille jusqu’à %(cell)s : supprimez-la.", cell=cell)
        raise FileRefused([Mistake(deep, "", message)])


def _refuse_mountain(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_OPENED:
                raise FileRefused([Mistake(0, "", _("Ce classeur est trop gros une fois ouvert."))])
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    _refuse_wide(archive.read(entry))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise FileRefused([Mistake(0, "", _("Ce classeur est abîmé, ou protégé par un mot de passe."))]) from None
    if any(entry.filename == "word/document.xml" for entry in entries):
        message = _("C’est un texte de traitement de texte : copiez son tableau dans une feuille de calcul.")
        raise FileRefused([Mistake(0, "", message)])


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        clock = "" if cell.time() == time() else cell.strftime(" %H:%M")
        return cell.strftime("%Y-%m-%d") + clock
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
