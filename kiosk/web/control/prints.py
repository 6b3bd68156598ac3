"""What is printed: the class's poster, slips to cut, the list of prepared questions. A4, black and white."""

from __future__ import annotations

from flask import render_template

from kiosk.domain import preparation, rooms, themes
from kiosk.domain.views import QuestionView
from kiosk.web import context, qr
from kiosk.web.control.blueprint import bp

#: Slips on a sheet; lines of print on the first and on the next sheets of a list.
SLIPS = 8
FIRST_LINES = 58
NEXT_LINES = 66
#: Characters of a question on one line of print, and lines taken by everything else of an item.
LINE_CHARACTERS = 62
ITEM_LINES = 5


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
    room_left = FIRST_LINES
    for question in prepared:
        needs = ITEM_LINES + len(question.text) // LINE_CHARACTERS
        if needs > room_left and out[-1]:
            out.append([])
            room_left = NEXT_LINES
        out[-1].append(question)
        room_left -= needs
    return out
