"""Dates and times of the office: Paris, in words, and read back from what people type."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timezone
from zoneinfo import ZoneInfo

from kiosk.i18n import current

PARIS = ZoneInfo("Europe/Paris")
_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
           "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip
#: Years of sessions and notices: the first and last of the calendar have no hour of Paris.
YEARS = range(2000, 2100)
#: The second and the last but one day of the calendar, in UTC milliseconds.
_FIRST, _LAST = -62_135_510_400_000, 253_402_214_400_000
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HOUR = re.compile(r"(\d{1,2})\s*(?:h|H|:)\s*(\d{2})?(?::\d{2})?")


def local(ms: int) -> datetime:
    """An instant on the clocks of Paris; beyond the calendar, its first or last day, so that a page still opens."""
    return datetime.fromtimestamp(min(max(ms, _FIRST), _LAST) / 1000, timezone.utc).astimezone(PARIS)


def day(ms: int) -> str:
    """« mardi 24 novembre 2026 »."""
    lang, moment = current(), local(ms)
    number = "1er" if moment.day == 1 and lang == "fr" else str(moment.day)
    return f"{_DAYS[lang][moment.weekday()]} {number} {_MONTHS[lang][moment.month - 1]} {moment.year}"


def hour(ms: int) -> str:
    """« 14 h 30 »."""
    moment = local(ms)
    return f"{moment.hour} h {moment.minute:02d}" if current() == "fr" else f"{moment.hour:02d}:{moment.minute:02d}"


def stamp(ms: int) -> str:
    """« 24/11/2026 14:30 », for lists."""
    return local(ms).strftime("%d/%m/%Y %H:%M")


def read_date(text: str) -> date | None:
    """A day of our times as people type it (24/11/2026, 2026-11-24), or None."""
    numeric, iso = _NUMERIC.fullmatch(text.strip()), _ISO.fullmatch(text.strip())
    if numeric:
        year, month, day = int(numeric[3]), int(numeric[2]), int(numeric[1])
    elif iso:
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3])
    else:
        return None
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """An hour as people type it (14h30, 14 h, 14:30), or None."""
    match = _HOUR.fullmatch(text.strip().replace("\u00a0", " ").replace("\u202f", " "))
    try:
        return time(int(match[1]), int(match[2] or 0)) if match else None
    except ValueError:
        return None


def instant(on: date, at: time) -> datetime:
    """The instant of a day and an hour of Paris, in UTC."""
    return datetime.combine(on, at, PARIS).astimezone(timezone.utc)
