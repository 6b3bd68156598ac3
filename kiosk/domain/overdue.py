"""Sessions that are over though nobody said so, and what must be forgotten by now.

A PC switched off at the bell leaves its session on for ever. Such a session is over three hours after its planned end
and its last act, the later of the two, counted by the kiosk's clock; its words go as many days later as those of one
that was closed. A clock put right moves what rooms hold with it (:func:`kiosk.domain.timers.shift_timers`); one that
another start finds elsewhere cannot be known to be wrong, so a room where somebody is never counts as left
(``there``), and what is dated in a far future counts from now.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain import askedthemes, audit, meetings, outbox, phases, retention, rooms, souvenirs, timers, unmentioned
from kiosk.domain.origins import SAID
from kiosk.domain.phases import FIRST, PHASES
from kiosk.domain.questions import replies
from kiosk.ground.clock import BUILD_MS
from kiosk.ground.instants import DAY, MINUTE
from kiosk.storage import hot
from kiosk.storage.models import Question, Reflection, Room, Session, ShowOfHands
from kiosk.storage.writer import Transaction

#: Milliseconds without an act, and past the planned end, after which nobody is at it any more.
LONG_OVER = 3 * 3_600_000
There = Callable[[str], bool]


def nobody(_room_id: str) -> bool:
    """Nobody is anywhere: for a command, when no kiosk serves."""
    return False


def over_since(room: Room) -> int:
    """When the session of a room was over, by its planned end and its last act (UTC ms), whatever its phase says."""
    session_id = room.session_id or ""
    last = max(room.phase_started_at or 0, room.opened_at or 0, last_act(room.id, session_id))
    return max(planned_end(session_id), last)


def begun(room: Room) -> bool:
    """Whether the session of a room has begun and nobody closed it."""
    return room.session_id is not None and room.phase not in (FIRST.code, *phases.OVER)


def planned_end(session_id: str) -> int:
    """When a session was to end (UTC ms); 0 for one that is not known here."""
    row = Session.get_or_none(Session.id == session_id)
    return 0 if row is None else int(row.starts_at + row.duration_min * MINUTE)


def last_act(room_id: str | None, session_id: str) -> int:
    """The last instant at which anybody asked, answered or decided anything (UTC ms); 0 for never."""
    where = hot.LAST_ACT if room_id is not None else hot.LAST_ACT_UNHELD
    values = (room_id, session_id) * hot.ACTS if room_id is not None else (session_id,)
    return int(hot.read(where, *values)[0][0] or 0)


def left(now: int, there: There = nobody) -> list[Room]:
    """The rooms whose session nobody closed and which counts as over."""
    on = Room.select().where(Room.session_id.is_null(False) & Room.phase.not_in(phases.OVER))
    return [room for room in on if over_since(room) + LONG_OVER <= now and not there(room.id)]


def close_left(tx: Transaction, days: int, there: There = nobody) -> int:
    """Close what was left on. What never began stays in its lobby and is forgotten at the same date; how many questions
    went with it.
    """
    gone = 0
    for room in left(tx.now, there):
        since = over_since(room)
        if room.phase != FIRST.code:
            rooms.close(tx, room, since, since + days * DAY)
            audit.note(tx, "machine", "session_over", room.id)
        elif since + days * DAY <= tx.now:
            gone += retention.wipe(tx, room.id, confirmed=True)  # the date was promised to the class
    return gone


def forget(tx: Transaction, days: int, there: There = nobody) -> int:
    """Erase what is to be forgotten by now, ``days`` after its session; how many questions went."""
    _put_right(tx, days)
    meetings.forget_old(tx)
    askedthemes.forget_old(tx)
    souvenirs.purge_due(tx)
    gone = close_left(tx, days, there) + retention.purge_due(tx)
    for room_id, session_id in sorted(_past(tx.now - days * DAY, tx.now + days * DAY), key=str):
        if room_id and Room.select().where((Room.id == room_id) & (Room.session_id == session_id)).exists():
            gone += retention.wipe(tx, room_id, confirmed=True)
        else:
            gone += retention.erase(tx, room_id, session_id)
    if outbox.expire(tx) + replies.expire(tx) + unmentioned.tidy(tx):
        retention.no_trace(tx)
    return gone


def anything(now: int, days: int, there: There = nobody) -> bool:
    """Whether :func:`forget` would close or erase something."""
    due = Room.select(Room.id).where(Room.purge_at.is_null(False) & (Room.purge_at <= now)).exists()
    ahead = now + (days + 1) * DAY
    wrong = now >= BUILD_MS and Room.select().where(Room.phase_started_at > ahead).exists()
    late = (room.phase != FIRST.code or over_since(room) + days * DAY <= now for room in left(now, there))
    old = outbox.expired(now) or replies.expired(now) or souvenirs.due(now) or unmentioned.due(now)
    return bool(due or wrong or old or any(late) or _past(now - days * DAY, now + days * DAY))


def _put_right(tx: Transaction, days: int) -> None:
    """What a clock that ran ahead dated would be kept until then: counted from now. Not by a clock that cannot be right
    itself, which would find everything ahead.
    """
    if tx.now < BUILD_MS:
        return
    ahead = tx.now + (days + 1) * DAY
    for table, names in (*timers.DATED, (Room, ("phase_started_at", "opened_at"))):
        for name in names:
            table.update({name: tx.now}).where(getattr(table, name) > ahead).execute()


def _past(before: int, until: int) -> set[tuple[str | None, str]]:
    """(room or none, session) that no room lives any more, of which something was said before an instant; or only
    prepared, when the session was to end before it and nobody has touched it since. A room that closed on one has a
    date for it, which counts unless it is after ``until``: the days were fewer since, or a clock was wrong.
    """
    held = list(Room.select(Room.id, Room.session_id, Room.phase, Room.purge_at).where(Room.session_id.is_null(False)))
    dated = {(row.id, row.session_id) for row in held if row.purge_at is not None and row.purge_at <= until}
    running = {row.session_id for row in held if not PHASES.get(row.phase).over}
    said = Question.select(Question.room_id, Question.session_id).where(
        (Question.created_at < before) & (Question.origin << SAID) & Question.room_id.is_null(False)
    )
    answered, hands = (
        table.select(table.room_id, table.session_id).where(table.created_at < before)
        for table in (Reflection, ShowOfHands)
    )
    past = {(row.room_id, row.session_id) for query in (said, answered, hands) for row in query.distinct()}
    for row in Question.select(Question.room_id, Question.session_id).distinct():
        pair = (row.room_id, row.session_id)
        if pair not in past and row.session_id not in running and planned_end(row.session_id) < before:
            if last_act(*pair) < before:
                past.add(pair)
    return {pair for pair in past if pair[1] not in running and pair not in dated}
