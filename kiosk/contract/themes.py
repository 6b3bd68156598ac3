"""The nine themes of the contract (section 3); phones offer four of them, the other five come from the
centre or the teacher.
"""

from kiosk.ground.i18n import N_
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Theme:
    """One theme. `label` and `short` are msgids; `icon` is one of the four pictograms; `offered` =
    shown as a chip on phones.
    """

    code: str
    label: str
    short: str
    icon: str
    offered: bool = False


THEMES: Registry[Theme] = Registry(
    "theme",
    [
        Theme("metier", N_("Le travail au quotidien"), N_("Travail"), "work", offered=True),
        Theme("parcours", N_("Le parcours et les études"), N_("Parcours"), "path", offered=True),
        Theme("vie", N_("La personne et la vie"), N_("Vie"), "life", offered=True),
        Theme("salaire", N_("Les chiffres"), N_("Chiffres"), "figures", offered=True),
        Theme("egalite", N_("L’égalité entre femmes et hommes"), N_("Égalité"), "life"),
        Theme("difficultes", N_("Les difficultés du métier"), N_("Difficultés"), "work"),
        Theme("numerique", N_("Le numérique au travail"), N_("Numérique"), "work"),
        Theme("environnement", N_("Le métier et l’environnement"), N_("Environnement"), "work"),
        Theme("autre", N_("Autre question"), N_("Autre"), "life"),
    ],
)


def offered() -> list[Theme]:
    """Return the themes a pupil can choose, in the order of the chips."""
    return [theme for theme in THEMES if theme.offered]
