"""Files in: sessions and speakers, and the exchange of a kiosk that has no network."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request

from kiosk.centre import audit, imports, stick
from kiosk.centre.house import centre
from kiosk.centre.office import pages as office
from kiosk.centre.office.pages import write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.ground.i18n import _

pages = Blueprint("files", __name__, url_prefix="/bureau/fichiers")
_SESSIONS = (
    "Identifiant;Titre;Date;Heure;Durée;Format;Niveaux;Places;Statut;Semaine thématique;Lien de la"
    " visioconférence;Intervenants"
)
_SPEAKERS = (
    "Identifiant;Nom;Métier (féminin);Métier (masculin);Forme affichée;Employeur;Lieu;Présentation;Parcours;Fiche"
    " métier"
)
MODELS = {
    "seances": (
        _SESSIONS + "\r\nS-2026-118;Technicienne de maintenance éolienne;24/11/2026;14 h 30;45;Collège;4e,"
        " 3e;6;Prévue;;https://visio.example/118;Camille Ferrand\r\n"
    ),
    "intervenants": (
        _SPEAKERS + "\r\nP-7;Camille Ferrand;technicienne de maintenance éolienne;technicien de maintenance"
        " éolienne;féminin;Vents d’Ouest;Saint-Nazaire;Elle répare des éoliennes en mer.;2016 : bac pro | 2018 : BTS"
        " maintenance;MET.31\r\n"
    ),
}


@pages.get("/")
def index() -> str:
    """The two forms."""
    return _page()


@pages.post("/importer")
def take() -> Any:
    """Import a file, whole or not at all; ``sans`` = 1: it was said which columns and sheets are not read."""
    given = request.files.get("file")
    name = (given.filename or "").replace("\0", "") if given else ""
    data = given.read(imports.MAX_FILE + 1) if given else b""

    def unit(tx: Tx) -> dict[str, int]:
        return imports.load(tx, items, name)

    try:
        read = imports.read(data)
        items = read.whole()
        unread = [*read.unread, *(left for left in read.left if not left.line)]
        if unread and request.form.get("sans") != "1":
            return _page(read=read, name=name), 422
        return _page(counted=write(unit), read=read, name=name)
    except imports.FileRefused as error:
        return _page(error=error, mistakes=error.mistakes, name=name), 422


@pages.post("/cle")
def exchange() -> Any:
    """Read a kiosk's request and hand the answer over."""
    given = request.files.get("file")
    data = given.read(stick.MAX_FILE) if given else b""
    house = centre()

    def unit(tx: Tx) -> bytes:
        answer = stick.answer(tx, house.key, file)
        audit.note(tx, "stick", file.uai)
        return answer

    try:
        file = stick.read(data)
        answer = Response(write(unit), mimetype="application/gzip")
    except OfficeError as error:
        return _page(stick_error=error), 422
    answer.headers["Content-Disposition"] = f'attachment; filename="reponse-{file.uai}.kiosk.json.gz"'
    return answer


@pages.get("/modele/<name>.csv")
def model(name: str) -> Response:
    """A table to fill."""
    if name not in MODELS:
        raise office.not_found()
    answer = Response("\ufeff" + MODELS[name], mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _page(**values: Any) -> str:
    empty: dict[str, Any] = {
        "counted": None,
        "error": None,
        "mistakes": [],
        "name": "",
        "stick_error": None,
        "read": None,
    }
    kinds = {"session": _("séances"), "speaker": _("fiches"), "notice": _("annonces"), "question": _("questions")}
    return render_template("files.html", kinds=kinds, **{**empty, **values})
