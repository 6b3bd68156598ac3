"""The souvenir of a session: one page for the class, kept only if the teacher chooses, until a date.

What it says is a plain value (:func:`page_of`), which is what is kept: the page is drawn from it, and stays as it was
read. It names no pupil, and holds no number of pupils, answers or questions that ``contract.aggregates`` keeps in the
class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from kiosk.contract import aggregates
from kiosk.contract.themes import THEMES
from kiosk.domain import meetings, reflected, retention, sessions, statuses
from kiosk.domain.people import identifiers
from kiosk.domain.questions import answers, questions, replies
from kiosk.domain.scales import MORE, USEFUL
from kiosk.domain.views import ClassReflection, QuestionView, RoomView, SessionView
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.instants import DAY
from kiosk.ground.values import dataclass
from kiosk.storage.models import Room, Souvenir
from kiosk.storage.writer import Transaction

#: The furthest a souvenir may be kept: the school year after this one.
LONGEST = 400 * DAY
#: When a school year is over: what is kept without another date goes then (month, day).
SUMMER = (7, 3)
#: Surprises, ways of studying and next steps of the dossier that a page has room for.
MOST = 4
#: In the place of a theme: what was answered in writing, later.
WRITTEN = "written"


@dataclass(frozen=True)
class Kept:
    """A souvenir that was kept. Instants are UTC milliseconds; ``page`` is what :func:`page_of` said then."""

    id: int
    kept_at: int
    until: int
    page: dict[str, Any]


def page_of(room: RoomView, now: int) -> dict[str, Any]:
    """What the souvenir of the room's session says now, as JSON. :raises KioskError: ``no_session``."""
    session = room.session
    if session is None:
        raise KioskError("no_session")
    asked = questions.listed(room.id, session.id, *statuses.GIVEN)
    met = meetings.of(room.id)
    began, ended = (met.began_at, met.ended_at or now) if met is not None else (session.starts_at, None)
    following = sessions.following(now, but=session.id)
    return {
        "title": session.title,
        "label": room.class_label,
        "zone": room.zone,
        "at": began,
        "minutes": max(1, round((ended - began) / 60_000)) if ended is not None else 0,
        "pupils": room.headcount if room.headcount >= aggregates.SMALLEST else 0,
        "people": [
            {
                "name": s.name,
                "job": s.job,
                "employer": s.employer,
                "place": s.place,
                "path": s.path,
                "sheet": s.job_sheet,
            }
            for s in session.speakers
        ],
        "asked": len(asked) if len(asked) >= aggregates.SMALLEST else 0,
        "themes": _by_theme(session, asked) + _written(session.id),
        "reflection": _told(reflected.of_class(room.id, session.id, room.headcount)),
        "following": {"title": _named(following), "at": following.starts_at} if following else None,
    }


def keep(tx: Transaction, room_id: str, page: dict[str, Any], until: int) -> int:
    """Keep a page until a date (UTC ms), in the place of the one kept before of the same session; its id.

    :raises KioskError: ``until_invalid``; ``rehearsal_kept``: nothing is kept of a rehearsal.
    """
    room = Room.get_or_none(Room.id == room_id)
    if room is None or room.session_id is None:
        raise KioskError("no_session")
    if identifiers.rehearsed(str(room.session_id)):
        raise KioskError("rehearsal_kept")
    if not tx.now < until <= tx.now + LONGEST:
        raise KioskError("until_invalid", field="jusque")
    held = _of(room)
    if held is not None:
        Souvenir.update(page=page, until=until, kept_at=tx.now).where(Souvenir.id == held.id).execute()
        return int(held.id)
    values = {"room_id": room_id, "session_id": room.session_id, "kept_at": tx.now, "until": until, "page": page}
    return int(Souvenir.insert(values).execute())


def drop(tx: Transaction, room_id: str, souvenir_id: int) -> None:
    """Keep one no longer. :raises KioskError: ``unknown_souvenir``."""
    one(room_id, souvenir_id)
    retention.no_trace(tx)
    Souvenir.delete().where(Souvenir.id == souvenir_id).execute()


def purge_due(tx: Transaction) -> None:
    """Erase those whose date has come, from the copies too."""
    if due(tx.now):
        retention.no_trace(tx)
        Souvenir.delete().where(Souvenir.until <= tx.now).execute()


def due(now: int) -> bool:
    """Whether one is to be erased by now."""
    return bool(Souvenir.select(Souvenir.id).where(Souvenir.until <= now).exists())


