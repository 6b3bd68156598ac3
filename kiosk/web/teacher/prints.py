"""What is printed: the class's poster, slips to cut, the list of prepared questions, and of those left. A4, black and
white.
"""

from __future__ import annotations

import textwrap

from flask import render_template, request

from kiosk.contract.themes import Theme
from kiosk.domain import starting
from kiosk.domain.questions import open_questions, preparation
from kiosk.domain.starters import Begun, Line
from kiosk.domain.views import QuestionView, RoomView
from kiosk.web.frame import context, pages, qr, slices
from kiosk.web.teacher.blueprint import bp

#: Slips on a sheet, and the most sheets at a time: forty pupils.
SLIPS, SHEETS = 8, 5
#: Slips of the reflection on a sheet.
REFLECTIONS = 4
#: Height left to the questions of a list on its first sheet and on the next ones, in mm (``print.css``).
FIRST_MM = 222
NEXT_MM = 250
#: What the names of several speakers take from the first sheet, in mm.
NAMES_MM = 18
#: Heights of an item, in mm: what it always has, its boxes to tick, a line of the question, its theme.
ITEM_MM = 17.0
BOXES_MM = 11.0
LINE_MM = 6.0
THEME_MM = 5.5
#: Characters of a line, with the widest of the fallback fonts.
LINE_CHARACTERS = 44


@bp.get("/prof/imprimer/affiche")
def print_poster() -> str:
    """The poster: Wi-Fi first, QR second, the address in the largest type."""
    kiosk, room = context.kiosk_of(), context.room()
    way = context.way_in(kiosk.addresses.current())
    return render_template(
        "print/poster.html",
        room=room,
        text=way.text if way else "",
        settings=kiosk.settings,
        qr=qr.address_qr(way.url) if way else None,
        wifi=qr.class_wifi(kiosk.settings),
    )


@bp.get("/prof/imprimer/coupons")
def print_slips() -> str:
    """Slips to cut, a starter on each: one for each pupil of the class, a sheet of eight when that is not known.

    ``amorces`` = ``college`` or ``lycee`` instead of the class's own.
    """
    room = context.room()
    lines = starting.lines(room, context.kiosk_of().settings.data_dir, request.args.get("amorces", ""))
    wanted = min(SHEETS, -(-room.headcount // SLIPS) or 1)
    return render_template(
        "print/slips.html",
        room=room,
        sheets=slips(lines, wanted),
        to_all=pages.to_all(len(room.session.speakers) if room.session else 0),
    )


@bp.get("/prof/imprimer/bilans")
def print_reflections() -> str:
    """Slips of the reflection to cut, four a sheet: one for each pupil of the class, a sheet when that is not known."""
    room = context.room()
    wanted = min(SHEETS * SLIPS // REFLECTIONS, -(-room.headcount // REFLECTIONS) or 1)
    return render_template("print/reflection.html", room=room, sheets=wanted)


def slips(lines: list[Line], wanted: int) -> list[list[tuple[Theme, Begun]]]:
    """``wanted`` sheets of (line, starter): the lines that pupils choose take turns, the last slip of a sheet is for
    those they do not; a line begins again once all its starters are used.
    """
    chosen = [line for line in lines if line.theme.offered]
    last = [line for line in lines if not line.theme.offered]
    used = dict.fromkeys((line.theme.code for line in lines), 0)
    made = []
    for _sheet in range(wanted):
        turns = [chosen[at % len(chosen)] for at in range(SLIPS - len(last))] + last
        made.append([_next(line, used) for line in turns])
    return made


def _next(line: Line, used: dict[str, int]) -> tuple[Theme, Begun]:
    at = used[line.theme.code]
    used[line.theme.code] += 1
    return line.theme, line.starters[at % len(line.starters)]


@bp.get("/prof/imprimer/questions")
def print_questions() -> str:
    """The prepared questions, to tick « posée » and « répondue » by hand should everything fail."""
    room = context.room()
    prepared = preparation.listed(room.id, room.session.id if room.session else None)
    return _list("prepared", room, prepared)


@bp.get("/prof/imprimer/reste")
def print_left() -> str:
    """What was read over and not asked, with room for an answer."""
    room = context.room()
    return _list("left", room, open_questions.unasked(room.id, room.session) if room.session else [])


def _list(which: str, room: RoomView, listed: list[QuestionView]) -> str:
    several = room.session is not None and len(room.session.speakers) > 1
    return slices.render("print/list.html", which=which, room=room, listed=listed, sheets=sheets(listed, several))


def sheets(prepared: list[QuestionView], several: bool = False) -> list[list[QuestionView]]:
    """Share the questions among sheets, each holding what its height allows; ``several`` speakers take room too. No
    question stands alone on the last.
    """
    out: list[list[QuestionView]] = [[]]
    left = float(FIRST_MM - NAMES_MM if several else FIRST_MM)
    for question in prepared:
        needs = height_mm(question)
        if needs > left and out[-1]:
            out.append([])
            left = float(NEXT_MM)
        out[-1].append(question)
        left -= needs
    if len(out) > 1 and len(out[-1]) == 1 and len(out[-2]) > 2:
        out[-1].insert(0, out[-2].pop())
    return out


def height_mm(question: QuestionView) -> float:
    """What a question takes on a sheet, the line for its answer included."""
    lines = len(textwrap.wrap(question.text, LINE_CHARACTERS)) or 1
    return ITEM_MM + max(BOXES_MM, LINE_MM * lines + (THEME_MM if question.theme else 0))
