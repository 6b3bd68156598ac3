"""The year's report for the head of school: the talks that took place, the jobs met, the minutes, what was asked.

Talks, speakers, jobs and minutes are exact. Questions leave the class, so that what is told of them is made from
``aggregates.counted`` alone: the asked and the unanswered of each talk, those below five counting for nothing anywhere.
No total, no other line, no other file and no other day's report then says more of them: all are sums of the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kiosk.contract import aggregates
from kiosk.contract.levels import LEVELS
from kiosk.contract.reading.wording import flat
from kiosk.ground import instants
from kiosk.ground.values import dataclass
from kiosk.storage.models import Meeting

#: The month in which a school year begins.
FIRST_MONTH = 8
#: Jobs that a pupil should have met by the end of collège (BO of 25 May 2023: 40 to 50, in three years).
AIM = (40, 50)
#: Below so many answers, a share of them is nobody's business: one in ten would be one or two pupils.
ENOUGH_ANSWERS = 20


@dataclass(frozen=True)
class Talk:
    """One talk. ``began_at`` is UTC milliseconds; ``received`` and ``asked`` are 0 when they stay in the class."""

    began_at: int
    label: str
    level: str
    jobs: tuple[str, ...]
    minutes: int
    received: int
    asked: int


@dataclass(frozen=True)
class Level:
    """A level's talks together. ``jobs``: the fewest and the most that one of its classes met; ``useful``: in tenths of
    the answers, None when it would tell of a few.
    """

    code: str
    classes: int
    talks: int
    jobs: tuple[int, int]
    minutes: int
    received: int
    asked: int
    useful: int | None


@dataclass(frozen=True)
class Report:
    """A school year. ``year`` is the one it began in; ``jobs`` by name; ``women`` and ``men`` are speakers met."""

    year: int
    talks: list[Talk]
    levels: list[Level]
    jobs: list[str]
    minutes: int
    received: int
    asked: int
    women: int
    men: int


def years(zone: str) -> list[int]:
    """The school years of which a talk is remembered, the latest first."""
    rows = Meeting.select(Meeting.began_at).where(Meeting.ended_at.is_null(False))
    return sorted({year_of(row.began_at, zone) for row in rows}, reverse=True)


def year_of(ms: int, zone: str) -> int:
    """The year in which the school year of an instant began."""
    here = instants.local(ms, zone)
    return here.year if here.month >= FIRST_MONTH else here.year - 1


def of_year(year: int, zone: str) -> Report:
    """The report of a school year, of the talks that are over."""
    first, last = (
        int(datetime(at, FIRST_MONTH, 1, tzinfo=instants.zone(zone)).timestamp() * 1000) for at in (year, year + 1)
    )
    within = (Meeting.began_at >= first) & (Meeting.began_at < last) & Meeting.ended_at.is_null(False)
    return made(year, list(Meeting.select().where(within).order_by(Meeting.began_at, Meeting.id)))


def made(year: int, rows: Sequence[Any]) -> Report:
    """The report of these talks (rows of ``Meeting``)."""
    talks = [_talk(row) for row in rows]
    codes = sorted({row.level for row in rows}, key=_rank)
    people = {(one["id"] or f"{row.id}", one["feminine"]) for row in rows for one in row.speakers}
    return Report(
        year=year,
        talks=talks,
        levels=[_level(code, [row for row in rows if row.level == code]) for code in codes],
        jobs=sorted(_jobs(rows).values(), key=flat),
        minutes=sum(one.minutes for one in talks),
        received=sum(one.received for one in talks),
        asked=sum(one.asked for one in talks),
        women=sum(1 for _id, feminine in people if feminine),
        men=sum(1 for _id, feminine in people if feminine is False),
    )


def _talk(row: Any) -> Talk:
    asked, rest = aggregates.counted(row.asked, row.received - row.asked)
    jobs = tuple(one["job"] for one in row.speakers)
    minutes = max(1, round((row.ended_at - row.began_at) / 60_000))
    return Talk(row.began_at, row.label, row.level, jobs, minutes, asked + rest, asked)


def _level(code: str, rows: Sequence[Any]) -> Level:
    talks = [_talk(row) for row in rows]
    classes: dict[str, list[Any]] = {}
    for row in rows:
        if row.label:
            classes.setdefault(row.label, []).append(row)
    met = [len(_jobs(held)) for held in classes.values()] or [len(_jobs(rows))]
    return Level(
        code=code,
        classes=len(classes),
        talks=len(rows),
        jobs=(min(met), max(met)),
        minutes=sum(one.minutes for one in talks),
        received=sum(one.received for one in talks),
        asked=sum(one.asked for one in talks),
        useful=_share(sum(row.useful for row in rows), sum(row.answers for row in rows)),
    )


def _share(part: int, whole: int) -> int | None:
    if whole < ENOUGH_ANSWERS or not aggregates.may_leave(part, whole):
        return None
    return round(10 * part / whole)


def _jobs(rows: Iterable[Any]) -> dict[str, str]:
    """Key → name of the jobs met: one for both forms of a job."""
    return {one["key"]: one["job"][:1].upper() + one["job"][1:] for row in rows for one in row.speakers}


def _rank(code: str) -> tuple[bool, int]:
    known = LEVELS.codes()
    return (code not in known, known.index(code) if code in known else 0)
