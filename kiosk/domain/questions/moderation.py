"""What the teacher (or an invited moderator) does with questions; every act can be undone.

Each act first stores the rows it will touch as they were (``decisions``), so that it can be undone. None touches a
guarded question: those are ``worries``'.
"""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.contract.themes import THEMES
from kiosk.domain import leaving, reports, rooms, statuses
from kiosk.domain.acts import ACTS
from kiosk.domain.questions import decisions, grouping, questions
from kiosk.domain.questions.reasons import REASONS
from kiosk.domain.reading import distress, textrules
from kiosk.ground.errors import KioskError
from kiosk.storage.models import Question, Room
from kiosk.storage.writer import Transaction

#: How far down the list one move fixes the order of all: more than anybody reads.
ORDERED = 200


def approve(tx: Transaction, room_id: str, question_id: str) -> None:
    """Let the class see a question. :raises KioskError: ``wrong_status`` unless pending or set aside."""
    row = row_for("approve", room_id, question_id)
    decisions.remember(tx, room_id, "approve", [row])
    _approve(tx, row)
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def reword(
    tx: Transaction, room_id: str, question_id: str, text: str, theme: str | None = None, max_length: int = 500
) -> None:
    """Change a question's words (and theme); the original text is kept. Words of somebody in danger set it apart."""
    row = row_for("reword", room_id, question_id)
    clean = textrules.clean(text, max_length)
    if theme and theme not in THEMES:
        raise KioskError("unknown_theme", field="theme")
    worry = distress.judged(clean, row.worry, row.text)
    apart: tuple[str, ...] = ()
    if worry in distress.GUARDED:
        children = Question.select().where(Question.merged_into == row.id)
        decisions.remember(tx, room_id, "set_apart", [row, *children])
        apart = grouping.set_apart(tx, row)[1:]
    else:
        decisions.remember(tx, room_id, "reword", [row])
    theme = row.theme if theme is None else theme
    Question.update(text=clean, theme=theme, worry=worry).where(Question.id == row.id).execute()
    reports.question_not_open(tx, row.id)
    rooms.changed(tx, room_id, "status", *(("current", "votes") if apart else ()), ids=(question_id, *apart))


def put_on_screen(tx: Transaction, room_id: str, question_id: str, left: str | None = None) -> None:
    """Show a question big, approving it if needed; the one that was there goes back to the list. ``left``: the one that
    was there (empty: none), when the next is meant. :raises KioskError: ``moved_on``, and those of :func:`row_of`.
    """
    row = row_for("put_on_screen", room_id, question_id)
    room = rooms.row_of(room_id)
    if leaving.done_already(left, room.current_id, question_id):
        return
    previous = _current(room)
    decisions.remember(tx, room_id, "put_on_screen", [row] + ([previous] if previous else []))
    if previous and previous.id != row.id:
        _leave_screen(previous)
    if row.status in ACTS["approve"].of:
        _approve(tx, row)
    status = row.status if row.status in statuses.GIVEN else statuses.ON_SCREEN
    Question.update(status=status, on_screen_at=tx.now).where(Question.id == row.id).execute()
    Room.update(current_id=row.id).where(Room.id == room_id).execute()
    rooms.changed(tx, room_id, "status", "current", ids=tuple({row.id, previous.id if previous else row.id}))


def take_off_screen(tx: Transaction, room_id: str) -> None:
    """Clear the screen; an unasked question goes back to the list."""
    room = rooms.row_of(room_id)
    previous = _current(room)
    if previous is None:
        return
    decisions.remember(tx, room_id, "take_off_screen", [previous])
    _leave_screen(previous)
    Room.update(current_id=None).where(Room.id == room_id).execute()
    rooms.changed(tx, room_id, "status", "current", ids=(previous.id,))


