"""Relaying: on screen, asked, answered (in a line), and the order of what comes next. The teacher's alone."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain.acts import ACTS
from kiosk.domain.questions import answers, moderation, questions
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import bodies, context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


def _begin() -> str:
    page_of_refusal(live_page.page)
    return context.room_id()


@bp.post("/prof/questions/<id:question_id>/ecran")
def put_on_screen(question_id: str) -> Response:
    """Show it big; ``depuis`` names what the screen showed (empty: nothing), when it was proposed as the next one."""
    room_id, left = _begin(), request.form.get("depuis")
    do("put_on_screen", lambda tx: moderation.put_on_screen(tx, room_id, question_id, left), question_id)
    return answer(look.after_action().address)


@bp.post("/prof/retirer")
def take_off_screen() -> Response:
    """Clear the screen."""
    room_id = _begin()
    do("take_off_screen", lambda tx: moderation.take_off_screen(tx, room_id))
    return answer(look.current().address)


@bp.post("/prof/posees")
@bodies.holds(bodies.LIST)
def mark_asked() -> Response:
    """Mark as given to the speaker: ``ids``, one or several."""
    room_id, ids = _begin(), list(dict.fromkeys(request.form.getlist("ids")))
    if not ids:
        raise KioskError("invalid", field="ids")

    def mark_each(tx: Transaction) -> None:
        for question_id in ids:
            moderation.mark_asked(tx, room_id, question_id)

    do("mark_asked", mark_each, " ".join(ids))
    return answer(look.current().address)


@bp.post("/prof/questions/<id:question_id>/repondue")
def mark_answered(question_id: str) -> Response:
    """Mark as answered; with ``suivante`` = 1 the next question takes the screen."""
    room_id = _begin()
    show_next = request.form.get("suivante") == "1"
    do("mark_answered", lambda tx: moderation.mark_answered(tx, room_id, question_id, show_next=show_next), question_id)
    return answer(look.current().address)


@bp.post("/prof/questions/<id:question_id>/place")
def reorder(question_id: str) -> Response:
    """Move among the next questions: ``sens`` = ``haut`` or ``bas``, or ``avant`` = an id (empty: the end)."""
    room_id = _begin()
    room = context.room()
    ids = questions.ids_in_order(room_id, room.session.id if room.session else None, *ACTS["reorder"].of)
    if question_id not in ids:
        raise KioskError("unknown_question")
    way, at = request.form.get("sens"), ids.index(question_id)
    if way == "haut":
        before: str | None = ids[max(0, at - 1)]
    elif way == "bas":
        before = ids[at + 2] if at + 2 < len(ids) else None
    else:
        before = request.form.get("avant") or None
    if before != question_id:
        do("reorder", lambda tx: moderation.reorder(tx, room_id, question_id, before), question_id)
    return answer(look.current().address)


@bp.post("/prof/reponses/<id:question_id>")
def answer_note(question_id: str) -> Response:
    """Write a line (``ligne``), or read over the one that was proposed (``vu``: as it was read; ``ecarter`` = 1: away
    with it).
    """
    room_id, form = _begin(), request.form
    line, seen = None if form.get("ecarter") == "1" else form.get("ligne", ""), form.get("vu", "")
    do("answer_note", lambda tx: answers.note(tx, room_id, question_id, line, seen=seen), question_id)
    return answer(look.after_action().address)
