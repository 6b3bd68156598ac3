"""The page of the moment: not open yet, ask, reflection or over; and the form given back after a refusal."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Union

from flask import request
from werkzeug.wrappers import Response

from kiosk.contract import themes
from kiosk.domain import scales, sessions, starting
from kiosk.domain.care import care
from kiosk.domain.questions import questions, reflections, replies, suggested
from kiosk.domain.starters import Begun
from kiosk.domain.views import RoomView
from kiosk.ground import remembered
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context, pages
from kiosk.web.phone import phone_pages

#: Beginnings of a question for each line of approach.
BEGINNINGS = 3
#: A session that starts within this time is announced with a countdown, in milliseconds.
SOON = 99 * 60_000

Page = Union[str, tuple[str, int], Response]


def author_in(room: RoomView) -> str:
    """Who this phone is in the room's session."""
    return context.author(room.session.id if room.session else None)


def now(room: RoomView) -> Page:
    """What a phone that comes in should see. Written answers take the place of a page where there is nothing to do."""
    if not room.open and room.answer_id and (given := replies.given(room.answer_id)):
        return phone_pages.page("replies", room, replies=given)
    if room.session is None:
        return not_open(room)
    return PAGES[room.stage.phone](room)


def not_open(room: RoomView) -> Page:
    """No session is chosen: when the next one starts, if anybody vouches for the time, and what to think meanwhile."""
    clock = context.kiosk_of().clock
    here = clock.now()
    session = sessions.following(here) if clock.trusted else None
    left = session.starts_at - here if session else None
    soon = left is not None and left < SOON
    return phone_pages.page(
        "not_open", room, coming=session, soon=soon, left=phone_pages.clock_face(left or 0), themes=themes.offered()
    )


def ask(room: RoomView, *, error: KioskError | None = None, **typed: str) -> Page:
    """The form; after a refusal, with every word that was in it; or begun as the address says (``amorce``)."""
    typed = typed or _begun(room)
    current = questions.one(room.id, room.current_id) if room.current_id else None
    longest = context.kiosk_of().settings.question_max_length
    speakers = room.session.speakers if room.session else []
    left = 0
    if room.stage.to_start and room.ends_at is not None:
        left = max(0, room.ends_at - context.kiosk_of().clock.now())
    return phone_pages.page(
        "ask",
        room,
        error=error,
        typed=typed,
        id=typed.get("id") or str(uuid.uuid4()),
        current=current,
        themes=themes.offered(),
        speakers=speakers if len(speakers) > 1 else [],
        to_all=pages.to_all(len(speakers)),
        personal=phone_pages.personal(typed.get("text", "")[:longest]),
        left=phone_pages.clock_face(left) if left else "",
        proposed=_starter(room, suggested.shown(room)),
    )


def _starter(room: RoomView, code: str) -> Begun | None:
    return starting.found(room, context.kiosk_of().settings.data_dir, code)


def _begun(room: RoomView) -> dict[str, str]:
    """What the form holds when a beginning was tapped."""
    one = _starter(room, request.args.get("amorce", ""))
    return {"text": one.begun, "theme": one.theme} if one else {}


def beginnings(room: RoomView) -> Page:
    """How a question may begin, for whoever looks for one."""
    lines = starting.offered(room, context.kiosk_of().settings.data_dir, BEGINNINGS)
    return phone_pages.page("starters", room, lines=lines)


def reflection(room: RoomView, *, error: KioskError | None = None, typed: Mapping[str, Any] | None = None) -> Page:
    """The reflection's form, or this phone's answer once given; ``typed``: a refused form, with all that was in it."""
    held = reflections.answered(room.id, room.session.id if room.session else None, author_in(room))
    done = held is not None and not error and "corriger" not in request.args
    if held is not None and typed is None:
        typed = {**asdict(held), "people": {one.speaker_id: asdict(one) for one in held.people}}
    calm = care.kept(context.kiosk_of(), room.id) if done and "aide" in request.args else None
    speakers = room.session.presented if room.session else []
    return phone_pages.page(
        "reflection",
        room,
        error=error,
        typed=typed or {},
        done=done,
        held=held,
        care=calm,
        speakers=speakers if len(speakers) > 1 else [],
        scales=scales,
    )


def over(room: RoomView) -> Page:
    """Thanks, figures, and what becomes of the questions."""
    session_id = room.session.id if room.session else None
    own = phone_pages.mine(room)
    speakers = room.session.speakers if room.session else []
    names = phone_pages.listing([s.name if len(speakers) == 1 else s.first_name for s in speakers])
    return phone_pages.page(
        "over",
        room,
        counts=questions.counts(room.id, session_id),
        names=names,
        asked=sum(1 for q in own if q.state.given),
        left=sum(1 for q in own if q.state.to_come),
    )


def support(room: RoomView) -> Page:
    """The class's questions, to back the ones one would ask too; the one on screen apart."""
    found = questions.supportable(room.id, room.session.id if room.session else None, author_in(room))
    current = next((q for q, _backed, _own in found if q.id == room.current_id), None)
    return phone_pages.page("support", room, current=current, rows=[r for r in found if r[0] is not current])


#: The pages a phase may open a phone on (``Phase.phone``).
PAGES: dict[str, Callable[[RoomView], Page]] = {"ask": ask, "support": support, "reflection": reflection, "over": over}


def refused(error: KioskError, typed: dict[str, str]) -> Page:
    """The form again, with every word still in it; once the session is over, the page that says so."""
    context.forget_room()
    room = context.room()
    with remembered.nothing():
        if error.code in ("session_over", "session_not_open") or room.session is None:
            return phone_pages.page("lost", room, error=error, text=typed["text"]), error.status
        return with_status(ask(room, error=error, **typed), error)


def with_status(shown: Page, error: KioskError) -> Page:
    """A page that tells of a refusal, with its status."""
    return (shown, error.status) if isinstance(shown, str) else shown
