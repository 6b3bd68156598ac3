"""« Préparer en classe »: the page from which the teacher conducts the lesson on the shared screen, a key a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import origins, starters, starting
from kiosk.domain.lesson import cases, lessons, steps
from kiosk.domain.lesson.lessons import LessonView
from kiosk.domain.questions import moderation, preparation, questions
from kiosk.domain.statuses import TO_REVIEW
from kiosk.domain.views import RoomView
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context, pages, slices
from kiosk.web.teacher import screen_shown, timing, undoing, written_shown
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: What the buttons of the clock do.
CLOCK: dict[str, Callable[[Transaction, str], None]] = {
    "commencer": lessons.begin,
    "pause": lessons.pause,
    "reprendre": lessons.resume,
    "prolonger": lessons.extend,
    "interrompre": lessons.interrupt,
}


@bp.get("/prof/lecon")
def lesson() -> str:
    """The page; ``groupe`` is the group of the slip typed last, ``rouvrir`` the question whose form is open."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/lesson.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/lesson_inside.html")


def _render(template: str) -> str:
    room = context.room()
    held = lessons.of(room.id, room.session.id) if room.session else None
    values = _conducted(room, held) if held is not None else {}
    return slices.render(
        template,
        room=room,
        lesson=held,
        steps=steps.STEPS,
        minutes=steps.MINUTES,
        allowed=lessons.allowed(room.phase),
        undo=undoing.of_list(room),
        looks={name: request.args[name] for name in ("groupe", "rouvrir") if request.args.get(name)},
        **values,
    )


def _conducted(room: RoomView, held: LessonView) -> dict[str, Any]:
    """What the page shows once the lesson has begun."""
    assert room.session is not None
    found = lessons.candidates(room.id, room.session.id)
    names = [speaker.name for speaker in room.session.speakers]
    lines = {line.theme.code: line for line in starting.lines(room, context.kiosk_of().settings.data_dir, held.school)}
    chosen = lessons.chosen_of(room.id, room.session.id, held.chosen)
    picks = [written_shown.pick(one, names, lines, at) for at, one in enumerate(found)]
    now = context.kiosk_of().clock.now()
    return {
        "stops": steps.stops(held.step),
        "following": steps.after(held.step),
        "timer": timing.clock(held.ends_at, held.paused_ms, now),
        "now": now,
        "screen": screen_shown.of(room, now),
        "cases": cases.of(found),
        "unsorted": cases.unsorted(found),
        "closed": [one for one in picks if one.starter],
        "reopened": cases.reopened(found),
        "flagged": {one.question.id for one in picks if one.flags and one.question.origin not in origins.PREPARED},
        "chosen": chosen,
        "chosen_ids": {one.id for one in chosen},
        "places": lessons.PLACES,
        "groups": range(1, lessons.GROUPS + 1),
        "slips": sum(1 for one in found if one.origin == "paper"),
        "unread": len(questions.ids_in_order(room.id, room.session.id, *TO_REVIEW)),
        "schools": starters.SCHOOLS,
        "school": held.school or starting.school(room),
        "group": request.args.get("groupe", ""),
        "opening": request.args.get("rouvrir", ""),
    }


def _begin() -> str:
    page_of_refusal(page)
    return context.room_id()


def _here(**args: str) -> Response:
    return answer(pages.url("control.lesson", **args))


@bp.post("/prof/lecon")
def conduct() -> Response:
    """Go to a step (``etape``; ``depuis`` names the one that « Étape suivante » leaves), show the
    starters of a school (``amorces``), or ``faire`` = ``commencer`` (or take up again), ``pause``, ``reprendre``,
    ``prolonger``, ``interrompre``.
    """
    room_id, form = _begin(), request.form
    if "etape" in form:
        step, left = form["etape"], form.get("depuis")
        do("lesson_step", lambda tx: lessons.go(tx, room_id, step, left), step[:20])
    elif "amorces" in form:
        do("lesson_school", lambda tx: lessons.set_school(tx, room_id, form["amorces"]), form["amorces"][:20])
    else:
        act = CLOCK.get(form.get("faire", ""))
        if act is None:
            raise KioskError("invalid", field="faire")
        do("lesson", lambda tx: act(tx, room_id), form["faire"])
    return _here()


@bp.post("/prof/lecon/billet")
def lesson_slip() -> Response:
    """Type a slip (``texte``, ``groupe`` from 1 or empty, ``theme``, ``intervenant``)."""
    room_id, form = _begin(), request.form
    group = form.get("groupe", "")
    if group and not (group.isascii() and group.isdigit() and len(group) < 3):
        raise KioskError("invalid", field="groupe")
    slip = lessons.Slip(form.get("texte", ""), int(group or 0), form.get("theme", ""), form.get("intervenant", ""))
    longest = context.kiosk_of().settings.question_max_length
    do("lesson_slip", lambda tx: lessons.add_slip(tx, room_id, slip, longest))
    return _here(**({"groupe": group} if group else {}))


@bp.post("/prof/lecon/<id:question_id>/rouvrir")
def lesson_reword(question_id: str) -> Response:
    """Give a question other words (``texte``), or its case (``theme``): the one that the form holds."""
    room_id, form = _begin(), request.form

    def unit(tx: Transaction) -> None:
        held = questions.one(room_id, question_id)
        text, theme = form.get("texte", held.text), form.get("theme", held.theme)
        if held.origin in origins.PREPARED:
            preparation.edit(tx, room_id, question_id, text, theme)
        else:
            moderation.reword(tx, room_id, question_id, text, theme)

    do("lesson_reword", unit, question_id)
    return _here()


@bp.post("/prof/lecon/<id:question_id>/place")
def lesson_place(question_id: str) -> Response:
    """Give a question one of the eight places (``prendre`` = 1), or take it back (0)."""
    room_id, on = _begin(), request.form.get("prendre") == "1"
    do("lesson_place", lambda tx: lessons.choose(tx, room_id, question_id, on), question_id)
    return _here()


@bp.post("/prof/lecon/fin")
def end_lesson() -> Response:
    """The chosen questions become the head of the prepared list."""
    room_id = _begin()
    do("end_lesson", lambda tx: lessons.end_lesson(tx, room_id))
    return answer(pages.url("control.prepare"))
