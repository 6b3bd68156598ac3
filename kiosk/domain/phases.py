"""The registry of phases: adding one is an entry here, a template and a test.

``screen`` is the template of the display, ``phone`` the page a phone opens on, ``step`` the stop on
the line that everybody sees (two phases may share one), ``intake`` whether questions are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.registry import Registry
from kiosk.i18n import N_


@dataclass(frozen=True)
class Phase:
    """One phase. ``timed`` phases end after a number of minutes given by the session's format."""

    code: str
    label: str
    step: str | None
    screen: str
    phone: str
    intake: bool
    timed: bool = False


PHASES: Registry[Phase] = Registry(
    "phase",
    [
        Phase("lobby", N_("Accueil"), N_("Accueil"), "join", "ask", True),
        Phase("countdown", N_("Compte à rebours"), N_("Accueil"), "countdown", "ask", True),
        Phase("talk", N_("Présentation"), N_("Présentation"), "speaker", "ask", True, timed=True),
        Phase("questions", N_("Questions"), N_("Questions"), "wall", "ask", True, timed=True),
        Phase("reflection", N_("Bilan"), N_("Bilan"), "reflection", "reflection", False, timed=True),
        Phase("closed", N_("Fin"), None, "end", "over", False),
    ],
)


def after(code: str) -> Phase:
    """The phase that follows; the last one follows itself."""
    codes = PHASES.codes()
    return PHASES.get(codes[min(codes.index(PHASES.get(code).code) + 1, len(codes) - 1)])


def before(code: str) -> Phase:
    """The phase that comes before; the first one comes before itself."""
    codes = PHASES.codes()
    return PHASES.get(codes[max(codes.index(PHASES.get(code).code) - 1, 0)])


def steps(current: str) -> list[tuple[str, str]]:
    """The line of stops as (label, ``done`` | ``now`` | ``todo``), for the display and the panel."""
    labels = list(dict.fromkeys(phase.step for phase in PHASES if phase.step))
    here = PHASES.get(current).step
    at = labels.index(here) if here else len(labels)
    return [(label, "done" if i < at else "now" if i == at else "todo") for i, label in enumerate(labels)]
