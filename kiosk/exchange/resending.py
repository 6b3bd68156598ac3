"""What to do with an operation that the centre rejected: correct it and send it again, or let it go."""

from __future__ import annotations

from kiosk.contract.themes import THEMES
from kiosk.domain import outbox, rooms, statuses
from kiosk.domain.questions import preparation
from kiosk.domain.reading import distress, textrules
from kiosk.ground.errors import KioskError
from kiosk.ground.events import OutboxChanged
from kiosk.storage.models import Operation, Question
from kiosk.storage.writer import Transaction


def question(tx: Transaction, seq: int, text: str, theme: str) -> None:
    """Correct a rejected prepared question, here and for the centre.

    :raises KioskError: ``unknown_operation``, ``unknown_theme``, ``personal_data``, ``worry_words``, those of a text.
    """
    row = Operation.get_or_none(Operation.seq == seq)
    if row is None or row.type != "question.prepared":
        raise KioskError("unknown_operation")
    if theme not in THEMES:
        raise KioskError("unknown_theme", field="theme")
    clean = textrules.clean(text, 500)
    if distress.seen(clean, len(clean)):
        raise KioskError("worry_words", field="text")
    outbox.resend(tx, seq, {"text": clean, "theme": theme})
    held = Question.get_or_none((Question.id == row.subject) & (Question.status << statuses.WAITING))
    if held is not None:
        ids = preparation.write(tx, held, clean, theme)
        if held.room_id:
            rooms.changed(tx, held.room_id, "status", ids=ids)


def give_up(tx: Transaction, seq: int) -> None:
    """Do not tell the centre any more. :raises KioskError: ``unknown_operation`` when it is not rejected or held."""
    changed = (
        Operation.update(state="dropped", body={}, answered_at=tx.now)
        .where((Operation.seq == seq) & (Operation.state << ("rejected", "held")))
        .execute()
    )
    if not changed:
        raise KioskError("unknown_operation")
    tx.publish(OutboxChanged())
