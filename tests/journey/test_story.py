"""A class lives a whole session: what the large display, the teacher and three pupils see, on both engines."""

from __future__ import annotations

import pytest

from journey.classroom import Classroom, entry, like, no_longer, opened, press, read, sees, until
from journey.story import CLEAN, CUT, FEAR, FEAR_TOO, MESSY, PRIVATE, SPOKEN, STEPS, Story, ask, pick

pytestmark = [pytest.mark.browser, pytest.mark.server]


def test_a_class_lives_a_whole_session(room: Classroom) -> None:
    story = Story(room)
    chooses_the_session(story)
    counts_down(story)
    listens(story)
    asks_from_everywhere(story)
    is_read_over(story)
    speaks_with_the_guest(story)
    survives_a_power_cut(story)
    draws_its_conclusions(story)
    is_forgotten(story)
    room.nothing_left()


def chooses_the_session(story: Story) -> None:
    sees(story.display, "Technicienne de maintenance éolienne", "4e B", "Posez vos questions", "téléphones connectés 3")
    press(story.teacher, "Séances")
    press(story.teacher, "Ouvrir avec la 1re 3")
    sees(story.display, "Prendre soin des animaux, des données, des murs", "Malik Benali", "Aïssata Diallo", "1re 3")
    sees(story.lina, "Pour qui ?", "Aux trois")
    press(story.teacher, "Séances")
    press(story.teacher, "Ouvrir avec la 4e B")
    sees(story.display, "Sophie Le Goff", "4e B")
    no_longer(story.lina, "Pour qui ?")
    sees(story.lina, "Votre question", "Anonyme, relue avant d’être affichée.")
    press(story.teacher, "En direct")
    sees(story.now, "Lancer le compte à rebours")


def counts_down(story: Story) -> None:
    press(story.now, "Lancer le compte à rebours")
    digits = story.display.locator(".digits")
    sees(digits, ":")
    first = read(digits)
    until(story.display, lambda: read(digits) != first, lambda: f"the digits stay at {first}")
    sees(story.lina, "La séance commence dans")
    ask(story.lina, MESSY)
    sees(story.lina, "Reçue", "Une personne de la classe la relit.")
    sees(story.queue, MESSY)
    assert MESSY not in read(story.display)


def listens(story: Story) -> None:
    press(story.now, "Commencer la présentation")
    sees(story.display, "Sophie Le Goff", "Son parcours", "Présentation")
    sees(story.now, "encore 15 min")
    press(story.now, "+ 5 min")
    sees(story.now, "encore 20 min")
    press(story.now, "Pause")
    sees(story.now, "en pause")
    sees(story.display, "en pause")
    press(story.now, "Reprendre")
    sees(story.now, "encore 20 min")
    press(story.now, "Ouvrir les questions")
    sees(story.display, "Quelle question ensuite ?")


def asks_from_everywhere(story: Story) -> None:
    """Three phones, one of them cut and closed; a voice; paper slips."""
    story.ali.reload()
    ask(story.ali, STEPS, "Les chiffres")
    sees(story.ali, "C’est reçu", STEPS)
    context = story.noe.context
    story.room.cut = True
    context.set_offline(True)
    ask(story.noe, CUT)
    sees(story.noe, "En attente de connexion", "Elle partira seule au retour du Wi-Fi.")
    story.noe.close()
    context.set_offline(False)
    story.room.cut = False
    story.noe = opened(context, story.room.kiosk.url)
    sees(story.noe, CUT, "Reçue")
    ask(story.noe, FEAR)
    sees(story.queue, STEPS, CUT, FEAR)
    ask(story.lina, PRIVATE)
    press(story.queue, "Saisir pour un élève")
    story.teacher.get_by_label("Question", exact=True).fill(SPOKEN)
    press(story.queue, "Ajouter")
    no_longer(story.queue, "Aucun nom n’est gardé.")
    press(story.queue, "Saisir pour un élève")
    press(story.queue, "Saisir des billets ou une liste")
    slips = f"- {FEAR_TOO}\n- Qui vous remplace quand vous êtes malade ?\n3) {STEPS}\n"
    story.teacher.get_by_label("Une question par ligne").fill(slips)
    press(story.teacher, "Voir la liste")
    sees(story.teacher, "3 lignes, dont 2 décochées, à lire d’abord.")
    press(story.teacher, "Ajouter les questions cochées")
    sees(story.queue, "16 validées")
    story.shelf("Validées")
    sees(story.queue, SPOKEN, "Qui vous remplace quand vous êtes malade ?")
    assert STEPS not in read(story.queue)
    story.shelf("À relire")
    sees(story.queue, PRIVATE)
    assert entry(story.teacher, CUT).count() == 1


def is_read_over(story: Story) -> None:
    """Approve, reword, set aside with a reason, undo, support, regroup."""
    press(pick(story.teacher, STEPS), "Valider")
    sees(story.queue, "Annuler")
    line = pick(story.teacher, MESSY)
    press(line, "Reformuler")
    line.get_by_label("Reformuler").fill(CLEAN)
    press(line, "Enregistrer et valider")
    no_longer(story.queue.locator("#list"), MESSY)
    line = pick(story.teacher, PRIVATE)
    press(line, "Mettre de côté")
    line.get_by_text("Trop personnelle").click()
    press(line, "Mettre de côté")
    press(story.lina, "Mes questions")
    sees(entry(story.lina, PRIVATE), "Mise de côté", "trop personnelle pour être posée devant tout le monde")
    press(story.queue, "Annuler")
    sees(entry(story.lina, PRIVATE), "Reçue", "Une personne de la classe la relit.")
    line = pick(story.teacher, PRIVATE)
    press(line, "Mettre de côté")
    line.get_by_text("Trop personnelle").click()
    press(line, "Mettre de côté")
    sees(entry(story.lina, PRIVATE), "Mise de côté")
    is_supported(story)
    is_regrouped(story)


def is_supported(story: Story) -> None:
    """What one phone supports, the others see at once."""
    press(story.lina, "Soutenir")
    sees(story.lina, "Laquelle poser d’abord ?", STEPS, CLEAN)
    sees(entry(story.lina, CLEAN), "La vôtre")
    before = story.voices(STEPS)
    press(story.noe, "Soutenir")
    press(entry(story.noe, STEPS), "Moi aussi")
    sees(entry(story.noe, STEPS), "Soutenue")
    until(story.lina, lambda: story.voices(STEPS) == before + 1, lambda: read(story.lina))
    press(entry(story.lina, STEPS), "Moi aussi")
    until(story.noe, lambda: "2 voix" in read(entry(story.noe, STEPS)), lambda: read(story.noe))


def is_regrouped(story: Story) -> None:
    """Near duplicates become one; every voice is kept, every author told."""
    press(story.ali, "Écrire")
    ask(story.ali, FEAR_TOO)
    sees(story.ali, "C’est reçu")
    sees(story.queue, "Groupe proposé")
    group = entry(story.teacher, "Groupe proposé")
    if group.get_attribute("aria-current") is None:
        press(group, "Voir le groupe")
    sees(group, "Cette formulation sera affichée.", FEAR, FEAR_TOO)
    kept, other = sorted((FEAR, FEAR_TOO), key=lambda text: read(group).index(text))
    press(group, "Regrouper et valider")
    no_longer(story.queue, "Groupe proposé")
    told = story.noe if kept == FEAR_TOO else story.ali
    press(told, "Mes questions")
    sees(entry(told, other), f"Regroupée : {kept}", "1 voix")


def speaks_with_the_guest(story: Story) -> None:
    """On the display, copied, asked, answered; then the intake is paused, and opened again."""
    story.shelf("Validées")
    press(entry(story.teacher, STEPS), "À l’écran")
    sees(story.display.locator("h1"), STEPS)
    sees(story.display, "Les chiffres", "2 voix")
    press(story.ali, "Mes questions")
    sees(story.ali, "Votre question est à l’écran", STEPS)
    press(story.lina, "Écrire")
    sees(story.lina, "À l’écran maintenant", STEPS)
    press(story.now, "Copier pour la conversation")
    sees(story.now, "Copié")
    copied = story.teacher.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("4e B") and copied.endswith(f" : {STEPS}") and "\u2060" not in copied, copied
    press(story.now, "Posée")
    given = story.now.get_by_role("button", name=like("Posée", "^"))
    until(story.teacher, lambda: not given.count(), lambda: read(story.now))
    press(story.ali, "Mes questions")
    sees(story.ali, "Posée", "Transmise à Sophie Le Goff à")
    press(story.now, "Répondue, question suivante")
    no_longer(story.display.locator("h1"), STEPS)
    press(story.ali, "Mes questions")
    sees(entry(story.ali, STEPS), "Répondue")
    press(story.teacher, "En pause")
    sees(story.lina, "Les questions sont en pause")
    press(story.teacher, "Ouverte")
    no_longer(story.lina, "Les questions sont en pause")


def survives_a_power_cut(story: Story) -> None:
    """kill -9: the pictures stay; the room comes back in its phase, with its timer, and takes what was written."""
    shown = read(story.display.locator("h1"))
    ends = story.teacher.locator("#timer").get_attribute("data-ends")
    story.room.cut = True
    story.room.kiosk.kill()
    sees(story.display.locator("#offline"), "hors ligne")
    sees(story.display.locator("h1"), shown)
    while_cut = "Le kiosque a-t-il une batterie ?"
    ask(story.lina, while_cut)
    sees(story.lina, "En attente de connexion")
    story.room.kiosk.start()
    no_longer(story.display, "hors ligne")
    sees(story.display.locator("h1"), shown)
    sees(story.queue, "À relire")
    story.shelf("À relire")
    sees(story.queue, while_cut)
    sees(story.lina, "Reçue")
    story.room.cut = False
    assert story.teacher.locator("#timer").get_attribute("data-ends") == ends
    sees(story.now, "encore 25 min")
    assert entry(story.teacher, while_cut).count() == 1


def draws_its_conclusions(story: Story) -> None:
    """Phones answer the reflection; only what was read over is shown."""
    press(story.teacher, "Passer au bilan")
    sees(story.display, "Votre bilan en une minute")
    sees(story.lina, "Votre bilan en une minute")
    story.ali.goto(story.room.kiosk.url)
    for page, job, surprise in [
        (story.lina, "Technicienne éolienne", "Elle monte à pied"),
        (story.ali, "technicienne éolienne", "Elle n’a pas le vertige"),
        (story.noe, "Gros mot", ""),
    ]:
        sees(page, "Votre bilan en une minute")
        page.get_by_label("Le nom du métier").fill(job)
        page.get_by_label("Ce qui vous a surpris").fill(surprise)
        press(page, "Envoyer mon bilan")
        sees(page, "Bilan reçu, merci")
    sees(story.queue, "3 bilans à relire")
    press(entry(story.teacher, "Gros mot"), "Ne pas afficher")
    sees(story.queue, "2 bilans à relire")
    press(story.queue, "Tout afficher")
    sees(story.display, "Ce que la classe retient", "Technicienne éolienne")
    sees(story.display, "Elle monte à pied", "Elle n’a pas le vertige")
    assert "Gros mot" not in read(story.display)
    press(story.now, "Terminer la séance")
    sees(story.display, "Merci", "tout s’efface d’ici")
    sees(story.lina, "La séance avec Sophie Le Goff est terminée.")
    sees(story.lina, "Le kiosque efface toutes les questions de la classe le")
    sees(story.now, "Tout s’efface le")


def is_forgotten(story: Story) -> None:
    """« Tout effacer » empties the kiosk and the phones."""
    sees(story.lina, "De vous")
    press(story.teacher, "Salle")
    story.teacher.get_by_label("J’ai compris, effacer la séance de la classe 4e B").check()
    press(story.teacher.locator("#effacer"), "Tout effacer")
    no_longer(story.lina, "De vous")
    sees(story.lina, "Une question à garder en tête")
    assert story.lina.evaluate("Object.entries(localStorage).filter(([, kept]) => kept.length > 2)") == []
    story.ali.goto(f"{story.room.kiosk.url}/mes-questions")
    assert STEPS not in read(story.ali)