def mark_asked(tx: Transaction, room_id: str, question_id: str) -> None:
    """The question was read out or pasted to the speaker. Asking one twice changes nothing."""
    row = row_for("mark_asked", room_id, question_id)
    if row.status in statuses.GIVEN:
        return
    decisions.remember(tx, room_id, "mark_asked", [row])
    Question.update(status=statuses.ASKED, asked_at=tx.now, approved_at=row.approved_at or tx.now).where(
        Question.id == row.id
    ).execute()
    reports.question_asked(tx, question_id)
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def mark_answered(tx: Transaction, room_id: str, question_id: str, *, show_next: bool = False) -> str | None:
    """The speaker answered; with ``show_next`` the first of the list takes the screen, and one that is answered already
    was left already: nothing changes. Returns the next one's id.
    """
    row = row_of(room_id, question_id, *ACTS["mark_answered"].of, *([statuses.ANSWERED] if show_next else []))
    if row.status == statuses.ANSWERED:
        return None
    room = rooms.row_of(room_id)
    following = next_up(room_id, room.session_id, but=question_id) if show_next else None
    next_row = row_of(room_id, following, *statuses.READY) if following else None
    left = _current(room) if next_row else None
    touched = [row, *(one for one in (next_row, left) if one and one.id != row.id)]
    decisions.remember(tx, room_id, "mark_answered", touched)
    Question.update(
        status=statuses.ANSWERED,
        answered_at=tx.now,
        asked_at=row.asked_at or tx.now,
        approved_at=row.approved_at or tx.now,
    ).where(Question.id == row.id).execute()
    reports.question_asked(tx, question_id)
    ids = [row.id]
    if next_row is not None:
        if left is not None and left.id != row.id:
            _leave_screen(left)
            ids.append(left.id)
        Question.update(status=statuses.ON_SCREEN, on_screen_at=tx.now).where(Question.id == next_row.id).execute()
        ids.append(next_row.id)
    if next_row is not None or room.current_id == row.id:
        Room.update(current_id=next_row.id if next_row else None).where(Room.id == room_id).execute()
    rooms.changed(tx, room_id, "status", "current", ids=tuple(ids))
    return following


def set_aside(tx: Transaction, room_id: str, question_id: str, reason: str) -> None:
    """Put a question aside, kindly: its author reads the reason's sentence. :raises KioskError: ``unknown_reason``."""
    REASONS.get(reason)
    row = row_for("set_aside", room_id, question_id)
    decisions.remember(tx, room_id, "set_aside", [row])
    Question.update(status=statuses.SET_ASIDE, reason=reason).where(Question.id == row.id).execute()
    reports.question_not_open(tx, row.id)
    if rooms.row_of(room_id).current_id == row.id:
        Room.update(current_id=None).where(Room.id == room_id).execute()
    rooms.changed(tx, room_id, "status", "current", ids=(question_id,))


def merge(tx: Transaction, room_id: str, keep_id: str, other_ids: Iterable[str], *, approve_it: bool = True) -> None:
    """Regroup near questions under one: every support is kept (a device counts once), every author is told.

    :raises KioskError: ``merge_needs_two``; ``wrong_status`` when one is already asked.
    """
    others = [i for i in dict.fromkeys(other_ids) if i != keep_id]
    if not others:
        raise KioskError("merge_needs_two")
    keep = row_for("merge", room_id, keep_id)
    rows = [row_of(room_id, i, *statuses.WAITING, *statuses.ASIDE) for i in others]
    grandchildren = list(Question.select().where(Question.merged_into << others))
    decisions.remember(tx, room_id, "merge", [keep, *rows, *grandchildren])
    moved = others + [g.id for g in grandchildren]
    Question.update(status=statuses.MERGED, merged_into=keep_id, reason=None).where(Question.id << moved).execute()
    reports.question_not_open(tx, *moved)
    if approve_it and keep.status in ACTS["approve"].of:
        _approve(tx, keep)
    grouping.recount(keep)
    rooms.changed(tx, room_id, "status", "votes", ids=(keep_id, *moved))


