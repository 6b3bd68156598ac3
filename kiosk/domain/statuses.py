"""The registry of a question's statuses: all that is true of each, and the shelves where the teacher finds them.

Readers ask a status a question (``question.state.public``), or choose by one of the groups below, made once; none
compares codes (``tests/test_facts.py``). The codes are those of the database, the live protocol and the contract.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.ground.i18n import N_
from kiosk.ground.registry import Registry
from kiosk.ground.values import dataclass

PENDING, APPROVED, ON_SCREEN, ASKED = "pending", "approved", "on_screen", "asked"
ANSWERED, SET_ASIDE, WITHDRAWN, MERGED = "answered", "set_aside", "withdrawn", "merged"


@dataclass(frozen=True)
class Status:
    """One status. ``pupil`` and ``line`` are msgids: its name for the author, and what follows; ``track`` the place on
    the author's five dots (-1: off the track); ``shelf`` the list where the teacher finds it (none: in no list).
    """

    code: str
    pupil: str
    line: str = ""
    track: int = -1
    shelf: str | None = None
    #: What the teacher reads below it (a msgid that says ``%(time)s``), and the instant that this is.
    note: str = ""
    noted_at: str = ""
    #: It waits for somebody to read it over.
    to_review: bool = False
    #: It waits for its turn in the class's list.
    ready: bool = False
    #: It is big on the display, and not asked yet.
    shown: bool = False
    #: The speaker is still to get it.
    to_come: bool = False
    #: The speaker has got it; and has answered.
    given: bool = False
    answered: bool = False
    #: The panel put it away, where it stays at hand; with a reason that its author reads.
    aside: bool = False
    reasoned: bool = False
    #: The class may see it.
    public: bool = False
    #: Its author may take it back, and the centre change it: nobody but the panel has done anything with it.
    withdrawable: bool = False
    #: It went into another, which stands for it.
    joined: bool = False
    #: Its author took it back: it is counted, and read by nobody.
    taken_back: bool = False

    @property
    def in_play(self) -> bool:
        """Whether it may be read over, told or heard again: others are compared with it."""
        return self.to_come or self.given

    @property
    def alive(self) -> bool:
        """Whether it stands for itself, wherever it is."""
        return self.in_play or self.aside


@dataclass(frozen=True)
class Shelf:
    """A list of the panel. ``code`` is its name in addresses, ``label`` a msgid, ``count`` its total in ``Counts``."""

    code: str
    label: str
    count: str


SHELVES: Registry[Shelf] = Registry(
    "shelf",
    [
        Shelf("relire", N_("À relire"), "pending"),
        Shelf("validees", N_("Validées"), "ready"),
        Shelf("posees", N_("Posées"), "asked"),
        Shelf("cote", N_("De côté"), "set_aside"),
    ],
)
STATUSES: Registry[Status] = Registry(
    "status",
    [
        Status(
            PENDING, N_("Reçue"), N_("Une personne de la classe la relit."), 1, "relire",
            to_review=True, to_come=True, withdrawable=True,
        ),
        Status(
            APPROVED, N_("Reçue"), N_("Elle est dans la liste."), 1, "validees",
            ready=True, to_come=True, public=True, withdrawable=True,
        ),
        Status(ON_SCREEN, N_("À l’écran"), "", 2, shown=True, to_come=True, public=True),
        Status(
            ASKED, N_("Posée"), "", 3, "posees", N_("Posée à %(time)s, sans réponse notée"), "asked_at",
            given=True, public=True,
        ),
        Status(
            ANSWERED, N_("Répondue"), N_("Notez la réponse pour votre bilan."), 4, "posees",
            N_("Répondue à %(time)s"), "answered_at", given=True, answered=True, public=True,
        ),
        Status(SET_ASIDE, N_("Mise de côté"), shelf="cote", aside=True, reasoned=True, withdrawable=True),
        Status(WITHDRAWN, N_("Retirée"), taken_back=True),
        Status(MERGED, N_("Reçue"), joined=True),
    ],
)  # fmt: skip


def codes(true: Callable[[Status], bool]) -> tuple[str, ...]:
    """The codes of the statuses of which something is true, in order."""
    return tuple(status.code for status in STATUSES if true(status))


def of_shelf(shelf: str) -> tuple[str, ...]:
    """The codes of the statuses found on a shelf."""
    return codes(lambda status: status.shelf == shelf)


TO_REVIEW = codes(lambda status: status.to_review)
READY = codes(lambda status: status.ready)
SHOWN = codes(lambda status: status.shown)
TO_COME = codes(lambda status: status.to_come)
#: Still to come, and not on the display: it may be grouped with others, or corrected in the list.
WAITING = codes(lambda status: status.to_come and not status.shown)
#: What may be big on the display: it leaves once answered.
DISPLAYED = codes(lambda status: status.shown or status.given and not status.answered)
GIVEN = codes(lambda status: status.given)
#: The speaker has it, or is getting it: a line of answer can be noted.
NOTABLE = codes(lambda status: status.shown or status.given)
#: The speaker has answered these.
HEARD = codes(lambda status: status.answered)
ASIDE = codes(lambda status: status.aside)
IN_PLAY = codes(lambda status: status.in_play)
ALIVE = codes(lambda status: status.alive)
PUBLIC = codes(lambda status: status.public)
#: What a phone may support.
SUPPORTABLE = codes(lambda status: status.public and status.to_come)
REASONED = codes(lambda status: status.reasoned)
TAKEN_BACK = codes(lambda status: status.taken_back)
#: What was said and not dismissed, for figures by theme: in a group or not.
MEANT = codes(lambda status: status.in_play or status.joined)
