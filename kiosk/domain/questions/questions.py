"""Pupils' questions: taking them, their author's own view, supports, and what the lists show.

A question is ``pending → approved → on_screen → asked → answered``, or ``set_aside`` with a reason,
``withdrawn`` by its author, ``merged`` into another. The teacher's acts are in ``moderation``.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

from kiosk.contract.themes import THEMES
from kiosk.domain import origins, reports, rooms, statuses, unreviewed
from kiosk.domain.people.devices import Pupil
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import grouping, pace
from kiosk.domain.reading import distress, guarding, textrules
from kiosk.domain.statuses import APPROVED, PENDING, STATUSES
from kiosk.domain.views import Counts, QuestionView
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage import hot
from kiosk.storage.models import CASE, NUMBERED, Question, Session, Support
from kiosk.storage.writer import Transaction

MAX_LENGTH = 240
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Of the questions merged into one, how many are read with it.
JOINED = 40
#: The most a phone gets of what it may support: the most backed, and the newest when there are more.
MOST_BACKED, NEWEST = 100, 50
#: The most a phone gets of its own: more than any pupil writes.
MOST_OF_MINE = 200
#: What a support is judged by: the room, whether its author (twice) backs the question or one merged into it already,
#: and the question, by its number or its id.
_BACKED = (
    "SELECT r.session_id, r.phase, r.intake, EXISTS(SELECT 1 FROM support s WHERE s.question_id = q.id"
    " AND s.device = ?) OR EXISTS(SELECT 1 FROM question c JOIN support s ON s.question_id = c.id"
    f" AND s.device = ? WHERE c.merged_into = q.id), {hot.columns(Question, 'q')} FROM room r"
    " LEFT JOIN question q ON q.room_id = r.id AND q.session_id = r.session_id AND q.{key} = ? WHERE r.id = ?"
)
_BACKED_BY = {kind: _BACKED.replace("{key}", key) for kind, key in ((int, "number"), (str, "id"))}
_PLAIN = tuple(field.name for field in fields(QuestionView) if field.name not in ("merged", "joined", "flags"))

_TOTALS = hot.filled(hot.TOTALS, guarded=distress.GUARDED)
#: The orders of :func:`listed`, and its condition (``guarding.ordinary``).
_BY_AGE = "t.created_at, t.number"
_ORDERS = {
    statuses.READY: "t.position >= 0, CASE WHEN t.position < 0 THEN t.position ELSE 0 END, t.support DESC,"
    " t.position = 0, t.position, t.approved_at, t.number",
    statuses.GIVEN: "t.asked_at DESC, t.number",
    statuses.NOTABLE: hot.filled("t.status NOT IN {shown}, t.asked_at DESC, t.number", shown=statuses.SHOWN),
}
_ORDINARY = hot.filled("t.worry NOT IN {guarded}", guarded=distress.GUARDED)


@dataclass(frozen=True)
class Receipt:
    """What the sender of a question is told once it is on disk; ``known``: it was there (an answer was lost)."""

    id: str
    status: str
    number: int
    worry: str = ""
    known: bool = False

    @property
    def guarded(self) -> bool:
        """True when its sender is to read whom to call."""
        return self.worry in distress.GUARDED


@dataclass(frozen=True)
class Written:
    """A question's text as it would be kept, looked at before the unit of work, in which others wait for their turn."""

    text: str
    worrying: bool


def written(text: str, max_length: int = MAX_LENGTH) -> Written:
    """:raises KioskError: ``invalid``, ``question_*``."""
    clean = textrules.clean(text, max_length)
    return Written(clean, distress.judged(clean) in distress.GUARDED)


def check_intake(session_id: str | None, phase: str, intake: str) -> None:
    """:raises KioskError: ``session_not_open``, ``session_over``, ``intake_*``: the moment takes no question."""
    if session_id is None:
        raise KioskError("session_not_open")
    if not PHASES.get(phase).intake:
        raise KioskError("session_over")
    if intake != "open":
        raise KioskError(f"intake_{intake}")


