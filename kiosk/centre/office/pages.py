"""What the office's pages share: filters, the style sheet, the way an action ends."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, render_template, request, url_for
from markupsafe import Markup

from kiosk.centre import enrolments, rights, territories, versions, words
from kiosk.centre.house import centre
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.store import Tx
from kiosk.ground import compiled, i18n, instants, marked
from kiosk.ground.i18n import N_, _

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]
#: Rows that one unit of work reads of a table to download.
SLICE = 500


def furnish(app: Flask) -> None:
    """Add what templates use."""
    compiled.prepare(app.jinja_env, Path(app.root_path) / "templates" / "centre")
    app.jinja_env.globals.update(
        _=marked.sentence, _n=marked.counted, lang=i18n.current, fr=marked.french, words=words,
        style_url=_style_url, script_url=_script_url,
        other_language=_other, version=versions.of, unguarded=lambda: g.get("unguarded", False), ROLES=rights.ROLES,
        territory=territories.name,
    )  # fmt: skip
    app.jinja_env.globals.update(label_of=enrolments.shown_label, level_of=enrolments.shown_level)
    app.jinja_env.globals.update(all_of=_all_of, here_with=_here_with, table_of=_table_of)
    app.jinja_env.filters.update(day=day, hour=hour, stamp=instants.stamp, typo=_typo, levels=_levels)
    app.jinja_env.filters.update(number=_number, by_session=_by_session, groupby_day=_by_day, by_month=_by_month)
    app.jinja_env.filters.update(in_french=marked.in_french, exact=marked.exact)
    app.jinja_env.filters["day_of_month"] = lambda ms: instants.day_of_month(ms, lang=i18n.current())


def read(unit: Callable[[], T]) -> T:
    """Read the database for a page."""
    return centre().store.run(lambda _tx: unit())


def read_all(query: Any, row: Callable[[Any], T], most: int) -> list[T]:
    """Every row of a query for a table, a slice a unit of work, so that kiosks that exchange meanwhile do not wait.

    :raises OfficeError: there are more than ``most``.
    """
    found: list[T] = []
    while part := read(lambda: [row(one) for one in query.limit(SLICE).offset(len(found))]):
        found += part
        if len(found) > most:
            raise OfficeError(_("Plus de %(max)s lignes : filtrez la liste, puis téléchargez-la.", max=most))
    return found


def write(unit: Callable[[Tx], T]) -> T:
    """Do an action, durably. :raises OfficeError: it is refused."""
    return centre().store.run(unit)


def change(unit: Callable[[Tx], T]) -> T:
    """Do what this request's form asks, unless it was made from what is no longer there (:mod:`kiosk.centre.versions`).

    :raises OfficeError: it is refused.
    """
    kind, form = rights.ROUTES[request.endpoint or ""].form or "new", request.form

    def guarded(tx: Tx) -> T:
        versions.check(kind, form)
        return unit(tx)

    return write(guarded)


def act(unit: Callable[[Tx], Any], then: str, again: Callable[[OfficeError], str] | None = None) -> Any:
    """Do what a form asks, then go to an address; refused, show `again` (or a page that says why)."""
    try:
        change(unit)
    except OfficeError as error:
        page = again(error) if again else render_template("refused.html", error=error, back=then)
        return page, error.status
    return redirect(then, 303)


def home() -> str:
    """The first page that who acts may open."""
    return url_for("sessions.index" if rights.may("sessions.index") else "summaries.index")


def lost(status: int, message: str = "") -> Response:
    """A page for what is not there, or failed."""
    said = message or {
        404: _("Cette page n’existe pas."),
        405: _("Cette action n’est pas possible à cette adresse."),
        413: _("Ce fichier est trop gros."),
        503: _("La base de données ne répond pas. Réessayez dans un instant."),
    }.get(status, _("Le centre a rencontré une erreur. Elle est notée dans son journal."))
    return Response(render_template("lost.html", message=said), status)


def day(ms: int) -> str:
    """« mardi 24 novembre 2026 », in Paris and in the reader's language."""
    return instants.date_year(ms, lang=i18n.current())


def hour(ms: int) -> str:
    """« 14 h 30 », in Paris and in the reader's language."""
    return instants.time(ms, lang=i18n.current())


def page_number() -> int:
    """`?page=`, from 1."""
    text = request.args.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


@lru_cache(maxsize=2)
def built(name: str) -> tuple[bytes, str]:
    """A file that set-up built, and its mark; before set-up, an empty one."""
    try:
        data = (ROOT / "static" / "build" / name).read_bytes()
    except FileNotFoundError:
        data = b""
    return data, hashlib.sha256(data).hexdigest()[:10]


def not_found() -> Refusal:
    """For an address that names nothing."""
    return Refusal("not_found")


def stamp(ms: int) -> str:
    """« 24/11/2026 14:30 », in Paris, for a table."""
    return instants.local(ms).strftime("%d/%m/%Y %H:%M")


def choose_file() -> str:
    """For a form that was sent without its file."""
    return _("Choisissez un fichier.")


def _by_session(rows: list[Any]) -> list[tuple[Any, list[Any]]]:
    """Enrolments in their order, session by session."""
    return [(group[0].session, group) for group in (list(found) for _id, found in groupby(rows, _session_id))]


def _session_id(row: Any) -> str:
    return str(row.session_id)


def _all_of(table: dict[str, str]) -> dict[str, str]:
    """The choices of a filter: everything first."""
    return {"": N_("Tous"), **table}


def _here_with(url: str, chosen: dict[str, str], page: int) -> str:
    """A page of a list, with what was chosen on it."""
    return f"{url}?{urlencode({**{name: value for name, value in chosen.items() if value}, 'page': page})}"


def _table_of(endpoint: str, chosen: dict[str, str], kind: str) -> str:
    kept: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    return url_for(endpoint, kind=kind, **kept)


def _style_url() -> str:
    return url_for("door.style", mark=built("centre.css")[1])


def _script_url() -> str:
    return url_for("door.script", mark=built("office.js")[1])


def _other() -> str:
    """This page in the other language, with what was chosen on it."""
    wanted = "en" if i18n.current() == "fr" else "fr"
    if request.method != "GET":
        return f"{url_for('office')}?lang={wanted}"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.script_root}{request.path}?{urlencode([*kept, ('lang', wanted)])}"


def _number(number: int) -> str:
    """« 12 345 », or 12,345."""
    return f"{number:,}".replace(",", "\u202f") if i18n.current() == "fr" else f"{number:,}"


def _by_day(rows: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Rows that have an instant `at`, under the day it is in Paris, in their order."""
    return [(said, list(of_day)) for said, of_day in groupby(rows, key=lambda row: day(row.at))]


def _by_month(rows: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Sessions under the month they are in, in Paris, in their order."""
    return [
        (said, list(of_month))
        for said, of_month in groupby(rows, key=lambda row: instants.month(row.starts_at, lang=i18n.current()))
    ]


def _typo(text: str | None) -> str:
    return text if isinstance(text, Markup) else i18n._french(text) if text else ""


def _levels(codes: list[str]) -> str:
    return ", ".join(_(words.LEVELS[code]) for code in codes)
