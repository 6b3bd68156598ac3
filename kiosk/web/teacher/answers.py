"""« Noter les réponses »: the page of the pupils who were given the task."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain.care import care
from kiosk.domain.questions import answers
from kiosk.web.frame import context, pages, slices
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal


@bp.get("/prof/reponses", endpoint="answers")
def answers_page() -> str:
    """The page of who notes: what was put to the speaker, a field under each."""
    return page()


def page() -> str:
    """The whole page."""
    return _render("control/answers.html")


def inside() -> str:
    """Its inside alone."""
    return _render("control/answers_inside.html")


def _render(template: str) -> str:
    room = context.room()
    calm = care.kept(context.kiosk_of(), room.id) if "aide" in request.args else None
    asked = answers.asked(room.id, room.session.id if room.session else None)
    return slices.render(template, room=room, asked=asked, care=calm, longest=answers.MAX_LENGTH)


@bp.post("/prof/reponses/<id:question_id>/proposer")
def answer_propose(question_id: str) -> Response:
    """Write a line (``ligne``) that waits for the teacher. Words of somebody in danger wait for an adult elsewhere."""
    page_of_refusal(page)
    room, line = context.room(), request.form.get("ligne", "")
    author = context.author(room.session.id if room.session else None)
    worry = do("answer_propose", lambda tx: answers.propose(tx, room.id, question_id, line, author), question_id)
    return answer(pages.url("control.answers", aide="1" if worry else None))
