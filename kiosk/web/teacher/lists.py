"""A pile of slips, or a pasted list: written, looked at line by line, corrected there, then added.

What is typed stays with its device between two pages (in memory, for a lesson), so that « Revenir », a reload or the
browser's own way back lose nothing; it goes once added, and when the room is wiped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import render_template, request
from werkzeug.wrappers import Response

from kiosk.contract.reading import similarity
from kiosk.contract.reading.neargroups import Groups
from kiosk.domain.questions import preparation
from kiosk.domain.questions.drafts import Draft, Drafts, Key, Row
from kiosk.domain.reading import distress, flags, textrules, themeguess
from kiosk.domain.reading.flags import Flag
from kiosk.domain.statuses import IN_PLAY
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.web.frame import bodies, context, pages, slices
from kiosk.web.teacher import look
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: Where a list may go: typed slips to the live list, prepared questions to the list of before.
ORIGINS = ("paper", "spoken", "prepared")


@dataclass(frozen=True)
class Line:
    """A line of a list: its text and theme (its teacher's, else proposed), the near question already there (or above),
    its hints, its fault, whether it is to be added; ``worry``: it may come from a pupil in danger.
    """

    text: str
    theme: str
    near: str
    flags: list[Flag]
    fault: str
    ticked: bool
    worry: bool = False


@bp.get("/prof/liste")
def list_page() -> str:
    """The list to write (``origine``), or with ``etape`` = ``voir`` each of its lines."""
    origin = _origin()
    draft = _drafts().get(_key(origin))
    return _looked_at(origin, draft) if request.args.get("etape") == "voir" and draft.rows else _written(origin, draft)


@bp.post("/prof/liste")
@bodies.holds(bodies.LIST)
def type_many() -> Response:
    """``faire`` = ``voir`` (lines of ``liste``), ``revenir`` (write on), ``ajouter`` (the ticked ones, all or none).

    A line is ``texte`` (several, in order) with its ``theme``, the proposed one when none came; ``ligne`` (several) are
    the places of the ticked ones, from 0.

    :raises KioskError: ``list_empty``, ``list_too_long``, ``list_unticked``, ``list_faulty``, ``no_session``,
        ``unknown_theme``.
    """
    origin, form = _origin(), request.form
    key = _key(origin)
    if form.get("faire") == "voir":
        draft = Draft(form.get("liste", ""))
        page_of_refusal(lambda: _written(origin, draft))
        _drafts().keep(key, draft)
        _drafts().keep(key, replace(draft, rows=tuple(map(Row, preparation.lines(draft.text)))))
        return answer(_address(origin, "voir"))
    draft = _corrected()
    _drafts().keep(key, draft)
    if form.get("faire") != "ajouter":
        return answer(_address(origin))
    page_of_refusal(lambda: _looked_at(origin, draft))
    _add(origin, draft)
    _drafts().drop(key)
    if origin == "prepared":
        return answer(pages.url("control.prepare"))
    return answer(look.current().but(doing="", shelf="validees").address)


def _corrected() -> Draft:
    """The lines as they are on the page now."""
    form = request.form
    texts, themes, ticked = form.getlist("texte"), form.getlist("theme"), set(form.getlist("ligne"))
    if len(texts) > preparation.MAX_LINES:
        raise KioskError("list_too_long", max=preparation.MAX_LINES)
    said = iter(themes)
    rows = tuple(
        Row(" ".join(text.split()), str(place) in ticked, next(said, None)) for place, text in enumerate(texts)
    )
    return Draft("\n".join(row.text for row in rows), rows)


def _add(origin: str, draft: Draft) -> None:
    longest = context.kiosk_of().settings.question_max_length
    kept = [row for row in draft.rows if row.ticked and row.text]
    if not kept:
        raise KioskError("list_unticked")
    faulty = sum(1 for row in kept if _fault(row.text, longest))
    if faulty:
        raise KioskError("list_faulty", n=faulty)
    room_id = context.room_id()
    texts, themes = [row.text for row in kept], [_theme(row) for row in kept]
    do(
        "type_many",
        lambda tx: preparation.add_many(tx, room_id, texts, origin=origin, themes=themes, max_length=longest),
        f"{origin} {len(kept)}",
    )


def _drafts() -> Drafts:
    return context.kiosk_of().drafts


def _origin() -> str:
    origin = request.values.get("origine", "paper")
    if origin not in ORIGINS:
        raise KioskError("invalid", field="origine")
    return origin


def _key(origin: str) -> Key:
    grant = context.grant()
    return grant.key if grant else "", context.room_id(), origin


def _address(origin: str, step: str = "") -> str:
    return pages.url("control.list_page", origine=origin, **({"etape": step} if step else {}))


def _written(origin: str, draft: Draft) -> str:
    return render_template("control/bulk.html", origin=origin, text=draft.text, lines=None, room=context.room())


def _looked_at(origin: str, draft: Draft) -> str:
    lines = look_over(draft.rows)
    return slices.render("control/bulk.html", origin=origin, text=draft.text, lines=lines, room=context.room())


def look_over(rows: Sequence[Row]) -> list[Line]:
    """Each line of a list with what the teacher should see before adding it. What asks for a look comes unticked.

    :raises KioskError: ``no_session``.
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
    for place, row in enumerate(rows):
        slices.breathe()
        text, ticked, theme = row.text, row.ticked, _theme(row)
        fault = _fault(text, longest)
        worry = distress.seen(text)
        if fault:
            found.append(Line(text, theme, "", [], fault, bool(ticked), worry))
            continue
        said = similarity.features(text)
        near = [texts[id] for id in above.near(said, 1)]
        near = near or [board.lines[id].text for id in board.near(text, IN_PLAY, 1)]
        hints = [] if worry else flags.find(text, names)
        proposed = not (near or hints or worry)
        shown = proposed if ticked is None else ticked
        found.append(Line(text, theme, near[0] if near else "", hints, "", shown, worry))
        above.add(str(place), said)
        texts[str(place)] = text
    return found


def _theme(row: Row) -> str:
    """A line's theme: its teacher's, else the one that the kiosk proposes."""
    return themeguess.theme(row.text) if row.theme is None else row.theme


def _fault(text: str, longest: int) -> str:
    """Why a line cannot be added as it is, or an empty string."""
    try:
        textrules.clean(text, longest)
    except KioskError as error:
        if error.code == "question_too_long":
            return _("%(length)s caractères, %(max)s au plus : raccourcissez-la ici.", **error.values)
        return error.message
    return ""
