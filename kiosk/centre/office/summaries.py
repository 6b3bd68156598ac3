"""What kiosks reported: the sessions side by side, one session, and both as tables."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request

from kiosk.centre import summaries
from kiosk.centre.office import pages as office
from kiosk.centre.office import tables
from kiosk.centre.office.pages import day, read, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.summaries import Detail, Filter, Line, Overview
from kiosk.centre.words import LEVELS, STATUSES, THEMES
from kiosk.contract import to_ms
from kiosk.contract.tables import cell
from kiosk.ground import instants
from kiosk.ground.i18n import _

pages = Blueprint("summaries", __name__, url_prefix="/bureau/comptes-rendus")
#: Sessions on one page.
PAGE = 50


@pages.get("/")
def index() -> Any:
    """Sessions that are over, with their numbers; `?du=`, `?au=`, `?niveau=`, `?avec=` choose."""
    error = None
    try:
        wanted = _wanted()
    except OfficeError as refusal:
        wanted, error = Filter(), refusal
    found = Overview([], 0, Line("", "", 0, "", [], []))
    if not error:
        found = write(lambda tx: summaries.overview(tx, wanted, office.page_number(), PAGE))
    pages = -(-found.count // PAGE)
    shown = render_template(
        "summaries.html",
        lines=found.lines,
        count=found.count,
        whole=found.whole,
        page=min(office.page_number(), max(1, pages)),
        pages=pages,
        error=error,
        chosen=_chosen(),
        period=_said(wanted),
    )
    return (shown, 422) if error else shown


@pages.get("/seance/<path:id>")
def show(id: str) -> str:
    """One session."""
    return render_template("summary.html", **_parts(_found(id)))


@pages.get("/seances.<any(csv, ods):kind>")
def download(kind: str) -> Any:
    """The same sessions as a table, all of them, a line each."""
    try:
        wanted = _wanted()
    except OfficeError:
        return index()
    themes = [_(label) for label in THEMES.values()]
    head = [
        _("Date"), _("Heure de Paris"), _("Séance"), _("Statut"), _("Niveaux"), _("Avec"), _("Classes inscrites"),
        _("Classes"), _("Établissements"), _("Élèves"), _("Questions reçues"),
        _("Questions posées"), *(_("Posées : %(theme)s", theme=one) for one in themes), _("Bilans partagés"),
        _("Réponses au bilan"),
    ]  # fmt: skip
    found = write(lambda tx: summaries.lines(tx, wanted))
    return tables.answer("comptes-rendus", [head, *map(_row, found)], kind)


@pages.get("/questions/<path:id>.csv")
def download_one(id: str) -> Response:
    """The prepared questions of a session that were asked."""
    head = [_("Question"), _("Thème"), _("Voix"), _("Établissements où elle a été posée"), _("Avec réponse")]
    rows = [
        [cell(one.text), _(THEMES[one.theme]), _number(one.support), one.asked, one.answered] for one in _found(id).put
    ]
    return tables.answer(f"compte-rendu-{id}", [head, *rows])


def _wanted() -> Filter:
    """:raises OfficeError: a date cannot be read, or the end is before the beginning."""
    chosen = _chosen()
    since, until = _day(chosen["du"], "du"), _day(chosen["au"], "au")
    if since is not None and until is not None and until < since:
        raise OfficeError(_("La fin précède le début."), "au")
    return Filter(
        since=since and to_ms(instants.instant(since, time())),
        until=until and to_ms(instants.instant(until + timedelta(days=1), time())),
        level=chosen["niveau"],
        reported=bool(chosen["avec"]),
    )


def _day(text: str, field: str) -> Any:
    found = instants.read_date(text) if text else None
    if text and found is None:
        raise OfficeError(_("« %(value)s » n’est pas une date (exemple : 24/11/2026).", value=text[:30]), field)
    return found


def _chosen() -> dict[str, str]:
    """What the form holds, as typed."""
    given = {name: request.args.get(name, "").strip() for name in ("du", "au", "niveau", "avec")}
    if given["niveau"] not in LEVELS:
        given["niveau"] = ""
    return given


def _said(wanted: Filter) -> str:
    """What was chosen, in words, for a printed page."""
    parts = []
    if wanted.since is not None:
        parts.append(_("À partir du %(day)s.", day=day(wanted.since)))
    if wanted.until is not None:
        parts.append(_("Jusqu’au %(day)s.", day=day(wanted.until - 1)))
    if wanted.level:
        parts.append(_("Niveau : %(level)s.", level=_(LEVELS[wanted.level])))
    return " ".join(parts)


def _found(id: str) -> Detail:
    found = read(lambda: summaries.detail(id))
    if found is None:
        raise office.not_found()
    return found


def _parts(found: Detail) -> dict[str, Any]:
    line = found.line
    asked = {code: sum(numbers) for code, numbers in line.told.items()}
    shown = [code for code in THEMES if found.gathered[code] or code in asked or line.themes[code]]
    return {"found": found, "line": line, "shown": shown, "asked": asked, "most": max(asked.values(), default=0)}


def _number(told: int | None) -> int | str:
    """A number in a table; nothing for one that is not told."""
    return "" if told is None else told


def _row(line: Line) -> list[Any]:
    moment, told = instants.local(line.starts_at), line.told
    return [
        moment.strftime("%d/%m/%Y"), moment.strftime("%H:%M"), cell(line.title), _(STATUSES[line.status]),
        ", ".join(_(LEVELS[code]) for code in line.levels), cell(", ".join(line.speakers)), line.expected,
        line.classes, len(line.schools), line.pupils, line.received, line.asked,
        *(sum(told[code]) if code in told else "" for code in THEMES), line.reflections, line.answers,
    ]  # fmt: skip
