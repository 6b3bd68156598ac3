"""What one cell, or one field of a form, means. Each reader raises ``ValueError`` with a sentence."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from kiosk.contract import PathStep
from kiosk.contract.programme.words import FORMATS, LEVELS, STATUSES
from kiosk.ground import instants
from kiosk.ground.i18n import _, language

_LIST = re.compile(r"[,;|/\n]+")


def plain(text: str) -> str:
    """A word without accents, case, spaces or signs: to compare headers and codes."""
    return "".join(sign for letter in text.casefold() for sign in _apart(letter) if sign.isascii() and sign.isalnum())


def _apart(letter: str) -> str:
    """A letter and its marks. One letter at a time: the marks of a whole text would be put in order, in a time that
    goes with the square of their number.
    """
    return unicodedata.normalize("NFKD", letter)


#: As offices write levels → the contract's codes: their own short names, and these.
_LEVELS = {plain(short): code for code, short in LEVELS.items()} | {
    "6eme": "6E",
    "5eme": "5E",
    "4eme": "4E",
    "3eme": "3E",
    "3epm": "3PM",
    "seconde": "2GT",
    "2dgt": "2GT",
    "2degt": "2GT",
    "1ere": "1GT",
    "premiere": "1GT",
    "1regt": "1GT",
    "terminale": "TGT",
    "term": "TGT",
    "tlegt": "TGT",
    "1erepro": "1PRO",
    "terminalepro": "TPRO",
    "cap1": "CAP1",
    "cap2": "CAP2",
    "1recap": "CAP1",
    "2ecap": "CAP2",
}


def words(text: str) -> list[str]:
    """The members of a list written in one cell."""
    return [part.strip() for part in _LIST.split(text) if part.strip()]


def levels(text: str) -> list[str]:
    """« 4e, 3e » → codes of the contract."""
    found = []
    for part in words(text):
        code = part.upper() if part.upper() in LEVELS else _LEVELS.get(plain(part), "")
        if not code:
            raise ValueError(_("« %(value)s » n’est pas un niveau (exemples : 4e, 3e, 2de, CAP1).", value=part[:30]))
        if code not in found:
            found.append(code)
    return found


def code_of(text: str, table: dict[str, str], empty: str) -> str:
    """A code, or its words in French; `empty` when nothing is written."""
    if not text.strip():
        return empty
    with language("fr"):
        for code, label in table.items():
            if plain(text) in (plain(code), plain(label), plain(label.split(",")[0])):
                return code
    choices = ", ".join(_(label) for label in table.values())
    raise ValueError(_("« %(value)s » n’est pas possible ici : %(choices)s.", value=text[:30], choices=choices))


def status(text: str) -> str:
    """« Prévue » → `planned`."""
    return code_of(text, STATUSES, "planned")


def format_of(text: str, minutes: int | None) -> str:
    """The format, or the one that the duration tells."""
    return code_of(text, FORMATS, {45: "college-45", 55: "lycee-55"}.get(minutes or 0, "custom"))


def number(text: str, low: int, high: int) -> int | None:
    """A whole number, or None when nothing is written."""
    text = re.sub(r"[\s\u202f\u00a0]|min(utes?)?$", "", text.strip())
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise ValueError(
            _("« %(value)s » n’est pas un nombre entre %(low)s et %(high)s.", value=text[:20], low=low, high=high)
        )
    return int(text)


def start(day: str, hour: str) -> datetime:
    """The instant of a day and an hour of Paris; the day's cell may hold both."""
    if not hour.strip():
        day, _sep, hour = day.strip().replace("T", " ").partition(" ")
        hour = hour.removeprefix("à ").strip()
    found = instants.read_date(day.split(" ")[0])
    if found is None:
        raise ValueError(_("« %(value)s » n’est pas une date (exemple : 24/11/2026).", value=day[:30]))
    at = instants.read_time(hour)
    if at is None:
        raise ValueError(_("« %(value)s » n’est pas une heure (exemple : 14 h 30).", value=hour[:30]))
    return instants.instant(found, at)


def path(text: str) -> list[PathStep]:
    """One step a line: « 2018 : BTS maintenance ». The separator may also be « | » between steps."""
    steps = []
    for line in re.split(r"[\n|]+", text):
        when, colon, what = line.partition(":")
        if not colon:
            when, what = "", line
        if what.strip():
            steps.append(PathStep(when=when.strip(), what=what.strip()))
    return steps


def path_text(steps: list[PathStep]) -> str:
    """The inverse of :func:`path`."""
    return "\n".join(f"{step.when} : {step.what}" if step.when else step.what for step in steps)
