"""Why a question is set aside: five reasons, each with a kind sentence for the pupil and one thing to
do.

The words follow the design notes (« Mise de côté », never « rejetée »): setting aside blames nobody.
"""

from kiosk.ground.i18n import N_
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Reason:
    """One reason. `label` = the teacher's button; `sentence` = what the pupil reads; `todo` = what the
    pupil can do next. All msgids.
    """

    code: str
    label: str
    sentence: str
    todo: str
    #: Another question of the list says the same: its author may go and back that one.
    near: bool = False
    #: What it says to do asks for a list that takes votes and questions: left out once that is closed.
    while_open: bool = False


REASONS: Registry[Reason] = Registry(
    "reason",
    [
        Reason(
            "deja_posee",
            N_("Déjà dans la liste"),
            N_("La même question est déjà dans la liste."),
            N_("Vous pouvez la soutenir."),
            near=True,
            while_open=True,
        ),
        Reason(
            "hors_sujet",
            N_("Hors du sujet"),
            N_("Cette question s’éloigne du métier présenté aujourd’hui."),
            N_("Vous pouvez en écrire une autre sur le métier ou le parcours."),
            while_open=True,
        ),
        Reason(
            "trop_personnelle",
            N_("Trop personnelle"),
            N_("Cette question est trop personnelle pour être posée devant tout le monde."),
            N_(
                "Vous pouvez l’écrire autrement, sans nom ni détail privé, ou en parler à un adulte de l’établissement."
            ),
        ),
        Reason(
            "ton",
            N_("Ton à revoir"),
            N_("L’idée peut intéresser, mais les mots pourraient blesser."),
            N_("Vous pouvez l’écrire avec d’autres mots."),
            while_open=True,
        ),
        Reason(
            "pas_le_temps",
            N_("Pas le temps"),
            N_("Bonne question, mais le temps manque aujourd’hui."),
            N_("Vous pouvez la garder pour le bilan ou en parler en classe."),
        ),
    ],
)
