"""A table to download, as a French spreadsheet opens it."""

from __future__ import annotations

from typing import Any

from flask import Response

from kiosk.contract import tables


def answer(name: str, rows: list[list[Any]]) -> Response:
    """CSV of numbers and of texts that went through :func:`kiosk.contract.tables.cell`; no cell is a formula."""
    made = Response(tables.written(rows), mimetype="text/csv")
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign == "-"))
    made.headers["Content-Disposition"] = f'attachment; filename="{plain}.csv"'
    return made
