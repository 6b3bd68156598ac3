"""What whoever opens a kiosk's data does, a server as well as a command: a first room, a word on a damaged database."""

from __future__ import annotations

from kiosk.domain import audit, outbox, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.storage.writer import Transaction

#: The name of the room a new kiosk gets.
FIRST_ROOM = "Salle principale"


def note_recovery(tx: Transaction, kiosk: Kiosk) -> None:
    """When opening the database replaced a damaged one: say so, and never use an operation's number again.

    Whoever opens first must do it, a command too: the next to open finds a sound database.
    """
    if kiosk.recovered:
        audit.note(tx, "machine", "database_recovered", detail=kiosk.recovered)
        outbox.leave_gap(tx)
        stored.put(tx, "recovery", {"at": tx.now, "kind": kiosk.recovered})
