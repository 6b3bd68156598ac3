"""Files in: sessions and speakers, and the exchange of a kiosk that has no network."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from kiosk.centre import imports, stick
from kiosk.centre.house import centre
from kiosk.centre.imports import people, reading
from kiosk.centre.imports.plan import Line
from kiosk.centre.models import Brought
from kiosk.centre.office import pages as office
from kiosk.centre.office.pages import read, write
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import SessionBody, to_ms
from kiosk.contract.programme.items import Programme
from kiosk.contract.programme.rows import MAY_GO
from kiosk.ground import zipped
from kiosk.ground.i18n import _

pages = Blueprint("files", __name__, url_prefix="/bureau/fichiers")
#: Lines of a file that its page shows one by one; the others are counted.
SHOWN = 300
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
    """Read a file and show what it would change; nothing is written yet."""
    given = request.files.get("file")
    name = (given.filename or "").replace("\0", "") if given else ""
    data = given.read(imports.MAX_FILE + 1) if given else b""
    try:
        said = reading.read(centre().store.engine, data)
    except imports.FileRefused as error:
        return _page(error=error, mistakes=error.mistakes, name=name), 422
    id = write(lambda tx: imports.bring(tx, said, name))
    return redirect(url_for("files.look", id=id), 303)


@pages.get("/apercu/<id>")
def look(id: str) -> Any:
    """What a file would change, line by line; ``?vides=effacer``: empty cells take away what is held."""
    return _look(id, request.args.get("vides") == "effacer")


@pages.post("/enregistrer")
def save() -> Any:
    """Write the lines that are ticked."""
    form = request.form
    id, erase = form.get("id", ""), form.get("vides") == "effacer"
    file = _brought(id)
    items = _programme(file).items if file.written_at is None else []
    shown, chosen = set(form.getlist("shown")), set(form.getlist("take"))

    def unit(tx: Tx) -> int:
        take: Any = chosen
        if "rest" in form:
            take = chosen | ({f"{item.type} {item.id}" for item in items} - shown)
        return imports.save(tx, id, items, form.get("mark", ""), take, erase=erase)

    try:
        write(unit)
    except imports.FileRefused as error:
        return _look(id, erase, error, error.mistakes), 422
    except OfficeError as error:
        if file.written_at is not None:
            return _page(error=error), 422
        return _look(id, erase, error), 422
    return redirect(url_for("files.index", fait=id), 303)


@pages.post("/personnes")
def describe() -> Any:
    """Say the job of people whom a file names and who have no card: it will be written with the file."""
    form = request.form
    id, erase = _brought(form.get("id", "")).id, form.get("vides") == "effacer"
    try:
        write(lambda _tx: people.describe(id, zip(form.getlist("person"), form.getlist("job"))))
    except OfficeError as error:
        return _look(id, erase, error), 422
    return redirect(url_for("files.look", id=id, vides="effacer" if erase else None), 303)


@pages.post("/abandonner")
def drop() -> Any:
    """Forget a file that was not written."""
    write(lambda tx: imports.drop(request.form.get("id", "")))
    return redirect(url_for("files.index"), 303)


@pages.post("/defaire")
def undo() -> Any:
    """Put back what a file changed."""
    id = request.form.get("id", "")
    try:
        left = write(lambda tx: imports.undo(tx, id))
    except OfficeError as error:
        return _page(error=error), 422
    return _page(undone=_brought(id).name, left=left)


@pages.post("/cle")
def exchange() -> Any:
    """Read kiosks' requests and hand the answers over: one file, or an archive of one for each kiosk."""
    given = [(one.filename or "?", one.read()) for one in request.files.getlist("file")]
    try:
        made = stick.answers(centre(), given)
    except stick.Refused as error:
        return _page(stick_error=error), 422
    name, data = made[0] if len(made) == 1 else _archive(made)
    answer = Response(data, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _archive(made: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (name, data) in enumerate(made, 1):
            archive.writestr(zipped.entry(f"{number:03d}-{name}", zipfile.ZIP_STORED), data)
    return "reponses.zip", packed.getvalue()


@pages.get("/modele/<name>.csv")
def model(name: str) -> Response:
    """A table to fill."""
    if name not in MODELS:
        raise office.not_found()
    answer = Response("\ufeff" + MODELS[name], mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _brought(id: str) -> Brought:
    found = read(lambda: imports.brought(id))
    if found is None:
        raise office.not_found()
    return found


def _programme(file: Brought) -> Programme:
    return reading.programme(centre().store.engine, bytes(file.data))


def _look(id: str, erase: bool, error: Any = None, mistakes: Any = ()) -> Any:
    file = _brought(id)
    if file.written_at is not None:
        return redirect(url_for("files.index", fait=id), 303)
    found = _programme(file)
    plan, now = centre().store.run(lambda tx: (imports.made(found.items, erase=erase), tx.now))
    lines = plan.of("new", "changed", "removed")
    return render_template(
        "import.html",
        file=file,
        found=found,
        plan=plan,
        lines=lines[:SHOWN],
        more=max(0, len(lines) - SHOWN),
        felt=[line for line in lines if line.enrolled and (line.moved or line.cancelled or line.short)][:SHOWN],
        nobody=people.missing(plan),
        said=dict(zip(request.form.getlist("person"), request.form.getlist("job"))),
        past={line.key for line in lines if _past(line, now)},
        empty=any(item.empty & MAY_GO for item in found.items),
        erase=erase,
        error=error,
        mistakes=[*mistakes, *found.mistakes],
        kinds=_kinds(),
    )


def _past(line: Line, now: int) -> bool:
    """Whether a session would be announced for an instant that is gone: its date may be wrong."""
    body = line.body
    if not isinstance(body, SessionBody) or body.status not in ("planned", "moved"):
        return False
    return (line.kind == "new" or line.moved) and to_ms(body.starts_at) < now


def _kinds() -> dict[str, str]:
    return {"session": _("Séance"), "speaker": _("Personne"), "notice": _("Annonce"), "question": _("Question")}


def _page(**values: Any) -> str:
    done = request.args.get("fait", "")
    files = read(imports.latest)
    empty: dict[str, Any] = {"error": None, "mistakes": [], "name": "", "stick_error": None, "undone": "", "left": []}
    saved = next((file for file in files if file.id == done and file.undone_at is None), None)
    return render_template("files.html", saved=saved, files=files, **{**empty, **values})
