"""The pupils' pages: ask, follow, support, reflect. Links and forms alone do everything; scripts only add life.

``POST /questions`` answers a page to a form and the acknowledgement of ``docs/realtime.md`` to a script.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, jsonify, redirect, request
from werkzeug.wrappers import Response

from kiosk.domain import questions, reflections, sessions, themes
from kiosk.domain.phases import PHASES
from kiosk.domain.views import QuestionView, RoomView
from kiosk.errors import KioskError
from kiosk.web import context, guards, pages, phone_pages

bp = Blueprint("pupils", __name__)

#: A room's code in the address: 4 to 6 letters and digits, at least one digit (no page has such a name).
CODE = re.compile(r"(?=.*\d)[A-Za-z0-9]{4,6}")
#: A session that starts within this time is announced with a countdown, in milliseconds.
SOON = 99 * 60_000

Page = str | tuple[str, int] | Response


@bp.before_request
def _arrive() -> None:
    if request.method not in ("GET", "HEAD"):
        guards.check_origin()


@bp.after_request
def _leave(response: Any) -> Any:
    return phone_pages.compress(response)


def _here() -> RoomView:
    """The room, with this phone counted as present and its road to the kiosk proven."""
    room = context.room()
    kiosk = context.kiosk_of()
    kiosk.presence.visited(room.id, context.device_token())
    if not context.is_local():
        kiosk.addresses.seen(request.host, request.remote_addr, request.environ.get("SERVER_NAME"))
    return room


def _author(room: RoomView) -> str:
    return context.author(room.session.id if room.session else None)


# -- pages ---------------------------------------------------------------------------------------


@bp.get("/")
def home() -> Page:
    """The page of the moment: ask, not open yet, reflection or over."""
    try:
        room = _here()
    except KioskError as error:
        if error.code != "unknown_room":
            raise
        return phone_pages.page("room", None, wrong=context.room_code()), 404 if context.room_code() else 200
    if room.session is None:
        return _not_open(room)
    return {"ask": _ask_page, "reflection": _reflection_page, "over": _over}[PHASES.get(room.phase).phone](room)


@bp.get("/<code>")
def enter(code: str) -> Page:
    """A room by its code. :raises KioskError: ``not_found`` for anything that is not a code."""
    if not CODE.fullmatch(code):
        raise KioskError("not_found")
    return redirect(pages.url("pupils.home", salle=code.upper()), 303)


def _not_open(room: RoomView) -> Page:
    now = context.kiosk_of().clock.now()
    coming = [s for s in sessions.upcoming(now) if s.starts_at > now]
    session = coming[0] if coming else None
    left = session.starts_at - now if session else None
    soon = left is not None and left < SOON
    return phone_pages.page(
        "not_open", room, coming=session, soon=soon, left=phone_pages.clock_face(left or 0), themes=themes.offered()
    )


def _ask_page(room: RoomView, *, error: KioskError | None = None, **typed: str) -> Page:
    current = questions.one(room.id, room.current_id) if room.current_id else None
    speakers = room.session.speakers if room.session else []
    left = 0
    if room.phase == "countdown" and room.ends_at is not None:
        left = max(0, room.ends_at - context.kiosk_of().clock.now())
    return phone_pages.page(
        "ask", room, error=error, typed=typed, id=typed.get("id") or str(uuid.uuid4()), current=current,
        themes=themes.offered(), speakers=speakers if len(speakers) > 1 else [],
        to_all=phone_pages.to_all(len(speakers)), personal=phone_pages.personal(typed.get("text", "")),
        left=phone_pages.clock_face(left) if left else "",
    )


def _reflection_page(room: RoomView, *, error: KioskError | None = None, **typed: str) -> Page:
    held = reflections.answered(room.id, room.session.id if room.session else None, _author(room))
    done = held is not None and not error and "corriger" not in request.args
    if held is not None and not typed:
        typed = {"job": held.job, "studies": held.studies, "surprise": held.surprise}
    return phone_pages.page("reflection", room, error=error, typed=typed, done=done, held=held)


def _over(room: RoomView) -> Page:
    session_id = room.session.id if room.session else None
    own = questions.mine(room.id, session_id, _author(room))
    names = phone_pages.listing([s.name if len(room.session.speakers) == 1 else s.first_name for s in room.session.speakers]) if room.session else ""
    return phone_pages.page(
        "over", room, counts=questions.counts(room.id, session_id), names=names,
        asked=sum(1 for q in own if q.status in ("asked", "answered")),
        left=sum(1 for q in own if q.status in ("pending", "approved", "on_screen")),
    )


def _tab(show: Callable[[RoomView], Page]) -> Page:
    """A page that has a tab; outside the phases of questions, the page of the moment instead."""
    room = _here()
    if room.session is None or not PHASES.get(room.phase).intake:
        return redirect(pages.url("pupils.home"), 303)
    return show(room)


@bp.get("/recue")
def received() -> Page:
    """« C’est reçu », after a form. Without its question (reloaded later, taken back), the list instead."""

    def show(room: RoomView) -> Page:
        wanted = request.args.get("id", "")
        own = questions.mine(room.id, room.session.id if room.session else None, _author(room))
        found = next((q for q in own if q.id == wanted), None)
        if found is None:
            return redirect(pages.url("pupils.mine"), 303)
        return phone_pages.page(
            "received", room, row=phone_pages.followed(room, found),
            personal=phone_pages.personal(found.original_text), troubled=phone_pages.troubled(found.original_text),
        )

    return _tab(show)


@bp.get("/mes-questions")
def mine() -> Page:
    """The pupil's questions and where each one is."""

    def show(room: RoomView) -> Page:
        own = questions.mine(room.id, room.session.id if room.session else None, _author(room))
        rows = [phone_pages.followed(room, q) for q in own]
        return phone_pages.page(
            "mine", room, shown=[r for r in rows if r.step == 2], rows=[r for r in rows if r.step != 2]
        )

    return _tab(show)


