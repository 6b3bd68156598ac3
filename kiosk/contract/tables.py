"""Tables for a spreadsheet: CSV as a French one opens it, written by the kiosk and by the centre, and its cells."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

#: What a spreadsheet, or an import that understands it, may run (OWASP, « CSV Injection »; full-width forms too).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


#: What tells a spreadsheet that the file is UTF-8.
BOM = "\ufeff"


def written(rows: Iterable[Sequence[object]]) -> str:
    """CSV of numbers and of texts that went through :func:`cell`: a byte-order mark, « ; », CRLF."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL).writerows(rows)
    return BOM + out.getvalue()


def plain(text: str) -> str:
    """The text with no terminal escape or reversed writing."""
    return "".join(c for c in text if c in "\n\u200d" or unicodedata.category(c) not in ("Cc", "Cf"))


def cell(text: str) -> str:
    """:func:`plain`, with an apostrophe before what would start a formula."""
    shown = plain(text)
    return (
        "'" + shown
        if shown.startswith(FORMULA) or any(one.lstrip().startswith(FORMULA) for one in (text, shown))
        else shown
    )
