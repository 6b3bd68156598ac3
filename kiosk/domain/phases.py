"""The registry of phases: all that is true of each. Adding one is an entry here, its panel's poster and a test.

Readers ask a phase a question (``room.stage.intake``), none compares codes (``tests/test_facts.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from kiosk.ground.i18n import N_, _, _n
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Ahead:
    """What a button may tell of a phase before going there. ``people``: who speaks, else the session's title;
    ``phones`` connected, None in a class without; ``days``: how long its words are kept.
    """

    people: str
    received: int
    phones: int | None
    days: int


@dataclass(frozen=True)
class Phase:
    """One phase. ``label`` and ``step`` are msgids, ``step`` the stop on the line that everybody sees (two phases may
    share one); ``screen`` is the template of the display, ``phone`` the page a phone opens on; the panel's poster is
    ``control/live/posters/<code>.html``.
    """

    code: str
    label: str
    step: str | None
    screen: str
    phone: str
    #: What the button that leads here says, the line under it, and what the one that comes back to it says.
    go: str = ""
    detail: Callable[[Ahead], str] = attrgetter("people")
    back: str = ""
    #: Questions are taken and supported.
    intake: bool = False
    #: It ends after a number of minutes given by the session's format.
    timed: bool = False
    #: Its timer runs to the session's start, not for a length of time.
    to_start: bool = False
    #: Nobody speaks yet: a phone may be looked for, the hour matters.
    waiting: bool = False
    #: The time for questions is still to come; one put on screen shows all the same.
    early: bool = False
    #: Its time is shared between the speakers, one after the other.
    shared: bool = False
    #: Questions are put to the speaker, one after the other.
    asking: bool = False
    #: Each pupil's reflection is taken.
    reflecting: bool = False
    #: A class is with its speaker, or about to be: the uplink belongs to the video.
    with_speaker: bool = False
    #: A session has begun and is not over.
    running: bool = True
    #: The session is over: its date to be forgotten is known.
    over: bool = False
    #: A phase one may go to at once, and what its button says.
    at_once: tuple[str, str] | None = None


def _ready(ahead: Ahead) -> str:
    received = _n("%(n)s question reçue", "%(n)s questions reçues", ahead.received)
    if ahead.phones is None:
        return received
    phones = _n("%(n)s téléphone connecté", "%(n)s téléphones connectés", ahead.phones)
    return _("%(phones)s, %(questions)s", phones=phones, questions=received)


PHASES: Registry[Phase] = Registry(
    "phase",
    [
        Phase(
            "lobby", N_("Accueil"), N_("Accueil"), "join", "ask",
            back=N_("Revenir à l’accueil"), intake=True, waiting=True, early=True, running=False,
            at_once=("talk", N_("Commencer tout de suite la présentation")),
        ),
        Phase(
            "countdown", N_("Compte à rebours"), N_("Accueil"), "countdown", "ask",
            go=N_("Lancer le compte à rebours"),
            detail=lambda _ahead: _("L’écran affiche le temps qui reste avant le début."),
            back=N_("Revenir au compte à rebours"),
            intake=True, to_start=True, waiting=True, early=True, with_speaker=True,
        ),
        Phase(
            "talk", N_("Présentation"), N_("Présentation"), "speaker", "ask",
            go=N_("Commencer la présentation"), back=N_("Revenir à la présentation"),
            intake=True, timed=True, early=True, shared=True, with_speaker=True,
        ),
        Phase(
            "questions", N_("Questions"), N_("Questions"), "wall", "ask",
            go=N_("Ouvrir les questions"), detail=_ready, back=N_("Revenir aux questions"),
            intake=True, timed=True, asking=True, with_speaker=True,
        ),
        Phase(
            "reflection", N_("Bilan"), N_("Bilan"), "reflection", "reflection",
            go=N_("Passer au bilan"),
            detail=lambda _ahead: _("Les téléphones demandent le bilan ; les questions s’arrêtent."),
            back=N_("Rouvrir le bilan"),
            timed=True, reflecting=True,
        ),
        Phase(
            "closed", N_("Fin"), None, "end", "over",
            go=N_("Terminer la séance"),
            detail=lambda ahead: _n("Tout s’efface dans %(n)s jour.", "Tout s’efface dans %(n)s jours.", ahead.days),
            running=False, over=True,
        ),
    ],
)  # fmt: skip
#: Where a room begins, where its session ends, and where its questions are put to the speaker.
FIRST, *_between, LAST = PHASES
ASKING = next(phase for phase in PHASES if phase.asking)
#: Codes, for statements: in no time of a session, over, with a timer of their own, with the uplink to themselves.
AT_REST = tuple(phase.code for phase in PHASES if not phase.running)
OVER = tuple(phase.code for phase in PHASES if phase.over)
TIMED = tuple(phase.code for phase in PHASES if phase.timed)
WITH_SPEAKER = tuple(phase.code for phase in PHASES if phase.with_speaker)


def after(code: str) -> Phase:
    """The phase that follows; the last one follows itself."""
    codes = PHASES.codes()
    return PHASES.get(codes[min(codes.index(PHASES.get(code).code) + 1, len(codes) - 1)])


def before(code: str) -> Phase:
    """The phase that comes before; the first one comes before itself."""
    codes = PHASES.codes()
    return PHASES.get(codes[max(codes.index(PHASES.get(code).code) - 1, 0)])


def back(code: str) -> str:
    """What the button that goes back from a phase says (a msgid); empty in the first, which has nothing behind it."""
    return "" if code == FIRST.code else before(code).back


def steps(current: str) -> list[tuple[str, str]]:
    """The line of stops as (label, ``done`` | ``now`` | ``todo``), for the display and the panel."""
    labels = list(dict.fromkeys(phase.step for phase in PHASES if phase.step))
    here = PHASES.get(current).step
    at = labels.index(here) if here else len(labels)
    return [(label, "done" if i < at else "now" if i == at else "todo") for i, label in enumerate(labels)]