def submit(
    tx: Transaction, room_id: str, *, id: str, text: str | Written, author: Pupil | str | None, theme: str = "",
    speaker_id: str | None = None, origin: str = "live", max_length: int = MAX_LENGTH, author_max: int = 0,
    for_session: str | None = None, spare: int = 0, apart: bool = True,
) -> Receipt:  # fmt: skip
    """Take a question; the same ``id`` twice is the same question (a retry gets its present status).

    Live questions obey the intake; ``spoken`` and ``paper`` ones (typed by the teacher) only need an open session and
    are approved at once; what may come from a pupil in danger waits for an adult, whatever it is. ``author_max`` bounds
    one device's questions in a session (0: no bound). ``for_session`` names the one it was written for: another does
    not take it. ``spare``: the list is full, or nearly, and takes no more than that many questions of one device (0: it
    is not). ``apart``: whether one more that may come from a pupil in danger is kept.

    :raises KioskError: ``invalid``, ``question_*``, ``unknown_theme``, ``unknown_speaker``, ``id_taken`` (by another
        text), ``too_many``, ``too_fast``, ``room_too_fast``, ``list_full``, and those of :func:`check_intake`.
    """
    if not isinstance(id, str) or not ID_PATTERN.fullmatch(id):
        raise KioskError("invalid", field="id")
    given = written(text, max_length) if isinstance(text, str) else text
    known, most = (author.author, author.most) if isinstance(author, Pupil) else (author, 0)
    found = pace.arriving(tx, room_id, id, author)
    if found is None:
        raise KioskError("unknown_room")
    session_id, phase, intake, review_off_until, number, sent, lately, second, seconds, *held = found
    if held[0] is not None:
        return _again(held, given.text, room_id)
    if for_session and session_id not in (None, for_session):
        raise KioskError("session_over")
    if origin == "live" or session_id is None:
        check_intake(session_id, phase, intake)
    if isinstance(author, Pupil) and session_id != author.session_id:  # another one since it was seen
        known = replace(author, session_id=session_id).author
        sent = lately = hot.first(tx.database, hot.SENT, known, room_id)[0]
    if known:
        pace.check_sent(sent, author_max, spare, not most or lately < most)
        pace.check_room(tx.now, (second, seconds))
    _check_about(session_id, theme, speaker_id)
    if given.worrying and not apart:
        raise KioskError("list_full", seconds=pace.LATER)
    worry = distress.UNOPENED if given.worrying else ""
    typed = origin in ("spoken", "paper")
    unread = not worry and not typed and unreviewed.passes(session_id, given.text, review_off_until, tx.now)
    status, approved_at = (APPROVED, tx.now) if unread or typed and not worry else (PENDING, None)
    row = (
        id, number, room_id, session_id, known, origin, status, given.text, given.text, theme,
        speaker_id or None, False, unread, worry, tx.now, approved_at,
    )  # fmt: skip
    what = ("question", "status") if approved_at is not None else ("question",)
    rooms.arrived(tx, room_id, *what, ids=() if worry else (id,), row=row)
    return Receipt(id, status, number, worry)


def _again(held: list[Any], text: str, room_id: str) -> Receipt:
    id, kept, where, status, number, worry = held
    if kept != text or where != room_id:
        raise KioskError("id_taken", field="id")
    return Receipt(id, status, number, worry, known=True)


def _check_about(session_id: str, theme: str, speaker_id: str | None) -> None:
    if theme and theme not in THEMES:
        raise KioskError("unknown_theme", field="theme")
    if speaker_id and not _speaks(session_id, speaker_id):
        raise KioskError("unknown_speaker", field="speaker")


def _speaks(session_id: str | None, speaker_id: str) -> bool:
    session = Session.get_or_none(Session.id == session_id)
    return session is not None and speaker_id in (session.speakers or [])


def withdraw(tx: Transaction, room_id: str, question_id: str, author: str | None) -> QuestionView:
    """Take back one's own question. :raises KioskError: ``unknown_question`` (also for another's), ``wrong_status``."""
    row = mine_or_refuse(room_id, question_id, author)
    state = STATUSES.get(row.status)
    if state.taken_back:
        return view_of(row)
    if not state.withdrawable:
        raise KioskError("wrong_status")
    ids = grouping.take_back(row)
    reports.question_not_open(tx, row.id)
    if row.worry in distress.GUARDED:  # nobody but the panel has anything to draw, and its id is nobody's
        ids = ids[1:]
    rooms.changed(tx, room_id, *(("status", "votes") if ids else ("question",)), ids=ids)
    return view_of(row)


def mine_or_refuse(room_id: str, question_id: str, author: str | None) -> Question:
    """The author's own row, else ``unknown_question``: another's is not even admitted to exist."""
    row = Question.get_or_none((Question.id == question_id) & (Question.room_id == room_id))
    if row is None or not author or row.author != author:
        raise KioskError("unknown_question")
    return row


