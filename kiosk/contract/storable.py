"""What the centre's database can hold."""

from __future__ import annotations

import re
from typing import Any

#: Larger numbers are no count of this world, and no database would keep them.
MAX_NUMBER = 2**31 - 1

#: What JSON may write and UTF-8 may not: half of a pair of UTF-16.
_HALF = re.compile("[\ud800-\udfff]")


def storable(value: Any) -> bool:
    """Whether a database can hold a value: no NUL in a text, nor half a character, no endless number."""
    if isinstance(value, str):
        return "\0" not in value and not _HALF.search(value)
    if isinstance(value, int):
        return abs(value) <= MAX_NUMBER
    if isinstance(value, dict):
        return all(map(storable, value)) and all(map(storable, value.values()))
    if isinstance(value, list):
        return all(map(storable, value))
    return True
