"""Prepared questions, and questions typed for pupils one by one or in bulk."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kiosk.contract.themes import THEMES
from kiosk.domain import origins, reports, rooms, statuses
from kiosk.domain.people import identifiers
from kiosk.domain.questions import grouping, questions
from kiosk.domain.reading import distress, guarding, textrules
from kiosk.domain.views import QuestionView
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Question, Room
from kiosk.storage.writer import Transaction

#: Lines of one pasted list.
MAX_LINES = 200
#: What Word, Writer, a mail or a chat put before each line of a list: a sign, then a number or a letter with its own
#: sign, or one set off by a tabulation. « 3 ans d’études… » and « 2,5 % des… » begin with a number of their own.
_MARK = re.compile(
    r"\s*(?:(?:[-–—‒•*·∙●○◦▪▫■□◆◇❖➢➤►▶▸‣⁃✓✔✗✘☐☑❑→⇒⇥\uf0a7\uf0b7\uf0d8\uf0fc]|o(?=[\s⇥]))[\s⇥]*)*"
    r"(?:\(?(?:\d{1,3}|[a-h](?=\)))\s?[.)°:–-]+(?!\d)[\s⇥]*"
    r"|\d{1,3}[ \u00a0]*[\t⇥]\s*|\d{1,3}[\u00a0\u202f]\s*(?=[A-ZÀ-Ý«]))?"
)


def add(
    tx: Transaction, room_id: str, text: str, *, theme: str = "", id: str | None = None, max_length: int = 240
) -> QuestionView:
    """Write a prepared question; it waits approved, at the end of the list.

    :raises KioskError: as ``questions.submit``.
    """
    room = rooms.row_of(room_id)
    if room.session_id is None:
        raise KioskError("no_session")
    view = questions.submit(
        tx,
        room_id,
        id=id or identifiers.uuid7(tx.now),
        text=text,
        author=None,
        theme=theme,
        origin="paper",
        max_length=max_length,
    )
    place = last_place(room_id, room.session_id) + 1
    Question.update(origin="prepared", position=place).where(Question.id == view.id).execute()
    reports.question_prepared(tx, view.id)
    return questions.one(room_id, view.id)


def last_place(room_id: str, session_id: str | None) -> int:
    """The place of the last prepared question, from 1; 0 when there is none."""
    here = (Question.room_id == room_id) & (Question.session_id == session_id) & (Question.origin << origins.PREPARED)
    last = Question.select(Question.position).where(here).order_by(Question.position.desc()).first()
    return max(0, last.position) if last else 0


def lines(text: str) -> list[str]:
    """The questions of a pasted list: one a line, bullets and numbers dropped, empty lines ignored.

    :raises KioskError: ``list_empty``, ``list_too_long``.
    """
    found = [question for line in text.splitlines() if (question := question_of(line))]
    if not found:
        raise KioskError("list_empty")
    if len(found) > MAX_LINES:
        raise KioskError("list_too_long", max=MAX_LINES)
    return found


def question_of(line: str) -> str:
    """A line of a list without its bullet, box or number; empty when nothing is left."""
    return _MARK.sub("", line, count=1).strip()


def add_many(
    tx: Transaction,
    room_id: str,
    texts: list[str],
    *,
    origin: str = "paper",
    themes: Sequence[str] = (),
    max_length: int = 240,
) -> list[str]:
    """Add a list at once, whole or not at all; returns the ids. ``origin``: ``prepared``, ``paper`` or ``spoken``;
    ``themes``: one for each text, in order (empty: without), or none at all.
    """
    ids = []
    for text, theme in zip(texts, themes or [""] * len(texts), strict=True):
        if origin == "prepared":
            ids.append(add(tx, room_id, text, theme=theme, max_length=max_length).id)
        else:
            ids.append(
                questions.submit(
                    tx,
                    room_id,
                    id=identifiers.uuid7(tx.now),
                    text=text,
                    author=None,
                    theme=theme,
                    origin=origin,
                    max_length=max_length,
                ).id
            )
    return ids


def edit(tx: Transaction, room_id: str, question_id: str, text: str, theme: str, *, max_length: int = 500) -> None:
    """Correct a prepared question before it is shown. :raises KioskError: ``wrong_status`` once on screen or asked."""
    row = _prepared(room_id, question_id)
    if theme and theme not in THEMES:
        raise KioskError("unknown_theme", field="theme")
    clean = textrules.clean(text, max_length)
    ids = write(tx, row, clean, theme)
    reports.question_prepared(tx, question_id)
    rooms.changed(tx, room_id, "status", ids=ids)


def write(tx: Transaction, row: Question, text: str, theme: str) -> tuple[str, ...]:
    """Give a prepared question other words, inside a unit of work; returns the ids concerned."""
    worry = distress.judged(text, row.worry, row.text)
    ids = grouping.set_apart(tx, row) if worry in distress.GUARDED else (row.id,)
    Question.update(text=text, original_text=text, theme=theme, worry=worry).where(Question.id == row.id).execute()
    return ids


def delete(tx: Transaction, room_id: str, question_id: str) -> None:
    """Take a prepared question out of the list."""
    row = _prepared(room_id, question_id)
    reports.question_withdrawn(tx, question_id)
    rooms.changed(tx, room_id, "status", "votes", ids=grouping.take_back(row))


def listed(room_id: str, session_id: str | None) -> list[QuestionView]:
    """The prepared questions still to come, in order; those sent to the centre by pupils included."""
    if session_id is None:
        return []
    rows = Question.select().where(
        (Question.room_id == room_id)
        & (Question.session_id == session_id)
        & (Question.origin << origins.PREPARED)
        & (Question.status << statuses.WAITING)
        & guarding.ordinary()
    )
    return [questions.view_of(r) for r in rows.order_by(Question.position == 0, Question.position, Question.number)]


def move(tx: Transaction, room_id: str, question_id: str, step: int) -> None:
    """Move a prepared question up (−1) or down (+1)."""
    room: Room = rooms.row_of(room_id)
    ids = [q.id for q in listed(room_id, room.session_id)]
    if question_id not in ids:
        raise KioskError("unknown_question")
    place(tx, room_id, question_id, max(0, min(len(ids) - 1, ids.index(question_id) + step)))


def place(tx: Transaction, room_id: str, question_id: str, index: int) -> None:
    """Put a prepared question at a place of the list (0 is first)."""
    room: Room = rooms.row_of(room_id)
    ids = [q.id for q in listed(room_id, room.session_id)]
    if question_id not in ids:
        raise KioskError("unknown_question")
    ids.remove(question_id)
    ids.insert(max(0, min(len(ids), index)), question_id)
    for position, one in enumerate(ids, start=1):
        Question.update(position=position).where(Question.id == one).execute()
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def _prepared(room_id: str, question_id: str) -> Question:
    row = Question.get_or_none((Question.id == question_id) & (Question.room_id == room_id))
    if row is None or row.origin not in origins.PREPARED:
        raise KioskError("unknown_question")
    if row.worry in distress.GUARDED:
        raise KioskError("worry_waits")
    if row.status not in statuses.WAITING:
        raise KioskError("wrong_status")
    return row
