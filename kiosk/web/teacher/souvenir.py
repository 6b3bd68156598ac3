"""The souvenir of a session: seen, kept until a date, printed (or saved as PDF by the browser), taken away as a file.

The browser that shows the page makes its PDF: the very page, tagged and with its title for who listens to it, from any
device, for no library on the kiosk.
"""

from __future__ import annotations

import re
import textwrap
from typing import Any

from flask import Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain import rooms, souvenirs
from kiosk.domain.reading import paths
from kiosk.domain.scales import SCALES
from kiosk.ground import i18n, instants
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_
from kiosk.ground.values import dataclass
from kiosk.storage.writer import Transaction
from kiosk.web.frame import assets, context, pages, slices
from kiosk.web.teacher.blueprint import answer, bp, do, page_of_refusal

#: A sheet within its margins, and what it always has: gaps, the title of the questions, the foot (mm, ``print.css``).
SHEET_MM, ALWAYS_MM = 278.5, 35.0
#: What a question has around its lines, a line, the name of a line of approach (mm); characters of a line in a column.
AROUND_MM, LINE_MM, HEAD_MM, CHARACTERS = 2.4, 4.4, 8.8, 55
#: Of the two columns, the part that questions fill whatever their lengths.
FILLED = 0.95
#: Several speakers: their questions are written a little smaller.
SMALL = 0.955
#: Steps on one row of a path; characters of a line on a row of one step.
RAIL, RAIL_CHARACTERS = 8, 104
_FONT = re.compile(r"@font-face\s*{[^{}]*}")
#: What each scale asks.
ASKED = {"useful": N_("La séance m’a été"), "more": N_("Envie d’en savoir plus")}


@dataclass(frozen=True)
class Sheet:
    """A sheet of paper: the questions on it, by line of approach; the first also has all the rest."""

    themes: list[dict[str, Any]]
    first: bool


@bp.get("/prof/souvenir")
def souvenir() -> str:
    """What the souvenir of the session would be now, and whether to keep it."""
    return page()


def page() -> str:
    """The page of the room's session."""
    room = context.room()
    return _drawn(souvenirs.page_of(room, context.kiosk_of().clock.now()), kept=souvenirs.of_session(room.id), now=True)


@bp.post("/prof/souvenir")
def souvenir_keep() -> AnyResponse:
    """Keep it as it stands, until a date (``jusque``, as a date field says it)."""
    page_of_refusal(page)
    room = context.room()
    until = _until(request.form.get("jusque", ""), room.zone)

    def unit(tx: Transaction) -> int:  # read and kept in one: another tab may erase, or put another session on
        return souvenirs.keep(tx, room.id, souvenirs.page_of(rooms.view(room.id), tx.now), until)

    made = do("souvenir_keep", unit)
    return answer(pages.url("control.souvenir_kept", souvenir_id=made))


@bp.get("/prof/souvenirs/<int:souvenir_id>")
def souvenir_kept(souvenir_id: int) -> str:
    """One that was kept."""
    kept = souvenirs.one(context.room_id(), souvenir_id)
    return _drawn(kept.page, kept=kept)


@bp.get("/prof/souvenirs/<int:souvenir_id>/fichier")
def souvenir_file(souvenir_id: int) -> Response:
    """The same as one file that needs nothing else, to send or to put on the school's own site."""
    held = souvenirs.one(context.room_id(), souvenir_id).page
    text = render_template("print/souvenir_file.html", style=_style(), **_values(held))
    day = instants.local(held["at"], held["zone"]).strftime("%Y-%m-%d")
    headers = {"Content-Disposition": f'attachment; filename="souvenir-{day}.html"'}
    return Response(text, content_type="text/html; charset=utf-8", headers=headers)


@bp.post("/prof/souvenirs/<int:souvenir_id>/oublier")
def souvenir_drop(souvenir_id: int) -> AnyResponse:
    """Keep it no longer."""
    room_id = context.room_id()
    page_of_refusal(lambda: souvenir_kept(souvenir_id))
    do("souvenir_drop", lambda tx: souvenirs.drop(tx, room_id, souvenir_id), str(souvenir_id))
    return answer(pages.url("control.room") + "#souvenirs")


def _style() -> str:
    """The style sheet of prints, without the fonts that are beside it on the kiosk alone. Empty before set-up."""
    try:
        text = (assets.BUILD / "print.css").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    return _FONT.sub(lambda face: "" if "url(" in face[0] else face[0], text)


