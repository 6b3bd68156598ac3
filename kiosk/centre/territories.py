"""Territories of the office: académies, and which schools are theirs (the first three figures of a UAI).

An account without a territory is national. What concerns one school is read and changed by the accounts of its académie
and by national ones; a session or a card that an académie made is changed by it, another by national accounts.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

from peewee import SQL

from kiosk.centre import rights
from kiosk.centre.refusals import OfficeError
from kiosk.ground.i18n import _

#: Code (of the ministry) → (name, the first figures of its schools' UAI).
ACADEMIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "20": ("Amiens", ("002", "060", "080")),
    "02": ("Aix-Marseille", ("004", "005", "013", "084")),
    "03": ("Besançon", ("025", "039", "070", "090")),
    "04": ("Bordeaux", ("024", "033", "040", "047", "064")),
    "06": ("Clermont-Ferrand", ("003", "015", "043", "063")),
    "27": ("Corse", ("020", "620", "720")),
    "24": ("Créteil", ("077", "093", "094")),
    "07": ("Dijon", ("021", "058", "071", "089")),
    "08": ("Grenoble", ("007", "026", "038", "073", "074")),
    "32": ("Guadeloupe", ("971", "977", "978")),
    "33": ("Guyane", ("973",)),
    "09": ("Lille", ("059", "062")),
    "22": ("Limoges", ("019", "023", "087")),
    "10": ("Lyon", ("001", "042", "069")),
    "31": ("Martinique", ("972",)),
    "43": ("Mayotte", ("976",)),
    "11": ("Montpellier", ("011", "030", "034", "048", "066")),
    "12": ("Nancy-Metz", ("054", "055", "057", "088")),
    "17": ("Nantes", ("044", "049", "053", "072", "085")),
    "23": ("Nice", ("006", "083")),
    "70": ("Normandie", ("014", "027", "050", "061", "076")),
    "40": ("Nouvelle-Calédonie", ("983",)),
    "18": ("Orléans-Tours", ("018", "028", "036", "037", "041", "045")),
    "01": ("Paris", ("075",)),
    "13": ("Poitiers", ("016", "017", "079", "086")),
    "41": ("Polynésie française", ("984",)),
    "19": ("Reims", ("008", "010", "051", "052")),
    "14": ("Rennes", ("022", "029", "035", "056")),
    "28": ("La Réunion", ("974",)),
    "44": ("Saint-Pierre-et-Miquelon", ("975",)),
    "15": ("Strasbourg", ("067", "068")),
    "16": ("Toulouse", ("009", "012", "031", "032", "046", "065", "081", "082")),
    "25": ("Versailles", ("078", "091", "092", "095")),
    "42": ("Wallis-et-Futuna", ("987",)),
}
#: The overseas ones that are no académie.
_VICE_RECTORATES = ("40", "41", "42", "44")


def name(code: str) -> str:
    """« Académie de Rennes »; « National » for none."""
    if not code:
        return _("National")
    own = ACADEMIES[code][0] if code in ACADEMIES else code
    if code in _VICE_RECTORATES:
        return own
    return f"Académie d’{own}" if own[0] in "AO" else f"Académie de {own}"


def holds(code: str, uai: str) -> bool:
    """Whether a school is of a territory; every one is of the national one."""
    return not code or uai[:3] in ACADEMIES[code][1]


def mine(column: Any) -> Any:
    """The condition that a school's column is of the reader's territory; always true for a national account, and for
    what the centre does alone.
    """
    return inside(own(), column)


def inside(code: str, column: Any) -> Any:
    """The condition that a school's column is of a territory; ranges, which an index serves."""
    if not code:
        return SQL("1 = 1")
    first = ACADEMIES[code][1]
    return reduce(operator.or_, ((column >= one) & (column < f"{int(one) + 1:03d}") for one in first))


def check_school(uai: str) -> None:
    """:raises OfficeError: this school is not of the territory of who acts."""
    person = rights.who()
    if person is not None and person.territory and not holds(person.territory, uai):
        raise OfficeError(_("Cet établissement n’est pas de votre territoire : %(name)s.", name=name(person.territory)))


def check_made_by(territory: str) -> None:
    """For a session or a card. :raises OfficeError: another territory made it."""
    if not made_here(territory):
        raise OfficeError(
            _("Seuls les comptes du territoire qui l’a créée peuvent changer cela : %(name)s.", name=name(territory))
        )


def made_here(territory: str) -> bool:
    """Whether who acts may change what a territory made."""
    return own() in ("", territory)


def check_notice(uai: str) -> None:
    """For a word to a school, or to all of them. :raises OfficeError: to all, from an account that is not national."""
    if own() and not uai:
        raise OfficeError(_("Une annonce à tous les établissements est nationale : donnez un code UAI."), "uai")
    if uai:
        check_school(uai)


def own() -> str:
    """The territory of who acts; empty for a national account and for the centre itself."""
    person = rights.who()
    return person.territory if person is not None else ""
