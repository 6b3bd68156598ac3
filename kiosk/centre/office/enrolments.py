"""Enrolments to decide, of every session: found, chosen, and decided one by one or together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from peewee import JOIN

from kiosk.centre import audit, directory, enrolments, search, territories, versions
from kiosk.centre.models import Enrolment, School, Session
from kiosk.centre.office import pages as office
from kiosk.centre.office import sessions, tables
from kiosk.centre.office.pages import act, change, read, read_all, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.centre.words import LEVELS, STATES
from kiosk.contract.tables import cell
from kiosk.ground.i18n import N_, _

pages = Blueprint("enrolments", __name__, url_prefix="/bureau/inscriptions")
#: Enrolments on one page.
PAGE = 100
FILTERS = ("q", "seance", "niveau", "academie", "territoire", "etat")
#: What the list holds: what waits, or all that live, or one state.
WAITING = ("requested", "waitlisted")
CHOICES = {"": N_("À décider ou en attente"), **{code: words for code, (words, _icon) in STATES.items()}}


@dataclass(frozen=True)
class Effect:
    """What a decision makes of one session: how many were chosen, have a place before and after, and its places."""

    title: str
    chosen: int
    before: int
    after: int
    places: int | None


@pages.get("/")
def index() -> str:
    """What waits for a decision or a place, in sessions to come; `?q=`, `?etat=` and others choose."""
    return _page()


@pages.get("/inscriptions.<any(csv, ods):kind>")
def download(kind: str) -> Any:
    """The enrolments that were chosen, as a table: the school and its staff. Of a pupil alone, nothing but that one is
    there: neither name, level nor the address that was given for that one pupil.
    """
    head = [_("Séance"), _("Date"), _("Heure de Paris"), _("Code UAI"), _("Établissement"), _("Ville"), _("Académie"),
            _("Classe"), _("Niveau"), _("Élèves"), _("État"), _("Courriel")]  # fmt: skip
    try:
        rows = read_all(_query(_chosen(), int(time.time() * 1000)), _row, tables.MOST[kind])
    except OfficeError as error:
        return _page(error), 422
    return tables.answer("inscriptions", [head, *rows], kind)


@pages.post("/decider")
def decide() -> Any:
    """Confirm, put on the waiting list or refuse."""
    id, state = request.form.get("id", ""), request.form.get("state", "")
    reason = request.form.get("reason", "").replace("\0", "")
    session_id = request.form.get("session_id", "")

    def unit(tx: Tx) -> None:
        before = _told(Enrolment.get_or_none(Enrolment.id == id))
        enrolments.decide(tx, id, state, reason)
        row = Enrolment.get_by_id(id)
        audit.note(tx, "enrolment", id, _subject(row), before, _told(row))

    back = url_for("sessions.show", id=session_id) if session_id else url_for("enrolments.index")
    again = (lambda error: sessions.page_of(session_id, error, request.form)) if session_id else None
    return act(unit, back, again)


@pages.post("/ensemble")
def weigh() -> Any:
    """What a decision on all that are ticked would make of their sessions; nothing is written yet."""
    form = request.form
    ids, state = form.getlist("id")[: PAGE * 2], form.get("state", "")
    error = None
    if not ids:
        error = OfficeError(_("Aucune inscription n’est cochée."))
    elif state not in enrolments.DECISIONS:
        error = OfficeError(_("Cette décision n’existe pas."))
    return (_page(error), 422) if error else _weighed(ids, state)


@pages.post("/ensemble/decider")
def decide_many() -> Any:
    """Decide on all of them."""
    form = request.form
    ids, state, reason = form.getlist("id")[: PAGE * 2], form.get("state", ""), form.get("reason", "")
    try:
        change(lambda tx: _decide(tx, ids, state, reason))
    except OfficeError as error:
        known = state in enrolments.DECISIONS and (error.field == "reason" or isinstance(error, versions.Changed))
        return _weighed(ids, state, reason, error) if known else (_page(error), error.status)
    return redirect(url_for("enrolments.index"), 303)


def _weighed(ids: list[str], state: str, reason: str = "", error: OfficeError | None = None) -> Any:
    def unit() -> tuple[list[Effect], str]:
        return _effects(ids, state), versions.of("enrolments", versions.enrolments_of(ids))

    effects, version = read(unit)
    page = render_template(
        "decide.html", ids=ids, state=state, reason=reason, effects=effects, made_from=version, error=error
    )
    return (page, error.status) if error else page


def _decide(tx: Tx, ids: list[str], state: str, reason: str) -> None:
    of = Enrolment
    before = {row.id: _told(row) for row in of.select().where(of.id.in_(ids))}
    enrolments.decide_many(tx, ids, state, reason)
    for row in of.select().where(of.id.in_(ids) & (of.state != "cancelled")):
        audit.note(tx, "enrolment", row.id, _subject(row), before[row.id], _told(row))


def _effects(ids: list[str], state: str) -> list[Effect]:
    chosen = Enrolment.id.in_(ids) & (Enrolment.state != "cancelled") & territories.mine(Enrolment.uai)
    rows: Any = Enrolment.select().where(chosen)
    by_session: dict[str, list[Any]] = {}
    for row in rows:
        by_session.setdefault(row.session_id, []).append(row)
    found = []
    for session in Session.select().where(Session.id.in_(list(by_session))).order_by(Session.starts_at):
        chosen = by_session[session.id]
        before = enrolments.taken(session.id)
        held = sum(row.state == "confirmed" for row in chosen)
        after = before - held + (len(chosen) if state == "confirmed" else 0)
        found.append(Effect(session.title, len(chosen), before, after, session.places))
    return found


def _told(row: Any) -> dict[str, str]:
    """What the journal says of an enrolment."""
    return {_("Réponse"): _(STATES[row.state][0]), _("Raison"): row.reason} if row is not None else {}


def _subject(row: Any) -> str:
    """A class is named in the journal, a pupil alone is not."""
    return f"{enrolments.shown_label(row)}, {row.uai}"


def _chosen() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:100] for name in FILTERS}


def _query(chosen: dict[str, str], now: int) -> Any:
    """Enrolments of sessions to come, with their sessions and schools, of one's territory."""
    of = Enrolment
    query = (
        of.select(of, Session, School)
        .join(Session, on=(Session.id == of.session_id), attr="session")
        .join(School, JOIN.LEFT_OUTER, on=(School.uai == of.uai), attr="school")
        .where((Session.starts_at + Session.duration_min * 60_000 > now) & territories.mine(of.uai))
    )
    looked = search.matching(School.words, chosen["q"])
    if looked is not None:
        looked |= (of.uai == chosen["q"].upper()) | ((of.kind == "class") & of.label.contains(chosen["q"]))
        looked |= search.matching(Session.words, chosen["q"])
    state = chosen["etat"]
    for condition in (
        looked,
        of.state.in_((state,) if state in STATES else WAITING),
        of.session_id == chosen["seance"] if chosen["seance"] else None,
        (of.kind == "class") & (of.level == chosen["niveau"]) if chosen["niveau"] in LEVELS else None,
        School.academie == chosen["academie"] if chosen["academie"] else None,
        directory.place(of.uai, chosen["territoire"]),
    ):
        if condition is not None:
            query = query.where(condition)
    return query.order_by(Session.starts_at, Session.id, of.state, of.queue, of.id)


