"""Rooms of the display tests whose speakers have a job sheet: usual, extreme and bare. Every text is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kiosk.domain import rooms
from kiosk.storage import jobsheets
from kiosk.storage.models import Room, Session, Speaker

MINUTE = 60_000
_LONG = (
    "Au sein d’une équipe pluridisciplinaire, elle prépare, réalise et interprète des enregistrements "
    "électroencéphalographiques, anticonstitutionnellement longs, et en rend compte aux médecins. "
)
SHEETS = [
    jobsheets.Sheet(
        "MET.9001", "technicien / technicienne de maintenance éolienne",
        hook="À plus de cent mètres du sol, elle inspecte et répare des éoliennes. Agilité, rigueur et esprit "
        "d’équipe lui sont nécessaires. Elle se déplace beaucoup, en France et parfois en mer.",
        level="bac ou équivalent", salary="1 900 euros brut par mois.", updated="2026-09-12",
    ),
    jobsheets.Sheet(
        "MET.9002", "soigneur / soigneuse d’animaux",
        hook="Nourrir, nettoyer, observer : il veille chaque jour sur la santé et le bien-être des animaux d’un parc, "
        "du lever au coucher, avec la vétérinaire et une équipe de quatre personnes.",
        level="CAP ou équivalent", updated="2026-10-03",
    ),
    jobsheets.Sheet(
        "MET.9003", "ingénieur / ingénieure en cybersécurité",
        hook="Elle protège les réseaux et les données d’une organisation contre les intrusions. Elle cherche les "
        "failles, les corrige et forme les équipes.",
        level="bac + 5", salary="2 900 euros brut par mois.", updated="2026-09-12",
    ),
    jobsheets.Sheet("MET.9004", "conducteur / conductrice de travaux", hook="Elle organise un chantier. " * 9),
    jobsheets.Sheet("MET.9005", "long", hook=_LONG * 40, level="x " * 60, salary="y " * 60, work=f"<p>{_LONG}</p>"),
    jobsheets.Sheet("MET.9006", "luthier / luthière", work="<p>Elle répare des violons et des altos.</p>"),
    jobsheets.Sheet("MET.9007", "unbroken", hook="W" * 4000),
]  # fmt: skip
#: Our speakers → those of display_rooms they copy, and their sheet.
_OF = {
    "sophie-s": ("sophie", "MET.9001"), "malik-s": ("malik", "MET.9002"), "ines-s": ("ines", "MET.9003"),
    "aissata-s": ("aissata", "MET.9004"), "long-s": ("long", "MET.9005"), "longer-s": ("long", "MET.9005"),
    "bare-s": ("bare", "MET.9006"),
    "wide-s": ("bare", "MET.9007"),
}  # fmt: skip
_SESSIONS = {
    "s-solo": ("Technicienne de maintenance éolienne", ["sophie-s"], "solo"),
    "s-duo": ("Deux métiers qui protègent", ["ines-s", "aissata-s"], "duo"),
    "s-trio": ("Prendre soin des animaux, des données, des murs", ["malik-s", "ines-s", "aissata-s"], "trio"),
    "s-extreme": (
        "Trois métiers d’électroencéphalographie interrégionale",
        ["long-s", "wide-s", "longer-s"],
        "extreme",
    ),
    "s-lone": ("Explorer le cerveau", ["long-s"], "lone"),
    "s-bare": ("Luthière", ["bare-s"], "bare"),
}
#: Room → (session, phase).
ROOMS = {f"{kind}-{key}": (key, phase) for key in _SESSIONS for kind, phase in (("t", "talk"), ("c", "countdown"))}


def fill(tx: Any, data_dir: Path) -> None:
    """Write the sheets, the speakers, the sessions and the rooms, beside those of display_rooms."""
    jobsheets.write(data_dir, SHEETS, {"date": "2026-11-24T08:00:00.000Z", "published": "2026-11-02"})
    row: Any  # a dict: peewee's stubs still say the model's class
    for key, (source, sheet) in _OF.items():
        row = Speaker.select().where(Speaker.id == source).dicts().get()
        Speaker.insert(**{**row, "id": key, "job_sheet": sheet}).execute()
    for key, (title, speakers, source) in _SESSIONS.items():
        row = Session.select().where(Session.id == source).dicts().get()
        starts_at = tx.now + 12 * MINUTE  # long enough before: nothing but the job stands under the last five minutes
        Session.insert(**{**row, "id": key, "title": title, "speakers": speakers, "starts_at": starts_at}).execute()
    for name, (session, phase) in ROOMS.items():
        code = f"K{Room.select().count():03d}"
        Room.insert(id=name, name=name, code=code, phase_started_at=tx.now, headcount=0).execute()
        rooms.choose_session(tx, name, session, class_label="4e B", headcount=26)
        rooms.set_phase(tx, name, phase)
