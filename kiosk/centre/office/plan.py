"""« Plan des pages »: the pages that one may open (RGAA 12.1), reached from the end of each."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from kiosk.centre import rights
from kiosk.ground.i18n import N_, _

pages = Blueprint("plan", __name__)

#: Heading → (endpoint, what the page's own title begins with).
PLAN: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        N_("Programme"),
        (
            ("sessions.index", N_("Séances")),
            ("sessions.new", N_("Nouvelle séance")),
            ("speakers.index", N_("Intervenantes et intervenants")),
            ("speakers.new", N_("Nouvelle fiche")),
            ("files.index", N_("Fichiers")),
        ),
    ),
    (
        N_("Établissements"),
        (
            ("enrolments.index", N_("Inscriptions")),
            ("kiosks.index", N_("Kiosques")),
            ("schools.index", N_("Annuaire des établissements")),
            ("notices.index", N_("Annonces")),
        ),
    ),
    (
        N_("Après les séances"),
        (
            ("answers.index", N_("Questions à transmettre")),
            ("summaries.index", N_("Comptes rendus des séances")),
            ("statistics.index", N_("Statistiques")),
        ),
    ),
    (
        N_("Équipe"),
        (
            ("team.index", N_("Équipe")),
            ("team.story", N_("Journal")),
            ("machines.index", N_("Machines")),
            ("me.index", N_("Mon compte")),
            ("privacy.index", N_("Conservation")),
            ("privacy.notice", N_("Vie privée")),
        ),
    ),
)


@pages.get("/bureau/plan")
def index() -> str:
    """The page."""
    return render_template(
        "plan.html",
        groups=[
            (_(heading), [(_(title), url_for(endpoint)) for endpoint, title in places if rights.may(endpoint)])
            for heading, places in PLAN
        ],
    )
