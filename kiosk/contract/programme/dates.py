"""Days, hours and lengths of time as offices write them. Each reader raises ``ValueError`` with a sentence."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from kiosk import contract
from kiosk.ground import instants
from kiosk.ground.i18n import _, current

#: The longest cell that may be a date or an hour: beyond, it is a text.
LONGEST = 80
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    ("janvier", "janv", "jan"), ("fevrier", "fevr", "fev"), ("mars",), ("avril", "avr"), ("mai",), ("juin",),
    ("juillet", "juil"), ("aout",), ("septembre", "sept", "sep"), ("octobre", "oct"), ("novembre", "nov"),
    ("decembre", "dec"),
)  # fmt: skip
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAY = re.compile(rf"(?:le )?({'|'.join(_DAYS)}|{'|'.join(day[:3] for day in _DAYS)})\b[., ]*")
_SPELT = re.compile(r"(\d{1,2})(?:er)?[ ./-]*([a-z]{3,9})[ ./-]*(\d{4}|\d{2})?")
_NUMBERS = re.compile(r"(\d{1,2}) ?[/.-] ?(\d{1,2})(?: ?[/.-] ?(\d{4}|\d{2}))?")
_ISO = re.compile(r"(\d{4}) ?[/.-] ?(\d{1,2}) ?[/.-] ?(\d{1,2})")
#: A day as spreadsheets count them, where the cell was not given the form of a date.
_SERIAL = re.compile(r"(\d{5})(?:[.,]0+)?")
_SERIAL_START = dt.date(1899, 12, 30)
_HOUR = r"(\d{1,2}) ?(?:h|heures?|:|\.) ?(\d{2})?(?::\d{2})?(?: ?(?:min|mn))?"
_HOURS = re.compile(rf"(?:de |a )?{_HOUR}(?: ?(?:-|/|a|jusqu'a) ?{_HOUR})?\.?(?: \(?(?:heure )?(?:de )?paris\)?)?")
_FIRST_HOUR = re.compile(r"(?:\bde |\ba |, ?|- ?)?\b\d{1,2} ?(?:h|:)")
_MINUTES = re.compile(r"(\d{1,4})(?:[.,]0+)? ?(?:minutes?|min|mn|m|')?\.?")
_LENGTH = re.compile(r"(\d{1,2}) ?(?:heures?|h|:) ?(\d{1,2})?(?::\d{2})?(?: ?(?:minutes?|min|mn|'))?\.?")


class HourWrong(ValueError):
    """It is the hour that cannot be read, not the day."""


def smooth(text: str) -> str:
    """Small letters without accents, any blank as a space, any dash as « - », for the patterns of this file."""
    shown = unicodedata.normalize("NFKD", text[: LONGEST + 1].casefold())
    plain = "".join(c for c in shown if not unicodedata.combining(c))
    plain = re.sub(r"[\u2010-\u2015\u2212]", "-", plain).replace("\u2019", "'").replace("\u2032", "'")
    return " ".join(plain.split()).strip(" .,;")


def day(text: str) -> dt.date:
    """« mardi 24 novembre 2026 », 24/11/26, 24-nov.-2026, 2026-11-24, 46350."""
    said = smooth(text)
    weekday = _WEEKDAY.match(said)
    rest = (said[weekday.end() :] if weekday else said).removeprefix("le ").strip()
    found = _day(rest, text) if len(said) <= LONGEST else None
    if found is None or found.year not in instants.YEARS:
        raise ValueError(_("« %(value)s » n’est pas une date (exemple : 24/11/2026).", value=text.strip()[:30]))
    if weekday and not _DAYS[found.weekday()].startswith(weekday[1]):
        is_on = instants.date_year(contract.to_ms(instants.instant(found, dt.time(12))), lang=current())
        raise ValueError(_("« %(value)s » se contredit : c’est le %(date)s.", value=text.strip()[:40], date=is_on))
    return found


def _day(rest: str, text: str) -> dt.date | None:
    try:
        if match := _ISO.fullmatch(rest):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        if match := _SERIAL.fullmatch(rest):
            return _SERIAL_START + dt.timedelta(days=int(match[1]))
        match = _NUMBERS.fullmatch(rest)
        month = int(match[2]) if match else 0
        if match is None and (match := _SPELT.fullmatch(rest)):
            month = _MONTH.get(match[2], 0)
        if match is None:
            return None
        if match[3] is None and month in range(1, 13):
            raise ValueError(_("« %(value)s » : l’année manque (exemple : 24/11/2026).", value=text.strip()[:30]))
        year = int(match[3] or 0)
    except OverflowError:
        return None
    try:
        return dt.date(year + 2000 if year < 100 else year, month, int(match[1]))
    except ValueError:
        return None


def apart(text: str) -> tuple[str, str]:
    """The day and the hour of a cell that holds both: « mardi 24 novembre à 14 h 30 »."""
    said = re.sub(r"(?<=\d)t(?=\d\d:)", " ", smooth(text))
    hour = _FIRST_HOUR.search(said)
    if hour is None:
        return text, ""
    return said[: hour.start()].strip(" ,-"), said[hour.start() :].strip(" ,-")


def hours(text: str) -> tuple[dt.time, int | None]:
    """An hour, and the minutes until the second one when two are given: « 14h30-15h15 »."""
    said = smooth(text)
    match = _HOURS.fullmatch(said) if len(said) <= LONGEST else None
    try:
        if match is None:
            raise ValueError
        first = dt.time(int(match[1]), int(match[2] or 0))
        if match[3] is None:
            return first, None
        last = dt.time(int(match[3]), int(match[4] or 0))
        lasting = (last.hour - first.hour) * 60 + last.minute - first.minute
        if lasting <= 0:
            raise ValueError
        return first, lasting
    except ValueError:
        raise HourWrong(_("« %(value)s » n’est pas une heure (exemple : 14 h 30).", value=text.strip()[:30])) from None


def start(on: str, at: str, zone: str = instants.PARIS) -> tuple[dt.datetime, int | None]:
    """The instant of a day and an hour of a zone, and the minutes that the hour tells; the day may hold both.

    :raises HourWrong: the day can be read, not the hour.
    """
    if not at.strip():
        on, at = apart(on)
    found = day(on)
    first, lasting = hours(at)
    return instants.instant(found, first, zone), lasting


def minutes(text: str) -> int | None:
    """« 45 min », 45', 0:45, 1 h 30, 45,0; None when nothing is written."""
    said = smooth(text)
    if not said:
        return None
    found = 0
    if match := _MINUTES.fullmatch(said):
        found = int(match[1])
    elif match := _LENGTH.fullmatch(said):
        found = int(match[1]) * 60 + int(match[2] or 0)
    if not 1 <= found <= 24 * 60:
        raise ValueError(_("« %(value)s » n’est pas une durée (exemple : 45 min).", value=text.strip()[:20]))
    return found
