"""Instants: RFC 3339 ↔ UTC milliseconds, how dates and times are said in French and in English, and read back.

An instant is an int, UTC milliseconds since 1970. It is shown in the school's zone, with Paris time
beside it when they differ, and with the date when that differs too (domain notes, section 4). No offset
is ever stored: tz data decides.
"""

import datetime as dt
import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from kiosk.ground.errors import KioskError
from kiosk.ground.typography import french

PARIS = "Europe/Paris"
#: In milliseconds.
MINUTE, DAY = 60_000, 86_400_000

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?[Zz]")
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HOUR = re.compile(r"(\d{1,2})\s*(?:h|H|:)\s*(\d{2})?(?::\d{2})?")
#: Years of sessions and notices: the first and last of the calendar have no hour of Paris.
YEARS = range(2000, 2100)
#: The second and the last but one day of the calendar, in UTC milliseconds.
_FIRST, _LAST = -62_135_510_400_000, 253_402_214_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_SHORT_DAYS = {
    "fr": ("Lun.", "Mar.", "Mer.", "Jeu.", "Ven.", "Sam.", "Dim."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_SHORT_MONTHS = {
    "fr": (
        "janv.",
        "févr.",
        "mars",
        "avr.",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
}


def parse(text: str) -> int:
    """Return the UTC milliseconds of an RFC 3339 instant ending in Z, or raise
    `KioskError("instant_invalid")`.

    Strict: the date must exist and the zone must be Z (contract, first paragraph). A leap second counts
    as the next second.
    """
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise KioskError("instant_invalid", value=str(text)[:40])
    year, month, day, hour, minute, second = (int(match.group(i)) for i in range(1, 7))
    millis = int((match.group(7) or "0")[:3].ljust(3, "0"))
    try:
        start = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=timezone.utc)
    except ValueError:
        raise KioskError("instant_invalid", value=text) from None
    if second > 60:
        raise KioskError("instant_invalid", value=text)
    return (start - _EPOCH) // timedelta(milliseconds=1) + millis + (1000 if second == 60 else 0)


def of_our_times(ms: int) -> int:
    """An instant, or the nearest whose year, and those beside it, are of :data:`YEARS`: what a machine whose clock is
    far off dates its demonstration from.
    """
    return min(max(ms, parse(f"{YEARS[0] + 1}-01-02T00:00:00Z")), parse(f"{YEARS[-1] - 1}-01-02T00:00:00Z"))


def rfc3339(ms: int) -> str:
    """Return an instant as the contract writes it: "2026-11-24T09:00:00.000Z"."""
    moment = _EPOCH + timedelta(milliseconds=ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.").rjust(20, "0") + f"{ms % 1000:03d}Z"


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name, or raise `KioskError("unknown_zone")`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, RecursionError):  # the last: a name of a hundred parts
        raise KioskError("unknown_zone", value=str(name)) from None


def local(ms: int, name: str = PARIS) -> datetime:
    """Return an instant as an aware datetime of that zone; beyond the calendar, its first or last day, so that a page
    still opens.
    """
    return (_EPOCH + timedelta(milliseconds=min(max(ms, _FIRST), _LAST))).astimezone(zone(name))


def date_long(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« mardi 24 novembre », “Tuesday 24 November”."""
    day, lang = local(ms, name), _lang(lang)
    return _said(
        f"{_DAYS[lang][day.weekday()]} {_number(day.day, lang)} {_MONTHS[lang][day.month - 1]}",
        lang,
    )


def date_year(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« mardi 24 novembre 2026 », “Tuesday 24 November 2026”."""
    return f"{date_long(ms, name, lang)} {local(ms, name).year}"


def day_of_month(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« mardi 24 », “Tuesday 24”: under its month."""
    day, lang = local(ms, name), _lang(lang)
    return _said(f"{_DAYS[lang][day.weekday()]} {_number(day.day, lang)}", lang)


def month(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« novembre 2026 », “November 2026”."""
    day, lang = local(ms, name), _lang(lang)
    return _said(f"{_MONTHS[lang][day.month - 1]} {day.year}", lang)


def date_short(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« Mar. 24 nov. », “Tue 24 Nov”."""
    day, lang = local(ms, name), _lang(lang)
    number = _number(day.day, lang)
    return _said(f"{_SHORT_DAYS[lang][day.weekday()]} {number} {_SHORT_MONTHS[lang][day.month - 1]}", lang)


def date_numeric(ms: int, name: str = PARIS) -> str:
    """ "24/11/2026": for lists and prints, the same in both languages."""
    return local(ms, name).strftime("%d/%m/%Y")


def stamp(ms: int, name: str = PARIS) -> str:
    """ "24/11/2026 14:30": for lists, the same in both languages."""
    return local(ms, name).strftime("%d/%m/%Y %H:%M")


def time(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« 14 h 21 », “14:21”."""
    moment, lang = local(ms, name), _lang(lang)
    if lang == "fr":
        return _said(f"{moment.hour} h {moment.minute:02d}", lang)
    return f"{moment.hour:02d}:{moment.minute:02d}"


def when(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« mardi 24 novembre, 14 h 00 », “Tuesday 24 November, 14:00”."""
    return f"{date_long(ms, name, lang)}, {time(ms, name, lang)}"


def when_year(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« mardi 24 novembre 2026, 14 h 00 », “Tuesday 24 November 2026, 14:00”."""
    return f"{date_year(ms, name, lang)}, {time(ms, name, lang)}"


def when_short(ms: int, name: str = PARIS, lang: str = "fr") -> str:
    """« Mar. 24 nov., 14 h 00 », “Tue 24 Nov, 14:00”."""
    return f"{date_short(ms, name, lang)}, {time(ms, name, lang)}"


def minutes_up(ms: int) -> int:
    """Whole minutes that a length of time still reaches into: 2 min 40 s left is said « encore 3 min », everywhere."""
    return max(0, -(-ms // MINUTE))


def paris_beside(ms: int, name: str, lang: str = "fr") -> str:
    """Paris time in words when the school's clock shows another one, else "".

    « 10 h 00, heure de Paris »; with the date when it differs (the Pacific lives the day before):
    « mardi 24 novembre, 10 h 00, heure de Paris ».
    """
    here, paris = local(ms, name), local(ms, PARIS)
    if here.replace(tzinfo=None) == paris.replace(tzinfo=None):
        return ""
    said = time(ms, PARIS, lang) if here.date() == paris.date() else when(ms, PARIS, lang)
    return f"{said}, heure de Paris" if _lang(lang) == "fr" else f"{said}, Paris time"


def local_and_paris(ms: int, name: str, lang: str = "fr") -> str:
    """The date and time of the school, and Paris time in brackets when it differs.

    « mardi 24 novembre, 13 h 00 (10 h 00, heure de Paris) ».
    """
    paris = paris_beside(ms, name, lang)
    return when(ms, name, lang) + (f" ({paris})" if paris else "")


def read_date(text: str) -> dt.date | None:
    """A day of our times (:data:`YEARS`) as people type it (24/11/2026, 2026-11-24), or None."""
    numeric, iso = _NUMERIC.fullmatch(text.strip()), _ISO.fullmatch(text.strip())
    if numeric:
        year, month, day = int(numeric[3]), int(numeric[2]), int(numeric[1])
    elif iso:
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3])
    else:
        return None
    try:
        return dt.date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def read_time(text: str) -> dt.time | None:
    """An hour as people type it (14h30, 14 h, 14:30), or None."""
    match = _HOUR.fullmatch(text.strip().replace("\u00a0", " ").replace("\u202f", " "))
    try:
        return dt.time(int(match[1]), int(match[2] or 0)) if match else None
    except ValueError:
        return None


def instant(on: dt.date, at: dt.time, name: str = PARIS) -> datetime:
    """The instant of a day and an hour of that zone, in UTC."""
    return datetime.combine(on, at, zone(name)).astimezone(timezone.utc)


def unusual_hour(ms: int, name: str) -> bool:
    """Tell whether a session starts outside 7 h–18 h for the school: worth a warning (domain notes,
    section 4).
    """
    return not 7 <= local(ms, name).hour < 18


def _number(day: int, lang: str) -> str:
    return "1er" if day == 1 and lang == "fr" else str(day)


def _lang(lang: str) -> str:
    return "en" if lang.startswith("en") else "fr"


def _said(text: str, lang: str) -> str:
    return french(text) if lang == "fr" else text
