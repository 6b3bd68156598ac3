"""One run of the kit against a centre, rule after rule, and what is written of it: lines to read, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kiosk.conform import checks  # noqa: F401  (declares the rules)
from kiosk.conform.checks.about import is_the_centre
from kiosk.conform.rules import PAGE, SIDES, Failed, Rule, Untried
from kiosk.conform.trial import Trial
from kiosk.ground.i18n import N_, _, _n

PASSED, FAILED, UNTRIED = "passed", "failed", "not_tried"
#: Requests in a row without an answer, after which nothing more is tried.
PATIENCE = 3
_MARKS = {PASSED: N_("tenue"), FAILED: N_("manquée"), UNTRIED: N_("non essayée")}


@dataclass(frozen=True)
class Result:
    """What became of a rule. ``why`` is a sentence; ``sent`` and ``came``: the last request, without secrets."""

    rule: Rule
    state: str
    why: str = ""
    expected: str = ""
    found: str = ""
    sent: str = ""
    came: str = ""

    def plain(self) -> dict[str, Any]:
        """For a machine."""
        told = {"rule": self.rule.code, "section": self.rule.place, "revision": self.rule.revision, "state": self.state}
        more = {"why": self.why, "expected": self.expected, "found": self.found, "sent": self.sent, "came": self.came}
        return {**told, "sentence": _(self.rule.sentence), **{name: value for name, value in more.items() if value}}

    def lines(self) -> list[str]:
        """For a person."""
        head = f"{self.rule.code:<16} {_(_MARKS[self.state]):<12} {_(self.rule.sentence)}"
        if self.state == UNTRIED:
            return [f"{head} ({self.why})"]
        if self.state == PASSED:
            return [head]
        return [
            head,
            "    " + _("contrat, section %(place)s (%(page)s)", place=self.rule.place, page=PAGE),
            "    " + _("attendu : %(what)s", what=self.expected),
            "    " + _("trouvé : %(what)s", what=self.found),
            *(["    " + _("envoyé : %(what)s", what=self.sent)] if self.sent else []),
            *(["    " + _("reçu : %(what)s", what=self.came)] if self.came else []),
        ]


@dataclass
class Report:
    """Every rule of a side, and what became of it."""

    base: str
    results: list[Result] = field(default_factory=list)

    def count(self, state: str) -> int:
        """How many rules are in that state."""
        return sum(one.state == state for one in self.results)

    @property
    def held(self) -> bool:
        """Whether no rule was found broken, and one at least was tried."""
        return not self.count(FAILED) and self.count(PASSED) > 0

    def summary(self) -> str:
        """One line."""
        passed, failed, untried = self.count(PASSED), self.count(FAILED), self.count(UNTRIED)
        told = [_n("%(n)s règle tenue", "%(n)s règles tenues", passed)]
        told.append(_n("%(n)s manquée", "%(n)s manquées", failed))
        told.append(_n("%(n)s non essayée", "%(n)s non essayées", untried))
        return ", ".join(told) + "."

    def as_json(self) -> str:
        """The whole report."""
        counts = {state: self.count(state) for state in (PASSED, FAILED, UNTRIED)}
        value = {"contract": 1, "revision": 2, "base": self.base, **counts}
        return json.dumps({**value, "rules": [one.plain() for one in self.results]}, ensure_ascii=False, indent=1)


def run(trial: Trial) -> Iterator[Result]:
    """Try each rule of a centre in order; each result as soon as it is known. Never raises for what a centre says."""
    for one in SIDES["centre"]:
        if one.check is None:
            yield Result(one, UNTRIED, _(one.why))
            continue
        yield _try(trial, one)


def _try(trial: Trial, one: Rule) -> Result:
    trial.sent = trial.came = ""
    assert one.check is not None
    try:
        _before(trial, one)
        one.check(trial)
    except Untried as untried:
        return Result(one, UNTRIED, _(untried.why, **untried.values))
    except Failed as failed:
        return Result(one, FAILED, "", trial.safe(failed.expected), trial.safe(failed.came), trial.sent, trial.came)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        # An answer of a shape that the check had not thought of: the rule does not hold, and the run goes on.
        return Result(one, FAILED, "", _(one.sentence), type(error).__name__, trial.sent, trial.came)
    return Result(one, PASSED)


def _before(trial: Trial, one: Rule) -> None:
    """What stands in the way of a check. :raises Untried: it does."""
    if trial.silent >= PATIENCE:
        raise Untried(N_("le centre ne répond plus"))
    if one.code.startswith("1-"):
        if one.revision > 1 and trial.revision < 2 and one.code != "1-revision":
            raise Untried(N_("ce centre dit la révision 1"))
        if one.code == "1-revision" and trial.about is not None and trial.about.member("revision") is None:
            raise Untried(N_("ce centre dit la révision 1"))
        return
    is_the_centre(trial)
    if one.revision > 1 and trial.revision < 2:
        raise Untried(N_("ce centre dit la révision 1"))
    if one.writes and not trial.codes:
        raise Untried(N_("cet essai écrit : il lui faut --uai et --code"))
