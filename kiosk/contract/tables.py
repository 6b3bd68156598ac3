"""A cell of a table that goes to a spreadsheet: CSV written by the kiosk and by the centre."""

from __future__ import annotations

import unicodedata

#: What a spreadsheet, or an import that understands it, may run (OWASP, « CSV Injection »; full-width forms too).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def cell(text: str) -> str:
    """The text with no terminal escape or reversed writing, and an apostrophe before what would start a formula."""
    shown = "".join(c for c in text if c in "\n\u200d" or unicodedata.category(c) not in ("Cc", "Cf"))
    return "'" + shown if text.lstrip(" \u00a0").startswith(FORMULA) or shown.startswith(FORMULA) else shown