def one(room_id: str, souvenir_id: int) -> Kept:
    """A souvenir of a room. :raises KioskError: ``unknown_souvenir``."""
    row = Souvenir.get_or_none((Souvenir.id == souvenir_id) & (Souvenir.room_id == room_id))
    if row is None:
        raise KioskError("unknown_souvenir")
    return _kept(row)


def listed(room_id: str) -> list[Kept]:
    """Those of a room, the latest first."""
    return [_kept(row) for row in Souvenir.select().where(Souvenir.room_id == room_id).order_by(Souvenir.id.desc())]


def of_session(room_id: str) -> Kept | None:
    """The one kept of a room's present session, if any."""
    room = Room.get_or_none(Room.id == room_id)
    row = _of(room) if room is not None and room.session_id else None
    return _kept(row) if row is not None else None


def summer(now: int, zone: str) -> int:
    """The end of the school year that an instant is in (UTC ms)."""
    here = instants.local(now, zone)
    year = here.year + ((here.month, here.day) >= (SUMMER[0] - 1, 1))
    return int(datetime(year, *SUMMER, 20, tzinfo=here.tzinfo).timestamp() * 1000)


def _of(room: Room) -> Souvenir | None:
    here = (Souvenir.room_id == room.id) & (Souvenir.session_id == room.session_id)
    found = Souvenir.select().where(here & (Souvenir.kept_at >= (room.opened_at or 0)))
    row: Souvenir | None = found.order_by(Souvenir.id.desc()).first()
    return row


def _kept(row: Souvenir) -> Kept:
    """As it was kept; what was written back since, and given to the class, comes with it."""
    came = _written(row.session_id)
    themes = [one for one in row.page["themes"] if not (came and one["code"] == WRITTEN)]
    return Kept(row.id, row.kept_at, row.until, {**row.page, "themes": themes + came})


def _named(session: SessionView) -> str:
    jobs = [speaker.job for speaker in session.speakers if speaker.job]
    return jobs[0] if len(jobs) == 1 else session.title


def _by_theme(session: SessionView, asked: list[QuestionView]) -> list[dict[str, Any]]:
    """The asked questions by line of approach, each with whom it was for (several speakers) and its line."""
    lines = answers.of([q.id for q in asked])
    names = {s.id: s.first_name for s in session.speakers} if len(session.speakers) > 1 else {}
    found: dict[str, list[dict[str, str]]] = {code: [] for code in (*THEMES.codes(), "")}
    for q in sorted(asked, key=lambda q: (q.asked_at or 0, q.number)):
        line = lines[q.id].text if q.id in lines else ""
        place = found[q.theme if q.theme in found else ""]
        place.append({"text": q.text, "whom": names.get(q.speaker_id or "", ""), "line": line})
    return [{"code": code, "questions": held} for code, held in found.items() if held]


def _written(session_id: str) -> list[dict[str, Any]]:
    """What the speaker wrote back to what there was no time for, as a line of approach of its own."""
    came = [{"text": one.question, "whom": "", "line": one.text} for one in replies.listed(session_id, shared=True)]
    return [{"code": WRITTEN, "questions": came}] if came else []


def _told(together: ClassReflection) -> dict[str, Any]:
    """The reflection's numbers that may be written. None stands for one that is not: no total is, so that none is found
    again; and two scales whose totals differ by a few would tell how many answered one alone.
    """
    scales: list[dict[str, Any]] = []
    wishes: list[list[Any]] = []
    first = 0
    for code, of, counts in _scales(together):
        total = sum(counts.values())
        hidden = first and 0 < abs(total - first) < aggregates.SMALLEST
        told = {} if hidden else aggregates.shareable(counts, total, every=len(counts))
        if of:
            wishes.append([of, told.get(next(iter(counts)))])
        else:
            scales.append({"code": code, "counts": [[one, told.get(one)] for one in counts]})
        first = first or total
    studies = [[text, n if aggregates.may_leave(n, together.answers) else None] for text, n in together.studies[:MOST]]
    surprises = [text for text, _n in together.surprises[:MOST]]
    return {"scales": scales, "wishes": wishes, "studies": studies, "surprises": surprises}


def _scales(together: ClassReflection) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    """(scale, of whom when several speak, its counts in its order) of those that were answered."""
    wishes = [(one.first_name, one.more) for one in together.people] or [("", together.more)]
    for code, of, counts, steps in (
        ("useful", "", together.useful, USEFUL), *(("more", name, more, MORE) for name, more in wishes),
    ):  # fmt: skip
        if any(counts.values()):
            yield code, of, {one: counts.get(one, 0) for one in steps}
