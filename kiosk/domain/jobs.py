"""A speaker's job sheet, as pages show it: « le métier en bref », the whole sheet, and whom it comes from."""

from __future__ import annotations

import contextlib
import html as escapes
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from kiosk.domain import demonstration
from kiosk.domain.views import SpeakerView
from kiosk.ground import instants
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.storage import jobsheets

#: Characters of « le métier en bref » on the large display, the longest first: a screen shows what it has room for.
BRIEFS = (190, 105)
#: The longest figure that the display's strip takes.
FACT = 80


@dataclass(frozen=True)
class Origin:
    """Where a sheet comes from: the day of Onisep's data (None when they give none), the instant the kiosk read
    them (UTC ms), whether it is one of the demonstration's.
    """

    dated: date | None
    read_at: int
    example: bool = False


@dataclass(frozen=True)
class JobView:
    """``work``, ``conditions``, ``life`` and ``access`` are HTML made safe when the sheets were read; the rest is
    words. ``briefs`` is « le métier en bref », the longest first, none longer than :data:`BRIEFS`; ``facts`` are
    (title, words) short enough for the display.
    """

    name: str
    briefs: list[str]
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
    origin: Origin

    @property
    def credit(self) -> str:
        """Where it comes from, as its licence wants it said."""
        return credit([self.origin])


def of_speaker(data_dir: Path, speaker: SpeakerView) -> JobView | None:
    """The sheet of the speaker's job; None when there is none. An invented speaker may have an example of one."""
    found = jobsheets.find(data_dir, speaker.job_sheet)
    if speaker.id.startswith(demonstration.SPEAKERS) and (found is None or not (found[0].hook or found[0].work)):
        found = jobsheets.find(data_dir, speaker.job_sheet, jobsheets.EXAMPLES) or found
    if found is None:
        return None
    sheet, known = found
    facts = [(_("Niveau d’études"), sheet.level), (_("Salaire du débutant"), sheet.salary)]
    named = sheet.feminine if speaker.feminine else sheet.masculine
    return JobView(
        name=named or sheet.name, briefs=_briefs(sheet), hook=sheet.hook,
        facts=[(title, words) for title, words in facts if words and len(words) <= FACT],
        level=sheet.level, salary=sheet.salary, statuses=sheet.statuses, work=sheet.work, conditions=sheet.conditions,
        life=sheet.life, access=sheet.access, url=sheet.url, origin=origin(known, sheet.updated),
    )  # fmt: skip


def _briefs(sheet: jobsheets.Sheet) -> list[str]:
    """The words that introduce the job, else the first paragraph on the work itself."""
    whole = sheet.hook or " ".join(escapes.unescape(re.sub(r"<[^<>]+>", " ", _first_paragraph(sheet.work))).split())
    return list(dict.fromkeys(shortened(whole, most) for most in BRIEFS)) if whole else []


def _first_paragraph(work: str) -> str:
    """What the first paragraph holds; a bold one is a heading."""
    for piece in work.split("</p>")[:-1]:
        if begun := re.search(r"<p>(?!<b>)", piece):
            return piece[begun.end() :]
    return ""


def origin(known: Mapping[str, str], updated: str = "") -> Origin:
    """Of a file of sheets (``about``), or of one of them, which may have its own day (``updated``, ISO)."""
    dated = _day(updated) or _day(known.get("published", ""))
    return Origin(dated, instants.parse(known["date"]), example=bool(known.get("example")))


def forget_examples(data_dir: Path) -> None:
    """Take the demonstration's sheets away. Never raises."""
    with contextlib.suppress(OSError):
        jobsheets.place(data_dir, jobsheets.EXAMPLES).unlink(missing_ok=True)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def credit(origins: Iterable[Origin]) -> str:
    """Base, producer, date and licence, as the ODbL asks (section 4.3); which date it is, said; that examples are
    some. Empty for none.
    """
    held = list(origins)
    true = [one for one in held if not one.example]
    if not held:
        return ""
    if not true:
        return _("Exemple écrit pour la démonstration : ce n’est pas une fiche de l’Onisep.")
    if len(true) < len(held):
        return _("%(source)s Le reste : exemples écrits pour la démonstration.", source=_source(true))
    return _source(true)


def _source(held: list[Origin]) -> str:
    days = sorted(one.dated for one in held if one.dated)
    if len(days) < len(held):
        read = instants.date_numeric(min(one.read_at for one in held))
        return _("Source : Idéo-Métiers et Idéo-Fiches métiers, Onisep, lues le %(day)s, sous licence ODbL.", day=read)
    first, last = f"{days[0]:%d/%m/%Y}", f"{days[-1]:%d/%m/%Y}"
    if first == last:
        return _(
            "Source : Idéo-Métiers et Idéo-Fiches métiers, données Onisep du %(day)s, sous licence ODbL.", day=first
        )
    return _(
        "Source : Idéo-Métiers et Idéo-Fiches métiers, données Onisep du %(first)s au %(last)s, sous licence ODbL.",
        first=first, last=last,
    )  # fmt: skip


def shortened(text: str, most: int = BRIEFS[0]) -> str:
    """Whole sentences if one fits, else whole words and « … »."""
    if len(text) <= most:
        return text
    sentences = [found.end() for found in re.finditer(r"[.!?…](?=\s|$)", text) if found.end() <= most]
    if sentences and sentences[-1] >= 40:
        return text[: sentences[-1]]
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
