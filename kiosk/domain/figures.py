"""Totals of the whole kiosk, for those who watch machines: no class, no session, no person."""

from __future__ import annotations

from typing import Any

from kiosk.storage.models import COUNT, Question


def questions_by_status() -> dict[str, int]:
    """Status → how many questions are kept, all rooms together."""
    rows: Any = Question.select(Question.status, COUNT).group_by(Question.status).tuples()
    return {str(status): int(n) for status, n in rows}
