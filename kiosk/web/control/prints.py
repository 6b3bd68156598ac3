"""What is printed: the class's poster, slips to cut, the list of prepared questions. A4, black and white."""

from __future__ import annotations

from flask import render_template

from kiosk.domain import preparation, rooms, themes
from kiosk.domain.views import QuestionView
from kiosk.web import context, qr
from kiosk.web.control.blueprint import bp

#: Slips on a sheet.
SLIPS = 8
#: Height left to the questions of a list on its first sheet and on the next ones, in mm (``print.css``).
FIRST_MM = 212
NEXT_MM = 248
#: Height of an item whose question holds on one line, of each further line, in mm; characters of a line.
ITEM_MM = 29
LINE_MM = 6
LINE_CHARACTERS = 44


@bp.get("/prof/imprimer/affiche")
def print_poster() -> str:
    """The poster: Wi-Fi first, QR second, the address in the largest type."""
    kiosk, room = context.kiosk_of(), context.room()
    address = kiosk.addresses.current()
    several = len(rooms.all_rooms()) > 1
    url = (f"{address.url}/{room.code}" if several else address.url) if address else ""
    text = (f"{address.text}/{room.code}" if several else address.text) if address else ""
    return render_template(
        "print/poster.html", room=room, text=text, settings=kiosk.settings, qr=qr.address_qr(url) if url else None,
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
    return render_template("print/list.html", room=room, prepared=prepared, sheets=sheets(prepared))


def sheets(prepared: list[QuestionView]) -> list[list[QuestionView]]:
    """Share the questions among sheets: each holds what its height allows, long questions counted by their lines."""
    out: list[list[QuestionView]] = [[]]
    left = FIRST_MM
    for question in prepared:
        needs = ITEM_MM + LINE_MM * (len(question.text) // LINE_CHARACTERS)
        if needs > left and out[-1]:
            out.append([])
            left = NEXT_MM
        out[-1].append(question)
        left -= needs
    return out
