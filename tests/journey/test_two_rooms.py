"""A second person who reads questions over, and a second room: nobody sees or does what is not theirs."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from journey.classroom import Classroom, entry, like, press, read, sees
from journey.story import CUT, STEPS, ask, pick

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_second_person_reads_over_until_her_link_is_withdrawn(room: Classroom) -> None:
    teacher, lina = room.teacher(), room.phone()
    ask(lina, STEPS)
    sees(teacher.locator("#queue"), STEPS)
    press(teacher, "Salle")
    press(teacher, "Nouveau lien d’invitation")
    sees(teacher.locator("#invite-link"), "/relecture/")
    link = urlsplit(read(teacher.locator("#invite-link")))
    helper = room.display(link.path)
    sees(helper, "Relire les questions", "avant qu’elles ne s’affichent")
    press(helper, "Commencer")
    sees(helper, "Vous relisez avec l’enseignant ou l’enseignante.", STEPS)
    assert helper.get_by_role("link", name=like("Salle", "^")).count() == 0
    press(entry(helper, STEPS), "Valider")
    press(lina, "Mes questions")
    sees(entry(lina, STEPS), "Elle est dans la liste.")
    ask_again = "Peut-on voir la mer d’en haut ?"
    press(lina, "Écrire")
    ask(lina, ask_again)
    sees(helper, ask_again)
    press(teacher.locator("#inviter"), "Retirer son accès")
    sees(helper, "La relecture est terminée. Merci.")
    helper.goto(room.kiosk.url + "/prof")
    sees(helper, "La relecture est terminée. Merci.")
    room.nothing_left()


def test_what_one_room_asks_never_shows_in_another(room: Classroom) -> None:
    teacher, first_phone = room.teacher(), room.phone()
    press(teacher, "Salle")
    press(teacher, "Ajouter une salle")
    teacher.get_by_label("Nom de la salle").fill("B204")
    press(teacher, "Ajouter la salle")
    sees(teacher, "B204", "aucune séance choisie")
    second = parse_qs(urlsplit(teacher.url).query)["salle"][0]
    press(teacher, "Séances")
    press(teacher, "Ouvrir avec la 1re 3")
    sees(teacher, "Lancer le compte à rebours", "1re 3")
    elsewhere = room.display(f"/ecran?salle={second}")
    sees(elsewhere, "Prendre soin des animaux, des données, des murs", f"/{second}")
    phone = room.phone(f"/{second}")
    sees(phone, "Aux trois")
    ask(phone, STEPS)
    sees(teacher.locator("#queue"), STEPS)
    press(pick(teacher, STEPS), "À l’écran")
    sees(elsewhere.locator("h1"), STEPS)
    for step in ("Commencer tout de suite la présentation", "Ouvrir les questions"):
        press(teacher, step)
    sees(elsewhere, "Ensuite")
    sees(elsewhere.locator("h1"), STEPS)
    first_phone.reload()  # it came in without a code, when there was one room: it stays there
    sees(first_phone, "Technicienne de maintenance éolienne")
    old_poster, first_display = room.phone(), room.display("/ecran")  # given before: they lead where they led
    for page in (old_poster, first_display):
        sees(page, "Technicienne de maintenance éolienne")
    press(teacher, "Salle")
    teacher.get_by_label("L’adresse sans code mène à :").select_option("ask")
    press(teacher.locator("#plain-form"), "Enregistrer")
    sees(teacher.locator("#plain-form option[selected]"), "la page qui demande quelle salle")
    newcomer = room.phone()
    sees(newcomer, "Le code de votre salle")
    press(teacher.locator("#salles"), "Piloter")
    first = parse_qs(urlsplit(teacher.url).query)["salle"][0]
    display = room.display(f"/ecran?salle={first}")
    sees(display, "Technicienne de maintenance éolienne")
    newcomer.get_by_label("Le code de votre salle").fill(first)
    press(newcomer, "Entrer")
    ask(newcomer, CUT)
    sees(teacher.locator("#queue"), CUT)
    press(entry(teacher, CUT), "Valider")
    press(phone, "Soutenir")
    for place in (phone, elsewhere):
        assert CUT not in read(place)
    for place in (teacher, display, first_phone, newcomer, old_poster, first_display):
        assert STEPS not in read(place)
    room.nothing_left()
