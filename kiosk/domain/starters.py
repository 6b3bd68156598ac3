"""The registry of starters: how an open question begins, by line of approach, for collège and for lycée.

Each ends with « … » where the pupil goes on. One that names a fact (``%(tool)s``) is offered only where the session
knows it; one that agrees with whoever speaks only where all of them agree alike. « Égalité » speaks of the job, and
never of who is missing from it: naming a shortage is what keeps it (Breda and others, Economic Journal, 2023).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kiosk.contract.levels import LEVELS
from kiosk.contract.themes import THEMES, Theme
from kiosk.ground import typography
from kiosk.ground.i18n import N_, _
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass

COLLEGE, LYCEE = "college", "lycee"
#: The schools a starter may be for, and their names.
SCHOOLS = {COLLEGE: N_("Collège"), LYCEE: N_("Lycée")}
#: The mark where a starter stops.
GAP = "…"
_NEEDS = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Starter:
    """One beginning. ``theme`` is its line; ``school`` one of :data:`SCHOOLS`, or empty for both; ``text`` a msgid.

    ``masculine``: the same for speakers who are men, when ``text`` agrees with a woman.
    """

    code: str
    theme: str
    school: str
    text: str
    masculine: str = ""

    @property
    def needs(self) -> set[str]:
        """The facts without which it is not offered."""
        return set(_NEEDS.findall(self.text))


@dataclass(frozen=True)
class Begun:
    """A starter as people read it: ``text`` whole (« Que faites-vous quand… ? »); ``facts``: those in it, in French."""

    code: str
    theme: str
    text: str
    facts: tuple[str, ...] = ()

    @property
    def start(self) -> str:
        """What is written when it is chosen: as far as the gap, and a space to go on."""
        return typography.plain(self.text.partition(GAP)[0]).rstrip() + " "

    @property
    def begun(self) -> str:
        """:attr:`start` in a field, not gone on with: it ends with a no-break space, by which the page knows it."""
        return self.start.rstrip() + typography.NBSP


@dataclass(frozen=True)
class Line:
    """A line of approach and what begins there."""

    theme: Theme
    starters: tuple[Begun, ...]


def _line(
    theme: str, both: Iterable[str | tuple[str, str]], college: Iterable[str], lycee: Iterable[str]
) -> list[Starter]:
    """The starters of a line; a pair is (feminine, masculine)."""
    made: list[Starter] = []
    for school, texts in (("", both), (COLLEGE, college), (LYCEE, lycee)):
        for text in texts:
            feminine, masculine = (text, "") if isinstance(text, str) else text
            made.append(Starter(f"{theme}-{len(made) + 1}", theme, school, feminine, masculine))
    return made


STARTERS: Registry[Starter] = Registry(
    "starter",
    [
        *_line(
            "metier",
            [
                N_("Racontez-nous un jour où…"),
                N_("À quoi vous sert %(tool)s quand… ?"),
                N_("Que faites-vous quand… ?"),
                N_("Qu’est-ce qui a changé depuis… ?"),
                N_("Dans le métier %(of_job)s, comment faites-vous pour… ?"),
                N_("Que se passe-t-il si… ?"),
                N_("Avec quoi travaillez-vous pour… ?"),
                N_("Comment décidez-vous de… ?"),
            ],
            [
                N_("Décrivez-nous l’endroit où…"),
                N_("Qu’y a-t-il de plus difficile à… ?"),
                N_("Avec qui travaillez-vous quand… ?"),
                N_("Expliquez-nous le geste qui…"),
            ],
            [
                N_("Comment savez-vous que c’est réussi quand… ?"),
                N_("Qui décide, dans votre équipe, de… ?"),
                N_("Quel imprévu vous oblige à… ?"),
                N_("Qu’est-ce que l’on ne voit pas de votre travail quand… ?"),
            ],
        ),
        *_line(
            "parcours",
            [
                N_("Qu’est-ce qui vous a fait choisir… ?"),
                N_("Que s’est-il passé quand… ?"),
                N_("Comment s’est décidée l’étape « %(step)s », après… ?"),
                N_("Que conseillez-vous à qui… ?"),
                N_("Qu’avez-vous appris à l’école qui… ?"),
                N_("Pour le métier %(of_job)s, que faut-il apprendre avant de… ?"),
                N_("Quel moment de vos études vous a… ?"),
            ],
            [
                N_("À notre âge, que vouliez-vous… ?"),
                N_("Quelle matière du collège vous sert à… ?"),
                N_("Comment avez-vous découvert… ?"),
                N_("Qui vous a parlé de… ?"),
                N_("Après la 3e, quel chemin mène à… ?"),
            ],
            [
                N_("Quelles études choisiriez-vous aujourd’hui pour… ?"),
                N_("Comment avez-vous vécu le passage de… ?"),
                N_("Que feriez-vous autrement si… ?"),
                N_("Quelles portes restent ouvertes à qui… ?"),
                N_("Comment passe-t-on d’un bac pro à… ?"),
            ],
        ),
        *_line(
            "vie",
            [
                (N_("De quoi êtes-vous fière… ?"), N_("De quoi êtes-vous fier… ?")),
                (N_("Qui vous a aidée à… ?"), N_("Qui vous a aidé à… ?")),
                N_("Quel moment ne referiez-vous pas… ?"),
                N_("Grâce à qui avez-vous pu… ?"),
                N_("Quelle idée reçue sur le métier %(of_job)s entendez-vous quand… ?"),
                N_("De quoi avez-vous eu peur quand… ?"),
                N_("Qu’est-ce qui vous donne envie de… ?"),
                N_("Comment conciliez-vous… ?"),
            ],
            [
                N_("Que racontez-vous le soir quand… ?"),
                N_("Qu’est-ce qui vous fait rire quand… ?"),
                N_("Que disent vos proches quand… ?"),
                N_("Que faites-vous pour vous reposer quand… ?"),
            ],
            [
                N_("Qu’est-ce que ce métier a changé dans… ?"),
                N_("À quoi avez-vous renoncé pour… ?"),
                N_("Quel choix a été le plus difficile quand… ?"),
                N_("Comment réagissez-vous quand… ?"),
            ],
        ),
        *_line(
            "salaire",
            [
                N_("Combien de temps faut-il pour… ?"),
                N_("Combien êtes-vous à… ?"),
                N_("Comment évolue le salaire quand… ?"),
                N_("Quelle part de votre temps passez-vous à… ?"),
                N_("Combien gagne-t-on dans le métier %(of_job)s quand… ?"),
                N_("Combien coûte… ?"),
                N_("À quelle heure commencez-vous quand… ?"),
                N_("Combien de fois par semaine… ?"),
            ],
            [
                N_("Combien de personnes faut-il pour… ?"),
                N_("Combien de kilomètres faites-vous pour… ?"),
                N_("À quel âge peut-on… ?"),
                N_("Quelle est la taille de… ?"),
            ],
            [
                N_("Combien d’années d’études faut-il pour… ?"),
                N_("Quel salaire peut-on espérer après… ?"),
                N_("Combien de postes y a-t-il pour… ?"),
                N_("Sur dix personnes formées, combien… ?"),
            ],
        ),
        *_line(
            "egalite",
            [
                N_("Quelles qualités demande le métier %(of_job)s pour… ?"),
                N_("Qu’est-ce qui compte le plus, dans votre équipe, quand… ?"),
                N_("Comment se partagent les tâches quand… ?"),
                N_("Comment accueillez-vous quelqu’un qui… ?"),
                N_("Qu’est-ce qui s’apprend, dans ce métier, même sans… ?"),
                N_("À quoi reconnaît-on une personne douée pour… ?"),
                N_("Qui vous a servi d’exemple pour… ?"),
                N_("Qu’est-ce qui vous a donné confiance pour… ?"),
            ],
            [
                N_("Que diriez-vous à qui n’ose pas… ?"),
                N_("Qu’est-ce que tout le monde peut apprendre à… ?"),
                N_("Quels outils évitent d’avoir à… ?"),
                N_("Comment l’équipe s’organise-t-elle pour que… ?"),
            ],
            [
                N_("Sur quoi juge-t-on votre travail quand… ?"),
                N_("Comment les salaires sont-ils fixés pour… ?"),
                N_("Comment votre entreprise s’y prend-elle pour… ?"),
                N_("Qu’est-ce qui permet d’évoluer quand… ?"),
            ],
        ),
    ],
)  # fmt: skip
#: The lines that have starters, in order.
LINES = tuple(dict.fromkeys(starter.theme for starter in STARTERS))


def school_of_levels(codes: Iterable[str]) -> str:
    """The school of the first level that is known; collège when none is (a professional school reads as a lycée)."""
    known = next((LEVELS.get(code).school for code in codes if code in LEVELS), COLLEGE)
    return COLLEGE if known == COLLEGE else LYCEE


def begun(starter: Starter, facts: Mapping[str, str]) -> Begun | None:
    """A starter in the current language with the facts in it; None where one is missing. ``feminine`` among the facts:
    « 1 » for women alone, « 0 » for men alone.
    """
    if not starter.needs <= facts.keys():
        return None
    text = starter.text
    if starter.masculine:
        if "feminine" not in facts:
            return None
        text = text if facts["feminine"] == "1" else starter.masculine
    values = {name: facts[name] for name in starter.needs}
    return Begun(starter.code, starter.theme, _(text, **values), tuple(values.values()))


def line(theme: str, school: str, facts: Mapping[str, str]) -> Line:
    """All that may begin a question on one line, in a school."""
    mine = [one for one in STARTERS if one.theme == theme and one.school in ("", school)]
    found = [begun(one, facts) for one in mine]
    return Line(THEMES.get(theme), tuple(one for one in found if one is not None))


def lines(school: str, facts: Mapping[str, str]) -> list[Line]:
    """The five lines, whole."""
    return [line(theme, school, facts) for theme in LINES]


def offered(school: str, facts: Mapping[str, str], most: int) -> list[Line]:
    """The first ``most`` of each of the lines that a pupil may choose, alternately for everybody and for the school."""
    return [Line(one.theme, _mixed(one.starters, most)) for one in lines(school, facts) if one.theme.offered]


def _mixed(found: tuple[Begun, ...], most: int) -> tuple[Begun, ...]:
    own = [one for one in found if STARTERS.get(one.code).school]
    both = [one for one in found if not STARTERS.get(one.code).school]
    mixed = [one for pair in zip(both[: len(own)], own) for one in pair] + both[len(own) :]
    return tuple(mixed[:most])
