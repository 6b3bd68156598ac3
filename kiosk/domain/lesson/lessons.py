"""A lesson's state, of a room and its session: begun, conducted, interrupted, taken up again, and ended as the prepared
list. It survives a restart; the groups' numbers do not survive the session. ``tx``: inside a unit of work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.domain import leaving, rooms, statuses
from kiosk.domain.lesson.steps import FIRST, STEPS, Step
from kiosk.domain.people import identifiers
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import decisions, preparation, questions, written
from kiosk.domain.reading import guarding
from kiosk.domain.starters import SCHOOLS
from kiosk.domain.views import QuestionView, RoomView
from kiosk.ground.errors import KioskError
from kiosk.ground.instants import MINUTE
from kiosk.ground.values import dataclass
from kiosk.storage import hot
from kiosk.storage.models import Lesson, Question, Room
from kiosk.storage.writer import Transaction

#: Places to fill, and groups in a class at most.
PLACES, GROUPS = 8, 15


@dataclass(frozen=True)
class LessonView:
    """Where a lesson is. ``ends_at`` (UTC ms) is None while it is paused, ``paused_ms`` what is left then; ``shown``:
    the display shows it; ``chosen``: ids in order; ``slips``: id → group; ``school`` one of ``SCHOOLS``, or empty for
    the class's own; ``done``: it has made the list.
    """

    step: Step
    shown: bool
    ends_at: int | None
    paused_ms: int | None
    school: str
    chosen: tuple[str, ...]
    slips: dict[str, int]
    done: bool


def of(room_id: str, session_id: str | None) -> LessonView | None:
    """The lesson of a room's session; None when it never began."""
    row = _row(room_id, session_id)
    if row is None:
        return None
    step = STEPS.get(row.step) if row.step in STEPS else FIRST  # a later version's, after a roll-back
    return LessonView(
        step,
        bool(row.shown),
        row.ends_at,
        row.paused_ms,
        row.school,
        tuple(row.chosen or ()),
        dict(row.slips or {}),
        row.done_at is not None,
    )


def allowed(phase: str) -> bool:
    """Whether a lesson may be conducted: nobody is with the class yet."""
    stage = PHASES.get(phase)
    return stage.waiting and not stage.running


def on(room: RoomView) -> LessonView | None:
    """The lesson that the display of a room shows now, unless it is masked; None when it shows the session."""
    if room.session is None or not allowed(room.phase):
        return None
    found = of(room.id, room.session.id)
    return found if found is not None and found.shown else None


def begin(tx: Transaction, room_id: str) -> None:
    """Begin the lesson at its first step, or take up again the one that was interrupted, with the time it had left (the
    step's whole time when none was).

    :raises KioskError: ``no_session``, ``wrong_phase`` once the countdown began.
    """
    room = _room(room_id)
    row = _row(room_id, room.session_id)
    if row is None:
        Lesson.insert(
            room_id=room_id,
            session_id=room.session_id,
            step=FIRST.code,
            shown=True,
            ends_at=tx.now + FIRST.minutes * MINUTE,
            school="",
            chosen=[],
            slips={},
        ).execute()
        rooms.changed(tx, room_id, "phase", "timer")
    elif not row.shown:
        left = row.paused_ms if row.ends_at is None else row.ends_at - tx.now
        whole = STEPS.get(row.step).minutes * MINUTE if row.step in STEPS else 0
        ends_at = tx.now + (left if left and left > 0 else whole)
        _set(tx, row, "phase", "timer", shown=True, ends_at=ends_at, paused_ms=None)


def go(tx: Transaction, room_id: str, code: str, left: str | None = None) -> None:
    """Go to a step, whose time begins now; going where it is already only shows it again. ``left``: the step that is
    left, when the next one is meant.

    :raises KioskError: ``unknown_step``, ``lesson_not_begun``, ``no_session``, ``wrong_phase``, ``moved_on``.
    """
    step = STEPS.get(code)
    row = _begun(room_id)
    if leaving.done_already(left, row.step, step.code) or row.step == step.code:
        begin(tx, room_id)
        return
    ends_at = tx.now + step.minutes * MINUTE
    _set(tx, row, "phase", "timer", step=step.code, shown=True, ends_at=ends_at, paused_ms=None)


def extend(tx: Transaction, room_id: str, minutes: int = 5) -> None:
    """Give the step some minutes more, from now if its time is over. :raises KioskError: as :func:`go`."""
    row = _begun(room_id)
    if row.paused_ms is not None:
        _set(tx, row, "timer", paused_ms=max(0, row.paused_ms) + minutes * MINUTE)
    else:
        _set(tx, row, "timer", ends_at=max(row.ends_at or 0, tx.now) + minutes * MINUTE)


def pause(tx: Transaction, room_id: str) -> None:
    """Stop the clock, keeping what is left. :raises KioskError: as :func:`go`."""
    row = _begun(room_id)
    if row.ends_at is not None:
        _set(tx, row, "timer", paused_ms=max(0, row.ends_at - tx.now), ends_at=None)


def resume(tx: Transaction, room_id: str) -> None:
    """Let the clock run again. :raises KioskError: as :func:`go`."""
    row = _begun(room_id)
    if row.paused_ms is not None:
        _set(tx, row, "timer", ends_at=tx.now + row.paused_ms, paused_ms=None)


def interrupt(tx: Transaction, room_id: str) -> None:
    """The bell rings: the display shows the welcome again, and the lesson keeps its step and the time it had left.

    :raises KioskError: as :func:`go`.
    """
    row = _begun(room_id)
    left = row.paused_ms if row.ends_at is None else max(0, row.ends_at - tx.now)
    _set(tx, row, "phase", "timer", shown=False, ends_at=None, paused_ms=left)


