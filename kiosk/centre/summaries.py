"""What kiosks reported of the sessions, added up over schools: classes, pupils, questions, reflections.

Only numbers, and the words of prepared questions, which the office reads already: the text of a question asked
live is never selected here, nor which class said what. No number of pupils, questions or answers under five is here,
nor can be found from those that are: a class's own counts for nothing (:mod:`kiosk.centre.statistics`), and of what is
counted by theme, what would tell it is left out too (:mod:`kiosk.contract.aggregates`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from peewee import JOIN, Case, fn

from kiosk.centre import catalogue, questions
from kiosk.centre.models import Asked, Attendance, Enrolment, Reflection, Session, Speaker
from kiosk.centre.statistics import counted, useful_of
from kiosk.centre.store import Tx
from kiosk.centre.territories import mine
from kiosk.centre.words import LEVELS
from kiosk.contract.aggregates import SMALLEST, may_leave, shareable

#: How many identifiers one statement may hold.
MAX_IDS = 10_000


@dataclass(frozen=True)
class Filter:
    """Which sessions: from an instant to another (UTC ms, the second excluded), of a level, with reports only."""

    since: int | None = None
    until: int | None = None
    level: str = ""
    reported: bool = False


@dataclass
class Line:
    """One session that is over, or that a kiosk reported: its numbers, every school together."""

    id: str
    title: str
    starts_at: int
    status: str
    speakers: list[str]
    levels: list[str]
    #: Classes with a place. A pupil alone is in none of these numbers.
    expected: int = 0
    #: Classes that reported, their schools, and how many pupils.
    classes: int = 0
    schools: set[str] = field(default_factory=set)
    pupils: int = 0
    received: int = 0
    asked: int = 0
    #: Schools that say which questions were asked; how many by theme, live and prepared.
    tellers: set[str] = field(default_factory=set)
    live: Counter[str] = field(default_factory=Counter)
    prepared: Counter[str] = field(default_factory=Counter)
    #: Reflections that were shared, their answers, and the questions of those classes by theme (each at least 5).
    reflections: int = 0
    answers: int = 0
    themes: Counter[str] = field(default_factory=Counter)
    #: How useful the session was, and how many would like to know more, as far as classes could tell.
    useful: Counter[str] = field(default_factory=Counter)
    more: int = 0

    @property
    def reported(self) -> bool:
        """Whether any kiosk said anything."""
        return bool(self.classes + len(self.tellers) + self.reflections)

    @property
    def told(self) -> dict[str, tuple[int, int]]:
        """By theme, as they may be told: how many prepared questions were asked, and how many came live. A theme is
        there when neither number, nor their sum, tells one that is left out.
        """
        kinds = (self.prepared, self.live, self.prepared + self.live)
        may = [shareable(kind, kind.total()) for kind in kinds]
        return {
            code: (self.prepared[code], self.live[code])
            for code in may[-1]
            if all(code in said or not kind[code] for kind, said in zip(kinds, may))
        }

    @property
    def told_sums(self) -> tuple[int, int] | None:
        """How many prepared ones, and how many live, of all themes; None when one of them may not be told."""
        sums = self.prepared.total(), self.live.total()
        return None if any(0 < one < SMALLEST for one in sums) else sums


@dataclass(frozen=True)
class Put:
    """A prepared question, and how many schools said that it was asked, and answered. ``support``: None under five."""

    text: str
    theme: str
    support: int | None
    asked: int
    answered: int


@dataclass(frozen=True)
class Level:
    """Classes of a level that reported, and their pupils; `code` is empty for those not enrolled here."""

    code: str
    classes: int
    pupils: int


@dataclass(frozen=True)
class Detail:
    """All that is known of one session."""

    line: Line
    levels: list[Level]
    #: Prepared questions that were asked, those of most schools first; and how many no school said were.
    put: list[Put]
    others: int
    #: Prepared questions by theme.
    gathered: Counter[str]
    #: How long classes of five pupils or more were there on average, in minutes; None = none said.
    minutes: int | None


@dataclass(frozen=True)
class Overview:
    """A page of sessions, how many there are in all, and the sum over all of them (of its numbers, those of classes,
    schools, pupils, questions received and asked, and answers).
    """

    lines: list[Line]
    count: int
    whole: Line


def lines(tx: Tx, wanted: Filter) -> list[Line]:
    """Sessions that are over or were reported, newest first, all numbers counted: for a table to keep."""
    return [line for part in _parts(_ids(tx, wanted)) for line in _lines(Session.id.in_(part))]


def overview(tx: Tx, wanted: Filter, page: int, size: int) -> Overview:
    """A page of them, from 1: little is read, so that kiosks that exchange meanwhile do not wait."""
    ids = _ids(tx, wanted)
    page = min(page, max(1, -(-len(ids) // size)))
    shown = ids[(page - 1) * size : page * size]
    return Overview(_lines(Session.id.in_(shown)), len(ids), _whole(ids))


def _ids(tx: Tx, wanted: Filter) -> list[str]:
    over = (Session.starts_at + Session.duration_min * 60_000 < tx.now) & (Session.status != "cancelled")
    known = over if not wanted.reported else Session.id == ""
    for model in (Attendance, Asked, Reflection):
        known |= fn.EXISTS(model.select(model.session_id).where((model.session_id == Session.id) & mine(model.uai)))
    if wanted.since is not None:
        known &= Session.starts_at >= wanted.since
    if wanted.until is not None:
        known &= Session.starts_at < wanted.until
    rows = Session.select().where(known).order_by(Session.starts_at.desc(), Session.id)
    return [row.id for row in rows if not wanted.level or wanted.level in catalogue.session_body(row).levels]


def _parts(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + MAX_IDS] for start in range(0, len(ids), MAX_IDS))


def _whole(ids: list[str]) -> Line:
    """The sum of sessions: a class counts once for each, a school once."""
    whole = Line("", "", 0, "", [], [])
    for part in _parts(ids):
        for numbers in _attendance(part, Attendance.uai).tuples():
            _add(whole, numbers)
        answers = _answers(part)
        whole.answers += int(answers or 0)
    return whole


def _answers(part: list[str]) -> Any:
    of = Reflection
    return of.select(fn.SUM(counted(of.answers))).where(of.session_id.in_(part) & mine(of.uai)).scalar()


def detail(session_id: str) -> Detail | None:
    """One session, or None when it does not exist."""
    found = _lines(Session.id == session_id)
    if not found:
        return None
    put, others, gathered = _prepared(session_id)
    return Detail(found[0], _levels(session_id), put, others, gathered, _minutes(session_id))


def _lines(which: Any) -> list[Line]:
    names = {row.id: row.name for row in Speaker.select(Speaker.id, Speaker.name)}
    by_id = {}
    for row in Session.select().where(which).order_by(Session.starts_at.desc(), Session.id):
        body = catalogue.session_body(row)
        people = [names.get(one, one) for one in body.speakers]
        by_id[row.id] = Line(row.id, row.title, row.starts_at, row.status, people, list(body.levels))
    chosen = Session.select(Session.id).where(which)
    _count_places(by_id, chosen)
    _count_attendance(by_id, chosen)
    _count_asked(by_id, chosen)
    _count_reflections(by_id, chosen)
    return list(by_id.values())


def _count_places(by_id: dict[str, Line], chosen: Any) -> None:
    of = Enrolment
    held = of.session_id.in_(chosen) & (of.state == "confirmed") & (of.kind == "class") & mine(of.uai)
    rows: Any = of.select(of.session_id, fn.COUNT(of.id)).where(held).group_by(of.session_id).tuples()
    for session_id, number in rows:
        by_id[session_id].expected += number


def _count_attendance(by_id: dict[str, Line], chosen: Any) -> None:
    query = _attendance(chosen, Attendance.session_id, Attendance.uai)
    for session_id, *numbers in query.tuples():
        _add(by_id[session_id], numbers)


def _attendance(chosen: Any, *columns: Any) -> Any:
    """Classes by these columns: how many, and the sums of what they said."""
    sums = [fn.SUM(counted(one)) for one in (Attendance.headcount, Attendance.received, Attendance.asked)]
    return (
        Attendance.select(*columns, fn.COUNT(Attendance.uai), *sums)
        .join(Enrolment, JOIN.LEFT_OUTER, on=_SAME)
        .where(Attendance.session_id.in_(chosen) & (_KIND != "individual") & mine(Attendance.uai))
        .group_by(*columns)
    )


def _add(line: Line, told: Sequence[Any]) -> None:
    uai, number, pupils, received, asked = told
    line.schools.add(uai)
    line.classes += number
    line.pupils += int(pupils)
    line.received += int(received)
    line.asked += int(asked)


def _count_asked(by_id: dict[str, Line], chosen: Any) -> None:
    columns = (Asked.session_id, Asked.uai, Asked.theme, Asked.origin)
    said = Asked.session_id.in_(chosen) & mine(Asked.uai)
    rows: Any = Asked.select(*columns, fn.COUNT(Asked.id)).where(said).group_by(*columns).tuples()
    for session_id, uai, theme, origin, number in rows:
        line = by_id[session_id]
        line.tellers.add(uai)
        (line.prepared if origin == "prepared" else line.live)[theme] += number


def _count_reflections(by_id: dict[str, Line], chosen: Any) -> None:
    of = Reflection
    query = of.select(of.session_id, of.answers, of.themes, of.useful, of.more)
    rows: Any = query.where(of.session_id.in_(chosen) & mine(of.uai)).tuples()
    for session_id, answers, themes, useful, more in rows:
        if answers < SMALLEST:
            continue
        line = by_id[session_id]
        line.reflections += 1
        line.answers += answers
        by_theme = msgspec.json.decode(themes, type=dict[str, int])
        line.themes.update({code: n for code, n in by_theme.items() if n >= SMALLEST})
        line.useful.update(useful_of(useful, answers))
        line.more += more if more is not None and may_leave(more, answers) else 0


def _levels(session_id: str) -> list[Level]:
    level = fn.COALESCE(Enrolment.level, "")
    rows: Any = (
        Attendance.select(level, fn.COUNT(Attendance.uai), fn.SUM(counted(Attendance.headcount)))
        .join(Enrolment, JOIN.LEFT_OUTER, on=_SAME)
        .where((Attendance.session_id == session_id) & (_KIND != "individual") & mine(Attendance.uai))
        .group_by(level)
        .tuples()
    )
    order = list(LEVELS)
    found = [Level(code, number, int(pupils)) for code, number, pupils in rows]
    return sorted(found, key=lambda one: order.index(one.code) if one.code in order else len(order))


def _prepared(session_id: str) -> tuple[list[Put], int, Counter[str]]:
    """Prepared questions that were asked, how many were not, and all of them by theme."""
    answered = fn.SUM(Case(None, [(Asked.status == "answered", 1)], 0))
    said = Asked.select(Asked.id, fn.COUNT(Asked.uai), answered).where(
        (Asked.session_id == session_id) & mine(Asked.uai)
    )
    rows: Any = said.group_by(Asked.id).tuples()
    times = {id: (number, int(done)) for id, number, done in rows}
    put, gathered = [], Counter[str]()
    for row in questions.of_session(session_id):
        gathered[row.theme] += 1
        if row.id in times:
            put.append(Put(row.text, row.theme, row.support if row.support >= SMALLEST else None, *times[row.id]))
    others = gathered.total() - len(put)
    told = Counter(shareable(gathered, gathered.total()))
    others = others if others >= SMALLEST else 0
    return sorted(put, key=lambda one: (-one.asked, -(one.support or 0))), others, told


def _minutes(session_id: str) -> int | None:
    length = Attendance.ended_at - Attendance.started_at
    believed = (Attendance.session_id == session_id) & (length <= _DAY)  # the clock of a kiosk may jump
    told = believed & (_KIND != "individual") & (Attendance.headcount >= SMALLEST) & mine(Attendance.uai)
    joined = Attendance.select(fn.AVG(length)).join(Enrolment, JOIN.LEFT_OUTER, on=_SAME)
    found = joined.where(told).scalar()
    return None if found is None else round(float(found) / 60_000)


_DAY = 24 * 3600 * 1000
#: The enrolment an attendance is about, and its kind: one that the centre does not know is a class.
_SAME = (Enrolment.id == Attendance.enrolment_id) & (Enrolment.uai == Attendance.uai)
_KIND = fn.COALESCE(Enrolment.kind, "class")
