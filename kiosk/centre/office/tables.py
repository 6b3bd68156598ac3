"""A table to download, as a French spreadsheet opens it: CSV or OpenDocument."""

from __future__ import annotations

from typing import Any

from flask import Response

from kiosk.contract import tables
from kiosk.engine import current
from kiosk.ground import ods

#: The most lines of a table, by its kind: a workbook is made whole in memory.
MOST = {"csv": 100_000, "ods": 10_000}


def answer(name: str, rows: list[list[Any]], kind: str = "csv") -> Response:
    """Numbers, and texts that went through :func:`kiosk.contract.tables.cell`: no cell is a formula."""
    if kind == "ods":
        cells = [[one if isinstance(one, int) else str(one) for one in row] for row in rows]
        data = current().apart(lambda: ods.written({"Tableau": cells}), "table")
        made = Response(data, mimetype=ods.MIMETYPE)
    else:
        made = Response(current().apart(lambda: tables.written(rows), "table"), mimetype="text/csv")
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign == "-"))
    made.headers["Content-Disposition"] = f'attachment; filename="{plain}.{kind}"'
    return made
