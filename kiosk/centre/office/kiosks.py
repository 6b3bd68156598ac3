"""Kiosks and pairing codes, one school or fifty at a time."""

from __future__ import annotations

import re
import time
from typing import Any

from flask import Blueprint, render_template, request, url_for
from peewee import JOIN

from kiosk.centre import audit, directory, longcodes, pairing, search, territories
from kiosk.centre.house import centre
from kiosk.centre.models import Code, Kiosk, School
from kiosk.centre.office import pages as office
from kiosk.centre.office import tables
from kiosk.centre.office.pages import act, read, read_all, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import schools
from kiosk.contract.tables import cell
from kiosk.ground.i18n import N_, _
from kiosk.ground.instants import DAY

pages = Blueprint("kiosks", __name__, url_prefix="/bureau/kiosques")
#: Kiosks and codes on one page; lines of codes asked for at once; days after which a kiosk is silent.
PAGE, SHOWN, MOST, SILENT = 50, 50, 200, 30
STATES = {"actif": N_("Actif"), "muet": N_("Sans échange depuis 30 jours"), "revoque": N_("Révoqué")}
_UAI = re.compile(r"(?<!\w)(\d{7}) ?([A-Za-z])(?!\w)")


@pages.get("/")
def index() -> str:
    """Kiosks, and the latest codes; `?q=`, `?academie=`, `?territoire=`, `?etat=` choose."""
    return _page()


@pages.post("/code")
def code() -> Any:
    """Give a code to a school, ``long`` = 1 for one without a network; the page that answers is the only one that shows
    it.
    """
    uai, long = request.form.get("uai", ""), request.form.get("long") == "1"
    key = centre().key

    def unit(tx: Tx) -> str:
        made = longcodes.issue(tx, key, uai) if long else pairing.issue(tx, uai)
        found = uai.strip().upper()
        audit.note(tx, "code", found, found)
        return made

    try:
        return _page(made=write(unit), uai=uai, long=long)
    except OfficeError as error:
        return _page(error=error, uai=uai, long=long), 422


@pages.post("/codes")
def codes() -> Any:
    """Give codes to many schools: a list pasted, or those ticked in the directory. A bad line, or a school of another
    territory, stops nothing.
    """
    lines = [*request.form.getlist("uai"), *request.form.get("uais", "").splitlines()]
    lines = [line for line in lines if line.strip()]
    if not lines or len(lines) > MOST:
        error = OfficeError(_("De 1 à %(max)s établissements à la fois.", max=MOST), "uais")
        return _page(error=error, typed=request.form.get("uais", "")), 422
    good: dict[str, None] = {}
    wrong: list[tuple[int, str, str]] = []
    for number, line in enumerate(lines, 1):
        found = _UAI.search(line[:500])
        uai = schools.read_uai("".join(found.groups())) if found else None
        if uai is None or not territories.holds(territories.own(), uai):
            why = _("pas de code UAI possible") if uai is None else _("pas de votre territoire")
            wrong.append((number, line.strip()[:60], why))
        else:
            good[uai] = None

    def unit(tx: Tx) -> list[tuple[str, str]]:
        made = [(uai, pairing.issue(tx, uai)) for uai in good]
        for uai in good:
            audit.note(tx, "code", uai, uai)
        return made

    made = write(unit) if good else []
    carried = "\n".join(f"{uai} {plain}" for uai, plain in made)
    return render_template("codes.html", made=made, wrong=wrong, names=_names(made), carried=carried)


@pages.post("/lettres")
def letters() -> Any:
    """The codes just given, a letter each, to print."""
    made = _carried()
    address = request.url_root.rstrip("/")
    name = centre().settings.name
    now = int(time.time() * 1000)
    return render_template("letters.html", made=made, names=_names(made), address=address, centre_name=name, today=now)


@pages.post("/codes.<any(csv, ods):kind>")
def codes_table(kind: str) -> Any:
    """The codes just given, as a table."""
    made = _carried()
    names = _names(made)
    rows: list[list[Any]] = [[_("Code UAI"), _("Établissement"), _("Ville"), _("Courriel"), _("Code")]]
    for uai, plain in made:
        school = names[uai]
        said = [school.name, school.town, school.email] if school else ["", "", ""]
        rows.append([uai, *map(cell, said), plain])
    return tables.answer("codes", rows, kind)


