"""Totals of the whole kiosk, for those who watch machines: no class, no session, no person."""

from __future__ import annotations

from typing import Any

from kiosk.domain.people import identifiers
from kiosk.domain.reading import guarding
from kiosk.storage.models import COUNT, Question


def questions_by_status() -> dict[str, int]:
    """Status → how many questions are kept, all rooms together. Those that worry are the school's alone to count;
    those of a rehearsal are nobody's.
    """
    counted = guarding.ordinary() & ~Question.session_id.startswith(identifiers.REHEARSAL)
    rows: Any = Question.select(Question.status, COUNT).where(counted).group_by(Question.status).tuples()
    return {str(status): int(n) for status, n in rows}
