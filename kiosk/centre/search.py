"""Words to search by: accents, case and signs count for nothing, and each word may be anywhere."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

from kiosk.contract.programme.cells import plain

#: The longest search, and the most words of it that count.
LONGEST, MOST = 100, 6


def words(*texts: str) -> str:
    """What a row is found by: « Collège des Dunes », « Ploudal » → « college des dunes ploudal »."""
    return " ".join(filter(None, (plain(part) for text in texts for part in _parts(text))))


def matching(column: Any, typed: str) -> Any:
    """The condition that every word typed is in a column of :func:`words`; None when nothing is looked for."""
    looked = words(typed[:LONGEST]).split()[:MOST]
    return reduce(operator.and_, (column.contains(one) for one in looked)) if looked else None


def _parts(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text).split()
