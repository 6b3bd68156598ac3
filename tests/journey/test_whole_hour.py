"""One whole hour with a real centre and two pupils who note the answers: what leaves, what comes back, what stays."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from centre.centre_process import UAI, Centre, Office, session, speaker
from journey.classroom import Classroom, like, no_longer, opened, press, read, sees, until, words
from journey.story import ask, pick

pytestmark = [pytest.mark.browser, pytest.mark.server]

PREPARED = "Comment savez-vous que le pain est cuit ?"
FLOUR, NEXT, NIGHT = "D’où vient votre farine ?", "Qui goûte le premier pain ?", "Dormez-vous l’après-midi ?"
LEFT = "Qu’auriez-vous fait si vous n’aviez pas aimé le pain ?"
BAKED, MILL, MENDED = "Au bruit de la croûte.", "Du moulin d’à coté.", "Du moulin d’à côté."
LINES = {PREPARED: BAKED, FLOUR: MILL}
REPLY = "J’aurais été menuisière : j’aime ce qui sent bon sous la main."


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """A centre with one session, in half an hour, whose speaker is a baker."""
    made = Centre(tmp_path / "centre")
    start = dt.datetime.now(dt.timezone.utc) + dt.timedelta(minutes=30)
    job = {"feminine": "Boulangère", "masculine": "Boulanger", "shown": "feminine"}
    made.office().upload(
        [
            speaker("P-hour", name="Rose Tehei", job=job),
            session("S-hour", title="Le pain de nuit", speakers=["P-hour"], starts_at=start.isoformat()),
        ]
    )
    yield made
    made.kill()


@pytest.mark.parametrize("room", ["eventlet"], indirect=True)
def test_an_hour_with_a_centre_and_two_secretaries(room: Classroom, centre: Centre) -> None:
    office = centre.office()
    teacher = pairs(room, centre, office)
    enrols(teacher, office)
    prepares(teacher, office)
    display, pupil = room.display(), room.phone()
    begins(teacher, display)
    pair = invites(room, teacher)
    asks(teacher, pupil, pair)
    reads_the_lines(teacher, display, pupil, pair)
    ends(teacher, display)
    sends_what_is_left(teacher)
    the_speaker_answers(room, centre, office)
    comes_back(teacher, display, pupil)
    erases(room, teacher)
    room.nothing_left()


def pairs(room: Classroom, centre: Centre, office: Office) -> Page:
    """The first start, in the browser alone."""
    teacher = room.teacher()
    teacher.goto(room.kiosk.url + "/prof/mise-en-route?etape=ecole")
    teacher.locator("[name=uai]").fill(UAI)
    teacher.locator("main form .go").first.click()
    teacher.goto(room.kiosk.url + "/prof/mise-en-route?etape=centre")
    teacher.get_by_label("Adresse du centre").fill(centre.url)
    teacher.get_by_label("Code de jumelage").fill(office.code())
    teacher.locator("main form .go").first.click()
    exchanges(teacher)
    press(teacher, "Séances")
    press(teacher, "Retirer la démonstration")
    sees(teacher, "Boulangère", "Inscrire une classe")
    return teacher


def exchanges(teacher: Page) -> None:
    """« Synchroniser maintenant », until the round is over and nothing waits."""
    origin = teacher.evaluate("location.origin")
    teacher.goto(origin + "/prof/synchro")
    press(teacher, "Synchroniser maintenant")
    sees(teacher, "Rien n’attend", "Dernier échange réussi")


def enrols(teacher: Page, office: Office) -> None:
    """There is room: the centre confirms at once, and « Séances » says so."""
    press(teacher, "Inscrire une classe")
    teacher.locator("[id^=ec-]").fill("4e D")
    teacher.locator("[id^=ee-]").fill("24")
    press(teacher, "Demander l’inscription")
    sees(teacher, "4e D")
    exchanges(teacher)
    assert "4e D" in words(office.get("/bureau/inscriptions/?seance=S-hour&etat=confirmed").text)
    press(teacher, "Séances")
    press(teacher, "Ouvrir avec la 4e D")
    sees(teacher, "4e D", "Lancer le compte à rebours")


def prepares(teacher: Page, office: Office) -> None:
    """What the class prepared reaches the office, without a word of who wrote it."""
    press(teacher, "Préparer")
    teacher.locator("#nouvelle").fill(PREPARED)
    press(teacher, "Ajouter la question")
    sees(teacher, "1 question préparée")
    exchanges(teacher)
    assert PREPARED in words(office.get("/bureau/questions/S-hour").text)


def begins(teacher: Page, display: Page) -> None:
    press(teacher, "En direct")
    now = teacher.locator("#now")
    for step in ("Lancer le compte à rebours", "Commencer la présentation", "Ouvrir les questions"):
        press(now, step)
    sees(display, "Quelle question ensuite ?", PREPARED)


def invites(room: Classroom, teacher: Page) -> list[Page]:
    """Two pupils come in by one link; a third finds it used."""
    press(teacher, "Salle")
    press(teacher, "Inviter deux élèves à noter")
    sees(teacher.locator("#invite-link"), "/relecture/")
    path = "/relecture/" + read(teacher.locator("#invite-link")).rpartition("/")[2]
    pair = [room.phone(path) for _ in range(2)]
    for page in pair:
        press(page, "Commencer")
        sees(page, "Pas encore de question posée")
        assert page.get_by_role("link", name="Salle").count() == 0
    third = room.browser.new_context()  # not the room's: its refusal is no fault
    late = opened(third, room.kiosk.url + path)
    press(late, "Commencer")
    sees(late, "Cette invitation ne sert plus")
    third.close()
    press(teacher, "En direct")
    return pair


def asks(teacher: Page, pupil: Page, pair: list[Page]) -> None:
    """Four questions of a phone are read; they come after the prepared one."""
    for text in (FLOUR, NEXT, NIGHT, LEFT):
        ask(pupil, text)
        sees(teacher.locator("#queue"), text)
        press(pick(teacher, text), "Valider")
        no_longer(teacher.locator("#list"), text)
    seen: list[str] = []
    for page in pair:
        teacher.locator("#now [data-key=n]").click()
        current = teacher.locator("#current-text")
        until(teacher, lambda: read(current) not in ("", *seen), lambda: read(teacher))
        seen.append(read(current))
        noted = page.locator("li.line").filter(has_text=like(seen[-1]))
        noted.locator("[data-line]").fill(LINES[seen[-1]])
        press(noted, "Noter")
        sees(noted, "Votre professeur va la relire")
    assert sorted(seen) == sorted(LINES)


def reads_the_lines(teacher: Page, display: Page, pupil: Page, pair: list[Page]) -> None:
    """Nothing of a line is seen before the teacher read it; one is mended on the way."""
    for page in (display, pupil):
        assert BAKED not in read(page) and MILL not in read(page)
    queue = teacher.locator("#queue")
    press(queue.get_by_role("navigation", name="Listes"), "Posées")
    for text, was, kept in ((PREPARED, BAKED, BAKED), (FLOUR, MILL, MENDED)):
        sees(queue, "Écrit par le groupe, à relire")
        line = queue.locator("li, #answering").filter(has_text=like(text)).last
        sees(line, "Écrit par le groupe, à relire", was)
        line.locator("[data-line]").fill(kept)
        press(line, "Accepter")
        no_longer(line, "à relire")
    for page in pair:
        sees(page, "Notée")
    teacher.locator("#now [data-key=n]").click()
    sees(display.locator("h1"), NEXT)
    pupil.goto(pupil.evaluate("location.origin") + "/mes-questions")
    sees(pupil, MENDED)
    assert BAKED not in read(pupil) and MILL not in read(pupil)


def ends(teacher: Page, display: Page) -> None:
    """The souvenir says both lines, as the teacher read them."""
    press(teacher, "Passer au bilan")
    sees(display, "Votre bilan en une minute")
    press(teacher.locator("#now"), "Terminer la séance")
    sees(display, "Merci", "Rose Tehei")
    press(teacher, "Voir et garder")
    sees(teacher, "Rose Tehei", BAKED, MENDED)
    assert MILL not in read(teacher) and LEFT not in read(teacher)
    press(teacher, "Garder")
    sees(teacher, "Gardé jusqu’au")


def sends_what_is_left(teacher: Page) -> None:
    """Only what a teacher read, and only once the teacher chose."""
    teacher.goto(teacher.evaluate("location.origin") + "/prof/transmettre")
    sees(teacher, LEFT, NIGHT)
    teacher.locator("li", has_text=re.compile("Dormez")).get_by_role("checkbox").uncheck()
    press(teacher, "Transmettre les questions cochées")
    sees(teacher, "C’est noté")
    exchanges(teacher)


def the_speaker_answers(room: Classroom, centre: Centre, office: Office) -> None:
    """By a link, on a page of the centre; the office reads, then sends."""
    page = office.post("/bureau/reponses/lien", status=200, seance="S-hour", speaker="P-hour").text
    found = re.search(r"/repondre/[\w-]+", page)
    assert found
    context = room.browser.new_context(locale="fr-FR")
    baker = opened(context, centre.url + found[0])
    sees(baker, LEFT)
    assert "Dormez" not in read(baker) and "4e D" not in read(baker)
    baker.locator("textarea").fill(REPLY)
    press(baker, "Garder ma réponse")
    sees(baker, "Merci : votre réponse est gardée.")
    context.close()
    page = office.get("/bureau/reponses/?seance=S-hour").text
    values = dict(re.findall(r'name="(uai|id|question)" value="([^"]*)"', page))
    office.post("/bureau/reponses/repondre", **{**values, "question": LEFT}, seance="S-hour", text=REPLY)


def comes_back(teacher: Page, display: Page, pupil: Page) -> None:
    """Read by the teacher first; then on the display, the phone and the souvenir."""
    exchanges(teacher)
    teacher.goto(teacher.evaluate("location.origin") + "/prof/transmettre")
    sees(teacher, REPLY)
    assert REPLY not in read(display)
    press(teacher, "Montrer à la classe")
    sees(display, LEFT, REPLY)
    pupil.goto(pupil.evaluate("location.origin"))
    sees(pupil, REPLY)
    press(teacher, "En direct")
    teacher.goto(teacher.evaluate("location.origin") + "/prof/souvenir")
    sees(teacher, LEFT, REPLY)


def erases(room: Classroom, teacher: Page) -> None:
    """The receipt; no byte of a question that was not kept is left within the minute."""
    press(teacher, "Revenir")
    press(teacher, "En direct")
    press(teacher, "Effacer maintenant")
    teacher.get_by_label("J’ai compris, effacer la séance de la classe 4e D").check()
    press(teacher.locator("#effacer"), "Tout effacer")
    sees(teacher, "Tout est effacé", "le souvenir que vous avez gardé, jusqu’au")
    no_longer(teacher, LEFT)
    limit = time.monotonic() + 60
    while left := [text for text in (NIGHT, MILL) if text.encode() in held(room.kiosk.data_dir)]:
        assert time.monotonic() < limit, left
        teacher.wait_for_timeout(200)


def held(folder: Path) -> bytes:
    """All the bytes of a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
