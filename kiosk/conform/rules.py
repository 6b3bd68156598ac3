"""The rules of the contract, as data: what each says, where it stands, and the check that tells whether it holds.

A module of checks declares a rule with :func:`rule`, right above the function that checks it; what nobody can see from
outside is declared with :func:`unseen` and its reason. ``SIDES`` holds them all once the modules are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Where the contract's own words stand.
PAGE = "docs/contrat.md"


#: Characters of a text in a report.
SHOWN = 600


def printable(text: str) -> str:
    """A text that a peer may have written, as a terminal may show it: no escape, no half character, not too long."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text[: SHOWN + 1])
    return kept if len(kept) <= SHOWN else kept[:SHOWN] + "…"


class Failed(Exception):
    """The rule does not hold. ``expected`` and ``came``: technical words, the same in every language, as they may be
    shown (:func:`printable`).
    """

    def __init__(self, expected: str, came: str) -> None:
        super().__init__("a rule of the contract does not hold")
        self.expected, self.came = printable(expected), printable(came)


class Untried(Exception):
    """The rule could not be tried. ``why``: a msgid, and its values."""

    def __init__(self, why: str, **values: Any) -> None:
        super().__init__(why)
        self.why, self.values = why, values


@dataclass(frozen=True)
class Rule:
    """One rule. ``code`` begins with its section, and the rule's number there (``3.2-repeat``); ``sentence`` is a
    msgid; ``writes``: its check leaves something on a centre, so it needs a code; ``check`` is None when nothing can be
    seen from outside, and ``why`` then says what it would take; ``files``: of a kiosk, its check looks at what came by
    file as well as by network.
    """

    code: str
    sentence: str
    check: Callable[[Any], None] | None
    revision: int = 1
    writes: bool = False
    why: str = ""
    files: bool = False

    @property
    def place(self) -> str:
        """Where it stands in the contract: « 2 », « 3.9 » (section 3, rule 9), « introduction »."""
        found = self.code.partition("-")[0]
        return "introduction" if found == "0" else found


Check = Callable[[Any], None]
#: side (``centre`` or ``kiosk``) → its rules, in the order they are tried.
SIDES: dict[str, list[Rule]] = {"centre": [], "kiosk": []}


def rule(
    code: str, sentence: str, *, side: str = "centre", revision: int = 1, writes: bool = False, files: bool = False
) -> Callable[[Check], Check]:
    """Declare the rule that the decorated function checks. It raises :class:`Failed` or :class:`Untried`."""

    def declare(check: Check) -> Check:
        SIDES[side].append(Rule(code, sentence, check, revision, writes, files=files))
        return check

    return declare


def unseen(code: str, sentence: str, why: str, *, side: str = "centre", revision: int = 1) -> None:
    """Declare a rule that nobody can see broken from outside, and why."""
    SIDES[side].append(Rule(code, sentence, None, revision, why=why))