def _row(one: Any) -> list[Any]:
    school = getattr(one.session, "school", None) or getattr(one, "school", None)
    said = [school.name, school.town, school.academie] if school is not None and school.uai else ["", "", ""]
    moment = office.stamp(one.session.starts_at).split(" ", 1)
    level = enrolments.shown_level(one)
    alone = one.kind != "class"
    email = (school.email if school is not None and school.uai else "") if alone else one.contact
    return [cell(one.session.title), *moment, one.uai, *map(cell, said), cell(enrolments.shown_label(one)),
            _(LEVELS[level]) if level in LEVELS else "", "" if alone else one.headcount, _(STATES[one.state][0]),
            cell(email)]  # fmt: skip


def _page(error: OfficeError | None = None) -> str:
    chosen, page = _chosen(), office.page_number()

    def unit(tx: Tx) -> dict[str, Any]:
        query = _query(chosen, tx.now)
        rows = list(query.paginate(page, PAGE))
        return {
            "rows": rows,
            "total": query.count(),
            "taken": enrolments.taken_by({row.session_id for row in rows}),
            "names": directory.named(row.uai for row in rows),
            "academies": directory.academies(),
        }

    found = write(unit)
    found["pages"] = -(-found["total"] // PAGE)
    return render_template("enrolments.html", chosen=chosen, page=page, choices=CHOICES, error=error, **found)
