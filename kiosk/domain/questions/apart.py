"""Words that are no question, and may be those of a pupil in danger: an adult reads them with the other worries."""

from __future__ import annotations

import hashlib

from kiosk.domain import rooms, statuses
from kiosk.domain.questions import grouping, questions
from kiosk.storage.models import Question
from kiosk.storage.writer import Transaction


def keep(tx: Transaction, room_id: str, author: str | None, of: str, text: str) -> None:
    """Keep ``text``, which ``author`` wrote in the field ``of``. There is one for each author and field: other words
    take the place of those before, and an adult has not read them.
    """
    known = hashlib.sha256(f"{author or tx.now}|{of}".encode()).hexdigest()[:32]
    held = Question.get_or_none((Question.id == known) & (Question.room_id == room_id))
    if held is None:
        questions.submit(tx, room_id, id=known, text=text, author=author, origin="spoken")
    elif held.text != text or held.status in statuses.TAKEN_BACK:
        grouping.set_apart(tx, held)
        Question.update(text=text, original_text=text).where(Question.id == known).execute()
        rooms.changed(tx, room_id, "question")
