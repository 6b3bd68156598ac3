"""What was done, and when: kept a year, never a text of a pupil."""

from __future__ import annotations

from kiosk.centre.models import Audit
from kiosk.centre.store import Tx

YEAR = 365 * 24 * 3600 * 1000


def note(tx: Tx, what: str, detail: str = "") -> None:
    """Write down an action; `what` is a word of :data:`kiosk.centre.words.ACTIONS`."""
    Audit.create(at=tx.now, what=what, detail=detail[:200])
    Audit.delete().where(Audit.at < tx.now - YEAR).execute()


def latest(limit: int = 200) -> list[Audit]:
    """The latest actions, newest first."""
    return list(Audit.select().order_by(Audit.at.desc(), Audit.id.desc()).limit(limit))
