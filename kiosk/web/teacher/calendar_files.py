"""Calendar files: one session, or all those of this school's classes."""

from __future__ import annotations

from flask import Response

from kiosk.domain import calendars, enrolments, sessions
from kiosk.domain.calendars import Entry
from kiosk.domain.views import SessionView
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import bp


@bp.get("/prof/seances/calendrier.ics")
def calendar_all() -> Response:
    """Every session of this school's classes, the one of this room too."""
    room = context.room()
    ours = {one.session_id for one in enrolments.listed() if one.state in enrolments.ALIVE}
    ours |= {room.session.id} if room.session else set()
    return _file([session for session in sessions.all_sessions() if session.id in ours], "seances.ics")


@bp.get("/prof/seances/<id:session_id>/calendrier.ics")
def calendar_one(session_id: str) -> Response:
    """One session. :raises KioskError: ``unknown_session``."""
    return _file([sessions.view(session_id)], "seance.ics")


def _file(chosen: list[SessionView], name: str) -> Response:
    known = sessions.known()
    classes: dict[str, list[str]] = {}
    links: dict[str, list[tuple[str, str]]] = {}
    for one in enrolments.listed():
        if one.state in enrolments.ALIVE and one.kind == "class" and one.label:
            classes.setdefault(one.session_id, []).append(one.label)
            if one.meeting_url:
                links.setdefault(one.session_id, []).append((one.label, one.meeting_url))
    entries = [
        Entry(s, known.get(s.id, sessions.Known()).rev, tuple(classes.get(s.id, ())), tuple(links.get(s.id, ())))
        for s in chosen
    ]
    data = calendars.calendar(entries, context.kiosk_of().clock.now())
    return Response(
        data,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
