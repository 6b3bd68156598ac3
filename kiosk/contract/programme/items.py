"""What was read in a file, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.ground.i18n import _

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


@dataclass(frozen=True)
class Item:
    """One thing to write, and where it was read."""

    type: str
    id: str
    body: Any
    line: int
    sheet: str = ""
    deleted: bool = False


class FileRefused(Exception):
    """Nothing was taken: the mistakes say why."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(len(mistakes))
        self.message, self.field = _("Rien n’a été importé : %(n)s à corriger.", n=len(mistakes)), ""
        self.mistakes = mistakes
