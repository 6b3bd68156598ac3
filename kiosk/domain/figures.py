"""Totals of the whole kiosk, for those who watch machines: no class, no session, no person."""

from __future__ import annotations

from typing import Any

from kiosk.domain.reading import guarding
from kiosk.storage.models import COUNT, Question


def questions_by_status() -> dict[str, int]:
    """Status → how many questions are kept, all rooms together. Those that worry are the school's alone to count."""
    rows: Any = Question.select(Question.status, COUNT).where(guarding.ordinary()).group_by(Question.status).tuples()
    return {str(status): int(n) for status, n in rows}
