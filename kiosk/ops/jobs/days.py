"""The days that Onisep's files and servers give, as they write them → ISO."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parsedate_to_datetime

_FORMS = (
    (re.compile(r"\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})"), (0, 1, 2)),
    (re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b"), (2, 1, 0)),
)


def iso(text: str) -> str:
    """« 12/09/2026 », « 2026-09-12T08:00:00Z », « Sat, 12 Sep 2026 08:00:00 GMT » → « 2026-09-12 »; empty for any
    other.
    """
    for form, (year, month, day) in _FORMS:
        found = form.search(text)
        if found:
            parts = [int(part) for part in found.groups()]
            try:
                return _likely(date(parts[year], parts[month], parts[day]))
            except ValueError:
                return ""
    try:
        return _likely(parsedate_to_datetime(text).date())
    except (TypeError, ValueError, IndexError):
        return ""


def _likely(day: date) -> str:
    return day.isoformat() if 1990 <= day.year <= 2100 else ""
