"""A teacher alone with a phone, 360 pixels wide: from the code to the end page, thumb only."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from journey.classroom import Classroom, entry, opened, press, read, sees, until
from journey.story import CUT, STEPS, ask

pytestmark = [pytest.mark.browser, pytest.mark.server]

SMALL = {"width": 360, "height": 640}
SPOKEN = "Vous montez aussi quand il y a de l’orage ?"


@pytest.mark.parametrize("room", ["eventlet"], indirect=True)
def test_a_teacher_alone_with_a_phone(room: Classroom) -> None:
    teacher = opened(room.device(viewport=SMALL, has_touch=True, is_mobile=True), room.kiosk.url + "/prof")
    teacher.get_by_label("Code à 6 chiffres").fill(room.kiosk.pin)
    press(teacher, "Ouvrir")
    sees(teacher, "Étape 1 sur 6")
    fits(teacher)
    makes_the_session(teacher)
    sees(teacher, "Aucun écran ouvert")
    fits(teacher)
    display, pupil = room.display(), room.phone()
    sees(teacher.locator("#now"), "Lancer le compte à rebours")
    pages(teacher)
    now = teacher.locator("#now")
    for step in ("Lancer le compte à rebours", "Commencer la présentation", "Ouvrir les questions"):
        press(now, step)
        fits(teacher)
    for text in (STEPS, CUT):
        ask(pupil, text)
        sees(teacher.locator("#queue"), text)
    reads_and_asks(teacher, display)
    ends(teacher, display)
    room.nothing_left()


def makes_the_session(teacher: Page) -> None:
    """Made on the phone itself, for now."""
    press(teacher, "Choisir ma séance")
    fits(teacher)
    press(teacher, "Retirer la démonstration")
    sees(teacher, "Pas encore de séance")
    press(teacher, "Créer une séance")
    start = dt.datetime.now(ZoneInfo("Europe/Paris")) + dt.timedelta(minutes=20)
    for name, text in {
        "metier-1": "Technicienne de maintenance éolienne", "nom-1": "Sophie Le Goff", "classe": "4e B",
        "date": start.strftime("%d/%m/%Y"), "heure": start.strftime("%H h %M"),
    }.items():  # fmt: skip
        teacher.locator(f"[name={name}]").fill(text)
    fits(teacher)
    press(teacher, "Créer et ouvrir maintenant")


def fits(page: Page) -> None:
    """No sideways scroll."""
    until(page, lambda: page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, lambda: page.url)


def pages(teacher: Page) -> None:
    """The other pages of the lesson, and back."""
    for name, said in (("Préparer", "Aucune question préparée"), ("Séances", "Séances"), ("Salle", "Tout effacer")):
        press(teacher, name)
        sees(teacher, said)
        fits(teacher)
    press(teacher, "Prêt pour la salle")
    sees(teacher, "Ce que le kiosque voit")
    fits(teacher)
    press(teacher, "Aller à la page en direct")
    sees(teacher.locator("#now"), "Lancer le compte à rebours")


def reads_and_asks(teacher: Page, display: Page) -> None:
    """The first question and its key stand in the window, above what is fixed at its foot."""
    first = teacher.locator("#list > li").first
    button = first.get_by_role("button", name="Valider").first
    teacher.evaluate("scrollTo(0, 0)")
    until(teacher, lambda: reachable(button), lambda: f"under the bar or below: {button.bounding_box()}")
    button.tap()
    sees(teacher.locator("#queue"), "1 à relire")
    press(entry(teacher, CUT), "Valider")
    sees(teacher.locator("#queue"), "0 à relire")
    press(teacher.locator("#queue"), "Saisir")
    teacher.get_by_label("Question", exact=True).fill(SPOKEN)
    fits(teacher)
    press(teacher.locator("#type-form"), "Ajouter")
    teacher.locator("#now [data-key=n]").click()
    current = teacher.locator("#current-text")
    until(teacher, lambda: read(current), lambda: read(teacher))
    sees(display.locator("h1"), read(current))
    fits(teacher)
    press(teacher, "Ordre proposé")
    sees(teacher, "La liste suit cet ordre")
    fits(teacher)


def reachable(button: object) -> bool:
    """Whether a tap in the middle of it, where it stands now, reaches it."""
    return bool(
        button.evaluate(  # type: ignore[attr-defined]
            """node => {
                const box = node.getBoundingClientRect();
                const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return node.contains(found);
            }"""
        )
    )


def ends(teacher: Page, display: Page) -> None:
    press(teacher, "Passer au bilan")
    sees(display, "Votre bilan en une minute")
    fits(teacher)
    press(teacher, "Terminer la séance")
    sees(teacher, "Trois choses, puis c’est fini")
    sees(display, "Merci")
    fits(teacher)
    press(teacher, "Voir et garder")
    sees(teacher, "Souvenir de la séance")
    press(teacher, "Revenir")
    press(teacher, "Effacer maintenant")
    sees(teacher.locator("#effacer"), "Impossible à annuler.")
    fits(teacher)
