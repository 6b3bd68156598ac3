"""« Copier pour la conversation » without JavaScript: the text in a field, and « posée » right there."""

from __future__ import annotations

from flask import render_template, request

from kiosk.domain.questions import questions, relay
from kiosk.ground.errors import KioskError
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import bp


@bp.get("/prof/copier")
def copying() -> str:
    """The text of ``ids`` (one or several), in the order of the list.

    :raises KioskError: ``invalid`` for none, ``unknown_question`` also for one that its author took back.
    """
    room, kiosk = context.room(), context.kiosk_of()
    ids = list(dict.fromkeys(request.args.getlist("ids")))
    if not ids:
        raise KioskError("invalid", field="ids")
    chosen = [questions.one(room.id, question_id) for question_id in ids]
    if any(one.state.taken_back for one in chosen):
        raise KioskError("unknown_question")
    if any(question.guarded for question in chosen):
        raise KioskError("worry_waits")
    text = relay.text(room, kiosk.settings.school_name, chosen)
    return render_template("control/copy.html", room=room, chosen=chosen, text=text)
