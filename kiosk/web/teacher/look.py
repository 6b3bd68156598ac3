"""What the live page shows just now: which list, which filter, which question, which form is open.

It lives in the address (``?liste=…&q=…&faire=…``), so that every button is a link or a form, with or
without JavaScript, and that going back works.
"""

from __future__ import annotations

from typing import Any

from flask import request

from kiosk.contract.themes import THEMES
from kiosk.contract.values import ID_LONGEST
from kiosk.domain.statuses import SHELVES
from kiosk.ground.values import dataclass
from kiosk.web.frame import pages

#: What the page may hold in the place of a shelf: the reflections, the lines of answer that wait to be read, and the
#: proposed order.
REFLECTIONS, LINES, ORDER = INSTEAD = "bilans", "lignes", "ordre"
#: The filters of « à relire ».
FILTERS = ("dabord", "groupes", "signalees", "toutes")
#: The forms that can be open.
DOINGS = ("reformuler", "cote", "regrouper", "actions", "saisir", "sansrelecture")
#: Those of them that are about the selected question.
ABOUT_ONE = ("reformuler", "cote", "regrouper", "actions")
#: Questions shown before « Afficher les suivantes ».
FIRST = 12
STEP = 20
#: The most on one page: beyond, the list goes on from there (``debut``).
MOST = 72


@dataclass(frozen=True)
class Look:
    """A state of the live page. ``shelf`` is one of ``SHELVES`` or of :data:`INSTEAD`; ``selected`` a question's
    id, ``""`` the first of the list.
    """

    shelf: str = "relire"
    only: str = ""
    theme: str = ""
    selected: str = ""
    doing: str = ""
    shown: int = FIRST
    start: int = 0
    #: The worrying message that is unfolded.
    care: str = ""
    #: Where the list of those told to somebody begins.
    told: int = 0

    def but(self, **changes: Any) -> Look:
        """The same look with some changes."""
        return Look(**{**vars(self), **changes})  # a page makes sixty: half the time of dataclasses.replace

    def args(self) -> dict[str, str]:
        """Its query parameters, defaults left out."""
        values = {
            "liste": "" if self.shelf == "relire" else self.shelf,
            "filtre": self.only,
            "theme": self.theme,
            "q": self.selected,
            "faire": self.doing,
            "n": "" if self.shown == FIRST else str(self.shown),
            "debut": str(self.start) if self.start else "",
            "ouvert": self.care,
            "signales": str(self.told) if self.told else "",
        }
        return {name: value for name, value in values.items() if value}

    @property
    def about(self) -> str:
        """The form open on the selected question, or an empty string."""
        return self.doing if self.doing in ABOUT_ONE else ""

    @property
    def bare(self) -> bool:
        """Whether it asks for no list: the page shows what the moment is about."""
        return self.shelf == "relire" and not self.only

    @property
    def more(self) -> Look:
        """The same list with some more at its end, as far as one page goes; else the page after it."""
        if self.shown < MOST:
            return self.but(shown=min(MOST, self.shown + STEP))
        return self.but(start=self.start + self.shown, shown=FIRST, selected="", doing="")

    @property
    def first(self) -> Look:
        """The same list from its beginning."""
        return self.but(start=0, shown=FIRST, selected="", doing="")

    @property
    def address(self) -> str:
        """The live page in this state."""
        return pages.url("control.live", **self.args())


def current() -> Look:
    """The look that the request's address asks for; what it does not know is ignored."""
    args = request.args
    shelf, only, theme, doing = (args.get(name, "") for name in ("liste", "filtre", "theme", "faire"))
    number, start, told = (_number(args.get(name, "")) for name in ("n", "debut", "signales"))
    return Look(
        shelf=shelf if shelf in SHELVES or shelf in INSTEAD else "relire",
        only=only if only in FILTERS else "",
        theme=theme if theme in THEMES else "",
        selected=args.get("q", "")[:ID_LONGEST],
        doing=doing if doing in DOINGS else "",
        shown=min(MOST, max(FIRST, number)),
        start=start,
        care=args.get("ouvert", "")[:ID_LONGEST],
        told=told,
    )


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 8 else 0


def after_action() -> Look:
    """The look once a question's action is done: its form closed, the next question selected."""
    following = request.form.get("suite", "")[:ID_LONGEST]
    return current().but(doing="", selected=following)