def keep_apart(tx: Transaction, room_id: str, ids: Iterable[str]) -> None:
    """Stop proposing to regroup these questions. :raises KioskError: ``invalid``: there is none."""
    rows = [row_for("keep_apart", room_id, i) for i in ids]
    if not rows:
        raise KioskError("invalid", field="ids")
    decisions.remember(tx, room_id, "keep_apart", rows)
    Question.update(kept_apart=True).where(Question.id << [r.id for r in rows]).execute()
    rooms.changed(tx, room_id, "status", ids=tuple(r.id for r in rows))


def reorder(tx: Transaction, room_id: str, question_id: str, before_id: str | None) -> None:
    """Move an approved question before another (None: to the end). The list then keeps this order, as far as
    :data:`ORDERED` or the move itself.

    Positions by hand are negative: they come before what is approved later, which goes by support.
    """
    room = rooms.row_of(room_id)
    ids = questions.ids_in_order(room_id, room.session_id, *ACTS["reorder"].of)
    if question_id not in ids or (before_id is not None and before_id not in ids):
        raise KioskError("unknown_question")
    if before_id == question_id:
        return
    was = ids.index(question_id)
    ids.remove(question_id)
    at = ids.index(before_id) if before_id else len(ids)
    ids.insert(at, question_id)
    ids, left = ids[: max(was, at, ORDERED) + 1], ids[max(was, at, ORDERED) + 1 :]
    decisions.remember(tx, room_id, "reorder", list(Question.select().where(Question.id << ids)), read=[question_id])
    end = min(0, _first_position(left[:1]))
    for position, one in enumerate(ids, start=end - len(ids)):
        Question.update(position=position).where(Question.id == one).execute()
    Question.update(placed=True).where(Question.id == question_id).execute()
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def _first_position(ids: list[str]) -> int:
    return next((row.position for row in Question.select(Question.position).where(Question.id << ids)), 0)


def put_first(tx: Transaction, room_id: str, question_id: str) -> None:
    """Put an approved question before all others: the pupil who said it aloud is waiting."""
    found = questions.listed(room_id, rooms.row_of(room_id).session_id, *statuses.READY, most=1)
    position = min([0, *(question.position for question in found)]) - 1
    Question.update(position=position, placed=True).where(Question.id == question_id).execute()
    rooms.changed(tx, room_id, "status", ids=(question_id,))


def next_up(room_id: str, session_id: str | None, *, but: str | None = None) -> str | None:
    """The id of the first approved question, or None."""
    return next((q.id for q in questions.listed(room_id, session_id, *statuses.READY, most=2) if q.id != but), None)


def row_for(act: str, room_id: str, question_id: str) -> Question:
    """The question that an act may be done on. :raises KioskError: as :func:`row_of`."""
    return row_of(room_id, question_id, *ACTS[act].of)


def row_of(room_id: str, question_id: str, *statuses: str) -> Question:
    """A question of the room in one of these states. :raises KioskError: ``unknown_question``, ``worry_waits``,
    ``wrong_status``.
    """
    row = Question.get_or_none((Question.id == question_id) & (Question.room_id == room_id))
    if row is None:
        raise KioskError("unknown_question")
    if row.worry in distress.GUARDED:
        raise KioskError("worry_waits")
    if row.status not in statuses:
        raise KioskError("wrong_status")
    return row


def _current(room: Room) -> Question | None:
    return Question.get_or_none(Question.id == room.current_id) if room.current_id else None


def _leave_screen(row: Question) -> None:
    if row.status in statuses.SHOWN:
        Question.update(status=statuses.APPROVED).where(Question.id == row.id).execute()


def _approve(tx: Transaction, row: Question) -> None:
    Question.update(status=statuses.APPROVED, reason=None, approved_at=tx.now).where(Question.id == row.id).execute()
    row.status, row.reason, row.approved_at = statuses.APPROVED, None, tx.now
