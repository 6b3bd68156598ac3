"""Whom a pupil in danger may call, once, by territory (the IANA zone of the class).

A number is here only because a page says that it answers from there; each line says which page, read on 30 November
2026. Some of the short numbers of mainland France do not reach the Pacific: nothing was found that says they do, so the
territory's own stand instead, or nothing. A school completes them (``help.lines``); its own come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kiosk.ground.i18n import N_, _
from kiosk.ground.instants import PARIS
from kiosk.ground.values import dataclass

#: « Infirmerie : 01 23 45 67 89 »: what is after the last colon may be called.
_CALLED = re.compile(r"(?P<says>.*\S)\s*:\s*(?P<number>\+?[0-9][0-9 .]{1,20})")


@dataclass(frozen=True)
class Line:
    """``number`` as it is read, empty for somebody to go and see; ``says`` who answers and when."""

    number: str
    says: str

    @property
    def tel(self) -> str:
        """What a phone dials; empty without a number."""
        return re.sub(r"[ .]", "", self.number)


#: 3114, day and night. Mainland and Réunion, Mayotte: linfo.re, 1 October 2021 and January 2022 (the health agency);
#: Guadeloupe, Saint-Martin, Saint-Barthélemy: la1ere.francetvinfo.fr, April 2024; Martinique:
#: blogdinfosuicide.blogspot.com, 27 June 2025; Guyane: outremers360.com (« bien fonctionnel en Guyane »).
_SUICIDE = ("3114", N_("si vous pensez au suicide : jour et nuit, gratuit"))
#: 3018, every day from 9 to 23. mairie-villetaneuse.fr, 28 September 2023; the one number against harassment for every
#: académie: education.gouv.fr, BO n° 6 of 8 February 2024 (MENE2403161C), ac-nice.fr/non-au-harcelement.
_HARASSMENT = ("3018", N_("harcèlement, violences en ligne : tous les jours, de 9 h à 23 h, gratuit et anonyme"))
#: 119, day and night, mainland and overseas departments: www1.ac-grenoble.fr, April 2023; Saint-Martin: le97150.fr,
#: 5 December 2023; Saint-Pierre-et-Miquelon: la1ere.francetvinfo.fr, October 2019; Polynésie française:
#: service-public.pf, 28 October 2021.
_CHILD = ("119", N_("enfant en danger : jour et nuit, gratuit, n’apparaît sur aucune facture"))
#: 15. Service-Public.fr, F33954 (as mamoudzou.yt shows it); Polynésie française: polynesie-francaise.pref.gouv.fr,
#: 27 December 2019 (centre 15); Nouvelle-Calédonie: gypsywarrior.com, emergency services.
_DANGER = ("15", N_("danger immédiat : le SAMU, jour et nuit"))
_FRANCE = (_SUICIDE, _HARASSMENT, _CHILD, _DANGER)

#: Zone → its numbers. Every other zone: those of France. 112 is left to 15, which every territory but one has.
TERRITORIES: dict[str, tuple[tuple[str, str], ...]] = {
    PARIS: _FRANCE,
    "America/Guadeloupe": _FRANCE,
    "America/Martinique": _FRANCE,
    "America/Cayenne": _FRANCE,
    "America/St_Barthelemy": _FRANCE,
    "America/Marigot": _FRANCE,
    "Indian/Reunion": _FRANCE,
    "Indian/Mayotte": _FRANCE,
    "America/Miquelon": (_CHILD, _DANGER),
    # service-public.nc, « Je suis victime, témoin ou auteur de violences » (both numbers); hours: province-sud.nc,
    # Guide des droits des femmes et de la famille, 2024, page 179.
    "Pacific/Noumea": (
        ("05 30 30", N_("SOS Écoute : tous les jours dès 9 h, gratuit et anonyme")),
        ("05 44 44", N_("protection de l’enfance, gratuit")),
        _DANGER,
    ),
    # SOS Suicide Polynésie: ladepeche.pf, 31 January 2024; day and night: aiamag.com.
    "Pacific/Tahiti": (
        ("444 767", N_("SOS Suicide : jour et nuit")),
        _CHILD,
        _DANGER,
    ),
    # wallis-et-futuna.gouv.fr, press release of 15 June 2017, brought up to date on 14 January 2019 (both numbers).
    "Pacific/Wallis": (
        ("9860", N_("violences, détresse : les sapeurs-pompiers écoutent, jour et nuit, gratuit")),
        ("18", N_("danger immédiat : les pompiers")),
    ),
}
#: The same territory, seen from other islands.
_SAME = {"Pacific/Marquesas": "Pacific/Tahiti", "Pacific/Gambier": "Pacific/Tahiti"}


def lines(zone: str, school: Iterable[str] = ()) -> list[Line]:
    """The school's own lines, then those of the territory, in the present language."""
    there = TERRITORIES.get(_SAME.get(zone, zone), _FRANCE)
    return [*map(_own, school), *(Line(number, _(says)) for number, says in there)]


def _own(written: str) -> Line:
    """A line of the school's: « Infirmerie : 01 23 45 67 89 », or « La CPE, bureau 12 »."""
    called = _CALLED.fullmatch(written.strip())
    return Line(called["number"].strip(), called["says"]) if called else Line("", written.strip())
