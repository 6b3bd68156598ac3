"""Twenty-six phones and three speakers, on a session made here: three phones in a browser, the others on sockets."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from journey.classroom import Classroom, key, no_longer, opened, press, read, sees, until
from journey.story import ask, pick
from server.running import Phone

pytestmark = [pytest.mark.browser, pytest.mark.server]

PEOPLE = [
    ("Scaphandrière", "Maëlle Kerdoncuff", ["CAP conchyliculture", "Une année à terre, blessée", "Scaphandrière"]),
    ("Luthier", "Malik Benali", ["Bac général", "Deux ans de droit, arrêtés", "École de lutherie"]),
    ("Grutière", "Inès Moreau", ["Bac pro", "Vendeuse", "CACES grue à tour"]),
]
#: One a phone, each of its own words; which speaker it is for turns.
SUBJECTS = (
    "le froid", "la nuit", "le vertige", "la colle", "le violon", "le sapin", "la houle", "le casque", "la soudure",
    "le chantier", "la cabine", "le vent", "la paie", "les horaires", "l’école", "le stage", "le patron", "l’atelier",
    "la retraite", "les vacances", "le trajet", "la pluie", "le bruit",
)  # fmt: skip
HERS, RUDE = "Que voyez-vous depuis la cabine de la grue ?", "le luthier est un gros connard"


@pytest.fixture
def crowd(room: Classroom) -> Iterator[list[Phone]]:
    """The phones that no browser shows."""
    phones: list[Phone] = []
    yield phones
    for phone in phones:
        phone.close()


@pytest.mark.parametrize("room", ["gevent"], indirect=True)
def test_an_hour_with_a_class_of_phones(room: Classroom, crowd: list[Phone]) -> None:
    display, teacher = room.display(), begins(room)
    sees(display, "Maëlle Kerdoncuff", "Malik Benali", "Inès Moreau")
    lina, ali, noe = room.phone(), room.phone(java_script_enabled=False), room.phone()
    crowd += [Phone(room.kiosk.url, uuid4().hex) for _ in SUBJECTS]
    sees(display, "téléphones connectés 26")
    three_speak(teacher, display)
    all_ask(crowd, lina, ali, noe)
    is_read(teacher, display)
    in_turn(teacher, display, lina)
    concludes(teacher, display, [lina, ali, noe])
    souvenir_of_three(teacher)
    forgets(teacher, lina)
    room.nothing_left()


def begins(room: Classroom) -> Page:
    """The session of three, made and opened at once."""
    teacher = room.teacher()
    press(teacher, "Séances")
    press(teacher, "Créer une séance")
    start = dt.datetime.now(ZoneInfo("Europe/Paris")) + dt.timedelta(minutes=20)
    for name, text in {
        "titre": "De l’eau, du bois, du ciel", "classe": "2de 4", "effectif": "26",
        "date": start.strftime("%d/%m/%Y"), "heure": start.strftime("%H h %M"),
    }.items():  # fmt: skip
        teacher.locator(f"[name={name}]").fill(text)
    teacher.get_by_text("55 min, deux ou trois").click()
    press(teacher, "Une deuxième personne")
    press(teacher, "Une troisième personne")
    for n, (job, name, path) in enumerate(PEOPLE, start=1):
        teacher.locator(f"[name=metier-{n}]").fill(job)
        teacher.locator(f"[name=nom-{n}]").fill(name)
        for at, step in enumerate(path):
            teacher.locator(f"[name=quand-{n}]").nth(at).fill(str(2008 + 3 * at))
            teacher.locator(f"[name=etape-{n}]").nth(at).fill(step)
    press(teacher, "Créer et ouvrir maintenant")
    sees(teacher, "En direct", "2de 4")
    return teacher


def three_speak(teacher: Page, display: Page) -> None:
    """The talk goes from one to the next; the three paths stay whole."""
    press(teacher, "Commencer tout de suite la présentation")
    sees(display, *(step for _job, _name, path in PEOPLE for step in path))
    now = teacher.locator("#now")
    press(now, "Maëlle")
    sees(display, "Maëlle parle, encore")
    press(now, "Malik")
    sees(display, "Malik parle, encore")
    press(now, "Inès")
    sees(display, "Inès parle, encore")
    press(teacher, "Ouvrir les questions")
    sees(display, "Que voulez-vous savoir ?")


def all_ask(crowd: list[Phone], lina: Page, ali: Page, noe: Page) -> None:
    for n, (phone, subject) in enumerate(zip(crowd, SUBJECTS)):
        theme = ("metier", "parcours", "vie")[n % 3]
        asked = {"id": str(uuid4()), "text": f"Comment vivez-vous avec {subject} ?", "theme": theme}
        answer = phone.client.call("ask", asked, namespace="/phone", timeout=20)
        assert answer["ok"], answer
    lina.get_by_text("Inès", exact=True).click()
    ask(lina, HERS)
    sees(lina, "Reçue")
    ali.reload()
    ask(ali, "Pourquoi le bois chante-t-il ?")
    sees(ali, "C’est reçu")
    ask(noe, RUDE)
    sees(noe, "Reçue")


def is_read(teacher: Page, display: Page) -> None:
    """One key a question; what hurts waits apart."""
    queue = teacher.locator("#queue")
    sees(queue, "26 à relire")
    press(queue, "Signalées")
    sees(queue, "Mots qui blessent ?")
    press(pick(teacher, RUDE), "Mettre de côté")
    line = pick(teacher, RUDE)
    line.get_by_text("Ton à revoir").click()
    press(line, "Mettre de côté")
    sees(queue, "25 à relire")
    press(queue, "Toutes")
    sees(queue, f"Comment vivez-vous avec {SUBJECTS[0]} ?")  # a key pressed before means what the other list showed
    end = time.monotonic() + 120
    while waiting(teacher):
        assert time.monotonic() < end, read(queue)
        goes_on(teacher)
    sees(queue, "0 à relire")
    assert RUDE not in read(display)


def goes_on(teacher: Page) -> None:
    """One key more; what it did is seen, or it did nothing: what moved meanwhile is not what it meant."""
    before = waiting(teacher)
    key(teacher, "v" if teacher.locator("#list .sel [data-key=v]").count() else "g", "#queue-title")
    end = time.monotonic() + 2
    while waiting(teacher) == before and time.monotonic() < end:
        teacher.wait_for_timeout(50)


def waiting(teacher: Page) -> int:
    found = re.match(r"(\d+) à relire", read(teacher.locator("#queue-title")))
    return int(found[1]) if found else 99


def in_turn(teacher: Page, display: Page, lina: Page) -> None:
    """The proposed order is followed; the one who asked is told to stand up."""
    press(teacher, "Ordre proposé")
    sees(teacher, "Rien encore sur")
    press(teacher, "Suivre cet ordre")
    sees(teacher, "La liste suit cet ordre.")
    press(teacher, "En direct")
    asked = ""
    heard: set[str] = set()
    while len(heard) < 6:
        teacher.locator("#now [data-key=n]").click()
        current = teacher.locator("#current-text")
        until(teacher, lambda: read(current) not in ("", asked), lambda: read(teacher))
        asked = read(current)
        heard.add(asked)
        sees(display.locator("h1"), asked)
        if asked == HERS:
            sees(display, "Inès")
            press(lina, "Mes questions")
            sees(lina, "Vous pouvez la poser vous-même, face à la caméra")
    assert HERS in heard  # the only one for one of the three: its turn comes first


def concludes(teacher: Page, display: Page, phones: list[Page]) -> None:
    press(teacher, "Passer au bilan")
    for n, page in enumerate(phones):
        page.reload()
        sees(page, "Votre bilan, trois métiers")
        page.get_by_label("Le tournant qui vous a surpris").fill(f"Le bois qui chante, fois {n + 1}")
        press(page, "Envoyer mon bilan")
        sees(page, "Bilan reçu, merci")
    sees(teacher.locator("#queue"), "3 bilans à relire")
    press(teacher.locator("#queue"), "Tout afficher")
    sees(display, "Ce que la classe retient", "Le bois qui chante")
    press(teacher.locator("#now"), "Terminer la séance")
    sees(display, "Merci")
    sees(phones[0], "est terminée")


def souvenir_of_three(teacher: Page) -> None:
    """One sheet, the three paths whole; no number of three answers."""
    press(teacher, "Voir et garder")
    sees(teacher, *(step for _job, _name, path in PEOPLE for step in path), HERS)
    assert RUDE not in read(teacher)
    pdf = teacher.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    press(teacher, "Revenir")


def forgets(teacher: Page, lina: Page) -> None:
    press(teacher, "En direct")
    press(teacher, "Effacer maintenant")
    teacher.get_by_label("J’ai compris, effacer").check()
    press(teacher.locator("#effacer"), "Tout effacer")
    sees(teacher, "Tout est effacé", "26 questions")
    no_longer(lina, HERS)
    again = opened(lina.context, lina.url)
    assert HERS not in read(again)
