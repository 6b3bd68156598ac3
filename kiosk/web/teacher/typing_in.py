"""Typing for a pupil: one question, said aloud or on a slip. A pile of slips is ``lists``'."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain.people import identifiers
from kiosk.domain.questions import moderation, questions
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.post("/prof/saisir")
def type_one() -> Response:
    """Add one question for a pupil, approved at once (``texte``, ``theme``, ``intervenant``).

    ``origine`` = spoken or paper; ``encore`` = 1 leaves the form open for the next one.
    """
    page_of_refusal(live_page.page)
    kiosk, room_id = context.kiosk_of(), context.room_id()
    form = request.form
    origin = form.get("origine", "spoken")
    if origin not in ("spoken", "paper"):
        raise KioskError("invalid", field="origine")

    def type_it(tx: Transaction) -> None:
        receipt = questions.submit(
            tx,
            room_id,
            id=identifiers.uuid7(tx.now),
            text=form.get("texte", ""),
            author=None,
            theme=form.get("theme", ""),
            speaker_id=form.get("intervenant") or None,
            origin=origin,
            max_length=kiosk.settings.question_max_length,
        )
        if origin == "spoken" and not receipt.guarded:
            moderation.put_first(tx, room_id, receipt.id)

    do("type_one", type_it, origin)
    again = form.get("encore") == "1"
    return answer(look.current().but(doing="saisir" if again else "").address)
