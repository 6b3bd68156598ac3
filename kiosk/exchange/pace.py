"""What a day's exchanges may cost, and how often they are made when nothing has to leave.

As the day's budget (``sync.daily_budget_kb``) is spent, portraits give way first, then the rounds at rest come once an
hour, then the questions that were asked wait for the next day. Enrolments and prepared questions never do.
"""

from __future__ import annotations

from datetime import date

from kiosk.domain import policy
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import syncstate
from kiosk.ground import instants
from kiosk.ground.instants import DAY, PARIS
from kiosk.storage.models import Operation, Session

#: Share of the budget that portraits leave to the rest, and from which rounds at rest are rare.
NEAR = 0.75
#: What waits for the next day once the budget is spent.
GIVES_WAY = ("question.asked",)
#: Seconds between two rounds at rest: usually, and when nobody is there or the budget is near.
LONGEST_REST, QUIET_REST = 900.0, 3600.0
#: Hours of a school's day.
OPENS, CLOSES = 7, 19
#: (month, day) to (month, day): days that schools of mainland France all have off, whatever their zone and the year.
OFF = (((7, 14), (8, 20)), ((12, 24), (12, 31)), ((1, 1), (1, 1)))


def spent(kiosk: Kiosk, more: int = 0) -> float:
    """The share of the day's budget that is used, ``more`` bytes included; 0 where there is none."""
    budget = kiosk.settings.sync_daily_budget_kb * 1024
    return (sum(syncstate.bytes_of_day(kiosk.clock.now())) + more) / budget if budget else 0.0


def put_by(kiosk: Kiosk, more: int = 0) -> set[int]:
    """The operations (``seq``) that wait for another day."""
    if spent(kiosk, more) < 1:
        return set()
    rows = Operation.select(Operation.seq).where((Operation.state == "waiting") & (Operation.type << GIVES_WAY))
    return {row.seq for row in rows}


def longest_rest(kiosk: Kiosk) -> float:
    """Seconds that a kiosk with nothing to tell may go without asking for news."""
    now = kiosk.clock.now()
    soon = Session.select().where(Session.starts_at.between(now - DAY // 4, now + DAY) & ~Session.deleted)
    if spent(kiosk) >= NEAR or (nobody_there(now, policy.zone()) and not soon.exists()):
        return QUIET_REST
    return LONGEST_REST


def nobody_there(now: int, zone: str) -> bool:
    """Whether a school of that zone is shut: at night, from Saturday noon to Monday, in the holidays that all have."""
    local = instants.local(now, zone or PARIS)
    if not OPENS <= local.hour < CLOSES or local.weekday() == 6 or (local.weekday() == 5 and local.hour >= 13):
        return True
    return (zone or PARIS) == PARIS and any(first <= _day(local.date()) <= last for first, last in OFF)


def _day(day: date) -> tuple[int, int]:
    return day.month, day.day
