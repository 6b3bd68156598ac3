"""The registry of the lesson's steps: look, write, open, sort, choose (the Question Formulation Technique, Right
Question Institute: produce, mark open or closed, improve, choose). Forty minutes in all; each may last longer.

Adding one is an entry here, ``templates/display/lesson/<code>.html``, ``templates/control/lesson/<code>.html``, a test.
"""

from __future__ import annotations

from kiosk.ground.i18n import N_
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Step:
    """One step, of ``minutes``. All the words are msgids: ``label`` its stop on the line; ``title`` and ``how`` what
    the class reads; ``does`` what it does and ``shows`` what the screen shows, for the teacher; ``go`` the button that
    leads here.
    """

    code: str
    label: str
    minutes: int
    title: str
    how: str
    does: str
    shows: str
    go: str
    #: The display shows how a question may begin.
    starters: bool = False


STEPS: Registry[Step] = Registry(
    "step",
    [
        Step(
            "look",
            N_("Regarder"),
            8,
            N_("Qu’est-ce qui vous étonne ?"),
            N_("Deux minutes en silence, puis à deux : un lieu, un outil, un tournant dans le parcours."),
            N_("En silence, puis à deux : un lieu, un outil, un tournant."),
            N_("L’écran montre le parcours, sans question."),
            N_("Commencer : regarder le parcours"),
        ),
        Step(
            "write",
            N_("Écrire"),
            10,
            N_("Écrivez trois questions par groupe"),
            N_("Commencez par une amorce, finissez avec vos mots."),
            N_("Trois questions par groupe, en partant d’une amorce."),
            N_("L’écran montre deux amorces pour chaque ligne d’approche."),
            N_("Étape suivante : écrire les questions"),
            starters=True,
        ),
        Step(
            "open",
            N_("Ouvrir"),
            10,
            N_("Réponse en oui ou non ? Ouvrez la question."),
            N_("Comment, pourquoi, racontez-nous. Les chiffres restent tels quels."),
            N_("Réponse en oui ou non ? La question se rouvre."),
            N_("L’écran montre trois exemples."),
            N_("Étape suivante : ouvrir les questions"),
        ),
        Step(
            "sort",
            N_("Trier"),
            7,
            N_("Posez chaque billet dans sa case"),
            N_("Les billets qui disent la même chose : l’un sur l’autre."),
            N_("Chaque billet dans sa case, les mêmes l’un sur l’autre."),
            N_("L’écran montre les quatre cases ; on peut y coller les billets."),
            N_("Étape suivante : trier les billets"),
        ),
        Step(
            "choose",
            N_("Choisir 8"),
            5,
            N_("Choisissez huit questions"),
            N_("Trois mains par élève. Au moins une par case."),
            N_("Trois mains par élève, au moins une par case."),
            N_("L’écran se remplit : huit places."),
            N_("Étape suivante : choisir huit questions"),
        ),
    ],
)
FIRST, *_between, LAST = STEPS
#: How long the whole lesson lasts, in minutes.
MINUTES = sum(step.minutes for step in STEPS)
#: Closed questions and what they become once opened: nobody's own.
OPENED = (
    (N_("Est-ce que c’est dangereux ?"), N_("Comment vous protégez-vous quand c’est dangereux ?")),
    (N_("Aimez-vous votre métier ?"), N_("Qu’est-ce qui vous plaît, et qu’est-ce qui vous pèse ?")),
    (N_("Avez-vous changé de voie ?"), N_("Qu’est-ce qui vous a fait changer de voie ?")),
)


def after(step: Step) -> Step | None:
    """The step that follows; None after the last."""
    following = list(STEPS)[list(STEPS).index(step) + 1 :]
    return following[0] if following else None


def stops(current: Step) -> list[tuple[str, str]]:
    """The line of stops as (label, ``done`` | ``now`` | ``todo``), for the display and the panel."""
    at = list(STEPS).index(current)
    return [(step.label, "done" if i < at else "now" if i == at else "todo") for i, step in enumerate(STEPS)]
