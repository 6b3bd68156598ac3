"""What one cell, or one field of a form, means. Each reader raises ``ValueError`` with a sentence."""

from __future__ import annotations

import re
import unicodedata

from kiosk.contract import PathStep
from kiosk.contract.programme import dates
from kiosk.contract.programme.words import FORMATS, LEVELS, STATUSES
from kiosk.ground.i18n import _, language

#: What begins a step of a path that is no straight line: it belongs to the step, not to its date.
TURNS = ("pause", "bifurcation")
_LIST = re.compile(r"[,;|/\n]+")
#: Characters of a member of a list that a level may have.
_LONGEST_LEVEL = 60


def plain(text: str) -> str:
    """A word without accents, case, spaces or signs: to compare headers and codes."""
    return "".join(sign for letter in text.casefold() for sign in _apart(letter) if sign.isascii() and sign.isalnum())


def _apart(letter: str) -> str:
    """A letter and its marks. One letter at a time: the marks of a whole text would be put in order, in a time that
    goes with the square of their number.
    """
    return unicodedata.normalize("NFKD", letter)


_SIXTH = ["6E", "5E", "4E", "3E"]
_GENERAL, _TRADE, _CAP = ["2GT", "1GT", "TGT"], ["2PRO", "1PRO", "TPRO"], ["CAP1", "CAP2"]
_GT = "(g|gt|gen|generale?|techno|technologique|generaleettechnologique|stmg|sti2d|stl|st2s)?"
_PRO = "(bac)?pro(fessionnelle?)?"
_SECOND, _FIRST, _LAST = "(2|2e|2d|2de|2nd|2nde|seconde)", "(1|1e|1re|1ere|premiere)", "(t|tle|ter|term|terminale)"
_ROOM = "([a-h]|[1-9][0-9]?)?"
#: How offices write levels (:func:`plain`) → the contract's codes; the first that fits. A class's letter may follow.
_LEVELS = (
    (re.compile("(6|6e|6eme|sixieme)" + _ROOM), ["6E"]),
    (re.compile("(5|5e|5eme|cinquieme)" + _ROOM), ["5E"]),
    (re.compile("(4|4e|4eme|quatrieme)(segpa)?" + _ROOM), ["4E"]),
    (re.compile("(3|3e|3eme|troisieme)segpa" + _ROOM), ["3SEGPA"]),
    (re.compile("(3|3e|3eme|troisieme)(pm|ppro|prepa|prepapro|prepametiers|prepametier)" + _ROOM), ["3PM"]),
    (re.compile("(3|3e|3eme|troisieme)" + _ROOM), ["3E"]),
    (re.compile(_SECOND + _PRO + _ROOM), ["2PRO"]),
    (re.compile(_FIRST + _PRO + _ROOM), ["1PRO"]),
    (re.compile(_LAST + _PRO + _ROOM), ["TPRO"]),
    (re.compile(_SECOND + _GT + _ROOM), ["2GT"]),
    (re.compile(_FIRST + _GT + _ROOM), ["1GT"]),
    (re.compile(_LAST + _GT + _ROOM), ["TGT"]),
    (re.compile("cap(1|1e|1re|1ere|premiere)(annee)?|(1|1e|1re|1ere|premiere)(annee)?(de)?cap"), ["CAP1"]),
    (re.compile("cap(2|2e|2eme|2de|deuxieme|seconde)(annee)?|(2|2e|2eme|deuxieme)(annee)?(de)?cap|tcap"), ["CAP2"]),
    (re.compile("cap"), _CAP),
    (re.compile("bac" + _PRO + "|bacpro|lyceepro(fessionnel)?|lp|voiepro(fessionnelle)?"), _TRADE),
    (re.compile("college"), _SIXTH),
    (re.compile("lyceegeneral|lyceegt|lyceegeneralettechnologique|lgt"), _GENERAL),
    (re.compile("lycee"), [*_GENERAL, *_TRADE]),
    (re.compile("tous|toutes|tousniveaux|touslesniveaux|toutesclasses|touteslesclasses"), list(LEVELS)),
)
_SHORT = {plain(short): code for code, short in LEVELS.items()}
#: The order in which « de la 6e à la 3e » goes on.
_RANGES = (_SIXTH + _GENERAL, _TRADE, _CAP)
#: A host's name of several words, a road, and nothing else.
_ADDRESS = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}\.[A-Za-z]{2,24}/\S+$")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_AND = re.compile(r"(?<!\s)\s+(?:et|ou)\s+|(?:(?<!\s)\s+)?[&+]\s*|[,;|/\n]+")
_TO = re.compile(r"(?<!\s)\s+(?:à|a|au)\s+(?:la\s+)?|(?:(?<!\s)\s+)?(?:->|→|–|—)\s*|(?<=[eè])\s*-\s*(?=\d)")


