"""The line of answer that is noted for a question put to the speaker: by the teacher, or by pupils who were given the
task (« secrétaires »), whose lines wait for the teacher before anybody else reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain import rooms, statuses
from kiosk.domain.questions import apart, questions
from kiosk.domain.reading import distress, textrules
from kiosk.domain.views import AnswerLine, QuestionView
from kiosk.ground.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.models import AnswerLine as Row
from kiosk.storage.models import Question
from kiosk.storage.writer import Transaction

#: Characters of a line: two of a souvenir's, at most.
MAX_LENGTH = 160
NONE = AnswerLine()


def note(tx: Transaction, room_id: str, question_id: str, text: str | None, *, seen: str = "") -> None:
    """An adult writes the line, or reads one over: it is the class's at once. An empty one takes the line away, None
    leaves it as it is. ``seen``: what was proposed, as it was read; another one that came since still waits.

    :raises KioskError: ``unknown_question``, ``wrong_status`` (nobody asked it), ``answer_too_long``.
    """
    row = _row(room_id, question_id)
    held = of([question_id]).get(question_id, NONE)
    line = held.text if text is None else _clean(text)
    _write(tx, row, text=line, proposed="" if held.proposed in (seen, line) else held.proposed)
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def propose(tx: Transaction, room_id: str, question_id: str, text: str, author: str) -> bool:
    """A pupil given the task writes it: it waits. Words that may come from a pupil in danger are set apart, and are no
    line: True. ``author``: whose words these are, for those alone.

    :raises KioskError: as :func:`note`.
    """
    row = _row(room_id, question_id)
    clean = _clean(text)
    if distress.seen(clean):
        apart.keep(tx, room_id, author, f"{row.session_id}|answer", clean)
        return True
    held = of([question_id]).get(question_id, NONE)
    _write(tx, row, text=held.text, proposed="" if clean == held.text else clean)
    rooms.changed(tx, room_id, "answer")
    return False


def of(ids: Sequence[str]) -> dict[str, AnswerLine]:
    """The lines of these questions, those that have none left out."""
    rows = Row.select().where(Row.question_id << list(ids)) if ids else ()
    return {row.question_id: AnswerLine(row.text, row.proposed) for row in rows}


def noted(question: QuestionView) -> str:
    """The line that the class may read of a question, empty when there is none or it is not asked (any more)."""
    row = hot.fetch(Row, question_id=question.id) if question.state.given and not question.guarded else None
    return str(row.text) if row is not None else ""


def asked(room_id: str, session_id: str | None) -> list[tuple[QuestionView, AnswerLine]]:
    """What was put to the speaker, the one being answered first, then the latest, with its line."""
    found = questions.listed(room_id, session_id, *statuses.NOTABLE)
    lines = of([q.id for q in found])
    return [(q, lines.get(q.id, NONE)) for q in found]


def waiting(room_id: str, session_id: str | None) -> list[str]:
    """The questions whose line waits to be read over: the latest first, the one being answered before all."""
    ids = questions.ids_in_order(room_id, session_id, *statuses.NOTABLE)
    lines = of(ids)
    return [one for one in ids if one in lines and lines[one].proposed]


def progress(room_id: str, session_id: str | None) -> tuple[int, int]:
    """How many of a session's asked questions have a line; how many lines wait to be read over."""
    asked = questions.ids_in_order(room_id, session_id, *statuses.NOTABLE)
    lines = of(asked).values()
    return sum(1 for line in lines if line.text), sum(1 for line in lines if line.proposed)


def _row(room_id: str, question_id: str) -> Question:
    row = Question.get_or_none((Question.id == question_id) & (Question.room_id == room_id))
    if row is None or row.worry in distress.GUARDED:
        raise KioskError("unknown_question")
    if row.status not in statuses.NOTABLE:
        raise KioskError("wrong_status")
    return row


def _clean(text: str) -> str:
    clean = textrules.visible(text[: 4 * MAX_LENGTH + 1])
    if len(clean) > MAX_LENGTH:
        raise KioskError("answer_too_long", field="ligne", max=MAX_LENGTH)
    return clean


def _write(tx: Transaction, row: Question, *, text: str, proposed: str) -> None:
    if not text and not proposed:
        Row.delete().where(Row.question_id == row.id).execute()
        return
    values = {Row.text: text, Row.proposed: proposed, Row.noted_at: tx.now}
    Row.insert(
        question_id=row.id, room_id=row.room_id, session_id=row.session_id, text=text, proposed=proposed,
        noted_at=tx.now,
    ).on_conflict(conflict_target=[Row.question_id], update=values).execute()  # fmt: skip
