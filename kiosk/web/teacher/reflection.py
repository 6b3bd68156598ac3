"""The end-of-session answers: reading them over, typing those of a class without phones, counting hands, regrouping."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request
from werkzeug.wrappers import Response

from kiosk.domain.questions import reflection_acts, reflections
from kiosk.domain.scales import SCALES
from kiosk.domain.views import RoomView, SpeakerView
from kiosk.ground.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web.frame import context
from kiosk.web.teacher import live as live_page
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: Answers that a page shows and « Tout afficher » may name.
MOST_SEEN = 200


@bp.post("/prof/bilans/<int:reflection_id>")
def review_reflection(reflection_id: int) -> Response:
    """Show or hide one answer (``statut`` = approved or hidden)."""
    page_of_refusal(live_page.page)
    room_id, status = context.room_id(), request.form.get("statut", "")
    detail = f"{reflection_id} {status}"
    do("review_reflection", lambda tx: reflections.review(tx, room_id, reflection_id, status), detail)
    return answer(look.current().address)


@bp.post("/prof/bilans/tous")
def approve_reflections() -> Response:
    """Show the answers that the page showed (``vus``: their numbers), but those to be read one by one."""
    page_of_refusal(live_page.page)
    room = context.room()
    said = request.form.get("vus", "").split(",")[:MOST_SEEN]
    seen = [int(one) for one in said if one.isascii() and one.isdigit() and len(one) < 19]
    names = [one.name for one in room.session.speakers] if room.session else []
    do("approve_reflections", lambda tx: reflections.approve_seen(tx, room.id, seen, names))
    return answer(look.current().address)


@bp.post("/prof/bilans")
def type_reflection() -> Response:
    """Type one answer said aloud or written on a slip; shown at once, since whoever types it has read it."""
    page_of_refusal(live_page.page)
    room, form = context.room(), request.form
    job, studies, surprise, career = (form.get(name, "") for name in ("metier", "etudes", "surprise", "evolution"))
    people = [
        {"id": one.id, "job": form.get(f"metier:{one.id}", ""), "more": form.get(f"plus:{one.id}", "")}
        for one in several(room)
    ]

    def typed(tx: Transaction) -> int:
        return reflections.submit(
            tx,
            room.id,
            None,
            job=job,
            studies=studies,
            surprise=surprise,
            career=career,
            useful=form.get("utile", ""),
            more=form.get("plus", ""),
            tracks=form.getlist("voies"),
            people=people,
            approved=True,
        )

    do("type_reflection", typed)
    return answer(look.current().address)


@bp.post("/prof/bilans/mains")
def show_of_hands() -> Response:
    """Hands counted in the class, for each question of the form; a question left empty is not counted by hands. More
    than the class counts is taken with ``sur`` = 1.
    """
    page_of_refusal(live_page.page)
    room = context.room()
    asked = list(hands_asked(room))
    given = [(about, of, {code: _number(f"{about}:{of}:{code}") for code in SCALES[about]}) for about, of in asked]

    sure = request.form.get("sur") == "1"

    def unit(tx: Transaction) -> None:
        for about, of, counts in given:
            reflection_acts.count_hands(tx, room.id, about, counts, of, sure)

    do("show_of_hands", unit)
    return answer(look.current().address)


@bp.post("/prof/bilans/regrouper")
def regroup_reflections() -> Response:
    """Count wordings together (``dire``, two at least, the first is kept), or apart again (``separer``: one line)."""
    page_of_refusal(live_page.page)
    room_id, form = context.room_id(), request.form
    field, of, apart = form.get("champ", ""), form.get("personne", ""), form.get("separer", "")
    said = [text for text in form.getlist("dire")[:MOST_SEEN] if text.strip()]
    if apart:
        do("separate_reflections", lambda tx: reflection_acts.separate(tx, room_id, field, apart, of), field)
    else:
        do("regroup_reflections", lambda tx: reflection_acts.regroup(tx, room_id, field, said, of), field)
    return answer(look.current().address)


def several(room: RoomView) -> list[SpeakerView]:
    """The speakers that are answered about one by one: when several speak."""
    speakers = room.session.presented if room.session else []
    return speakers if len(speakers) > 1 else []


def hands_asked(room: RoomView) -> Iterator[tuple[str, str]]:
    """The questions that hands may answer: (``useful`` or ``more``, speaker's id or empty)."""
    yield "useful", ""
    for one in several(room):
        yield "more", one.id
    if not several(room):
        yield "more", ""


def _number(field: str) -> int | None:
    given = request.form.get(field, "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 3):
        raise KioskError("invalid", field=field)
    return int(given)