def words(text: str) -> list[str]:
    """The members of a list written in one cell."""
    return [part.strip() for part in _LIST.split(text) if part.strip()]


def levels(text: str) -> list[str]:
    """« 4ème et 3ème », « de la 6e à la 3e », « 2nde, Bac pro » → codes of the contract. Of « collège (4e-3e) », what
    says less holds.
    """
    try:
        return _levels(text)
    except ValueError:
        within, around = _BRACKETS.findall(text[:2000]), _BRACKETS.sub(" ", text[:2000])
        if not within:
            raise
        outer, inner = _levels(around), _levels(", ".join(within))
        return outer if outer and set(outer) < set(inner) else inner


def _levels(text: str) -> list[str]:
    found: list[str] = []
    for part in _AND.split(text[:2000]):
        if part.strip():
            found += [code for code in _part(part.strip()) if code not in found]
    return found


def _part(part: str) -> list[str]:
    if part.upper() in LEVELS:
        return [part.upper()]
    ends = _TO.split(re.sub(r"^(?:de|des|du)\s+(?:la\s+|les\s+)?", "", part, flags=re.I), maxsplit=2)
    known = [_level(end) for end in ends]
    if len(ends) == 2 and all(known):
        for order in _RANGES:
            if known[0][0] in order and known[1][-1] in order:
                return order[order.index(known[0][0]) : order.index(known[1][-1]) + 1]
    if len(ends) != 1 or not known[0]:
        raise ValueError(_("« %(value)s » n’est pas un niveau (exemples : 4e, 3e, 2de, CAP1).", value=part[:30]))
    return known[0]


def _level(text: str) -> list[str]:
    small = plain(text[:_LONGEST_LEVEL]).removeprefix("la").removeprefix("classesde").removeprefix("classede")
    if small in _SHORT:
        return [_SHORT[small]]
    return next((codes for pattern, codes in _LEVELS if pattern.fullmatch(small)), [])


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
    """The format, or the one that the duration tells; a length written in its place (« 45 min ») is one too."""
    told = minutes or length(text)
    by_length = {45: "college-45", 55: "lycee-55"}.get(told or 0, "custom")
    return by_length if length(text) else code_of(text, FORMATS, by_length)


def length(text: str) -> int | None:
    """The minutes that a format's cell says, when it says a length and no name."""
    try:
        return dates.minutes(text)
    except ValueError:
        return None


def link(text: str) -> str:
    """An address; written as people say it, without its beginning (« visio.exemple.fr/abc »), it is a secure one."""
    return f"https://{text}" if _ADDRESS.match(text) else text


def number(text: str, low: int, high: int) -> int | None:
    """A whole number, or None when nothing is written."""
    small = re.sub(r"[\s\u202f\u00a0]+", "", text.strip()[:40].casefold())
    if not small:
        return None
    small = re.sub(r"[.,]0+$|(places?|classes?|[ée]l[èe]ves?|min(utes?)?|max(imum)?)\.?$", "", small)
    if not (small.isascii() and small.isdigit() and len(small) < 10 and low <= int(small) <= high):
        raise ValueError(
            _(
                "« %(value)s » n’est pas un nombre entre %(low)s et %(high)s.",
                value=text.strip()[:20],
                low=low,
                high=high,
            )
        )
    return int(small)


def path(text: str) -> list[PathStep]:
    """One step a line: « 2018 : BTS maintenance ». The separator may also be « | » between steps."""
    steps = []
    for line in re.split(r"[\n|]+", text):
        when, colon, what = line.partition(":")
        if not colon or plain(when) in TURNS:
            when, what = "", line
        if what.strip():
            steps.append(PathStep(when=when.strip(), what=what.strip()))
    return steps


def path_text(steps: list[PathStep]) -> str:
    """The inverse of :func:`path`."""
    return "\n".join(f"{step.when} : {step.what}" if step.when else step.what for step in steps)