@pages.get("/kiosques.<any(csv, ods):kind>")
def download(kind: str) -> Any:
    """Every kiosk that was chosen, as a table."""
    head = [_("Code UAI"), _("Établissement"), _("Ville"), _("Académie"), _("Poste"), _("Associé le"),
            _("Dernier échange"), _("État")]  # fmt: skip
    try:
        rows = read_all(_query(_chosen(), int(time.time() * 1000)), _row, tables.MOST[kind])
    except OfficeError as error:
        return _page(error=error), 422
    return tables.answer("kiosques", [head, *rows], kind)


@pages.post("/code/annuler")
def cancel_code() -> Any:
    """Make a code useless."""
    digest = request.form.get("code", "")

    def unit(tx: Tx) -> None:
        row = Code.get_or_none(Code.digest == digest)
        pairing.expire(tx, digest)
        audit.note(tx, "code_expired", digest[:8], f"{row.uai} ••••-••{row.hint}" if row is not None else "")

    return act(unit, url_for("kiosks.index"))


@pages.post("/revoquer")
def revoke() -> Any:
    """Refuse a kiosk from now on."""
    id = request.form.get("id", "")

    def unit(tx: Tx) -> None:
        pairing.revoke(tx, id)
        row = Kiosk.get_or_none(Kiosk.id == id)
        audit.note(tx, "revoked", id, f"{row.uai} {row.label}" if row is not None else "")

    return act(unit, url_for("kiosks.index"))


def _chosen() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:100] for name in ("q", "academie", "territoire", "etat")}


def _query(chosen: dict[str, str], now: int) -> Any:
    """The kiosks of one's territory that were chosen, with their schools, by UAI."""
    query = Kiosk.select(Kiosk, School).join(School, JOIN.LEFT_OUTER, on=(School.uai == Kiosk.uai), attr="school")
    query = query.where(territories.mine(Kiosk.uai))
    looked = search.matching(School.words, chosen["q"])
    states = {
        "actif": Kiosk.revoked_at.is_null(),
        "muet": Kiosk.revoked_at.is_null() & (Kiosk.seen_at < now - SILENT * DAY),
        "revoque": Kiosk.revoked_at.is_null(False),
    }
    for condition in (
        None if looked is None else looked | (Kiosk.uai == chosen["q"].upper()) | Kiosk.label.contains(chosen["q"]),
        School.academie == chosen["academie"] if chosen["academie"] else None,
        directory.place(Kiosk.uai, chosen["territoire"]),
        states.get(chosen["etat"]),
    ):
        if condition is not None:
            query = query.where(condition)
    return query.order_by(Kiosk.uai, Kiosk.paired_at)


def _row(one: Any) -> list[Any]:
    school = getattr(one, "school", None)
    said = [school.name, school.town, school.academie] if school is not None and school.uai else ["", "", ""]
    seen = office.stamp(one.seen_at) if one.seen_at else ""
    state = _("Révoqué") if one.revoked_at else _("Actif")
    return [one.uai, *map(cell, [*said, one.label]), office.stamp(one.paired_at), seen, state]


def _carried() -> list[tuple[str, str]]:
    """The codes that a form carries from the page that showed them. :raises OfficeError: one was not given here."""
    made = [tuple(line.split()[:2]) for line in request.form.get("codes", "").splitlines() if len(line.split()) == 2]
    digests = {pairing.digest_of(plain): uai for uai, plain in made[:MOST]}

    def unit() -> set[tuple[str, str]]:
        given = Code.digest.in_(list(digests)) & territories.mine(Code.uai)
        return {(row.digest, row.uai) for row in Code.select().where(given)}

    if not made or read(unit) != set(digests.items()):
        raise office.not_found()
    return [(uai, plain) for uai, plain in made]


def _names(made: list[tuple[str, str]]) -> dict[str, Any]:
    found = read(lambda: directory.named(uai for uai, _code in made))
    return {uai: found.get(uai) for uai, _code in made}


def _page(**values: Any) -> str:
    chosen, page = _chosen(), office.page_number()

    def unit(tx: Tx) -> dict[str, Any]:
        query, given, mine = _query(chosen, tx.now), pairing.codes(SHOWN), territories.mine(Kiosk.uai)
        return {
            "kiosks": list(query.paginate(page, PAGE)),
            "total": query.count() if any(chosen.values()) else Kiosk.select().where(mine).count(),
            "codes": given,
            "names": directory.named(one.uai for one in given),
            "now": tx.now,
            "good": pairing.good,
            "academies": directory.academies(),
        }

    found = write(unit)
    empty: dict[str, Any] = {"made": None, "error": None, "uai": "", "long": False, "typed": ""}
    found.update(chosen=chosen, page=page)
    found["pages"] = -(-found["total"] // PAGE)
    return render_template("kiosks.html", states=STATES, **{**empty, **found, **values})
