"""The audit log: who (a role, never a name), what, when. Never a pupil's words."""

from __future__ import annotations

from kiosk.storage.models import AuditEntry
from kiosk.storage.writer import Transaction

#: How many entries are kept; the oldest go first.
KEPT = 5_000


def note(tx: Transaction, actor: str, action: str, room_id: str | None = None, detail: str = "") -> None:
    """Record an act. ``actor``: a role (``access``) or ``machine``; ``detail``: codes, numbers and ids only."""
    AuditEntry.insert(at=tx.now, actor=actor, action=action, room_id=room_id, detail=detail[:200]).execute()


def trim(tx: Transaction) -> None:
    """Forget the entries beyond :data:`KEPT`."""
    last = AuditEntry.select(AuditEntry.id).order_by(AuditEntry.id.desc()).offset(KEPT).first()
    if last is not None:
        AuditEntry.delete().where(AuditEntry.id <= last.id).execute()
