"""What is printed: the class's poster, slips to cut, the list of prepared questions. A4, black and white."""

from __future__ import annotations

import textwrap

from flask import render_template

from kiosk.contract import themes
from kiosk.domain.questions import preparation
from kiosk.domain.views import QuestionView
from kiosk.web.frame import context, qr, slices
from kiosk.web.teacher.blueprint import bp

#: Slips on a sheet.
SLIPS = 8
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
    )


@bp.get("/prof/imprimer/coupons")
def print_slips() -> str:
    """Eight slips to cut, for a class without phones."""
    return render_template("print/slips.html", slips=SLIPS, themes=themes.offered())


@bp.get("/prof/imprimer/questions")
def print_questions() -> str:
    """The prepared questions, to tick « posée » and « répondue » by hand should everything fail."""
    room = context.room()
    prepared = preparation.listed(room.id, room.session.id if room.session else None)
    several = room.session is not None and len(room.session.speakers) > 1
    return slices.render("print/list.html", room=room, prepared=prepared, sheets=sheets(prepared, several))


def sheets(prepared: list[QuestionView], several: bool = False) -> list[list[QuestionView]]:
    """Share the questions among sheets, each holding what its height allows; ``several`` speakers take room too."""
    out: list[list[QuestionView]] = [[]]
    left = float(FIRST_MM - NAMES_MM if several else FIRST_MM)
    for question in prepared:
        needs = height_mm(question)
        if needs > left and out[-1]:
            out.append([])
            left = float(NEXT_MM)
        out[-1].append(question)
        left -= needs
    return out


def height_mm(question: QuestionView) -> float:
    """What a question takes on a sheet, the line for its answer included."""
    lines = len(textwrap.wrap(question.text, LINE_CHARACTERS)) or 1
    return ITEM_MM + max(BOXES_MM, LINE_MM * lines + (THEME_MM if question.theme else 0))
