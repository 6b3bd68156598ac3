"""The names of rooms in a table: one a line, under « Salle » or, in a table of one column, under nothing."""

from __future__ import annotations

from kiosk.contract.programme.cells import plain
from kiosk.contract.programme.items import FileRefused, Mistake
from kiosk.contract.programme.tables import Table
from kiosk.ground.i18n import _

#: Headers of the column, :func:`kiosk.contract.programme.cells.plain`.
HEADERS = frozenset(("salle", "salles", "nomdelasalle", "nomsalle", "nom", "local", "locaux", "room", "rooms", "name"))
#: Lines among which the header is looked for; names of one file, characters of one.
WITHIN, MOST, LONGEST = 15, 200, 60


def names(tables: list[Table]) -> tuple[list[str], list[Mistake]]:
    """The names in order, each once; and what is wrong, line by line. :raises FileRefused: no such column."""
    found: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for table in tables:
        at = _column(table)
        if at is None:
            continue
        place, index = at
        for line, cells in table.rows[place:]:
            name = " ".join(cells[index].split()) if index < len(cells) else ""
            if not name or plain(name) in HEADERS:
                continue
            if len(name) > LONGEST:
                mistakes.append(Mistake(line, "", _("Ce nom dépasse %(max)s caractères.", max=LONGEST), table.name))
            elif len(found) >= MOST:
                mistakes.append(Mistake(line, "", _("Plus de %(max)s salles : le reste n’est pas lu.", max=MOST)))
                return list(found.values()), mistakes
            else:
                found.setdefault(name.casefold(), name)
    if not found and not mistakes:
        raise FileRefused([Mistake(0, "", _("Aucune salle : il faut une colonne « Salle », un nom par ligne."))])
    return list(found.values()), mistakes


def _column(table: Table) -> tuple[int, int] | None:
    """(first row after the header, column); the first column of a table that has no other."""
    for place, (_line, cells) in enumerate(table.rows[:WITHIN]):
        for index, cell in enumerate(cells):
            if plain(cell) in HEADERS:
                return place + 1, index
    alone = all(not any(cell.strip() for cell in cells[1:]) for _line, cells in table.rows)
    return (0, 0) if alone else None
