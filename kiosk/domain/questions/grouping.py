"""Questions merged into one another: what the group counts, and what becomes of it when its head goes.

Functions take rows and run inside a unit of work; who calls them announces what they return.
"""

from __future__ import annotations

from kiosk.domain import reports, statuses
from kiosk.domain.reading import distress
from kiosk.domain.statuses import STATUSES
from kiosk.storage import hot
from kiosk.storage.database import CURRENT
from kiosk.storage.models import Question, Room, Support
from kiosk.storage.writer import Transaction


def take_back(row: Question) -> tuple[str, ...]:
    """Withdraw a row; returns the ids concerned, for the announcement.

    Questions merged into it stay: the eldest takes its place, with the supports of all.
    """
    children = leave_group(row)
    row.status = statuses.WITHDRAWN
    row.save(only=[Question.status])
    return (row.id, *children)


def leave_group(row: Question) -> tuple[str, ...]:
    """Let the eldest of those merged into a row take its place; returns their ids."""
    children = list(Question.select().where(Question.merged_into == row.id).order_by(Question.number, Question.id))
    if children:
        _inherit(row, children[0], [child.id for child in children[1:]])
    return tuple(child.id for child in children)


def _inherit(row: Question, heir: Question, others: list[str]) -> None:
    Question.update(
        status=row.status,
        reason=row.reason,
        position=row.position,
        merged_into=None,
        approved_at=heir.approved_at or row.approved_at,
        text=row.text if row.text != row.original_text else heir.text,  # the teacher's words, not the author's
    ).where(Question.id == heir.id).execute()
    Question.update(merged_into=heir.id).where(Question.id << others).execute()
    backing = {s.device for s in Support.select(Support.device).where(Support.question_id == heir.id)}
    Support.update(question_id=heir.id).where(
        (Support.question_id == row.id) & Support.device.not_in(backing)
    ).execute()
    recount(heir)


def set_apart(tx: Transaction, row: Question) -> tuple[str, ...]:
    """A question whose words are about to be those of somebody in danger leaves the class's lists, screen and group,
    whatever it was, and what was about to be told of it to the centre is not; returns the ids concerned. ``row`` is as
    it was: what was merged into it keeps the words it had.
    """
    if STATUSES.get(row.status).shown:
        row.status = statuses.APPROVED  # who takes its place is not shown for that
    children = leave_group(row)
    Question.update(
        status=statuses.PENDING, reason=None, approved_at=None, merged_into=None, worry=distress.UNOPENED
    ).where(Question.id == row.id).execute()
    Room.update(current_id=None).where(Room.current_id == row.id).execute()
    row.worry = distress.UNOPENED
    reports.question_unsaid(tx, row)
    return (row.id, *children)


def recount(row: Question) -> None:
    """Count the devices that back a question or any merged into it; each merged author counts as one."""
    row.support = hot.first(CURRENT, hot.RECOUNT, *(row.id,) * 6)[0]
