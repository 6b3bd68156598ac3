"""What a ministry asks for: sessions, classes, pupils by académie, territory, level, week and school year; who speaks.

A class's number of pupils or questions under five counts for nothing here (:mod:`kiosk.contract.aggregates`), so none
of the sums it would be found again in says anything of it: whatever is shown is made of numbers of five and more. A
pupil who took part alone is in no line at all: where, and at what level, is who.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import msgspec
from peewee import JOIN, SQL, Case, fn

from kiosk.centre import catalogue, territories
from kiosk.centre.models import Attendance, Enrolment, Reflection, School, Session, Speaker
from kiosk.centre.words import LEVELS, USEFUL
from kiosk.contract import schools, to_ms
from kiosk.contract.aggregates import SMALLEST, shareable
from kiosk.contract.programme import cells
from kiosk.ground import instants

#: A week, in ms, and what brings Monday 0 h of Paris (about) to its beginning: 1970 began on a Thursday.
WEEK, SHIFT = 7 * instants.DAY, 3 * instants.DAY + 3_600_000
#: Jobs, and weeks, that are told.
MOST = 60


@dataclass(frozen=True)
class Filter:
    """From an instant to another (UTC ms, the second excluded); a level, an académie, a territory."""

    since: int | None = None
    until: int | None = None
    level: str = ""
    academie: str = ""
    territory: str = ""


@dataclass(frozen=True)
class Row:
    """What classes reported, of one value of a dimension (or of all)."""

    key: Any
    sessions: int
    classes: int
    schools: int
    pupils: int
    asked: int


@dataclass
class People:
    """Who spoke: women and men by the form they chose, jobs, and whether their paths turned."""

    women: int = 0
    men: int = 0
    jobs: Counter[str] = field(default_factory=Counter)
    turned: int = 0
    straight: int = 0
    untold: int = 0


@dataclass(frozen=True)
class Useful:
    """Reflections that were shared: classes, answers, and those that may be told by step."""

    classes: int
    answers: int
    steps: dict[str, int]


#: Dimension → its expression, the filter's school and session joined.
DIMENSIONS: dict[str, Callable[[], Any]] = {
    "academie": lambda: fn.COALESCE(School.academie, ""),
    "territoire": lambda: _territory(),
    "niveau": lambda: fn.COALESCE(Enrolment.level, ""),
    "semaine": lambda: (Session.starts_at + SHIFT) / WEEK,
    "annee": lambda: _school_year(),
}


def by(dimension: str, wanted: Filter) -> list[Row]:
    """What classes reported, by a dimension of `DIMENSIONS`; the greatest first, but weeks and years in their order."""
    key = DIMENSIONS[dimension]()
    found = [Row(*row) for row in _reported(wanted, key).group_by(SQL("1")).tuples()]
    if dimension in ("semaine", "annee"):
        return sorted(found, key=lambda row: str(row.key).zfill(8))[-MOST:]
    if dimension == "niveau":
        order = list(LEVELS)
        return sorted(found, key=lambda row: order.index(row.key) if row.key in order else len(order))
    return sorted(found, key=lambda row: (row.key == "", -row.classes, row.key))


def whole(wanted: Filter) -> Row:
    """All of it: a school, or a session, counts once."""
    (row,) = _reported(wanted, None).tuples()
    return Row(None, *(int(one or 0) for one in row))


def people(wanted: Filter) -> People:
    """Who spoke in the sessions that classes reported."""
    told = _joined(Attendance.select(Attendance.session_id), wanted)
    ids: set[str] = set()
    for row in Session.select(Session.body).where(Session.id.in_(told)):
        ids.update(catalogue.session_body(row).speakers)
    found = People()
    for at in range(0, len(ids), 500):
        for speaker in Speaker.select().where(Speaker.id.in_(sorted(ids)[at : at + 500])):
            body = catalogue.speaker_body(speaker)
            man = body.job.shown == "masculine"
            found.men, found.women = found.men + man, found.women + (not man)
            found.jobs[body.job.masculine if man else body.job.feminine] += 1
            turns = any(cells.plain(f"{step.when} {step.what}").startswith(cells.TURNS) for step in body.path)
            found.turned += turns
            found.straight += bool(body.path) and not turns
            found.untold += not body.path
    return found


def useful(wanted: Filter) -> Useful:
    """How useful classes found their sessions, as far as they could tell."""
    of = Reflection
    query = of.select(of.answers, of.useful).join(Session, on=(Session.id == of.session_id))
    query = query.switch(of).join(School, JOIN.LEFT_OUTER, on=(School.uai == of.uai))
    for condition in _conditions(wanted, of.uai):
        query = query.where(condition)
    if wanted.level:
        same = (Enrolment.id == of.enrolment_id) & (Enrolment.uai == of.uai)
        query = query.switch(of).join(Enrolment, on=same).where(Enrolment.level == wanted.level)
    answers, classes, steps = 0, 0, Counter[str]()
    rows: Any = query.tuples()
    for number, told in rows:
        if number >= SMALLEST:
            classes, answers = classes + 1, answers + number
            steps.update(useful_of(told, number))
    return Useful(classes, answers, {code: steps[code] for code in USEFUL if steps[code]})


def useful_of(told: str, answers: int) -> dict[str, int]:
    """What one class said of use, as it may be added up: judged class by class, so that no difference between two sums
    tells what one of them hides.
    """
    return shareable(msgspec.json.decode(told, type=dict[str, int]), answers, every=len(USEFUL))


def week_of(bucket: int) -> date:
    """The Monday of a week of `by`."""
    return instants.local(bucket * WEEK - SHIFT + 2 * 3_600_000).date()


def _reported(wanted: Filter, key: Any) -> Any:
    of = Attendance
    sums = [
        fn.COUNT(of.session_id.distinct()),
        fn.COUNT(of.uai),
        fn.COUNT(of.uai.distinct()),
        fn.SUM(counted(of.headcount)),
        fn.SUM(counted(of.asked)),
    ]
    return _joined(of.select(*([] if key is None else [key]), *sums), wanted)


def counted(column: Any) -> Any:
    """A class's number as it may be added up: :func:`kiosk.contract.aggregates.counted`, in SQL."""
    return Case(None, [(column >= SMALLEST, column)], 0)


