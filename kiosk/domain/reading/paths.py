"""Where a path turns: each of its steps is a step, a pause or a bifurcation.

A path is ``[{"when", "what"}]`` (contract, section 3, ``speaker.path``); one written on the kiosk may say its ``kind``
(:data:`KINDS`) and then it stands. Else the words say it: « Pause : … » and « Bifurcation : … » first of all, then the
lexicon of ``config/paths-fr.toml``, in what a step says *first*. A step is a bifurcation when it says so, when the one
before was given up (« abandonnée », « arrêt en terminale »), when a trade follows general school, or when its field
(droit, mécanique, soins…) is not that of the step before. Pauses are looked over: what they stand between is compared.

It prefers silence: an unmarked turn is still read in its words, a false one lies about somebody's life.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from kiosk.contract.reading.wording import flat
from kiosk.ground.i18n import N_
from kiosk.ground.values import dataclass

FILE = Path(__file__).resolve().parents[3] / "config" / "paths-fr.toml"
STEP, PAUSE, FORK = KINDS = ("step", "pause", "fork")
#: The word with which a text says itself what its step is.
SAID = {"pause": PAUSE, "bifurcation": FORK}
#: What each kind is called before a step's words (msgids).
LABELS = {PAUSE: N_("Pause :"), FORK: N_("Bifurcation :")}
#: Characters of a step that are looked at.
READ = 200

_OWN = re.compile(r"^\s*(pause|bifurcation)\s*:\s*", re.IGNORECASE)
_WORD = re.compile(r"\b(?:pause|bifurcation)\b", re.IGNORECASE)
#: A school's option is no field.
_OPTION = re.compile(r"\boption\b[^,;]*")
_FIRST = re.compile(r"[,;.(]|\b(?:puis|ensuite|et puis|avant de)\b")


@dataclass(frozen=True)
class Step:
    """One step of a path. ``kind`` is one of :data:`KINDS`; ``word``: the word of its own that says so, as it stands
    there (« pause » in « Une année de pause »), else empty.
    """

    when: str
    what: str
    kind: str = STEP
    word: str = ""

    @property
    def label(self) -> str:
        """What is written before its words (a msgid); empty when they say it themselves, or nothing turns."""
        return "" if self.word else LABELS.get(self.kind, "")


@dataclass(frozen=True)
class Lexicon:
    """The words of ``config/paths-fr.toml``, each list one expression."""

    lists: Mapping[str, re.Pattern[str]]
    fields: Mapping[str, re.Pattern[str]]

    def says(self, name: str, text: str) -> bool:
        """Whether a flat text holds one of a list's phrases."""
        return bool(self.lists[name].search(text))

    def fields_of(self, text: str) -> frozenset[str]:
        """The fields that a flat text names."""
        bare = _OPTION.sub("", text)
        return frozenset(name for name, phrases in self.fields.items() if phrases.search(bare))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    fields = data.pop("fields")
    return Lexicon(_compiled(data), _compiled(fields))


def steps(path: Iterable[Mapping[str, str]]) -> list[Step]:
    """The steps of a path, in its order, each with its kind and without the « Pause : » its text may begin with."""
    found: list[Step] = []
    before = ""  # what the last step that is no pause says, flat
    for given in path:
        step = _step(given, before, bool(found))
        found.append(step)
        if step.kind != PAUSE:
            before = flat(step.what[:READ])
    return found


def _step(given: Mapping[str, str], before: str, follows: bool) -> Step:
    when, what = str(given.get("when", "")), str(given.get("what", ""))
    own = _OWN.match(what)
    if own:
        what = what[own.end() :]
    kind = given.get("kind", "")
    if kind not in KINDS:
        kind = SAID[own[1].lower()] if own else _kind(flat(what[:READ]), before, follows)
    return Step(when, what, kind, _word(what, kind))


def _kind(text: str, before: str, follows: bool) -> str:
    words = lexicon()
    first = _FIRST.split(text, maxsplit=1)[0]
    if words.says("pause", first) and not words.says("at_work", first):
        return PAUSE
    if not follows:
        return STEP
    return FORK if words.says("fork", first) or (before and _turns(text, first, before, words)) else STEP


def _turns(text: str, first: str, before: str, words: Lexicon) -> bool:
    """Whether a step goes elsewhere than the one before."""
    if words.says("left", before):
        return True
    if words.says("general", before) and words.says("trade", first):
        return True
    here, there = words.fields_of(first), words.fields_of(before)
    return bool(here and there and not words.fields_of(text) & there)


def _word(what: str, kind: str) -> str:
    """The word with which a text says its own kind, as it stands there; empty when it does not."""
    found = _WORD.search(what[:READ])
    return found[0] if found and SAID[found[0].lower()] == kind else ""


def _compiled(lists: Mapping[str, Sequence[str]]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile("|".join(map(_phrase, phrases))) for name, phrases in lists.items()}


def _phrase(phrase: str) -> str:
    """« arret de * mois » → whole words, the star any ending or any one word."""
    return r"(?<![a-z0-9œ])" + re.escape(phrase).replace(r"\ ", " ").replace(r"\*", r"[a-z0-9œ'-]*") + r"(?![a-z0-9œ])"
