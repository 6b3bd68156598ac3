"""What the classes of a school ask about: the themes of a school year, kept when the words of its talks go.

No talk's themes are kept by themselves. The counts of the questions that were put to a speaker are added to those of
other talks, in a group of :data:`TALKS` talks at least and of so many questions that some theme has five. A finished
group is told once and for all, by the contract's own rule (``aggregates.shareable``), then its small numbers are
forgotten: a report differs from the next by whole groups, so that no two of them say more than each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kiosk.contract import aggregates
from kiosk.contract.themes import THEMES
from kiosk.domain import meetings, policy, schoolreport, statuses, stored
from kiosk.domain.reading import guarding
from kiosk.storage.models import COUNT, Question, Room
from kiosk.storage.writer import Transaction

#: The fewest talks that are told together.
TALKS = 4
#: Where it is kept (``stored``): {year: {"talks", "counts": of the group that fills, "told": of the finished ones}}.
KEY = "report.themes"
#: The theme of what has none.
OTHER = "autre"


def told(year: int) -> dict[str, int]:
    """Theme → questions asked, of the finished groups of a school year (the one it began in): the most asked first."""
    held: dict[str, int] = stored.get(KEY, {}).get(str(year), {}).get("told", {})
    return dict(sorted(held.items(), key=lambda one: (-one[1], one[0])))


def count(tx: Transaction, room: Room) -> None:
    """Add what a room's session asked, just before its words go. A session that was no real talk adds nothing."""
    held = meetings.of(str(room.id))
    asked = _asked(room) if held is not None else {}
    if held is None or not asked:
        return
    years = stored.get(KEY, {})
    year = str(schoolreport.year_of(held.began_at, policy.zone()))
    years[year] = _added(years.get(year, {"talks": 0, "counts": {}, "told": {}}), asked)
    stored.keep(tx, KEY, years)


def forget_old(tx: Transaction) -> None:
    """Forget the years whose talks are forgotten (``meetings.KEPT_MS``)."""
    years = stored.get(KEY, {})
    first = schoolreport.year_of(tx.now - meetings.KEPT_MS, policy.zone())
    kept = {year: value for year, value in years.items() if int(year) >= first}
    if kept != years:
        stored.keep(tx, KEY, kept)


def of_group(counts: Mapping[str, int], codes: Collection[str]) -> dict[str, int]:
    """What a finished group lets out. ``codes``: every theme there is: those left out must not be found by their sum,
    as they would be if each had the most that is left out.
    """
    total = sum(counts.values())
    free = aggregates.shareable(dict(sorted(counts.items())), total)
    while free and total - sum(free.values()) >= (aggregates.SMALLEST - 1) * (len(codes) - len(free)) > 0:
        del free[min(free, key=lambda code: (free[code], code))]
    return free


def enough(counts: Mapping[str, int], codes: Collection[str]) -> bool:
    """Whether a group has so many questions that not all its themes can be small."""
    return sum(counts.values()) >= aggregates.SMALLEST * len(codes)


def _added(held: Mapping[str, Any], asked: Mapping[str, int]) -> dict[str, Any]:
    codes = THEMES.codes()
    talks, counts, before = held["talks"] + 1, _sum(held["counts"], asked), held["told"]
    if talks < TALKS or not enough(counts, codes):
        return {"talks": talks, "counts": counts, "told": before}
    return {"talks": 0, "counts": {}, "told": _sum(before, of_group(counts, codes))}


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {code: one.get(code, 0) + other.get(code, 0) for code in sorted({*one, *other})}


def _asked(room: Room) -> dict[str, int]:
    of_room = (Question.room_id == room.id) & (Question.session_id == room.session_id) & guarding.ordinary()
    rows: Any = Question.select(Question.theme, COUNT).where(of_room & (Question.status << statuses.GIVEN))
    counts: dict[str, int] = {}
    for theme, n in rows.group_by(Question.theme).tuples():
        code = theme if theme in THEMES else OTHER
        counts[code] = counts.get(code, 0) + n
    return counts