def _joined(query: Any, wanted: Filter) -> Any:
    of = Attendance
    same = (Enrolment.id == of.enrolment_id) & (Enrolment.uai == of.uai)
    query = query.join(Session, on=(Session.id == of.session_id)).switch(of)
    query = query.join(Enrolment, JOIN.LEFT_OUTER, on=same).switch(of)
    query = query.join(School, JOIN.LEFT_OUTER, on=(School.uai == of.uai))
    for condition in (fn.COALESCE(Enrolment.kind, "class") != "individual", *_conditions(wanted, of.uai)):
        query = query.where(condition)
    return query.where(Enrolment.level == wanted.level) if wanted.level else query


def _conditions(wanted: Filter, uai: Any) -> list[Any]:
    overseas = fn.SUBSTR(uai, 1, 3).in_(sorted(schools.ZONES))
    places = {"outre-mer": overseas, "rural": School.rural == True}  # noqa: E712 - a condition of SQL
    return [
        condition
        for condition in (
            territories.mine(uai),
            Session.starts_at >= wanted.since if wanted.since is not None else None,
            Session.starts_at < wanted.until if wanted.until is not None else None,
            School.academie == wanted.academie if wanted.academie else None,
            places.get(wanted.territory),
        )
        if condition is not None
    ]


def _territory() -> Any:
    overseas = fn.SUBSTR(Attendance.uai, 1, 3).in_(sorted(schools.ZONES))
    rural, town = School.rural == True, School.rural == False  # noqa: E712 - conditions of SQL
    return Case(None, [(overseas, "outre-mer"), (rural, "rural"), (town, "autre")], "")


def _school_year() -> Any:
    """« 2026-2027 », from the first of September, Paris time."""
    first = [(year, to_ms(instants.instant(date(year, 9, 1), time()))) for year in range(2020, 2100)]
    return Case(None, [(Session.starts_at >= at, f"{year}-{year + 1}") for year, at in reversed(first)], "")
