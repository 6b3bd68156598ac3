"""A table to download, as a French spreadsheet opens it."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Response


def answer(name: str, rows: list[list[Any]]) -> Response:
    """CSV of numbers and of texts that went through :func:`kiosk.contract.tables.cell`; no cell is a formula."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    made = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign == "-"))
    made.headers["Content-Disposition"] = f'attachment; filename="{plain}.csv"'
    return made
