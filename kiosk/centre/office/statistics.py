"""Statistics of the programme: one page, and the same as a table."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from kiosk.centre import directory, statistics
from kiosk.centre.office import tables
from kiosk.centre.office.pages import read
from kiosk.centre.refusals import OfficeError
from kiosk.centre.statistics import Filter, Row
from kiosk.centre.words import LEVELS, TERRITORIES
from kiosk.contract import to_ms
from kiosk.contract.tables import cell
from kiosk.ground import instants
from kiosk.ground.i18n import N_, _

pages = Blueprint("statistics", __name__, url_prefix="/bureau/statistiques")
TITLES = {
    "annee": N_("Par année scolaire"),
    "academie": N_("Par académie"),
    "territoire": N_("Par territoire"),
    "niveau": N_("Par niveau"),
    "semaine": N_("Par semaine"),
}
#: Jobs that the page names.
JOBS = 30


@pages.get("/")
def index() -> Any:
    """The figures of what was chosen."""
    chosen = _chosen()
    error = None
    try:
        wanted = _wanted(chosen)
    except OfficeError as refusal:
        wanted, error = Filter(), refusal
    page = render_template(
        "statistics.html",
        chosen=chosen,
        error=error,
        whole=read(lambda: statistics.whole(wanted)),
        dimensions=[(_(title), _named(code, wanted)) for code, title in TITLES.items()],
        people=read(lambda: statistics.people(wanted)),
        useful=read(lambda: statistics.useful(wanted)),
        academies=read(directory.academies),
        jobs=JOBS,
    )
    return (page, 422) if error else page


@pages.get("/statistiques.<any(csv, ods):kind>")
def download(kind: str) -> Any:
    """The same figures."""
    try:
        wanted = _wanted(_chosen())
    except OfficeError:
        return index()
    head = [_("Tableau"), _("Ligne"), _("Séances"), _("Classes"), _("Établissements"), _("Élèves"),
            _("Questions posées")]  # fmt: skip
    rows: list[list[Any]] = [head, [_("Ensemble"), "", *_numbers(read(lambda: statistics.whole(wanted)))]]
    for code, title in TITLES.items():
        rows += [[_(title), cell(name), *_numbers(row)] for name, row in _named(code, wanted)]
    return tables.answer("statistiques", rows, kind)


def _numbers(row: Row) -> list[int]:
    return [row.sessions, row.classes, row.schools, row.pupils, row.asked]


def _named(dimension: str, wanted: Filter) -> list[tuple[str, Row]]:
    return [(_name(dimension, row.key), row) for row in read(lambda: statistics.by(dimension, wanted))]


def _name(dimension: str, key: Any) -> str:
    if dimension == "semaine":
        return _("semaine du %(day)s", day=statistics.week_of(int(key)).strftime("%d/%m/%Y"))
    if dimension == "niveau" and key in LEVELS:
        return _(LEVELS[key])
    if dimension == "territoire":
        return _({**TERRITORIES, "autre": N_("Autre")}.get(key, N_("Non renseigné")))
    return str(key) or _("Non renseigné")


def _chosen() -> dict[str, str]:
    given = {
        name: request.args.get(name, "").strip()[:100] for name in ("du", "au", "niveau", "academie", "territoire")
    }
    return {**given, "niveau": given["niveau"] if given["niveau"] in LEVELS else ""}


def _wanted(chosen: dict[str, str]) -> Filter:
    """:raises OfficeError: a date cannot be read, or the end is before the beginning."""
    since, until = _day(chosen["du"], "du"), _day(chosen["au"], "au")
    if since is not None and until is not None and until < since:
        raise OfficeError(_("La fin précède le début."), "au")
    return Filter(
        since and to_ms(instants.instant(since, time())),
        until and to_ms(instants.instant(until + timedelta(days=1), time())),
        chosen["niveau"],
        chosen["academie"],
        chosen["territoire"],
    )


def _day(text: str, field: str) -> Any:
    found = instants.read_date(text) if text else None
    if text and found is None:
        raise OfficeError(_("« %(value)s » n’est pas une date (exemple : 24/11/2026).", value=text[:30]), field)
    return found
