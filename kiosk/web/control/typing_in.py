"""Typing for pupils: one spoken question, or a pile of slips or a pasted list with a look before adding."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from werkzeug.wrappers import Response

from kiosk.domain import identifiers, moderation, preparation, questions, similarity, textrules
from kiosk.domain.flags import find
from kiosk.domain.neargroups import Groups
from kiosk.domain.views import Flag
from kiosk.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.web import bodies, context, pages, slices
from kiosk.web.control import live as live_page
from kiosk.web.control import look
from kiosk.web.control.blueprint import answer, bp, do, page_of_refusal

#: Where a list may go: typed slips to the live list, prepared questions to the list of before.
ORIGINS = ("paper", "spoken", "prepared")

#: Statuses of the questions that a line may be near.
ALIVE = ("pending", "approved", "on_screen", "asked", "answered")


@dataclass(frozen=True)
class Line:
    """A line of a list to add: its text, the near question already there (or above), its hints, its fault."""

    text: str
    near: str
    flags: list[Flag]
    fault: str

    @property
    def ticked(self) -> bool:
        """Whether it is proposed for adding."""
        return not self.near and not self.fault


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
            tx, room_id, id=identifiers.uuid7(tx.now), text=form.get("texte", ""), author=None,
            theme=form.get("theme", ""), speaker_id=form.get("intervenant") or None, origin=origin,
            max_length=kiosk.settings.question_max_length,
        )
        if origin == "spoken" and not receipt.guarded:
            moderation.put_first(tx, room_id, receipt.id)

    do("type_one", type_it, origin)
    again = form.get("encore") == "1"
    return answer(look.current().but(doing="saisir" if again else "").address)


@bp.route("/prof/liste", methods=["GET", "POST"])
@bodies.holds(bodies.LIST)
def type_many() -> str | Response:
    """A pasted list or paper slips: written (GET), looked at (``faire=voir``), added (``faire=ajouter``)."""
    origin = request.values.get("origine", "paper")
    if origin not in ORIGINS:
        raise KioskError("invalid", field="origine")
    text = request.form.get("liste", "")
    if request.method == "GET":
        return _written(origin, "")
    page_of_refusal(lambda: _written(origin, text))
    if request.form.get("faire") != "ajouter":
        return _written(origin, text, look_over(text))
    kept = request.form.getlist("ligne")
    if not kept:
        raise KioskError("list_empty")
    room_id, theme = context.room_id(), request.form.get("theme", "")
    longest = context.kiosk_of().settings.question_max_length
    do("type_many", lambda tx: preparation.add_many(
        tx, room_id, kept, origin=origin, theme=theme, max_length=longest
    ), f"{origin} {len(kept)}")
    if origin == "prepared":
        return answer(pages.url("control.prepare"))
    return answer(look.current().but(doing="", shelf="validees").address)


def _written(origin: str, text: str, lines: list[Line] | None = None) -> str:
    return render_template("control/bulk.html", origin=origin, text=text, lines=lines, room=context.room())


def look_over(text: str) -> list[Line]:
    """Each line of a list with what the teacher should see before adding it.

    :raises KioskError: ``list_empty``, ``list_too_long``, ``no_session``.
    """
    room = context.room()
    if room.session is None:
        raise KioskError("no_session")
    kiosk = context.kiosk_of()
    longest = kiosk.settings.question_max_length
    names = [speaker.name for speaker in room.session.speakers]
    board, above = kiosk.boards.of(room), Groups()
    texts: dict[str, str] = {}
    found = []
    for number, raw in enumerate(preparation.lines(text)):
        slices.breathe()
        try:
            textrules.clean(raw, longest)
        except KioskError as error:
            found.append(Line(raw, "", [], error.message))
            continue
        said = similarity.features(raw)
        near = [texts[id] for id in above.near(said, 1)] or [board.lines[id].text for id in board.near(raw, ALIVE, 1)]
        found.append(Line(raw, near[0] if near else "", find(raw, names), ""))
        above.add(str(number), said)
        texts[str(number)] = raw
    return found
