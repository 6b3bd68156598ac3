"""Speakers: the list, the form, the portrait."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, render_template, request, url_for

from kiosk.centre import audit, catalogue, versions
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
    #: Of the card as the form was made from it.
    version: str = ""
    #: After somebody else's change: field, what is there now, what was typed.
    now: list[list[str]] = field(default_factory=list)


@pages.get("/")
def index() -> str:
    """Everyone, by name; `?q=` those found so."""
    typed, page = request.args.get("q", "").strip()[:100], office.page_number()

    def unit() -> tuple[list[tuple[str, SpeakerBody]], int]:
        query, looked = catalogue.people(), matching(Speaker.words, typed)
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
    form = Form(dict(request.form.items()), version=request.form.get("version", ""))
    new_id = id or f"P-{secrets.token_hex(4)}"
    sent = request.files.get("portrait")
    data = sent.read(catalogue.MAX_PORTRAIT * 20) if sent and sent.filename else b""

    def unit(tx: Tx) -> None:
        held = Speaker.get_or_none(Speaker.id == new_id)
        before = _told(_filled(held).values) if held is not None else {}
        body = _body(form)
        catalogue.put_speaker(tx, new_id, body)
        if data:
            catalogue.set_portrait(tx, new_id, data, form.values.get("alt", ""))
        elif "drop" in form.values:
            catalogue.drop_portrait(tx, new_id)
        audit.note(tx, "speaker", new_id, body.name, before, _told(_filled(Speaker.get_by_id(new_id)).values))
        if data or "drop" in form.values:
            audit.note(tx, "portrait", new_id, body.name)

    def again(error: OfficeError) -> str:
        form.error = error
        row = read(lambda: Speaker.get_or_none(Speaker.id == id)) if id else None
        form.portrait = catalogue.speaker_body(row).portrait if row is not None else None
        if isinstance(error, versions.Changed):
            form.version = error.version
            form.now = audit.changed(_told(_filled(row).values), _told(form.values)) if row is not None else []
        return render_template("speaker_form.html", form=form, id=id if row is not None else None)

    return act(unit, url_for("speakers.edit", id=new_id) if data else url_for("speakers.index"), again)


@pages.post("/retirer")
def remove() -> Any:
    """Forget somebody no session names."""
    id = request.form.get("id", "")

    def unit(tx: Tx) -> None:
        row = Speaker.get_or_none(Speaker.id == id)
        catalogue.remove_speaker(tx, id)
        audit.note(tx, "speaker_removed", id, row.name if row is not None else "")

    return act(unit, url_for("speakers.index"))


def _found(id: str) -> Any:
    row = read(lambda: Speaker.get_or_none(Speaker.id == id))
    if row is None:
        raise office.not_found()
    return row


def _told(values: dict[str, str]) -> dict[str, str]:
    """A card in words, field by field, for the journal and for who finds it changed."""
    get = values.get
    return {
        _("Prénom et nom"): get("name", ""),
        _("Métier, au féminin"): get("feminine", ""),
        _("Métier, au masculin"): get("masculine", "") or get("feminine", ""),
        _("Forme affichée"): _("Au masculin") if get("shown") == "masculine" else _("Au féminin"),
        _("Employeur"): get("employer", ""),
        _("Lieu"): get("place", ""),
        _("Présentation"): "\n".join(get("bio", "").split("\r\n")),
        _("Parcours"): "\n".join(get("path", "").split("\r\n")),
        _("Fiche métier de l’Onisep"): get("job_sheet", ""),
    }


def _filled(row: Any) -> Form:
    body = catalogue.speaker_body(row)
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
    return Form(values, body.portrait, version=versions.of("speaker", row))


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
