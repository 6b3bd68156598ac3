"""« Plan des pages »: every page of the kiosk that this code opens, by moment. With the menu, the second way to a page
that RGAA 12.1 asks for; reached from the end of each (12.4).
"""

from __future__ import annotations

from typing import NamedTuple

from flask import render_template

from kiosk.ground.i18n import N_, _
from kiosk.web.frame import context, guards, pages
from kiosk.web.teacher.blueprint import bp


class Place(NamedTuple):
    """A page. ``title``: what its own title begins with; ``about``: what it is for; ``session``: it is there once a
    session is chosen.
    """

    endpoint: str
    title: str
    about: str = ""
    session: bool = False


PLAN: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        N_("Avant la séance"),
        (
            Place("control.sessions_page", N_("Séances"), N_("choisir, inscrire une classe")),
            Place("control.session_new", N_("Créer une séance")),
            Place("control.bring", N_("Importer un fichier"), N_("un tableau, des séances du centre")),
            Place("control.prepare", N_("Préparer"), N_("la fiche métier, les amorces, les questions")),
            Place("control.lesson", N_("Préparer en classe"), N_("la leçon en cinq étapes"), session=True),
            Place("control.list_page", N_("Saisir une liste"), N_("des billets, un courriel"), session=True),
            Place("control.ready", N_("Prêt pour la salle"), N_("la vérification d’avant"), session=True),
        ),
    ),
    (
        N_("Pendant la séance"),
        (
            Place("control.live", N_("En direct")),
            Place("display.shell", N_("L’écran de la classe")),
            Place("pupils.home", N_("La page des élèves")),
            Place("control.answers", N_("Noter les réponses"), session=True),
        ),
    ),
    (
        N_("Après la séance"),
        (
            Place("control.relaying", N_("Questions à transmettre"), session=True),
            Place("control.souvenir", N_("Souvenir"), session=True),
            Place("control.report", N_("Les métiers rencontrés"), N_("le rapport de l’établissement")),
        ),
    ),
    (
        N_("À imprimer"),
        (
            Place("control.print_poster", N_("Affiche de la classe")),
            Place("control.print_slips", N_("Billets à découper"), session=True),
            Place("control.print_questions", N_("Questions préparées"), session=True),
            Place("control.print_reflections", N_("Feuillets du bilan"), session=True),
            Place("control.print_left", N_("Ce que le temps n’a pas permis"), session=True),
        ),
    ),
    (
        N_("Ce kiosque"),
        (
            Place("control.room", N_("Salle"), N_("l’adresse, le Wi-Fi, les réglages, tout effacer")),
            Place("control.rooms_page", N_("Toutes les salles")),
            Place("control.exchange", N_("Synchronisation")),
            Place("control.state", N_("État du poste")),
            Place("control.first", N_("Mise en route")),
            Place("pupils.privacy", N_("Vos données")),
            Place("pupils.accessibility", N_("Accessibilité")),
        ),
    ),
)


class Way(NamedTuple):
    """A line of the page; no ``address`` while it needs a session that nobody chose."""

    title: str
    about: str
    address: str


@bp.get("/prof/plan")
def site_plan() -> str:
    """The page."""
    room = context.room()
    return render_template(
        "control/plan.html",
        room=room,
        groups=[
            (_(heading), [_way(place, room.session is not None) for place in places if guards.opens(place.endpoint)])
            for heading, places in PLAN
        ],
    )


def _way(place: Place, chosen: bool) -> Way:
    there = chosen or not place.session
    return Way(_(place.title), _(place.about) if place.about else "", pages.url(place.endpoint) if there else "")
