"""A speaker's job sheet, as pages show it: « le métier en bref », the whole sheet, and whom it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain import instants
from kiosk.domain.views import SpeakerView
from kiosk.i18n import _
from kiosk.storage import jobsheets

#: Characters of « le métier en bref » on the large display: two lines read from the back.
BRIEF = 190
#: The longest figure that the display's strip takes.
FACT = 80


@dataclass(frozen=True)
class JobView:
    """``work``, ``conditions``, ``life`` and ``access`` are HTML made safe when the sheets were read; the rest is
    words. ``facts`` are (title, words) short enough for the display.
    """

    name: str
    brief: str
    hook: str
    facts: list[tuple[str, str]]
    level: str
    salary: str
    statuses: str
    work: str
    conditions: str
    life: str
    access: str
    url: str
    credit: str

    def figures(self, *, brief: bool) -> list[tuple[str, str]]:
        """The short facts; with ``brief``, the job in a few words before them, its source in the title."""
        words = shortened(self.hook, FACT)
        return [*([(_("Le métier en bref (Onisep, ODbL)"), words)] if brief and words else []), *self.facts]


def of_speaker(data_dir: Path, speaker: SpeakerView) -> JobView | None:
    """The sheet of the speaker's job; None when there is none, or when its words say nothing yet."""
    found = jobsheets.find(data_dir, speaker.job_sheet)
    if found is None:
        return None
    sheet, known = found
    facts = [(_("Niveau d’études"), sheet.level), (_("Salaire du débutant"), sheet.salary)]
    named = sheet.feminine if speaker.feminine else sheet.masculine
    return JobView(
        name=named or sheet.name, brief=shortened(sheet.hook), hook=sheet.hook,
        facts=[(title, words) for title, words in facts if words and len(words) <= FACT],
        level=sheet.level, salary=sheet.salary, statuses=sheet.statuses, work=sheet.work, conditions=sheet.conditions,
        life=sheet.life, access=sheet.access, url=sheet.url, credit=credit(known),
    )  # fmt: skip


def credit(known: dict[str, str]) -> str:
    """Base, producer, date and licence, as the ODbL asks (section 4.3)."""
    day = instants.date_numeric(instants.parse(known["date"]))
    return _("Source : Idéo-Métiers et Idéo-Fiches métiers, Onisep, %(day)s, sous licence ODbL.", day=day)


def shortened(text: str, most: int = BRIEF) -> str:
    """Whole sentences if one fits, else whole words and « … »."""
    if len(text) <= most:
        return text
    sentences = [found.end() for found in re.finditer(r"[.!?…](?=\s|$)", text) if found.end() <= most]
    if sentences and sentences[-1] >= 40:
        return text[: sentences[-1]]
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
