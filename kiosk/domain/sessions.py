"""Sessions and speakers as the centre (or an imported file) gave them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from kiosk.domain import formats
from kiosk.domain.people import identifiers
from kiosk.domain.views import SessionView, SpeakerView
from kiosk.ground.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.models import Enrolment, Session, Speaker


def view(session_id: str) -> SessionView:
    """One session with its speakers. :raises KioskError: ``unknown_session``."""
    row = hot.fetch(Session, id=session_id)
    if row is None or row.deleted:
        raise KioskError("unknown_session")
    return _view(row)


def following(now: int, *, but: str | None = None) -> SessionView | None:
    """The session to announce next: the first to come that still stands, other than ``but``.

    As soon as this school is enrolled somewhere, only among those and the ones made here: the centre's catalogue is not
    this class's. The demonstration's only where nothing real is: it is no class's next
    session.
    """
    stands = ~Session.deleted & (Session.starts_at > now) & Session.status.not_in(("cancelled", "done"))
    coming = [row for row in Session.select().where(stands).order_by(Session.starts_at) if row.id != but]
    alive = ~Enrolment.deleted & Enrolment.state.not_in(("cancelled", "refused"))
    coming = [row for row in coming if not identifiers.rehearsed(row.id)]
    ours = {row.session_id for row in Enrolment.select(Enrolment.session_id).where(alive)}
    mine = [row for row in coming if not ours or row.id in ours or identifiers.made_here(row.id)]
    real = [row for row in mine if not identifiers.invented(row.id)]
    playing = but is None or identifiers.invented(but)
    first = next(iter(real or (mine if playing else ())), None)
    return _view(first) if first is not None else None


def all_sessions() -> list[SessionView]:
    """Every session this kiosk holds, soonest first; a rehearsal is none."""
    rows = Session.select().where(~Session.deleted).order_by(Session.starts_at)
    return [_view(row) for row in rows if not identifiers.rehearsed(row.id)]


def classes(session_id: str) -> list[Enrolment]:
    """The enrolments of this school in a session that are still alive, by label."""
    return list(
        Enrolment.select()
        .where(
            (Enrolment.session_id == session_id)
            & (~Enrolment.deleted)
            & (Enrolment.state.not_in(("cancelled", "refused")))
        )
        .order_by(Enrolment.label)
    )


def link(address: str) -> str:
    """An address that a page may link to, never a script; empty else."""
    return address if address.startswith("https:") else ""


def for_class(session: SessionView, enrolment: Enrolment | None) -> SessionView:
    """A session as one class has it: with the link of its own place, when the centre gives one."""
    own = link(enrolment.meeting_url) if enrolment is not None and enrolment.state == "confirmed" else ""
    return replace(session, meeting_url=own) if own else session


def speaker_view(row: Speaker) -> SpeakerView:
    """A speaker with the job in the form they chose."""
    portrait = row.portrait or {}
    return SpeakerView(
        id=row.id,
        name=row.name,
        first_name=row.name.split()[0] if row.name.split() else row.name,
        job=row.job_masculine if row.job_shown == "masculine" else row.job_feminine,
        employer=row.employer,
        place=row.place,
        bio=row.bio,
        path=list(row.path or []),
        job_sheet=row.job_sheet,
        portrait=f"/portraits/{portrait['sha256']}" if portrait.get("stored") else None,
        portrait_alt=str(portrait.get("alt", "")),
        feminine=row.job_shown != "masculine",
    )


def _view(row: Session) -> SessionView:
    ids = list(row.speakers or [])
    rows = [hot.fetch(Speaker, id=speaker_id) for speaker_id in ids]
    return SessionView(
        id=row.id,
        title=row.title,
        starts_at=row.starts_at,
        duration_min=row.duration_min,
        format=row.format,
        levels=list(row.levels or []),
        status=row.status,
        theme_week=row.theme_week,
        meeting_url=link(row.meeting_url),
        speakers=[speaker_view(speaker) for speaker in rows if speaker is not None and not speaker.deleted],
        dossier=list(row.dossier or []),
        phases=formats.phases_for(row.format, row.duration_min, row.phases),
    )


class Known(NamedTuple):
    """What the centre says of a session besides the talk: its revision, places in all (None: it does not say), whether
    no place is left.
    """

    rev: int = 0
    places: int | None = None
    full: bool = False


def known() -> dict[str, Known]:
    """Session id → what the centre says of it."""
    rows = Session.select(Session.id, Session.rev, Session.places, Session.no_place_left).where(~Session.deleted)
    return {row.id: Known(row.rev, row.places, row.no_place_left) for row in rows}
