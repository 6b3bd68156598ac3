"""What nobody had time to ask: sent to the speaker, what still waits to leave, and what the speaker wrote back."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import meetings, outbox, retention
from kiosk.domain.questions import open_questions, replies
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context, guards, pages, slices
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.get("/prof/transmettre")
def relaying() -> str:
    """The page."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/relaying.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/relaying_inside.html")


def _render(template: str) -> str:
    room = context.room()
    session = room.session
    ready, staying = open_questions.offered(room.id, session)
    return slices.render(
        template,
        room=room,
        possible=open_questions.possible(session),
        ready=ready,
        staying=staying,
        sent=open_questions.sent(room.id, session.id) if session else [],
        kept=open_questions.kept(_sessions()),
        replies=replies.listed(among=_sessions()),
    )


def _sessions() -> set[str] | None:
    """The sessions whose words this browser may read: all (None) with the school's code, with a room's own those that
    this room lived.
    """
    return None if guards.may("school") else meetings.lived(context.room_id())


@bp.post("/prof/transmettre/envoyer")
def relay_questions() -> Response:
    """Send to the speaker the questions that are ticked (``q``); they leave at the next exchange."""
    page_of_refusal(page)
    room, ids = context.room(), request.form.getlist("q")[: open_questions.MOST]
    session = room.session
    if session is None:
        raise KioskError("nothing_to_send")
    count = do("relay_questions", lambda tx: open_questions.send(tx, room.id, session, ids), str(len(ids)))
    return answer(pages.url("control.relaying", parties=count))


@bp.post("/prof/transmettre/gardees/<id:operation_id>/effacer")
def kept_erase(operation_id: str) -> Response:
    """Erase a question that was kept to leave: it leaves no more. :raises KioskError: ``unknown_question``."""
    page_of_refusal(page)
    theirs = _sessions()

    def unit(tx: Transaction) -> None:
        outbox.erase_kept(tx, operation_id, theirs)
        retention.no_trace(tx)

    do("kept_erase", unit, operation_id)
    return answer(pages.url("control.relaying"))


@bp.post("/prof/transmettre/reponses/<id:reply_id>")
def reply_act(reply_id: str) -> Response:
    """Give an answer to the class (``faire`` = montrer), take it off the display (retirer), or erase it (effacer)."""
    page_of_refusal(page)
    room_id, act = context.room_id(), request.form.get("faire", "")
    theirs = _sessions()

    def unit(tx: Transaction) -> None:
        replies.check(reply_id, theirs)
        if act == "effacer":
            replies.erase(tx, reply_id)
            retention.no_trace(tx)
        elif act in ("montrer", "retirer"):
            replies.show(tx, room_id, reply_id if act == "montrer" else None)
        else:
            raise KioskError("invalid", field="faire")

    do("reply_act", unit, act[:20])
    return answer(pages.url("control.relaying"))
