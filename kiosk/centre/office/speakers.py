"""Speakers: the list, the form, the portrait."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import audit, catalogue
from kiosk.centre.models import Speaker
from kiosk.centre.office import pages as office
from kiosk.centre.office.pages import act, read
from kiosk.centre.refusals import OfficeError
from kiosk.centre.search import matching
from kiosk.centre.store import Tx
from kiosk.contract import Job, SpeakerBody
from kiosk.contract.programme import cells
from kiosk.contract.storable import storable
from kiosk.ground.i18n import _

pages = Blueprint("speakers", __name__, url_prefix="/bureau/intervenants")
#: People on one page of the list.
PAGE = 100


@dataclass
class Form:
    """What the form shows."""

    values: dict[str, str] = field(default_factory=dict)
    portrait: Any = None
    error: OfficeError | None = None


@pages.get("/")
def index() -> str:
    """Everyone, by name; `?q=` those found so."""
    typed, page = request.args.get("q", "").strip()[:100], office.page_number()

    def unit() -> tuple[list[tuple[str, SpeakerBody]], int]:
        query, looked = Speaker.select(), matching(Speaker.words, typed)
        if looked is not None:
            query = query.where(looked)
        rows = query.order_by(Speaker.name, Speaker.id).paginate(page, PAGE)
        return [(row.id, catalogue.speaker_body(row)) for row in rows], query.count()

    people, total = read(unit)
    return render_template("speakers.html", people=people, chosen={"q": typed}, page=page, pages=-(-total // PAGE))


@pages.get("/nouvelle")
def new() -> str:
    """The form of somebody new."""
    return render_template("speaker_form.html", form=Form(values={"shown": "feminine"}), id=None)


@pages.get("/<path:id>")
def edit(id: str) -> str:
    """The form of somebody."""
    return render_template("speaker_form.html", form=_filled(_found(id)), id=id)


@pages.post("/enregistrer")
def save() -> Any:
    """Create or change somebody, with the portrait when one is given."""
    id = request.form.get("id", "").strip()
    form = Form(dict(request.form.items()))
    new_id = id or f"P-{secrets.token_hex(4)}"
    sent = request.files.get("portrait")
    data = sent.read(catalogue.MAX_PORTRAIT * 20) if sent and sent.filename else b""

    def unit(tx: Tx) -> None:
        catalogue.put_speaker(tx, new_id, _body(form))
        audit.note(tx, "speaker", new_id)
        if data:
            catalogue.set_portrait(tx, new_id, data, form.values.get("alt", ""))
            audit.note(tx, "portrait", new_id)
        elif "drop" in form.values:
            catalogue.drop_portrait(tx, new_id)
            audit.note(tx, "portrait", new_id)

    def again(error: OfficeError) -> str:
        form.error = error
        form.portrait = _found(id).portrait if id else None
        return render_template("speaker_form.html", form=form, id=id or None)

    return act(unit, url_for("speakers.edit", id=new_id) if data else url_for("speakers.index"), again)


@pages.post("/retirer")
def remove() -> Any:
    """Forget somebody no session names."""
    id = request.form.get("id", "")

    def unit(tx: Tx) -> None:
        catalogue.remove_speaker(tx, id)
        audit.note(tx, "speaker_removed", id)

    return act(unit, url_for("speakers.index"))


def _found(id: str) -> SpeakerBody:
    row = read(lambda: Speaker.get_or_none(Speaker.id == id))
    if row is None:
        raise office.not_found()
    return catalogue.speaker_body(row)


def _filled(body: SpeakerBody) -> Form:
    values = {
        "name": body.name,
        "feminine": body.job.feminine,
        "masculine": body.job.masculine,
        "shown": body.job.shown,
        "employer": body.employer or "",
        "place": body.place or "",
        "bio": body.bio,
        "job_sheet": body.job_sheet or "",
        "path": cells.path_text(body.path),
        "alt": body.portrait.alt if body.portrait else "",
    }
    return Form(values, body.portrait)


def _body(form: Form) -> SpeakerBody:
    get = {key: value.strip() for key, value in form.values.items()}.get
    if not storable(form.values):
        raise OfficeError(_("Cette valeur n’est pas possible ici."))
    name, feminine = get("name", ""), get("feminine", "") or get("masculine", "")
    if not name:
        raise OfficeError(_("Donnez le nom."), "name")
    if not feminine:
        raise OfficeError(_("Donnez le métier, au féminin et au masculin."), "feminine")
    shown: Any = "masculine" if get("shown") == "masculine" else "feminine"
    return SpeakerBody(
        name=name or "",
        job=Job(feminine, get("masculine", "") or feminine, shown),
        bio=get("bio", "") or "",
        path=cells.path(get("path", "") or ""),
        employer=get("employer") or None,
        place=get("place") or None,
        job_sheet=get("job_sheet") or None,
    )
