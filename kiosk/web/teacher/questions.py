"""Reading over: approve, reword, set aside, regroup, keep apart, undo. Open to an invited moderator."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain.acts import ACTS
from kiosk.domain.questions import decisions, moderation, questions, review
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import bodies, context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look, undoing
from kiosk.web.teacher.blueprint import answer, answer_back, bp, do, is_teacher, page_of_refusal


def _begin(*ids: str) -> str:
    """The room; refuses a moderator who would change the screen. :raises KioskError: ``teacher_only``."""
    page_of_refusal(live_page.page)
    room = context.room()
    if not is_teacher() and room.current_id in ids:
        raise KioskError("teacher_only")
    return room.id


@bp.post("/prof/questions/<id:question_id>/valider")
def approve(question_id: str) -> Response:
    """Let the class see it."""
    room_id = _begin(question_id)
    do("approve", lambda tx: moderation.approve(tx, room_id, question_id), question_id)
    return answer(look.after_action().address)


@bp.post("/prof/questions/<id:question_id>/retirer")
def send_back(question_id: str) -> Response:
    """Take it out of the class's list: it waits to be read over."""
    room_id = _begin(question_id)
    do("send_back", lambda tx: review.send_back(tx, room_id, question_id), question_id)
    return answer(look.current().but(doing="").address)


@bp.post("/prof/questions/<id:question_id>/reformuler")
def reword(question_id: str) -> Response:
    """Change its words (field ``texte``) and theme; with ``valider`` = 1, approve it as well if it waits."""
    room_id = _begin(question_id)
    text, theme = request.form.get("texte", ""), request.form.get("theme")
    waiting = questions.one(room_id, question_id).status in ACTS["approve"].of
    approve_too = waiting and request.form.get("valider") == "1"

    def reword_and_approve(tx: Transaction) -> None:
        moderation.reword(tx, room_id, question_id, text, theme)
        if approve_too:
            moderation.approve(tx, room_id, question_id)

    do("reword", reword_and_approve, question_id)
    return answer(look.after_action().address)


@bp.post("/prof/questions/<id:question_id>/cote")
def set_aside(question_id: str) -> Response:
    """Set it aside, kindly (field ``raison``)."""
    room_id = _begin(question_id)
    reason = request.form.get("raison", "")
    do("set_aside", lambda tx: moderation.set_aside(tx, room_id, question_id, reason), f"{question_id} {reason}")
    return answer(look.after_action().address)


@bp.post("/prof/regrouper")
@bodies.holds(bodies.LIST)
def merge() -> Response:
    """Regroup ``avec`` (several) under ``garder``; the one on screen, if among them, is the one kept."""
    keep, others = request.form.get("garder", ""), request.form.getlist("avec")
    room_id = _begin(keep, *others)
    shown = context.room().current_id
    if shown and shown in others:
        others = [keep, *(i for i in others if i != shown)]
        keep = shown
    do("merge", lambda tx: moderation.merge(tx, room_id, keep, others), f"{keep} +{len(others)}")
    return answer(look.after_action().address)


@bp.post("/prof/separer")
@bodies.holds(bodies.LIST)
def keep_apart() -> Response:
    """Stop proposing to regroup these (``ids``, several)."""
    ids = request.form.getlist("ids")
    room_id = _begin()
    do("keep_apart", lambda tx: moderation.keep_apart(tx, room_id, ids), str(len(ids)))
    return answer(look.current().but(doing="", selected=ids[0] if ids else "").address)


@bp.post("/prof/annuler")
def undo() -> Response:
    """Undo the last act. A moderator may undo a review act, unless it would change the screen.

    ``acte`` names the act that the page showed: if another came since, nothing is undone.
    """
    room_id = _begin()
    last = undoing.last(context.room())
    if not is_teacher() and last is not None and not last.review:
        raise KioskError("teacher_only")
    shown = request.form.get("acte", "")
    if last is not None and shown and shown != str(last.id):
        raise KioskError("wrong_status")
    do("undo", lambda tx: decisions.undo(tx, room_id))
    return answer_back(look.current().but(doing="").address)
