"""Tables as an office has them: CSV of any usual kind, .xlsx and .ods, read into rows of plain text."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time

from kiosk.contract.programme.items import MAX_LINES, FileRefused, Mistake
from kiosk.ground.i18n import _

#: What a workbook may weigh once opened: a small file can hold a mountain.
MAX_OPENED = 30 * 1024 * 1024


@dataclass(frozen=True)
class Table:
    """One sheet. `rows` are (line as the tool shows it, cells); the first is the header."""

    name: str
    rows: list[tuple[int, list[str]]]


def read(name: str, data: bytes) -> list[Table]:
    """Sheets of a file. :raises FileRefused: not a table that can be read."""
    if data.startswith(b"PK\x03\x04"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused([Mistake(0, "", _("Ancien format .xls : enregistrez le fichier en .xlsx, .ods ou .csv."))])
    return [_csv(data)]


def _csv(data: bytes) -> Table:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise FileRefused([Mistake(0, "", _("Ce fichier n’est ni un tableau ni du JSON."))])
    head = text.split("\n", 1)[0]
    separator = max(";,\t", key=head.count)
    rows, reader = [], csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((start, [cell.strip() for cell in cells]))
            start = reader.line_num + 1
            if len(rows) > MAX_LINES:
                raise FileRefused([Mistake(start, "", _("Plus de %(max)s lignes.", max=MAX_LINES))])
    except csv.Error as error:
        raise FileRefused([Mistake(start, "", str(error))]) from None
    return Table("", rows)


def _workbook(data: bytes) -> list[Table]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        message = _(
            "Ce centre ne sait pas encore lire les classeurs : lancez-le par « ./run.sh centre », qui installe ce qu’il"
            " faut, ou enregistrez la feuille en CSV."
        )
        raise FileRefused([Mistake(0, "", message)]) from None
    _refuse_mountain(data)
    tables = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.height > MAX_LINES or sheet.width > 200:
                raise FileRefused([Mistake(MAX_LINES, "", _("Plus de %(max)s lignes.", max=MAX_LINES), name)])
            cells = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            rows = [(number, row) for number, row in enumerate(cells, 1) if any(row)]
            if rows:
                tables.append(Table(name if len(book.sheet_names) > 1 else "", rows))
    except (CalamineError, ValueError, OSError):
        raise FileRefused([Mistake(0, "", _("Ce classeur est abîmé, ou protégé par un mot de passe."))]) from None
    return tables


def _refuse_mountain(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            opened = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise FileRefused([Mistake(0, "", _("Ce classeur est abîmé, ou protégé par un mot de passe."))]) from None
    if opened > MAX_OPENED:
        raise FileRefused([Mistake(0, "", _("Ce classeur est trop gros une fois ouvert."))])


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        clock = "" if cell.time() == time() else cell.strftime(" %H:%M")
        return cell.strftime("%Y-%m-%d") + clock
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
