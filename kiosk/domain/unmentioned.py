"""What the centre, read anew from the start, no longer names is gone (contract, rule 12): hidden, its revision
forgotten, erased after :data:`KEPT_DAYS`; what a session under way uses, once that is over. An enrolment is only « to
be confirmed again ». Own work, and sessions made on this kiosk, stay.

A row whose ``rev`` is 0 was written here; :data:`FORGOTTEN` is a centre's whose revision no longer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.domain import phases, statuses
from kiosk.domain.people import identifiers
from kiosk.domain.questions import grouping
from kiosk.ground.instants import DAY
from kiosk.storage.models import (
    Answer,
    Enrolment,
    Mentioned,
    Notice,
    Operation,
    Question,
    Room,
    Session,
    Speaker,
    Support,
)
from kiosk.storage.models import Unmentioned as Row
from kiosk.storage.writer import Transaction

#: Days that what is hidden may still come back.
KEPT_DAYS = 30
FORGOTTEN = -1
#: What a question that came by e-mail or from the web has as its origin here.
RECEIVED = "centre"
_TABLES: dict[str, Any] = {
    "session": Session,
    "speaker": Speaker,
    "answer": Answer,
    "notice": Notice,
    "question": Question,
    "enrolment": Enrolment,
}
_APART = (identifiers.INVENTED, identifiers.MADE_HERE, identifiers.REHEARSAL, "DEMO-SP-", "DEMO-N-")


def begin(tx: Transaction) -> None:
    """A reading from the start begins, or is over: nothing is named."""
    Mentioned.delete().execute()


def name(tx: Transaction, named: Sequence[tuple[str, str]]) -> None:
    """The centre named these (``type``, ``id``)."""
    rows = [{"type": kind, "id": id} for kind, id in named if kind in _TABLES]
    for start in range(0, len(rows), 200):
        Mentioned.insert_many(rows[start : start + 200]).on_conflict_ignore().execute()


def forget_revisions(tx: Transaction) -> None:
    """Another history of the centre counts from its own: whatever it says is news."""
    for table in _TABLES.values():
        mine = [table.id.startswith(prefix) for prefix in _APART]
        here = mine[0]
        for one in mine[1:]:
            here |= one
        table.update(rev=FORGOTTEN).where((table.rev > 0) & ~here).execute()


def hide(tx: Transaction) -> None:
    """After a whole reading: let go of what it did not name."""
    for kind, table in _TABLES.items():
        named = Mentioned.select(Mentioned.id).where(Mentioned.type == kind)
        gone = (table.rev != 0) & table.id.not_in(named)
        if kind == "enrolment":  # one that a centre took, and that was never heard of since
            of = Operation.select(Operation.subject)
            taken = of.where((Operation.type == "enrolment.request") & (Operation.state == "accepted"))
            gone |= (table.rev == 0) & table.id.not_in(named) & table.id.in_(taken)
        if kind == "question":
            gone &= (table.origin == RECEIVED) & (table.status != statuses.WITHDRAWN)
        else:
            gone &= ~table.deleted
        ids = [row.id for row in table.select(table.id).where(gone) if not row.id.startswith(_APART)]
        if kind == "enrolment":
            _each(ids, lambda some: Enrolment.update(unconfirmed=True, rev=FORGOTTEN).where(Enrolment.id << some))
            continue
        rows = [{"type": kind, "id": id, "hidden_at": None} for id in ids]
        for start in range(0, len(rows), 200):
            Row.insert_many(rows[start : start + 200]).on_conflict_ignore().execute()
    tidy(tx)


def named_again(tx: Transaction, kind: str, id: str) -> bool:
    """The centre names a thing: whether it was on its way out, which is over."""
    return bool(Row.delete().where((Row.type == kind) & (Row.id == id)).execute())


def due(now: int) -> bool:
    """Whether :func:`tidy` would hide or erase something."""
    return any(row.hidden_at is not None and row.hidden_at <= now - KEPT_DAYS * DAY for row in Row.select()) or bool(
        _free(list(Row.select().where(Row.hidden_at.is_null())))
    )


def tidy(tx: Transaction) -> int:
    """Hide what no session under way uses any more, erase what has been hidden long enough; how many were erased."""
    for row in _free(list(Row.select().where(Row.hidden_at.is_null()))):
        _hide(row.type, row.id)
        Row.update(hidden_at=tx.now).where((Row.type == row.type) & (Row.id == row.id)).execute()
    old = list(Row.select().where(Row.hidden_at <= tx.now - KEPT_DAYS * DAY))
    for row in old:
        if row.type == "question":
            Support.delete().where(Support.question_id == row.id).execute()
        _TABLES[row.type].delete().where(_TABLES[row.type].id == row.id).execute()
        Row.delete().where((Row.type == row.type) & (Row.id == row.id)).execute()
    return len(old)


def _hide(kind: str, id: str) -> None:
    table = _TABLES[kind]
    if kind == "question":
        row = Question.get_or_none(Question.id == id)
        if row is not None and statuses.STATUSES.get(row.status).withdrawable:
            grouping.take_back(row)
        table.update(rev=FORGOTTEN).where(table.id == id).execute()
    else:
        table.update(deleted=True, rev=FORGOTTEN).where(table.id == id).execute()


def _free(rows: list[Any]) -> list[Any]:
    """Those that no session under way uses."""
    if not rows:
        return []
    live = {
        str(room.session_id)
        for room in Room.select().where(Room.session_id.is_null(False) & Room.phase.not_in(phases.OVER))
    }
    sessions = list(Session.select().where(Session.id << sorted(live)))
    used = {("session", id) for id in live} | {("speaker", one) for row in sessions for one in row.speakers}
    for kind, table in (("question", Question), ("answer", Answer)):
        used |= {(kind, row.id) for row in table.select(table.id).where(table.session_id << sorted(live))}
    return [row for row in rows if (row.type, row.id) not in used]


def _each(ids: Sequence[str], change: Any) -> None:
    for start in range(0, len(ids), 400):
        change(ids[start : start + 400]).execute()
