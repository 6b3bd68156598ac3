"""A proposed running order: which question next, and why, in one reason each. A rule on plain values: nothing is read
nor written here, and nothing of it says who wrote.

A slot goes to the best of those that may have it: never the device of the slot before while another one may speak, and
no speaker two questions ahead of another who has some left. Then voices count by steps, so that the order does not
dance at each vote; a theme not heard yet, a device not heard yet and what was prepared come first. What the teacher
placed keeps its place.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field

from kiosk.ground.values import dataclass

#: Questions put in order: what follows them waits its turn. The work is at most the square of it.
MOST = 60
#: Voices up to which a question stays on a step.
STEPS = (1, 3, 6, 11)
#: What a slot's score is made of.
NEW_THEME, AGAIN, PREPARED, HEARD = 2.0, 0.5, 1.5, 8.0


@dataclass(frozen=True)
class Candidate:
    """A question that may come next. ``device``: a mark of the device it came from, None when it is nobody's (typed by
    the teacher, a shared tablet); ``placed``: the teacher put it where it is.
    """

    id: str
    theme: str = ""
    speaker_id: str | None = None
    device: str | None = None
    support: int = 0
    prepared: bool = False
    placed: bool = False


@dataclass(frozen=True)
class Slot:
    """A place of the proposed order. ``reason``: ``placed``, ``turn`` (``of`` is the speaker), ``theme`` (``of`` is the
    theme), ``prepared``, ``device``, ``voices``, ``list`` (nobody backed it: as the list stands) or ``after`` (its
    device was heard already).
    """

    id: str
    reason: str
    of: str = ""


@dataclass
class Heard:
    """What was put to the speakers so far, the latest last."""

    themes: Counter[str] = field(default_factory=Counter)
    speakers: Counter[str] = field(default_factory=Counter)
    devices: Counter[str] = field(default_factory=Counter)
    last: str | None = None

    @staticmethod
    def of(asked: Iterable[Candidate]) -> Heard:
        """After these questions, in the order in which they were asked."""
        heard = Heard()
        for one in asked:
            heard.add(one)
        return heard

    def add(self, one: Candidate) -> None:
        """This one is asked."""
        self.themes[one.theme] += 1
        self.last = one.device
        if one.speaker_id:
            self.speakers[one.speaker_id] += 1
        if one.device:
            self.devices[one.device] += 1


def proposed(waiting: Sequence[Candidate], asked: Iterable[Candidate], speakers: Sequence[str] = ()) -> list[Slot]:
    """The order of the first :data:`MOST` of these, given as they stand now; ``speakers``: several, or none."""
    heard, several = Heard.of(asked), list(speakers) if len(speakers) > 1 else []
    first = list(waiting[:MOST])
    placed = {at: one for at, one in enumerate(first) if one.placed}
    left = {one.id: one for one in first if not one.placed}
    slots: list[Slot] = []
    for at in range(len(first)):
        if at in placed:
            chosen, reason = placed[at], ("placed", "")
        else:
            after = placed[at + 1].device if at + 1 in placed else None
            chosen = _best(list(left.values()), heard, several, after)
            reason = _reason(chosen, heard, several)
            del left[chosen.id]
        slots.append(Slot(chosen.id, *reason))
        heard.add(chosen)
    return slots


def with_placed(
    stands: Sequence[Candidate], shown: Sequence[str], moved: str, *, before: str | None = None, step: int = 0
) -> list[str]:
    """The ids of ``stands`` once ``moved`` has the place it was given on the page that showed ``shown``: just before
    ``before`` (None: at the end), or one place up or down (``step`` -1 or 1). What was placed earlier keeps its place:
    who is dropped on one comes to the nearest place before it, or after it where there is none. The others follow in
    the order that stands.
    """
    kept = {at: one.id for at, one in enumerate(stands) if one.placed and one.id != moved}
    free = [at for at in range(len(stands)) if at not in kept]
    now, rest = shown.index(moved), [id for id in shown if id != moved and id not in kept.values()]
    if step:
        aims = [at for at in free if (at < now if step < 0 else at > now)]
        at = aims[0 if step > 0 else -1] if aims else now
    elif before is None:
        at = free[-1]
    elif before in rest:
        at = free[rest.index(before)]
    else:
        at = max((one for one in free if one < shown.index(before)), default=free[0])
    others = iter(one.id for one in stands if one.id != moved and not one.placed)
    return [kept.get(place) or (moved if place == at else next(others)) for place in range(len(stands))]


def _best(left: Sequence[Candidate], heard: Heard, several: Sequence[str], after: str | None) -> Candidate:
    """``after``: the device of a placed question that comes next."""
    owed = {one.speaker_id for one in left if one.speaker_id in several}
    fewest = min((heard.speakers[one] for one in owed if one), default=0)
    near = {heard.last, after} - {None}
    fair = [one for one in left if one.speaker_id not in owed or heard.speakers[str(one.speaker_id)] <= fewest]
    apart = [one for one in fair if one.device not in near] or [one for one in left if one.device not in near]
    return max(apart or fair or left, key=lambda one: _score(one, heard))


def _score(one: Candidate, heard: Heard) -> float:
    score = float(bisect(STEPS, one.support))
    score += -min(AGAIN * heard.themes[one.theme], NEW_THEME) if heard.themes[one.theme] else NEW_THEME
    score += PREPARED if one.prepared else 0.0
    return score - (HEARD * heard.devices[one.device] if one.device else 0.0)


def _reason(one: Candidate, heard: Heard, several: Sequence[str]) -> tuple[str, str]:
    if one.speaker_id in several and heard.speakers[str(one.speaker_id)] < max(heard.speakers[s] for s in several):
        return "turn", str(one.speaker_id)
    if one.device and heard.devices[one.device]:
        return "after", ""
    if one.theme and not heard.themes[one.theme]:
        return "theme", one.theme
    if one.prepared:
        return "prepared", ""
    if one.device and bisect(STEPS, one.support) < 2:
        return "device", ""
    return ("voices" if one.support else "list"), ""
