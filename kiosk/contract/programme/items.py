"""What was read in a programme, what is wrong with it, and what was not read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Any

from kiosk.ground.i18n import _, _n
from kiosk.ground.values import dataclass

#: The biggest file, in bytes, and the most lines.
MAX_FILE = 2 * 1024 * 1024
MAX_LINES = 5000


@dataclass(frozen=True)
class Mistake:
    """One thing wrong in a file. `line` counts as the reader's tool shows it; 0 = the file."""

    line: int
    field: str
    message: str
    sheet: str = ""

    def __str__(self) -> str:
        """One line of a terminal, without the field's inner name."""
        if not self.line:
            return self.message
        place = f"{self.sheet}, " if self.sheet else ""
        return place + _("ligne %(line)s : %(detail)s", line=self.line, detail=self.message)


@dataclass(frozen=True)
class Item:
    """One thing to write, and where it was read.

    ``given``: the fields that a table really filled (a body says something of all of them); ``empty``: those it has a
    column for, and an empty cell; ``erased``: those of them whose cell says « effacer ». ``named``: its identifier was
    written there, not made here. ``class_label`` and ``headcount`` are a class's, which no message carries.
    """

    type: str
    id: str
    body: Any
    line: int
    sheet: str = ""
    deleted: bool = False
    given: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
    named: bool = True
    class_label: str = ""
    headcount: int | None = None


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its header as written, and what it is read as (a field of ``columns``; empty: not read)."""

    sheet: str
    header: str
    field: str


@dataclass(frozen=True)
class Left:
    """A line (0: a whole sheet) that is not read, and why. It is no mistake: it holds nothing that is known."""

    sheet: str
    line: int
    why: str


@dataclass(frozen=True)
class Programme:
    """All that a file says. What is wrong is beside what is right: who reads it decides."""

    items: list[Item]
    mistakes: list[Mistake] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def unread(self) -> list[Column]:
        """The columns that are not read."""
        return [column for column in self.columns if not column.field]

    def whole(self) -> list[Item]:
        """Its items when nothing is wrong. :raises FileRefused: every mistake."""
        if self.mistakes:
            raise FileRefused(self.mistakes)
        return self.items


class FileRefused(Exception):
    """Nothing was taken: the mistakes say why."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda one: (one.sheet, one.line))
        super().__init__(len(self.mistakes))
        n = len(self.mistakes)
        self.message = _n(
            "Rien n’a été importé : %(n)s point à corriger.", "Rien n’a été importé : %(n)s points à corriger.", n
        )
        self.field = ""