@bp.get("/soutenir")
def support() -> Page:
    """The class's questions, to back the ones one would ask too."""

    def show(room: RoomView) -> Page:
        found = questions.supportable(room.id, room.session.id if room.session else None, _author(room))
        current = next((q for q, _backed, _own in found if q.id == room.current_id), None)
        return phone_pages.page("support", room, current=current, rows=[r for r in found if r[0] is not current])

    return _tab(show)


@bp.get("/soutenir/liste")
def support_list() -> Response:
    """The same as JSON: ``[{id, number, text, theme, support, mine}]``, most backed first."""
    room = context.room()
    found = questions.supportable(room.id, room.session.id if room.session else None, _author(room))
    return jsonify([
        {"id": q.id, "number": q.number, "text": q.text, "theme": q.theme, "support": q.support, "mine": backed}
        for q, backed, _own in found
    ])


@bp.get("/donnees")
def privacy() -> Page:
    """What is kept, until when, and whom to talk to."""
    return phone_pages.page("privacy", _room_or_none(), days=context.kiosk_of().settings.retention_days)


@bp.get("/accessibilite")
def accessibility() -> Page:
    """The statement the law asks for."""
    return phone_pages.page("accessibility", _room_or_none())


def _room_or_none() -> RoomView | None:
    try:
        return context.room()
    except KioskError:
        return None


# -- acts ----------------------------------------------------------------------------------------


@bp.post("/questions")
def ask() -> Page:
    """Take a question. A form that comes back with other words under the same id is another question."""
    room = _here()
    sent = request.get_json(silent=True) if request.is_json else request.form
    if not hasattr(sent, "get"):
        raise KioskError("invalid")
    typed = {name: str(sent.get(name) or "") for name in ("id", "text", "theme", "speaker")}
    scripted = context.wants_json()
    try:
        question = _take(room, typed)
    except KioskError as error:
        if scripted:
            raise
        if error.code == "invalid" and error.field == "id" or error.code == "id_taken":
            typed["id"] = str(uuid.uuid4())
            try:
                question = _take(room, typed)
            except KioskError as other:
                return _refused(other, typed)
        else:
            return _refused(error, typed)
    if scripted:
        return jsonify({"ok": True, "question": {"id": question.id, "status": question.status}})
    return redirect(pages.url("pupils.received", id=question.id), 303)


