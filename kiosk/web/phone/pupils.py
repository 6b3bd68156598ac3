"""The pupils' pages: ask, follow, support, reflect. Links and forms alone do everything; scripts only add life.

``POST /questions`` answers a page to a form and the acknowledgement of ``docs/realtime.md`` to a script.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, g, jsonify, redirect, request
from werkzeug.wrappers import Response

from kiosk.domain import intake, rooms, roomset
from kiosk.domain.care import care
from kiosk.domain.phases import PHASES
from kiosk.domain.questions import questions, reflections
from kiosk.domain.questions.questions import Receipt
from kiosk.domain.reading import distress
from kiosk.domain.views import QuestionView, RoomView
from kiosk.ground.config_values import ROOM_CODE
from kiosk.ground.errors import KioskError
from kiosk.ground.nesting import too_deep
from kiosk.web.frame import context, guards, pages
from kiosk.web.phone import phone_moments, phone_pages, receipts
from kiosk.web.phone.phone_moments import Page, author_in

bp = Blueprint("pupils", __name__)

#: A room's code in the address.
CODE = re.compile(ROOM_CODE)


#: The pages that stay open in a room, and so carry its code in their address.
STAYING = ("home", "received", "mine", "support", "reflection")


@bp.before_request
def _arrive() -> Response | None:
    if request.method not in ("GET", "HEAD"):
        guards.check_origin()
    if (request.endpoint or "").rpartition(".")[2] not in STAYING:
        return None
    g.room_code = intake.room_code(context.kiosk_of(), context.room_code(), context.known_device() or "")
    return pages.bound()


@bp.after_request
def _leave(response: Any) -> Any:
    return phone_pages.compress(response)


def _here() -> RoomView:
    """The room, with this phone counted as present and its road to the kiosk proven."""
    room = context.room()
    kiosk = context.kiosk_of()
    kiosk.presence.visited(room.id, context.device_token())
    if not context.peer().here:
        kiosk.addresses.seen(request.host, request.remote_addr, request.environ.get("SERVER_NAME"))
    return room


# -- pages ---------------------------------------------------------------------------------------


@bp.get("/")
def home() -> Page:
    """The page of the moment: ask, not open yet, reflection or over."""
    try:
        room = _here()
    except KioskError as error:
        if error.code != "unknown_room":
            raise
        code = context.room_code()
        return phone_pages.page(
            "room",
            None,
            wrong=code,
            removed=roomset.name_of_removed(code or ""),
            plain=rooms.plain_address(),
        ), 404 if code else 200
    return phone_moments.now(room)


@bp.get("/amorces")
def beginnings() -> Page:
    """How a question may begin, three for each line of approach: a tap leads back to the form, begun (``amorce``)."""
    return _tab(phone_moments.beginnings)


@bp.get("/tablette")
def tablet() -> Page:
    """What a device that goes from hand to hand is, and the button that makes this one such."""
    return phone_pages.page("tablet", _room_or_none())


@bp.post("/tablette")
def share_tablet() -> Page:
    """From here on, this device shows nobody a worrying message that another wrote."""
    context.share_device()
    return redirect(pages.url("pupils.home"), 303)


@bp.get("/<code>")
def enter(code: str) -> Page:
    """A room by its code. :raises KioskError: ``not_found`` for anything that is not a code."""
    if not CODE.fullmatch(code):
        raise KioskError("not_found")
    return redirect(pages.url("pupils.home", salle=code.upper()), 303)


def _tab(show: Callable[[RoomView], Page]) -> Page:
    """A page that has a tab; outside the phases of questions, the page of the moment instead."""
    room = _here()
    if room.session is None or not PHASES.get(room.phase).intake:
        return redirect(pages.url("pupils.home"), 303)
    return show(room)


@bp.get("/recue")
def received() -> Page:
    """« C’est reçu », after a form: to its author, known by the cookie or by the receipt in the address. Without its
    question (reloaded later, taken back), the list instead.
    """

    def show(room: RoomView) -> Page:
        wanted = request.args.get("id", "")
        opened = receipts.opens(request.args.get("recu", ""), wanted)
        own = questions.mine(room.id, room.session.id if room.session else None, author_in(room))
        found = next((q for q in own if q.id == wanted), None)
        if found is None and opened:
            found = _held(room, wanted)
        if found is None:
            return redirect(pages.url("pupils.mine"), 303)
        calm = care.kept(context.kiosk_of(), room.id) if found.guarded else None
        return phone_pages.page(
            "received",
            room,
            row=phone_pages.followed(room, found),
            care=calm,
            personal=[] if calm else phone_pages.personal(found.original_text),
        )

    return _tab(show)


@bp.get("/mes-questions")
def mine() -> Page:
    """The pupil's questions and where each one is."""

    def show(room: RoomView) -> Page:
        own = phone_pages.mine(room)
        rows = [phone_pages.followed(room, q) for q in own]
        return phone_pages.page(
            "mine",
            room,
            shown=[r for r in rows if r.step == 2],
            rows=[r for r in rows if r.step != 2],
            care=care.kept(context.kiosk_of(), room.id) if any(q.guarded for q in own) else None,
        )

    return _tab(show)


@bp.get("/soutenir")
def support() -> Page:
    """The class's questions, to back the ones one would ask too."""
    return _tab(phone_moments.support)


@bp.get("/soutenir/liste")
def support_list() -> Response:
    """The same as JSON: ``[{number, text, theme, support, mine}]``, most backed first."""
    room = context.room()
    found = questions.supportable(room.id, room.session.id if room.session else None, author_in(room))
    return jsonify(
        [
            {"number": q.number, "text": q.text, "theme": q.theme, "support": q.support, "mine": backed}
            for q, backed, _own in found
        ]
    )