def set_support(
    tx: Transaction, room_id: str, key: str | int, author: Pupil | str, on: bool, *, most: int = 0
) -> QuestionView:
    """Back a question, or stop. ``key`` is its id or its number. Doing it twice changes nothing.

    ``most``: supports that it may have already (0: any number).

    :raises KioskError: ``unknown_question`` (not public), ``intake_frozen``, ``session_over``, ``support_full``.
    """
    who = author.author if isinstance(author, Pupil) else author
    found = hot.first(tx.database, _BACKED_BY[type(key)], who, who, key, room_id)
    if found is None:
        raise KioskError("unknown_room")
    session_id, phase, intake, held, *columns = found
    if isinstance(author, Pupil) and session_id != author.session_id:  # another one since it was seen
        return set_support(tx, room_id, key, replace(author, session_id=session_id), on, most=most)
    if not PHASES.get(phase).intake:
        raise KioskError("session_over")
    if intake == "frozen":
        raise KioskError("intake_frozen")
    row = None if columns[0] is None else hot.row(Question, columns)
    if row is None or not STATUSES.get(row.status).public:
        raise KioskError("unknown_question")
    if on == bool(held):
        return view_of(row)
    if on and most and row.support - row.base_support >= most:
        raise KioskError("support_full")
    given = (hot.BACK, (row.id, who)) if on else (hot.LET_GO, (who, row.id, row.id))
    row.support = rooms.voted(tx, room_id, row.id, given)
    if row.origin == "prepared" and PHASES.get(phase).waiting:  # later, the speaker is already here
        reports.question_prepared(tx, row.id)
    return view_of(row)


# -- reading ---------------------------------------------------------------------------------------


