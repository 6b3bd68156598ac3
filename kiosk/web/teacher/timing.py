"""The timer in words; ``static/js/control/timer.js`` says the same, every second."""

from __future__ import annotations

from kiosk.domain import rooms
from kiosk.domain.phases import ASKING
from kiosk.domain.views import RoomView
from kiosk.ground import instants
from kiosk.ground.i18n import _, current
from kiosk.ground.values import dataclass

#: Longer before the start than this, in ms, the hour is said and not what is left.
FAR = 3_600_000
#: How long a question and its answer take, in minutes (a class puts 12 to 20 in 25 to 30 minutes).
PER_QUESTION = 1.75


@dataclass(frozen=True)
class Timer:
    """``text`` for people; ``ends_at`` and ``paused_ms`` for the script; ``over`` once the time is spent."""

    text: str
    ends_at: int | None
    paused_ms: int | None
    over: bool

    @property
    def running(self) -> bool:
        """Whether it moves by itself: neither paused nor absent."""
        return self.ends_at is not None


def timer(room: RoomView, now: int) -> Timer:
    """The room's timer at ``now`` (UTC milliseconds)."""
    far = room.stage.to_start and room.ends_at is not None and room.ends_at - now > FAR
    if far and room.paused_ms is None:
        return Timer(start(room, now), None, None, False)
    return clock(room.ends_at, room.paused_ms, now)


def clock(ends_at: int | None, paused_ms: int | None, now: int) -> Timer:
    """A timer that ends at an instant, or that is paused with so much left; neither: there is none."""
    if paused_ms is not None:
        return Timer(_("en pause, %(left)s", left=length(paused_ms)), None, paused_ms, False)
    if ends_at is None:
        return Timer("", None, None, False)
    left = ends_at - now
    if left < 0:
        return Timer(_("dépassé de %(time)s", time=length(-left)), ends_at, None, True)
    return Timer(_("encore %(time)s", time=length(left)), ends_at, None, False)


def start(room: RoomView, now: int) -> str:
    """« début à 14 h 00 », or the day before the hour when it is not today; moved by what the countdown was given."""
    at, zone = rooms.starts_at(room), room.zone
    if instants.local(at, zone).date() == instants.local(now, zone).date():
        return _("début à %(time)s", time=instants.time(at, zone, current()))
    return _("début %(when)s", when=instants.when(at, zone, current()))


def length(ms: int) -> str:
    """« 12 min », « 1 h 05 »: the minutes that the display says too (:func:`instants.minutes_up`)."""
    minutes = instants.minutes_up(ms)
    if minutes < 60:
        return _("%(n)s min", n=minutes)
    return _("%(hours)s h %(minutes)s", hours=minutes // 60, minutes=f"{minutes % 60:02d}")


def ms_to_ask(room: RoomView, now: int) -> int:
    """The milliseconds left for questions, in that phase to come or under way; 0 once they are over."""
    if room.session is None:
        return 0
    if not room.stage.asking:
        return dict(room.session.phases).get(ASKING.code, 25) * 60_000 if room.stage.early else 0
    return max(0, room.paused_ms if room.paused_ms is not None else (room.ends_at or now) - now)


def left_to_ask(room: RoomView, now: int) -> int:
    """How many questions there is still time for, in the questions phase to come or under way."""
    return int(ms_to_ask(room, now) / 60_000 / PER_QUESTION)
