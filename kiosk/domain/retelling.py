"""What was told already and is told again: to a centre that went back, that learnt a type, or that says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from kiosk.domain import outbox, policy, stored
from kiosk.domain.people import identifiers
from kiosk.ground.events import OutboxChanged
from kiosk.storage.models import Operation
from kiosk.storage.writer import Transaction


def put_back(tx: Transaction) -> int:
    """The centre begins another history (contract, rule 10): all that is kept goes again, in order, whatever was
    answered, except what was rejected, what the school shares no longer and what was first sent to another centre.
    Returns how many wait again.
    """
    here = Operation.centre << ["", stored.get(outbox.CENTRE, "")]
    kept = (Operation.state << ("accepted", "ignored")) & (Operation.body != {}) & here
    kept &= Operation.type.not_in(_unshared()) & Operation.keep_until.is_null()
    again = Operation.update(verdict_before=Operation.state, state="waiting", next_try_at=0).where(kept).execute()
    if again:
        tx.publish(OutboxChanged())
    return int(again)


def now_listed(tx: Transaction, types: Iterable[str]) -> None:
    """The centre knows these types: what it ignored of them goes again (contract, rule 13)."""
    again = (Operation.state == "ignored") & (Operation.type << list(types)) & (Operation.body != {})
    if Operation.update(state="waiting", next_try_at=0).where(again).execute():
        tx.publish(OutboxChanged())


def once_more(tx: Transaction, kind: str, body: Any, *, subject: str) -> None:
    """Tell what was told already to a centre that says otherwise: a new operation, with an id of its own."""
    Operation.insert(
        id=identifiers.uuid7(tx.now), type=kind, at=tx.now, body=msgspec.to_builtins(body), subject=subject
    ).execute()
    tx.publish(OutboxChanged())


def _unshared() -> list[str]:
    """Types that the school does not share now."""
    chosen = policy.current()
    shares = {"question.asked": chosen.share_asked, "reflection.summary": chosen.share_reflection}
    return [kind for kind, shared in shares.items() if not shared]
