"""« Ordre proposé »: which question next and why; following it is the teacher's choice, what is dragged stays."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.contract.themes import THEMES
from kiosk.domain import starting
from kiosk.domain.questions import ordering, questions
from kiosk.domain.questions.running_order import Slot
from kiosk.domain.views import RoomView
from kiosk.ground.i18n import _
from kiosk.web.frame import context, pages, slices
from kiosk.web.teacher import timing
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: Lines of approach that nothing speaks of yet, each with a beginning.
MISSING = 3


@bp.get("/prof/ordre")
def running_order() -> str:
    """The page."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/ordering.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/ordering_inside.html")


def _render(template: str) -> str:
    kiosk, room = context.kiosk_of(), context.room()
    waiting = ordering.waiting(room)
    slots = ordering.proposal(room, waiting)
    found = {q.id: q for q in questions.several(room.id, [slot.id for slot in slots])}
    heard = ordering.themes_heard(room)
    lines = starting.lines(room, kiosk.settings.data_dir) if room.session else []
    return slices.render(
        template,
        room=room,
        rows=[(found[slot.id], slot, _why(room, slot)) for slot in slots if slot.id in found],
        followed=[slot.id for slot in slots] == waiting,
        left=timing.left_to_ask(room, kiosk.clock.now()),
        missing=[line for line in lines if line.theme.code not in heard and line.starters][:MISSING],
    )


def _why(room: RoomView, slot: Slot) -> str:
    """The one sentence of a place; none says who wrote."""
    if slot.reason == "turn":
        name = next((s.first_name for s in room.session.speakers if s.id == slot.of), "") if room.session else ""
        return _("Au tour de %(name)s.", name=name)
    if slot.reason == "theme":
        return _("Rien encore sur « %(theme)s ».", theme=_(THEMES.get(slot.of).label))
    return {
        "placed": _("Placée par vous : l’ordre proposé n’y touche pas."),
        "prepared": _("Préparée en classe."),
        "device": _("D’un appareil pas encore entendu."),
        "list": _("Ensuite, comme dans la liste."),
        "after": _("Après les autres : cet appareil a déjà eu une question."),
    }.get(slot.reason, _("La plus soutenue des restantes."))


@bp.post("/prof/ordre/suivre")
def follow_order() -> Response:
    """Put the approved questions in this order."""
    page_of_refusal(page)
    room_id = context.room_id()
    do("follow_order", lambda tx: ordering.follow(tx, room_id))
    return answer(pages.url("control.running_order"))


@bp.post("/prof/ordre/<id:question_id>/place")
def place_in_order(question_id: str) -> Response:
    """Give a place, dragged (``avant`` = an id, empty: the end) or by its buttons (``sens`` = ``haut`` or ``bas``)."""
    page_of_refusal(page)
    room_id, form = context.room_id(), request.form
    step = {"haut": -1, "bas": 1}.get(form.get("sens", ""), 0)
    before = None if step else form.get("avant") or None
    do("reorder", lambda tx: ordering.place(tx, room_id, question_id, before=before, step=step), question_id)
    return answer(pages.url("control.running_order"))


@bp.post("/prof/ordre/<id:question_id>/liberer")
def release_place(question_id: str) -> Response:
    """Let the proposed order move a question that was placed by hand."""
    page_of_refusal(page)
    room_id = context.room_id()
    do("release_place", lambda tx: ordering.release(tx, room_id, question_id), question_id)
    return answer(pages.url("control.running_order"))
