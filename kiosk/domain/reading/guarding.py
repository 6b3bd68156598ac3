"""The one condition that keeps a guarded question (``distress``) out of every list, count, file and operation."""

from __future__ import annotations

from typing import Any

from kiosk.domain.reading.distress import GUARDED
from kiosk.domain.statuses import TAKEN_BACK
from kiosk.storage.models import Question


def ordinary() -> Any:
    """Not guarded. Only ``worries`` and an author's own list see the others."""
    return Question.worry.not_in(GUARDED)


def guarded() -> Any:
    """Guarded, and not taken back by its author."""
    return (Question.worry << GUARDED) & Question.status.not_in(TAKEN_BACK)