def _until(given: str, zone: str) -> int:
    day, evening = instants.read_date(given), instants.read_time("20:00")
    if day is None or evening is None:
        raise KioskError("until_invalid", field="jusque")
    return int(instants.instant(day, evening, zone).timestamp() * 1000)


def _drawn(held: dict[str, Any], *, kept: souvenirs.Kept | None, now: bool = False) -> str:
    zone = context.room().zone
    until = kept.until if kept else souvenirs.summer(context.kiosk_of().clock.now(), zone)
    day = instants.local(until, zone).strftime("%Y-%m-%d")
    return slices.render(
        "print/souvenir.html", room=rooms.view(context.room_id()), kept=kept, until=day, now=now, **_values(held)
    )


def _values(held: dict[str, Any]) -> dict[str, Any]:
    rails = [_rails(paths.steps(one["path"])) for one in held["people"]]
    return {"page": held, "rails": rails, "sheets": sheets(held, rails), "scales": SCALES, "scale_asks": ASKED,
            "capital": _capital, "held_on": _held_on}  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _held_on(ms: int, zone: str) -> str:
    return instants.date_year(ms, zone, i18n.current())


def _rails(steps: list[paths.Step]) -> list[list[paths.Step]]:
    """A path in rows of about as many steps, :data:`RAIL` at most."""
    rows = -(-len(steps) // RAIL)
    size = -(-len(steps) // rows) if rows else 0
    return [steps[start : start + size] for start in range(0, len(steps), size)] if size else []


def sheets(held: dict[str, Any], rails: list[list[list[paths.Step]]]) -> list[Sheet]:
    """Share the questions among sheets, each holding what its height allows."""
    left = max(0.0, 2 * FILLED * (SHEET_MM - ALWAYS_MM - _head_mm(held, rails) - _foot_mm(held)))
    out = [Sheet([], first=True)]
    small = SMALL if len(rails) > 1 else 1.0
    for theme in held["themes"]:
        for question in theme["questions"]:
            here = out[-1].themes
            new = not here or here[-1]["code"] != theme["code"]
            needs = small * (_height_mm(question, CHARACTERS / small) + (HEAD_MM if new else 0))
            if needs > left and (here or out[-1].first):
                out.append(Sheet([], first=False))
                here, new, left = out[-1].themes, True, 2 * FILLED * (SHEET_MM - ALWAYS_MM)
            if new:
                here.append({"code": theme["code"], "questions": []})
            here[-1]["questions"].append(question)
            left -= needs
    return out


def _head_mm(held: dict[str, Any], rails: list[list[list[paths.Step]]]) -> float:
    """The title, and each speaker's path."""
    several = len(rails) > 1
    title = held["title"] if several or not held["people"] else held["people"][0]["job"] or held["title"]
    whole = 7 + 7.8 * _lines(title, 32) if several else 11 + 9.5 * _lines(title, 27)
    for one, rows in zip(held["people"], rails):
        named = 5.4 + 4.7 * _lines(f"{one['job']} {one['name']} {one['employer']}", 88) if several else 11.5
        whole += named + sum(_rail_mm(row) for row in rows) - (4.0 if several else 0)
    return whole


def _rail_mm(row: list[paths.Step]) -> float:
    characters = RAIL_CHARACTERS // len(row)
    lines = max(_lines(step.what + " " * len(step.label), characters) for step in row)
    return 13.0 + 4.2 * lines + (5.4 if any(step.kind == paths.FORK for step in row) else 0)


def _foot_mm(held: dict[str, Any]) -> float:
    """What the class said, and what comes next: the highest of its columns."""
    told, several = held["reflection"], len(held["people"]) > 1
    bars = max(sum(4.5 + 6.5 * len(scale["counts"]) for scale in told["scales"]), 6.5 * len(told["wishes"]))
    words = 0.0
    if not several:
        words = 6.5 * len(told["studies"]) + 12 * bool(told["studies"] and told["surprises"])
        words += sum(1 + 4.3 * _lines(text, 34) for text in told["surprises"])
    return float(9 + max(bars, words, 22 + 8 * bool(held["following"])))


def _lines(text: str, characters: int) -> int:
    return len(textwrap.wrap(text, max(6, characters))) or 1


def _height_mm(question: dict[str, str], characters: float) -> float:
    asked = f"{question['whom']}        {question['text']}" if question["whom"] else question["text"]
    return AROUND_MM + LINE_MM * (_lines(asked, int(characters)) + _lines(question["line"], int(characters)))