def _take(room: RoomView, typed: dict[str, str]) -> QuestionView:
    kiosk, author = context.kiosk_of(), _author(room)
    own = questions.mine(room.id, room.session.id if room.session else None, author)
    if all(q.id != typed["id"] for q in own):  # a retry costs nothing
        kiosk.limits.question(room.id, context.device_token())
    return kiosk.write(lambda tx: questions.submit(
        tx, room.id, id=typed["id"], text=typed["text"], author=author, theme=typed["theme"],
        speaker_id=typed["speaker"] or None, max_length=kiosk.settings.question_max_length,
        author_max=kiosk.settings.limits_device_max,
    ))


def _refused(error: KioskError, typed: dict[str, str]) -> Page:
    """The form again, with every word still in it; once the session is over, the page that says so."""
    context.forget_room()
    room = context.room()
    if error.code in ("session_over", "session_not_open") or room.session is None:
        return phone_pages.page("lost", room, error=error, text=typed["text"]), error.status
    shown = _ask_page(room, error=error, **typed)
    return (shown, error.status) if isinstance(shown, str) else shown


@bp.post("/questions/<question_id>/retirer")
def withdraw(question_id: str) -> Page:
    """Take back one's own question; one that has gone further stays, and the list says where it is."""
    room = context.room()
    author = _author(room)
    try:
        question = context.kiosk_of().write(lambda tx: questions.withdraw(tx, room.id, question_id, author))
    except KioskError as error:
        if context.wants_json() or error.code != "wrong_status":
            raise
    else:
        if context.wants_json():
            return jsonify({"ok": True, "question": {"id": question.id, "status": question.status}})
    return redirect(pages.url("pupils.mine"), 303)


@bp.post("/questions/<question_id>/soutenir")
def back(question_id: str) -> Page:
    """Back a question (``on=1``) or stop (``on=0``)."""
    room, author = context.room(), _author(context.room())
    context.kiosk_of().limits.message(context.device_token())
    key: str | int = int(question_id) if question_id.isdecimal() else question_id
    on = request.form.get("on", "1") == "1"
    try:
        question = context.kiosk_of().write(lambda tx: questions.set_support(tx, room.id, key, author, on))
    except KioskError:
        if context.wants_json():
            raise
        return redirect(pages.url("pupils.support"), 303)
    if context.wants_json():
        return jsonify({"ok": True, "question": {"id": question.id, "number": question.number, "support": question.support}})
    return redirect(pages.url("pupils.support", _anchor=f"s{question.number}"), 303)


@bp.get("/bilan")
def reflection() -> Page:
    """The reflection form while its phase lasts."""
    room = _here()
    if room.phase != "reflection" or room.session is None:
        return redirect(pages.url("pupils.home"), 303)
    return _reflection_page(room)


@bp.post("/bilan")
def reflect() -> Page:
    """Take (or replace) this phone's answer."""
    room = _here()
    author = _author(room)
    typed = {name: request.form.get(name, "") for name in reflections.FIELDS}
    try:
        context.kiosk_of().write(lambda tx: reflections.submit(tx, room.id, author, **typed))
    except KioskError as error:
        if context.wants_json() or error.code == "wrong_phase":
            raise
        return _reflection_page(room, error=error, **typed)
    if context.wants_json():
        return jsonify({"ok": True})
    return redirect(pages.url("pupils.reflection"), 303)


@bp.post("/oublier")
def forget() -> Page:
    """Forget this phone: its token goes, so nothing here is « yours » any more."""
    response = redirect(pages.url("pupils.home", efface=1), 303)
    response.delete_cookie(context.DEVICE_COOKIE, httponly=True, samesite="Lax")
    g.pop("new_device", None)
    return response
