"""« Préparer »: the questions written before the session: add, edit, delete, order, paste a list, print."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain import dossier, jobs, starters, starting
from kiosk.domain.lesson import cases, lessons
from kiosk.domain.questions import preparation, written
from kiosk.domain.reading import openness, paths
from kiosk.domain.views import QuestionView
from kiosk.ground.errors import KioskError
from kiosk.web.frame import bodies, context, pages, slices
from kiosk.web.teacher import undoing, written_shown
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.get("/prof/preparer")
def prepare() -> str:
    """The page; ``modifier`` names the question whose form is open."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/prepare.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/prepare_inside.html")


def _render(template: str) -> str:
    room = context.room()
    prepared = _listed()
    lesson = lessons.of(room.id, room.session.id) if room.session else None
    return slices.render(
        template,
        room=room,
        prepared=prepared,
        editing=request.args.get("modifier", ""),
        people=[(one, paths.steps(one.path)) for one in room.session.speakers] if room.session else [],
        sheets=_sheets(),
        dossier=dossier.listed(room.session, "before"),
        picks=written_shown.of(room),
        groups=lesson.slips if lesson else {},
        lesson=lesson,
        teaching=lessons.allowed(room.phase),
        undo=undoing.of_list(room),
        closed={one.id for one in prepared if openness.closed(one.text)},
        missing=[case for case in cases.of(prepared) if case.lacking],
        **_starters(),
    )


def _starters() -> dict[str, Any]:
    """The starters of the line looked at (``axe``), of the class's school or another (``amorces``); and the one chosen
    (``amorce``), which is written in the field.
    """
    room, data_dir, args = context.room(), context.kiosk_of().settings.data_dir, request.args
    wanted = args.get("amorces", "") if args.get("amorces", "") in starters.SCHOOLS else ""
    lines = starting.lines(room, data_dir, wanted)
    axis = next((line for line in lines if line.theme.code == args.get("axe")), lines[0])
    return {
        "axes": lines,
        "axis": axis,
        "schools": starters.SCHOOLS,
        "school": wanted or starting.school(room),
        "wanted": wanted,
        "begun": next((one for one in axis.starters if one.code == args.get("amorce")), None),
        "looks": {name: args[name] for name in ("axe", "amorces") if args.get(name)},
    }


def _sheets() -> list[tuple[str, jobs.JobView]]:
    """(speaker's name, sheet) of the session's speakers whose job has one here."""
    session = context.room().session
    data_dir = context.kiosk_of().settings.data_dir
    speakers = session.speakers if session else []
    found = [(one.name, jobs.of_speaker(data_dir, one)) for one in speakers]
    return [(name, sheet) for name, sheet in found if sheet is not None]


def _listed() -> list[QuestionView]:
    room = context.room()
    return preparation.listed(room.id, room.session.id if room.session else None)


def _begin() -> str:
    page_of_refusal(page)
    return context.room_id()


def _here() -> Response:
    return answer(pages.url("control.prepare"))


@bp.post("/prof/preparer")
def prepare_add() -> Response:
    """Write a question (``texte``, ``theme``) at the end of the list."""
    room_id, form = _begin(), request.form
    longest = context.kiosk_of().settings.question_max_length
    do(
        "prepare_add",
        lambda tx: preparation.add(tx, room_id, form.get("texte", ""), theme=form.get("theme", ""), max_length=longest),
    )
    return _here()


@bp.post("/prof/preparer/ajouter")
@bodies.holds(bodies.LIST)
def make_prepared() -> Response:
    """Add to the list what pupils wrote: what is ticked (``ids``, several), or one alone (``seule``)."""
    room_id, form = _begin(), request.form
    ids = [form["seule"]] if form.get("seule") else form.getlist("ids")
    do("make_prepared", lambda tx: written.make_prepared(tx, room_id, ids), str(len(ids)))
    return _here()


@bp.post("/prof/preparer/<id:question_id>")
def prepare_edit(question_id: str) -> Response:
    """Correct a question (``texte``, ``theme``)."""
    room_id, form = _begin(), request.form
    do(
        "prepare_edit",
        lambda tx: preparation.edit(tx, room_id, question_id, form.get("texte", ""), form.get("theme", "")),
        question_id,
    )
    return _here()


@bp.post("/prof/preparer/<id:question_id>/supprimer")
def prepare_delete(question_id: str) -> Response:
    """Take a question out of the list."""
    room_id = _begin()
    do("prepare_delete", lambda tx: preparation.delete(tx, room_id, question_id), question_id)
    return _here()


@bp.post("/prof/preparer/<id:question_id>/place")
def prepare_place(question_id: str) -> Response:
    """Move a question: ``sens`` = ``haut`` or ``bas``, or ``avant`` = the id it must come before (empty: the end)."""
    room_id, form = _begin(), request.form
    steps = {"haut": -1, "bas": 1}
    if form.get("sens") in steps:
        step = steps[form["sens"]]
        do("prepare_place", lambda tx: preparation.move(tx, room_id, question_id, step), question_id)
        return _here()
    others = [q.id for q in _listed() if q.id != question_id]
    before = form.get("avant", "")
    if before and before not in others:
        raise KioskError("unknown_question")
    index = others.index(before) if before else len(others)
    do("prepare_place", lambda tx: preparation.place(tx, room_id, question_id, index), question_id)
    return _here()
