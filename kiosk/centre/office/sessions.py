"""Sessions: the list, one session with its classes, the form."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import msgspec
from flask import Blueprint, render_template, request, url_for
from peewee import fn

from kiosk.centre import audit, catalogue, enrolments, lists, questions, territories, versions, words
from kiosk.centre.models import Asked, Attendance, Enrolment, Reflection, Session, Speaker
from kiosk.centre.office import pages as office
from kiosk.centre.office.pages import act, read
from kiosk.centre.refusals import OfficeError
from kiosk.centre.search import matching
from kiosk.centre.store import Tx
from kiosk.centre.words import LEVELS, STATUSES
from kiosk.contract import DossierItem, SessionBody, to_ms
from kiosk.contract.programme import cells, dates
from kiosk.contract.programme.words import MINUTES
from kiosk.ground import instants
from kiosk.ground.i18n import _, current

pages = Blueprint("sessions", __name__, url_prefix="/bureau/seances")
#: Sessions on one page of the list.
PAGE = 50
#: People found by a search whose sessions are looked for.
MOST_PEOPLE = 50
#: Enrolments that the page of a session shows; « Inscriptions » has them all.
PEOPLE = 100


@dataclass(frozen=True)
class Line:
    """A session in the list."""

    id: str
    title: str
    starts_at: int
    status: str
    places: int | None
    body: SessionBody
    speakers: list[str]
    taken: int = 0
    waiting: int = 0
    to_decide: int = 0
    questions: int = 0
    territory: str = ""
    version: str = ""


@dataclass
class Form:
    """What the form shows: values as typed, and what is wrong."""

    values: dict[str, str] = field(default_factory=dict)
    speakers: list[str] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    manual: bool = False
    error: OfficeError | None = None
    #: Of the session as the form was made from it.
    version: str = ""
    #: After somebody else's change: field, what is there now, what was typed.
    now: list[list[str]] = field(default_factory=list)


@pages.get("/")
def index() -> str:
    """Sessions to come; `?quoi=passees` those that are over, `?q=`, `?niveau=`, `?statut=`, `?quoi=semaine` choose."""
    chosen = {name: request.args.get(name, "").strip()[:100] for name in ("q", "quoi", "niveau", "statut")}
    page = office.page_number()
    lines, total = centre_lines(chosen, page)
    return render_template("sessions.html", lines=lines, chosen=chosen, page=page, pages=-(-total // PAGE), total=total)


def centre_lines(chosen: dict[str, str], page: int) -> tuple[list[Line], int]:
    """A page of the list, and how many sessions there are."""

    def unit(tx: Tx) -> tuple[list[Line], int]:
        over = Session.starts_at + Session.duration_min * 60_000 < tx.now
        past = chosen["quoi"] == "passees"
        query = Session.select()
        if chosen["quoi"] != "toutes":
            query = query.where(over if past else ~over)
        if chosen["quoi"] == "semaine":
            query = query.where(Session.starts_at < tx.now + 7 * instants.DAY)
        if chosen["niveau"] in LEVELS:
            query = query.where(Session.body.contains(f'"{chosen["niveau"]}"'))
        if chosen["statut"] in STATUSES:
            query = query.where(Session.status == chosen["statut"])
        looked = found_by(chosen["q"])
        if looked is not None:
            query = query.where(looked)
        order = Session.starts_at.desc() if past else Session.starts_at
        rows = list(query.order_by(order, Session.id).paginate(page, PAGE))
        names = names_of(rows)
        shown = [row.id for row in rows]
        states, asked = _states(shown), questions.counts(shown)
        return [_line(row, names, states, asked) for row in rows], query.count()

    return office.write(unit)


def found_by(typed: str) -> Any:
    """The condition that a session is named so, or that somebody found so speaks in it; None for an empty search."""
    named = matching(Session.words, typed)
    if named is None:
        return None
    people: Any = Speaker.select(Speaker.id).where(matching(Speaker.words, typed)).limit(MOST_PEOPLE).tuples()
    for (id,) in people:
        named |= Session.body.contains(msgspec.json.encode(id).decode())
    return named | (Session.id == typed)


def names_of(rows: list[Any]) -> dict[str, str]:
    """Identifier → name of who speaks in these sessions."""
    ids = {one for row in rows for one in catalogue.session_body(row).speakers}
    found: Any = Speaker.select(Speaker.id, Speaker.name).where(Speaker.id.in_(sorted(ids))).tuples()
    return dict(found)


def _states(ids: list[str]) -> dict[tuple[str, str], int]:
    rows: Any = (
        Enrolment.select(Enrolment.session_id, Enrolment.state, fn.COUNT(Enrolment.id).alias("n"))
        .where(Enrolment.session_id.in_(ids))
        .group_by(Enrolment.session_id, Enrolment.state)
        .dicts()
    )
    return {(row["session_id"], row["state"]): row["n"] for row in rows}


def _line(row: Any, names: dict[str, str], states: dict[tuple[str, str], int], asked: dict[str, int]) -> Line:
    body = catalogue.session_body(row)
    return Line(
        row.id,
        row.title,
        row.starts_at,
        row.status,
        row.places,
        body,
        [names.get(one, one) for one in body.speakers],
        states.get((row.id, "confirmed"), 0),
        states.get((row.id, "waitlisted"), 0),
        states.get((row.id, "requested"), 0),
        asked.get(row.id, 0),
        row.territory,
        versions.of("session", row),
    )


@pages.get("/<path:id>")
def show(id: str) -> str:
    """One session: its classes, places, waiting list, and its questions by theme."""
    return page_of(id)


def page_of(id: str, error: OfficeError | None = None, typed: Any = None) -> str:
    """The page of a session, with what was refused."""

    def unit() -> dict[str, Any]:
        row = _found(id)
        names = names_of([row])
        mine = (Enrolment.session_id == id) & territories.mine(Enrolment.uai)
        query = Enrolment.select().where(mine).order_by(Enrolment.queue, Enrolment.id)
        people = list(query.limit(PEOPLE))
        themes, aside = lists.counts(id)
        told = [model.select().where(model.session_id == id).exists() for model in (Attendance, Asked, Reflection)]
        return {
            "told": any(told),
            "enrolled": enrolments.any_in(id),
            "line": _line(row, names, _states([id]), {id: sum(themes.values()) + aside}),
            "manual": row.manual,
            "people": people,
            "more": query.count() - len(people),
            "ranks": {one.id: rank for rank, one in enumerate(enrolments.waiting(id), 1)},
            "counts": themes,
            "aside": aside,
            "addresses": enrolments.addresses(id),
            "letter": _letter(row),
        }

    return render_template("session.html", error=error, typed=typed or {}, **read(unit))


@pages.get("/nouvelle")
def new() -> str:
    """The form of a new session."""
    return _form(Form(values={"format": "college-45"}), None)


@pages.get("/modifier/<path:id>")
def edit(id: str) -> str:
    """The form of a session."""
    row = read(lambda: _found(id))
    return _form(_filled(row), id)


@pages.post("/enregistrer")
def save() -> Any:
    """Create or change a session."""
    id = request.form.get("id", "").strip()
    form = Form(
        dict(request.form.items()),
        request.form.getlist("speakers"),
        request.form.getlist("levels"),
        "manual" in request.form,
        version=request.form.get("version", ""),
    )
    new_id = id or f"S-{secrets.token_hex(4)}"

    def unit(tx: Tx) -> None:
        held = _found(id) if id else None
        before = _told(_filled(held)) if held is not None else {}
        body = _body(form, catalogue.session_body(held) if held is not None else None)
        catalogue.put_session(tx, new_id, body, form.manual)
        audit.note(tx, "session", new_id, body.title, before, _told(_filled(_found(new_id))))

    def again(error: OfficeError) -> str:
        form.error = error
        row = read(lambda: Session.get_or_none(Session.id == id))
        if isinstance(error, versions.Changed):
            form.version = error.version
            form.now = read(lambda: audit.changed(_told(_filled(row)), _told(form))) if row is not None else []
        return _form(form, id if row is not None else None)

    return act(unit, url_for("sessions.show", id=new_id), again)


@pages.post("/retirer")
def remove() -> Any:
    """Forget a session nobody is enrolled in."""
    id = request.form.get("id", "")

    def unit(tx: Tx) -> None:
        row = Session.get_or_none(Session.id == id)
        catalogue.remove_session(tx, id)
        audit.note(tx, "session_removed", id, row.title if row is not None else "")

    return act(unit, url_for("sessions.index"), lambda error: page_of(id, error))


def _letter(row: Any) -> str:
    """A text to send to the schools of a session."""
    moment = instants.when(row.starts_at, lang=current())
    return _(
        "Bonjour,\n\nVotre classe est inscrite à la séance « %(title)s », le %(moment)s (heure de Paris).\n\n"
        "Le kiosque de votre établissement en a le détail.\n\nBien cordialement,",
        title=row.title,
        moment=moment,
    )


def _found(id: str) -> Session:
    row = Session.get_or_none(Session.id == id)
    if row is None:
        raise office.not_found()
    return row


def _form(form: Form, id: str | None) -> str:
    people = read(lambda: list(catalogue.people().order_by(Speaker.name)))
    return render_template("session_form.html", form=form, id=id, people=people)


def _filled(row: Session) -> Form:
    body = catalogue.session_body(row)
    moment = instants.local(to_ms(body.starts_at))
    values = {
        "title": body.title,
        "date": moment.strftime("%Y-%m-%d"),
        "hour": moment.strftime("%H:%M"),
        "duration": str(body.duration_min),
        "format": body.format,
        "url": body.meeting_url,
        "theme_week": body.theme_week or "",
        "places": "" if body.places is None else str(body.places),
        "status": body.status,
    }
    for moment_name in ("before", "after"):
        values[moment_name] = "\n".join(
            " | ".join(filter(None, (one.title, one.url, one.text)))
            for one in body.dossier
            if one.moment == moment_name
        )
    return Form(values, list(body.speakers), list(body.levels), row.manual, version=versions.of("session", row))


def _told(form: Form) -> dict[str, str]:
    """A session in words, field by field, for the journal and for who finds it changed."""
    value = form.values.get
    names = {one.id: one.name for one in Speaker.select(Speaker.id, Speaker.name).where(Speaker.id.in_(form.speakers))}
    return {
        _("Titre"): value("title", ""),
        _("Date"): value("date", ""),
        _("Heure de Paris"): value("hour", ""),
        _("Durée en minutes"): str(MINUTES.get(value("format", "")) or value("duration", "")),
        _("Statut"): _(words.STATUSES.get(value("status", "planned"), "")),
        _("Places"): value("places", ""),
        _("Niveaux"): ", ".join(_(label) for code, label in words.LEVELS.items() if code in form.levels),
        _("Avec"): ", ".join(sorted(names.get(one, one) for one in form.speakers)),
        _("Inscriptions"): _("Décidées ici, une par une")
        if form.manual
        else _("Acceptées tant qu’il reste des places"),
        _("Lien de la visioconférence"): value("url", ""),
        _("Semaine thématique"): value("theme_week", ""),
        _("Dossier, avant la séance"): "\n".join(value("before", "").split("\r\n")).strip(),
        _("Dossier, après la séance"): "\n".join(value("after", "").split("\r\n")).strip(),
    }


def _body(form: Form, before: SessionBody | None) -> SessionBody:
    """:raises OfficeError: a field is wrong; it is named."""
    get = form.values.get
    title = " ".join(get("title", "").split())
    if not title:
        raise OfficeError(_("Donnez un titre à la séance."), "title")
    starts_at, lasting = _take("date", lambda: dates.start(get("date", ""), get("hour", "")))
    minutes = _take("duration", lambda: dates.minutes(get("duration", ""))) or lasting
    kind = get("format", "custom")
    minutes = MINUTES.get(kind) or minutes
    if minutes is None:
        raise OfficeError(_("Donnez la durée, en minutes."), "duration")
    dossier = _dossier(get("before", ""), "before") + _dossier(get("after", ""), "after")
    values = {
        "title": title,
        "starts_at": starts_at,
        "duration_min": minutes,
        "format": kind,
        "meeting_url": get("url", "").strip(),
        "levels": form.levels,
        "status": get("status", "planned"),
        "speakers": form.speakers,
        "dossier": dossier,
        "theme_week": get("theme_week", "").strip() or None,
        "places": _take("places", lambda: cells.number(get("places", ""), 0, 100_000)),
        "phases": before.phases if before and before.duration_min == minutes else None,
    }
    try:
        return msgspec.convert(msgspec.to_builtins(SessionBody(**values)), SessionBody)
    except msgspec.ValidationError as error:
        place = str(error).partition("$.")[2].strip("`").split("[")[0]
        if place == "meeting_url":
            raise OfficeError(_("Un lien commence par https:// et ne contient pas d’espace."), "url") from None
        raise OfficeError(_("Cette valeur n’est pas possible ici."), place) from None


def _take(name: str, reader: Any) -> Any:
    try:
        return reader()
    except ValueError as error:
        raise OfficeError(str(error), "hour" if isinstance(error, dates.HourWrong) else name) from None


def _dossier(text: str, moment: Any) -> list[DossierItem]:
    """One item a line: « Titre | https://lien », or « Titre | texte »."""
    items = []
    for line in text.splitlines():
        title, _bar, rest = (part.strip() for part in line.partition("|"))
        if not title:
            continue
        first, _bar, more = (part.strip() for part in rest.partition("|"))
        url = first if first.startswith(("https://", "http://")) else None
        if url and " " in url:
            raise OfficeError(_("Un lien commence par https:// et ne contient pas d’espace."), moment)
        items.append(DossierItem(title, moment, (more if url else rest) or None, url))
    return items