def set_school(tx: Transaction, room_id: str, school: str) -> None:
    """Show the starters of a school (:data:`SCHOOLS`). :raises KioskError: ``invalid``, and as :func:`go`."""
    if school not in SCHOOLS:
        raise KioskError("invalid", field="amorces")
    _set(tx, _begun(room_id), "phase", school=school)


# -- slips, cases, places --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slip:
    """What a pupil wrote on paper; ``group`` is the number on it (0: none)."""

    text: str
    group: int = 0
    theme: str = ""
    speaker_id: str = ""


def add_slip(tx: Transaction, room_id: str, slip: Slip, longest: int = 240) -> None:
    """Type a slip, of ``longest`` characters at most. Its group is kept with the lesson and never with the question.

    :raises KioskError: ``invalid`` for a group beyond :data:`GROUPS`, and those of :func:`go` and ``questions.submit``.
    """
    row = _begun(room_id)
    if not 0 <= slip.group <= GROUPS:
        raise KioskError("invalid", field="groupe")
    id = identifiers.uuid7(tx.now)
    receipt = questions.submit(
        tx,
        room_id,
        id=id,
        text=slip.text,
        author=None,
        theme=slip.theme,
        speaker_id=slip.speaker_id or None,
        origin="paper",
        max_length=longest,
    )
    if slip.group and not receipt.guarded:
        _set(tx, row, "status", slips={**(row.slips or {}), id: slip.group})


def choose(tx: Transaction, room_id: str, question_id: str, on: bool) -> None:
    """Give a question one of the eight places, or take it back. Doing it twice changes nothing.

    :raises KioskError: ``unknown_question``, ``places_full``, and those of :func:`go` and :func:`written.fit`.
    """
    questions.one(room_id, question_id)
    row = _begun(room_id)
    chosen = [one.id for one in chosen_of(room_id, row.session_id, row.chosen or ())]
    held = question_id in chosen
    if on and not held:
        if len(chosen) >= PLACES:
            raise KioskError("places_full", max=PLACES)
        written.fit("end_lesson", room_id, [question_id])
        chosen.append(question_id)
    elif held and not on:
        chosen.remove(question_id)
    else:
        return
    _set(tx, row, "status", chosen=chosen)


def chosen_of(room_id: str, session_id: str | None, ids: Sequence[str]) -> list[QuestionView]:
    """Those of the chosen questions that still stand, in order: what was taken back or put aside since is gone."""
    if session_id is None or not ids:
        return []
    standing = {row.id: row for row in Question.select().where(_read(room_id, session_id) & (Question.id << list(ids)))}
    return [questions.view_of(standing[id]) for id in ids if id in standing]


def candidates(room_id: str, session_id: str | None) -> list[QuestionView]:
    """What may be chosen, oldest first: all that somebody read over and let in, prepared or not (the first
    :data:`written.MOST`).
    """
    if session_id is None:
        return []
    rows = Question.select().where(_read(room_id, session_id)).order_by(Question.created_at, Question.number)
    return [questions.view_of(row) for row in rows.limit(written.MOST)]


def _read(room_id: str, session_id: str) -> Any:
    here = (Question.room_id == room_id) & (Question.session_id == session_id)
    return here & (Question.status << statuses.READY) & ~Question.unread & guarding.ordinary()


def end_lesson(tx: Transaction, room_id: str) -> int:
    """The chosen questions become the head of the prepared list, in their order, as one act; returns how many.

    The centre's session is told in the same unit. The lesson is over, and may be shown again. Where the
    list is made already, nothing changes.

    :raises KioskError: ``nothing_chosen``, and those of :func:`go` and :func:`written.fit`.
    """
    lesson = _begun(room_id)
    ids = [one.id for one in chosen_of(room_id, lesson.session_id, lesson.chosen or ())]
    if not ids:
        raise KioskError("nothing_chosen")
    listed = [one.id for one in preparation.listed(room_id, lesson.session_id)]
    if lesson.done_at is not None and not lesson.shown and listed[: len(ids)] == ids:
        return len(ids)
    chosen = written.fit("end_lesson", room_id, ids)
    others = [id for id in listed if id not in ids]
    behind = {row.id: row for row in Question.select().where(Question.id << others)}
    decisions.remember(tx, room_id, "end_lesson", [*chosen, *behind.values()])
    for place, row in enumerate([*chosen, *(behind[id] for id in others)], start=1):
        written.join(tx, row, place)
    left = lesson.paused_ms if lesson.ends_at is None else max(0, lesson.ends_at - tx.now)
    _set(tx, lesson, "phase", "status", shown=False, ends_at=None, paused_ms=left, done_at=tx.now)
    return len(ids)


def _room(room_id: str) -> Room:
    room = rooms.row_of(room_id)
    if room.session_id is None:
        raise KioskError("no_session")
    if not allowed(room.phase):
        raise KioskError("wrong_phase")
    return room


def _row(room_id: str, session_id: str | None) -> Lesson | None:
    found: Lesson | None = hot.fetch(Lesson, room_id=room_id, session_id=session_id)
    return found


def _begun(room_id: str) -> Lesson:
    row = _row(room_id, _room(room_id).session_id)
    if row is None:
        raise KioskError("lesson_not_begun")
    return row


def _set(tx: Transaction, row: Lesson, *what: str, **fields: object) -> None:
    Lesson.update(fields).where(Lesson.id == row.id).execute()
    rooms.changed(tx, row.room_id, *what)
