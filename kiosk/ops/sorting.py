"""``kiosk sort``: questions that came by e-mail, one a line or in a table, with their themes, hints and groups.

Nothing is opened, kept or sent: the file is read, the answer written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

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


def read(path: str) -> list[Line]:
    """The questions of a file (``-``: standard input), without empty lines: a table when its name ends in ``.tsv``, or
    when its first line has tabs and a column of questions; else one a line. UTF-8, UTF-16 with its mark, else cp1252.

    :raises KioskError: ``file_missing``, ``file_too_large``, ``sort_no_text``, ``list_empty``.
    """
    rows = _LINE_END.split(_decoded(imports.read(path)))
    heads = [_cell(head).strip().lower() for head in rows[0].split("\t")]
    column = next((heads.index(name) for name in _TEXT if name in heads), None)
    if path.lower().endswith(".tsv") or (len(heads) > 1 and column is not None):
        if column is None:
            raise KioskError("sort_no_text", path=path)
        found = list(_cells(rows, column))
    else:
        found = [(number, preparation.question_of(row) or row) for number, row in enumerate(rows, start=1)]
    shown = [(number, text) for number, raw in found if (text := textrules.visible(raw))]
    if not shown:
        raise KioskError("list_empty")
    return shown


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


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _cells(rows: list[str], column: int) -> Iterator[Line]:
    for number, row in enumerate(rows[1:], start=2):
        cells = row.split("\t")
        if column < len(cells):
            yield number, _cell(cells[column])


def _cell(cell: str) -> str:
    """A cell without the quotes that a spreadsheet puts around it."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell
