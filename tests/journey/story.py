"""Who lives the story: the display, the teacher, three pupils; what they write, and how they do it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from journey.classroom import Classroom, entry, like, press, read, sees, until, words

STEPS = "Combien de marches jusqu’en haut de l’éolienne ?"
MESSY = "pk vs avez choisi ce boulot"
CLEAN = "Pourquoi avez-vous choisi ce métier ?"
FEAR = "Vous avez le vertige parfois, là-haut ?"
FEAR_TOO = "Parfois vous avez le vertige là-haut ?"
CUT = "Travaillez-vous aussi quand il neige ?"
PRIVATE = "Vous habitez où exactement, quelle rue ?"
SPOKEN = "Peut-on voir la mer de là-haut, les jours clairs ?"


class Story:
    """Who takes part: the display, the teacher, and three pupils."""

    def __init__(self, room: Classroom) -> None:
        self.room = room
        self.display = room.display()
        self.teacher = room.teacher()
        self.lina = room.phone()
        self.ali = room.phone(java_script_enabled=False)
        self.noe = room.phone()

    @property
    def now(self) -> Locator:
        """The teacher's column that says what the class sees."""
        return self.teacher.locator("#now")

    @property
    def queue(self) -> Locator:
        """The teacher's column where questions are read over."""
        return self.teacher.locator("#queue")

    def shelf(self, name: str) -> None:
        """Open « À relire », « Validées », « Posées » or « De côté »."""
        press(self.queue.get_by_role("navigation", name="Listes"), name)
        current = self.queue.locator(".shelves [aria-current]")
        until(self.teacher, lambda: name in read(current), lambda: read(self.queue))
        more = self.queue.get_by_role("link", name=like("Afficher l", "^"))
        if more.count():
            more.click()
            until(self.teacher, lambda: not more.count(), lambda: read(self.queue))

    def voices(self, text: str) -> int:
        """The voices that Lina reads beside a question."""
        found = words(entry(self.lina, text).locator("[data-v]").inner_text())
        return int(found)


def pick(teacher: Page, text: str) -> Locator:
    """Select a question of the teacher's list; its line, with every action."""
    line = entry(teacher, text)
    sees(line, text)
    if line.get_by_role("link", name=like("Autres actions", "^")).count():
        press(line, "Autres actions")
    until(teacher, lambda: line.get_attribute("aria-current"), lambda: read(teacher))
    return line


def ask(page: Page, text: str, theme: str = "") -> None:
    """A pupil writes a question and sends it."""
    page.get_by_label("Votre question").fill(text)
    if theme:
        page.get_by_text(theme, exact=True).click()
    press(page, "Envoyer")