@bp.get("/donnees")
def privacy() -> Page:
    """What is kept, until when, and whom to talk to."""
    room, kiosk = _room_or_none(), context.kiosk_of()
    calls = care.lines(kiosk, room.id if room else None)
    return phone_pages.page("privacy", room, days=kiosk.settings.retention_days, lines=calls)


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
    nested = request.is_json and too_deep(request.get_data())
    sent = None if nested else request.get_json(silent=True) if request.is_json else request.form
    if not isinstance(sent, Mapping):
        raise KioskError("invalid")
    typed = {name: _whole(sent.get(name, "")) for name in ("id", "text", "theme", "speaker", "session")}
    scripted = context.wants_json()
    try:
        room = _here()
    except KioskError as error:
        error.care = care.refused(context.kiosk_of(), None, str(typed["text"]))
        raise
    try:
        question = _take(room, typed)
    except KioskError as error:
        if scripted or request.is_json:
            raise
        if error.code == "invalid" and error.field == "id" or error.code == "id_taken":
            typed["id"] = str(uuid.uuid4())
            try:
                question = _take(room, typed)
            except KioskError as other:
                return phone_moments.refused(other, typed)
        else:
            return phone_moments.refused(error, typed)
    if scripted:
        told: dict[str, Any] = {"ok": True, "question": {"id": question.id, "status": question.status}}
        if question.known:
            told["known"] = True
        return jsonify({**told, "care": care.kept(context.kiosk_of(), room.id)} if question.guarded else told)
    kept = context.known_device() is not None
    word = None if kept else receipts.ticket(question.id)
    return redirect(pages.url("pupils.received", id=question.id, recu=word), 303)


def _whole(given: Any) -> Any:
    """A field whose text can be written: JSON may hold half a character (a lone surrogate)."""
    return given.encode("utf-8", "replace").decode() if isinstance(given, str) else given


def _held(room: RoomView, question_id: str) -> QuestionView | None:
    """The question of a receipt; none once it was taken back, whose words nobody reads any more."""
    found = questions.several(room.id, [question_id])
    return found[0] if found and not found[0].state.taken_back else None


def _take(room: RoomView, typed: dict[str, Any]) -> Receipt:
    kiosk = context.kiosk_of()
    try:
        sent = intake.read(typed, intake.Ask)
    except KioskError as error:
        error.care = care.refused(kiosk, room.id, str(typed["text"]))
        raise
    return intake.ask(kiosk, room.id, context.sender(), sent)


@bp.post("/questions/<id:question_id>/retirer")
def withdraw(question_id: str) -> Page:
    """Take back one's own question; one that has gone further stays, and the list says where it is."""
    sent = intake.read({"id": question_id}, intake.One)
    try:
        question = intake.withdraw(context.kiosk_of(), context.room_id(), context.sender(), sent)
    except KioskError as error:
        if context.wants_json() or error.code != "wrong_status":
            raise
    else:
        if context.wants_json():
            return jsonify({"ok": True, "question": {"id": question.id, "status": question.status}})
    return redirect(pages.url("pupils.mine"), 303)


@bp.post("/questions/<int(max=2147483647):number>/soutenir")
def back(number: int) -> Page:
    """Back a question (``on=1``) or stop (``on=0``). It is named by its number, as the class sees it."""
    sent = intake.Back(number, request.form.get("on", "1") in ("1", "true"))
    try:
        question = intake.support(context.kiosk_of(), context.room_id(), context.sender(), sent)
    except KioskError:
        if context.wants_json():
            raise
        return redirect(pages.url("pupils.support"), 303)
    if context.wants_json():
        return jsonify({"ok": True, "question": {"number": question.number, "support": question.support}})
    return redirect(pages.url("pupils.support", _anchor=f"s{question.number}"), 303)


@bp.get("/bilan")
def reflection() -> Page:
    """The reflection form while its phase lasts."""
    room = _here()
    if not room.stage.reflecting or room.session is None:
        return redirect(pages.url("pupils.home"), 303)
    return phone_moments.reflection(room)


@bp.post("/bilan")
def reflect() -> Page:
    """Take (or replace) this phone's answer."""
    room = _here()
    form = request.form
    speakers = room.session.presented if room.session else []
    people = [
        {"id": one.id, "job": form.get(f"job:{one.id}", ""), "more": form.get(f"more:{one.id}", "")} for one in speakers
    ]
    sent = {name: form.get(name, "") for name in (*reflections.FIELDS, "useful", "more", "session")}
    try:
        read = intake.read({**sent, "tracks": form.getlist("tracks"), "people": people}, intake.Reflect)
        intake.reflect(context.kiosk_of(), room.id, context.sender(), read)
    except KioskError as error:
        if context.wants_json() or error.code == "wrong_phase":
            raise
        typed = {**sent, "tracks": form.getlist("tracks"), "people": {one["id"]: one for one in people}}
        return phone_moments.with_status(phone_moments.reflection(room, error=error, typed=typed), error)
    worrying = any(distress.seen(text) for text in read.words)
    if context.wants_json():
        return jsonify({"ok": True, **({"care": care.kept(context.kiosk_of(), room.id)} if worrying else {})})
    return redirect(pages.url("pupils.reflection", aide=1 if worrying else None), 303)


@bp.post("/oublier")
def forget() -> Page:
    """Forget this phone: its token goes, so nothing here is « yours » any more."""
    response = redirect(pages.url("pupils.home", efface=1), 303)
    context.forget_device(response)
    g.pop("new_device", None)
    return response
