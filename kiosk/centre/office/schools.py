"""The directory of schools: found, imported, typed; those chosen get their codes together."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk.centre import audit, directory, search, territories, versions
from kiosk.centre.models import Kiosk, School
from kiosk.centre.office import pages as office
from kiosk.centre.office.pages import act, change, read
from kiosk.centre.refusals import OfficeError
from kiosk.contract import schools
from kiosk.ground.i18n import _

pages = Blueprint("schools", __name__, url_prefix="/bureau/etablissements")
#: Schools on one page of the list.
PAGE = 50


def widen() -> None:
    """The ministry's file is bigger than any other form; it is read as it comes, once who brings it may."""
    if request.path.rstrip("/") == "/bureau/etablissements/annuaire":
        request.max_content_length = directory.MAX_FILE


@pages.get("/")
def index() -> str:
    """The schools: `?q=`, `?academie=`, `?territoire=` choose."""
    return _page()


@pages.post("/annuaire")
def bring() -> Any:
    """Read the ministry's directory."""
    given = request.files.get("file")
    try:
        if not given:
            raise OfficeError(office.choose_file(), "file")
        with given.stream as file:  # on the disk, when it is big
            return _page(report=directory.load(file, change))
    except OfficeError as error:
        return _page(error=error), 422


@pages.post("/enregistrer")
def save() -> Any:
    """Write down one school; one that is there already is shown first."""
    form = request.form

    def again(error: OfficeError) -> str:
        if not isinstance(error, versions.Changed):
            return _page(error=error, typed=form, made_from=form.get("version", ""))
        held = read(lambda: School.get_or_none(School.uai == schools.read_uai(form.get("uai", ""))))
        if held is not None and not form.get("version"):
            error.message = _(
                "Cet établissement est déjà dans l’annuaire. Rien n’est écrasé : relisez, puis recommencez."
            )
        now = audit.changed(directory.told(held), directory.told(form)) if held is not None else []
        return _page(error=error, typed=form, made_from=error.version, now=now)

    return act(lambda tx: directory.type_in(tx, form), url_for("schools.index", q=form.get("uai", "")), again)


def _page(**values: Any) -> str:
    chosen = {name: request.args.get(name, "").strip()[:100] for name in ("q", "academie", "territoire")}
    page = office.page_number()

    def unit() -> dict[str, Any]:
        query = School.select().where(territories.mine(School.uai))
        for condition in (
            search.matching(School.words, chosen["q"]),
            School.academie == chosen["academie"] if chosen["academie"] else None,
            directory.place(School.uai, chosen["territoire"]),
        ):
            if condition is not None:
                query = query.where(condition)
        rows = list(query.order_by(School.uai).paginate(page, PAGE))
        paired: Any = Kiosk.select(Kiosk.uai).where(
            Kiosk.uai.in_([row.uai for row in rows]) & Kiosk.revoked_at.is_null()
        )
        return {
            "rows": rows,
            "total": query.count(),
            "paired": {row.uai for row in paired},
            "academies": directory.academies(),
        }

    found = read(unit)
    found["pages"] = -(-found["total"] // PAGE)
    empty: dict[str, Any] = {"error": None, "report": None, "typed": MultiDict(), "made_from": "", "now": []}
    return render_template("schools.html", chosen=chosen, page=page, **found, **{**empty, **values})