def view_of(row: Question, merged: list[QuestionView] | None = None, joined: int = 0) -> QuestionView:
    """A row as a plain value."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    return QuestionView(**plain, merged=merged or [], joined=joined)


def one(room_id: str, question_id: str) -> QuestionView:
    """A question of this room. :raises KioskError: ``unknown_question``."""
    row = hot.fetch(Question, id=question_id, room_id=room_id)
    if row is None:
        raise KioskError("unknown_question")
    return view_of(row)


def several(room_id: str, ids: list[str]) -> list[QuestionView]:
    """Those of these questions that are in this room, in number order."""
    rows = hot.read(hot.these(Question, len(ids)), room_id, *ids) if ids else []
    return [view_of(hot.row(Question, row)) for row in rows]


def listed(
    room_id: str, session_id: str | None, *found: str, most: int | None = None, start: int = 0
) -> list[QuestionView]:
    """Questions of a room's session in the statuses ``found`` (``most`` of them from ``start``), with those merged
    into them; never a guarded one.

    Approved ones: those the teacher ordered by hand, then by support, then as prepared; last asked first when these
    are the statuses (with the one on screen, this one before all); the others by age. Two lists that are read one after
    the other are of two instants: what goes from one to the other meanwhile is in both, or in none.
    """
    if session_id is None:
        return []
    rows = _in_order(hot.columns(Question, "t"), room_id, session_id, found, *(() if most is None else (most, start)))
    return _with_joined([hot.row(Question, row) for row in rows])


def ids_in_order(room_id: str, session_id: str | None, *found: str) -> list[str]:
    """The ids of :func:`listed`, without reading anything else of them."""
    return [] if session_id is None else [row[0] for row in _in_order("t.id", room_id, session_id, found)]


def _in_order(what: str, room_id: str, session_id: str, found: tuple[str, ...], *part: int) -> list[Any]:
    """These columns, by ready-made statements: every page reads some list. ``part``: how many rows, from which."""
    wanted = f"t.status IN ({', '.join('?' * len(found))}) AND {_ORDINARY} ORDER BY {_ORDERS.get(found, _BY_AGE)}"
    statement = f"SELECT {what} FROM question t WHERE t.room_id = ? AND t.session_id = ? AND {wanted}"
    return hot.read(statement + (" LIMIT ? OFFSET ?" if part else ""), room_id, session_id, *found, *part)


def _with_joined(rows: list[Question]) -> list[QuestionView]:
    """Rows as views, each with the first of those merged into it."""
    children: dict[str, list[QuestionView]] = {}
    joined: dict[str, int] = {}
    if rows:
        marks = ", ".join("?" * len(rows))
        counted = f"SELECT merged_into, COUNT(*) FROM question WHERE merged_into IN ({marks}) GROUP BY merged_into"
        joined = dict(hot.read(counted, *(row.id for row in rows)))
    if joined:
        into = Question.merged_into << [row.id for row in rows]
        place = NUMBERED(Question.merged_into, Question.number)
        numbered = Question.select(Question.id, place.alias("place")).where(into).alias("numbered")
        first = Question.select().join(numbered, on=(Question.id == numbered.c.id)).where(numbered.c.place <= JOINED)
        for child in first.order_by(Question.number):
            children.setdefault(str(child.merged_into), []).append(view_of(child))
    return [view_of(row, children.get(row.id), joined.get(row.id, 0)) for row in rows]


def supportable(room_id: str, session_id: str | None, device: str | None) -> list[tuple[QuestionView, bool, bool]]:
    """What a phone may support: (question, backed by this device, written by it), most backed first.

    A phone gets the :data:`MOST_BACKED` first and the :data:`NEWEST` last come: more would be no choice, and its bytes
    are counted. In a class that is all of them.
    """
    if session_id is None:
        return []
    of_room = (Question.room_id == room_id) & (Question.session_id == session_id)
    public = of_room & (Question.status << statuses.SUPPORTABLE) & guarding.ordinary()
    found = list(Question.select().where(public).order_by(Question.support.desc(), Question.number).limit(MOST_BACKED))
    if len(found) == MOST_BACKED:
        held = {row.id for row in found}
        newest = Question.select().where(public).order_by(Question.number.desc()).limit(NEWEST)
        found += [row for row in reversed(list(newest)) if row.id not in held]
    backed: set[str] = set()
    own: set[str] = set()
    if device and found:
        backed, own = _of_device(device, [row.id for row in found])
    rows = [(view_of(row), row.id in backed, row.id in own) for row in found]
    return sorted(rows, key=lambda row: (-row[0].support, row[0].number))


def _of_device(device: str, ids: list[str]) -> tuple[set[str], set[str]]:
    """Which of these questions a device backs, and which it wrote, itself or by one merged into it."""
    head = CASE(None, ((Question.merged_into.is_null(False), Question.merged_into),), Question.id)
    theirs = (Question.id << ids) | (Question.merged_into << ids)
    backing = Question.select(head).join(Support, on=(Support.question_id == Question.id))
    backed: Any = backing.where(theirs & (Support.device == device)).tuples()
    wrote: Any = Question.select(head).where(theirs & (Question.author == device)).tuples()
    return {row[0] for row in backed}, {row[0] for row in wrote}


def mine(room_id: str, session_id: str | None, author: str | None, *, shared: bool = False) -> list[QuestionView]:
    """The author's questions of this session, newest first, :data:`MOST_OF_MINE` at most; a merged one
    says where it went. No guarded one on a ``shared`` device: the next pupil would read it.
    """
    if not author or session_id is None:
        return []
    rows = Question.select().where(
        (Question.author == author)
        & (Question.room_id == room_id)
        & (Question.session_id == session_id)
        & Question.status.not_in(statuses.TAKEN_BACK)
    )
    if shared:
        rows = rows.where(guarding.ordinary())
    newest = rows.order_by(Question.created_at.desc(), Question.number.desc())
    return [view_of(row) for row in newest.limit(MOST_OF_MINE)]


def authors(ids: list[str]) -> dict[str, str]:
    """question id → author hash, for those that have one, merged children included."""
    rows = Question.select(Question.id, Question.author).where((Question.id << ids) | (Question.merged_into << ids))
    return {row.id: row.author for row in rows if row.author}


def ahead_of(question: QuestionView, room_id: str, session_id: str | None) -> int:
    """How many pending questions came before this one (what « 9 questions passent avant elle » says)."""
    return int(
        Question.select()
        .where(
            (Question.room_id == room_id)
            & (Question.session_id == session_id)
            & (Question.status << statuses.TO_REVIEW)
            & (Question.number < question.number)
            & guarding.ordinary()
        )
        .count()
    )


def counts(room_id: str, session_id: str | None) -> Counts:
    """Totals of the room's session, merged questions counted as received; guarded ones are in none."""
    if session_id is None:
        return Counts()
    by: dict[str, int] = {}
    prepared = 0
    for status, origin, n in hot.read(_TOTALS, room_id, session_id):
        by[status] = by.get(status, 0) + n
        if origin in origins.PREPARED:
            prepared += n

    def total(these: tuple[str, ...]) -> int:
        return sum(by.get(status, 0) for status in these)

    return Counts(
        received=sum(by.values()) - total(statuses.TAKEN_BACK),
        prepared=prepared,
        pending=total(statuses.TO_REVIEW),
        approved=total(statuses.READY + statuses.SHOWN),
        ready=total(statuses.READY),
        asked=total(statuses.GIVEN),
        answered=total(statuses.HEARD),
        set_aside=total(statuses.ASIDE),
    )
