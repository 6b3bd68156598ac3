"""``kiosk sort``: questions that came by e-mail, one a line or in a table, with their themes, hints and groups.

Nothing is opened, kept or sent: the file is read, the answer written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kiosk.contract.programme import tables
from kiosk.contract.programme.items import FileRefused
from kiosk.contract.reading import similarity
from kiosk.contract.reading.neargroups import Groups
from kiosk.contract.themes import THEMES
from kiosk.domain.questions import preparation
from kiosk.domain.reading import flags, textrules, themeguess
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n
from kiosk.ops import exports, imports

#: (number of the line in the file, from 1; its question).
Line = tuple[int, str]


class Sorted(NamedTuple):
    """A question with what was made out: a theme's code; codes of hints (``flags.codes``); the number of its group,
    from 1 in the order of their first question, or None when it is near no other, or may come from a pupil in danger.
    """

    line: int
    text: str
    theme: str
    flags: tuple[str, ...]
    group: int | None


_LINE_END = re.compile(r"\r\n|\r|\n")
#: A column that holds the questions.
_TEXT = ("text", "texte", "question", "questions")
#: The rows of a workbook among which its columns are named; above them stands what the table is about.
_HEADED = 20


def read(path: str) -> list[Line]:
    """The questions of a file (``-``: standard input), without empty lines: of a workbook (.xlsx, .ods) or a table with
    separators (.tsv, .csv, or a first line with tabs), its column of questions, or its only one; else one a line. In
    the encoding that makes French of it.

    :raises KioskError: ``file_missing``, ``file_too_large``, ``sort_unreadable``, ``sort_no_text``, ``list_empty``.
    """
    data = imports.read(path)
    try:
        tables.refuse_document(data)
        found = _of_sheets(tables.read(data)) if tables.is_workbook(data) else _of_text(tables.decoded(data), path)
    except FileRefused as refused:
        raise KioskError("sort_unreadable", path=path, detail=refused.mistakes[0].message) from None
    if found is None:
        raise KioskError("sort_no_text", path=path)
    shown = [(number, text) for number, raw in found if (text := textrules.visible(raw))]
    if not shown:
        raise KioskError("list_empty")
    return shown


def _of_sheets(sheets: Sequence[tables.Table]) -> list[Line] | None:
    """The first column of questions that a sheet names; a sheet of one column is all questions. None: no such column.

    With several sheets the numbers are those of the sheet that was read.
    """
    for sheet in sheets:
        for rank, (_line, cells) in enumerate(sheet.rows[:_HEADED]):
            if (column := _column(cells)) is not None:
                return [(line, row[column]) for line, row in sheet.rows[rank + 1 :] if column < len(row)]
    if len(sheets) == 1 and all(len([cell for cell in cells if cell]) == 1 for _line, cells in sheets[0].rows):
        return [(line, _question(next(filter(None, cells)))) for line, cells in sheets[0].rows]
    return None if sheets else []


def _of_text(text: str, path: str) -> list[Line] | None:
    """Of a table its column of questions, of a list its lines. None: a table without such a column."""
    rows = _LINE_END.split(text)
    kind = path.lower()[-4:]
    for separator in "\t;,|" if kind == ".csv" else "\t":  # in a sentence, a comma parts nothing
        heads = [_cell(head) for head in rows[0].split(separator)]
        column = _column(heads)
        if column is not None and (kind in (".tsv", ".csv") or len(heads) > 1):
            end = None if column == len(heads) - 1 else column + 1  # what a sign in the text cut off is the text's
            split = _split(text, rows, separator)
            return [(n, f"{separator} ".join(cells[column:end])) for n, cells in split if column < len(cells)]
    if kind == ".tsv" or (kind == ".csv" and any(sign in rows[0] for sign in "\t;")):
        return None
    return [(number, _question(row)) for number, row in enumerate(rows, start=1)]


def _split(text: str, rows: list[str], separator: str) -> list[tuple[int, list[str]]]:
    """The rows under the first. Between tabs a quote is a sign like another, unless it is around the cell."""
    if separator == "\t":
        return [(n, [_cell(cell) for cell in row.split("\t")]) for n, row in enumerate(rows[1:], start=2)]
    return tables.cut(text, separator).rows[1:]


def _column(cells: Sequence[str]) -> int | None:
    heads = [cell.strip().lower() for cell in cells]
    return next((heads.index(name) for name in _TEXT if name in heads), None)


def _question(row: str) -> str:
    """A line without its bullet or number; a line of nothing else is kept as it is."""
    return preparation.question_of(row) or row


def as_json(path: str, *, terminal: bool) -> str:
    """A list of ``line``, ``text``, ``theme``, ``flags``, ``group``, one question a line. Raises as :func:`read`."""
    return exports.to_json([one._asdict() for one in sort(read(path))], terminal=terminal)


def as_text(path: str) -> list[str]:
    """The lines that a person reads: by theme, the groups together, hints under each. Raises as :func:`read`."""
    found = sort(read(path))
    said = [_n("%(n)s question", "%(n)s questions", len(found))]
    many = Counter(one.theme for one in found)
    first = {one.group: one.line for one in reversed(found) if one.group}
    for theme in THEMES:
        if many[theme.code]:
            said += ["", f"{_(theme.label)} ({many[theme.code]})"]
            said += [row for one in found if one.theme == theme.code for row in _rows(one, first)]
    return [*said, "", _("Ce tri est une aide : le kiosque propose, vous décidez.")]


def sort(lines: list[Line]) -> list[Sorted]:
    """Look at questions, in their order. Nothing is left out, moved or rewritten."""
    codes = [flags.codes(text) for _number, text in lines]
    near = Groups()
    for place, (_number, text) in enumerate(lines):
        if flags.IN_DANGER not in codes[place]:
            near.add(str(place), similarity.features(text))
    groups = {int(id): number for number, ids in enumerate(near.listed(), start=1) for id in ids}
    return [
        Sorted(number, text, themeguess.theme(text), codes[place], groups.get(place))
        for place, (number, text) in enumerate(lines)
    ]


def _rows(one: Sorted, first: Mapping[int, int]) -> Iterator[str]:
    yield f"{one.line:>5}  {one.text}"
    for title in dict.fromkeys(flags.TITLES[code] for code in one.flags):
        yield "       ! " + _(title)
    if one.group and first[one.group] != one.line:
        yield "       = " + _("proche de la ligne %(n)s", n=first[one.group])


def _cell(cell: str) -> str:
    """A cell without the quotes that a spreadsheet puts around it."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell
