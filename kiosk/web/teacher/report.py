"""The year's report for the head of school: a sheet to print, and its tables for a spreadsheet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import Response, render_template, request

from kiosk.contract import tables
from kiosk.contract.levels import LEVELS
from kiosk.contract.themes import THEMES
from kiosk.domain import askedthemes, policy, schoolreport
from kiosk.domain.schoolreport import Level, Report
from kiosk.ground import instants
from kiosk.ground.i18n import N_, _
from kiosk.web.frame import context
from kiosk.web.teacher.blueprint import bp

if TYPE_CHECKING:
    from kiosk.ground import ods

#: What stands for a number that stays in the class.
KEPT = "–"
#: The columns of the two tables.
TALKS = (
    N_("Date"), N_("Classe"), N_("Niveau"), N_("Métiers"), N_("Minutes"), N_("Questions reçues"),
    N_("Questions posées"),
)  # fmt: skip
LEVELS_HEAD = (
    N_("Niveau"), N_("Classes"), N_("Séances"), N_("Métiers par classe"), N_("Minutes"), N_("Questions reçues"),
    N_("Questions posées"), N_("« Utile » ou « très utile »"),
)  # fmt: skip
RULE = N_(
    "Un nombre de questions inférieur à 5 dans une séance (posées, ou restées sans réponse) n’est écrit ni compté "
    "nulle part : ces totaux sont des minimums. Séances, personnes, métiers et minutes sont exacts."
)
RULE_OF_THEMES = N_(
    "Questions posées dont les textes sont effacés, additionnées par quatre séances au moins. Un thème demandé moins "
    "de cinq fois n’est pas écrit, ni un autre dont il se déduirait."
)


@bp.get("/prof/rapport")
def report() -> str:
    """The sheet of a school year (``annee``, the one it begins in; the latest without it)."""
    made = _made()
    years = schoolreport.years(policy.zone())
    return render_template(
        "print/report.html", room=context.room(), report=made, years=years, aim=schoolreport.AIM,
        school=context.kiosk_of().settings.school_name, level_rows=_level_rows(made), heads=LEVELS_HEAD, kept=KEPT,
        asked=askedthemes.told(made.year), themes={theme.code: theme.label for theme in THEMES}, rule=RULE,
        rule_of_themes=RULE_OF_THEMES, days=[_day(made.talks[at].began_at) for at in (0, -1)] if made.talks else [],
    )  # fmt: skip


@bp.get("/prof/rapport.csv")
def report_csv() -> Response:
    """Its talks, one a line, as a French spreadsheet opens CSV."""
    rows = [[tables.cell(cell) if isinstance(cell, str) else cell for cell in row] for row in _talk_rows(_made())]
    return _file(tables.written(rows).encode(), "text/csv; charset=utf-8", "csv")


@bp.get("/prof/rapport.ods")
def report_ods() -> Response:
    """Its talks, levels, jobs and themes, a sheet each, and how it counts."""
    from kiosk.ground import ods  # what it loads is of use here alone, a few times a year

    made = _made()
    jobs: list[list[ods.Cell]] = [[_("Métiers")]]
    jobs += [[job] for job in made.jobs]
    asked: list[list[ods.Cell]] = [[_("Thème"), _("Questions posées")]]
    asked += [[_(THEMES.get(code).label), n] for code, n in askedthemes.told(made.year).items()]
    sheets: dict[str, list[list[ods.Cell]]] = {
        _("Séances"): _talk_rows(made),
        _("Niveaux"): [[_(head) for head in LEVELS_HEAD], *_level_rows(made)],
        _("Métiers"): jobs,
        _("Thèmes"): asked,
        _("Lire ce rapport"): [[_(RULE)], [_(RULE_OF_THEMES)]],
    }
    plain = {
        name: [[tables.plain(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
        for name, rows in sheets.items()
    }
    return _file(ods.written(plain), ods.MIMETYPE, "ods")


def _made() -> Report:
    zone = policy.zone()
    asked, now = request.args.get("annee", ""), context.kiosk_of().clock.now()
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else 0
    if not 1999 < year < 2100:
        year = next(iter(schoolreport.years(zone)), schoolreport.year_of(now, zone))
    return schoolreport.of_year(year, zone)


def _day(ms: int) -> dt.date:
    return instants.local(ms, policy.zone()).date()


def _talk_rows(made: Report) -> list[list[ods.Cell]]:
    rows: list[list[ods.Cell]] = [[_(head) for head in TALKS]]
    for one in made.talks:
        told = (_day(one.began_at), one.label, _short(one.level), ", ".join(one.jobs), one.minutes)
        rows.append([*told, one.received or KEPT, one.asked or KEPT])
    return rows


def _level_rows(made: Report) -> list[list[ods.Cell]]:
    return [
        [_short(one.code), one.classes, one.talks, _jobs(one), one.minutes, one.received or KEPT, one.asked or KEPT,
         KEPT if one.useful is None else _("%(n)s sur 10", n=one.useful)]
        for one in made.levels
    ]  # fmt: skip


def _short(code: str) -> str:
    return _(LEVELS.get(code).short) if code in LEVELS else code or _("Autre")


def _jobs(one: Level) -> str:
    least, most = one.jobs
    return str(most) if least == most else _("%(least)s à %(most)s", least=least, most=most)


def _file(body: bytes, kind: str, ending: str) -> Response:
    made = Response(body, content_type=kind)
    made.headers["Content-Disposition"] = f'attachment; filename="rapport-metiers.{ending}"'
    return made
