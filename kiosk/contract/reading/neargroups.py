"""Groups of near questions, kept while questions come, change and leave: each costs a bounded work.

A question joins the group of the first question it is near: near is not passed on from friend to friend. Who comes
first: those already approved, then by arrival. Comparing each with each is the square of a class's work (80 s for
4,000 look-alikes, measured), so each *form* (the questions that have the same words) is filed under a few of its
stems, and only those filed under one of the same are compared. Two sets that share six tenths of their stems always
share one of the first four tenths of each, in any order that both keep (prefix filtering: Chaudhuri, Ganti and
Kaushik, « A primitive operator for similarity joins », 2006); longest first, since long words are rarer.

Where everything would still be near everything, bounds hold: beyond them a pair may be missed, never found wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from kiosk.contract.reading.similarity import Features, are_near, overlap

#: Stems a form is filed under. Exact up to 30 stems (240 letters of a sentence hold about 20).
KEYS = 13
#: Forms filed under one stem, and compared with one form.
FILED = 96
COMPARED = 96
#: Forms of one group, its first excluded: the next near one begins another.
FOLLOWERS = 60

Rank = tuple[bool, int]


class _Form:
    """The questions that have the same words, those ahead apart, each with its number of arrival; the form it
    follows, or itself; those that follow it.
    """

    __slots__ = ("features", "keys", "ahead", "behind", "leader", "followers")

    def __init__(self, features: Features) -> None:
        self.features = features
        self.keys = _keys(features)
        self.ahead: dict[str, int] = {}
        self.behind: dict[str, int] = {}
        self.leader = self
        self.followers: dict[_Form, None] = {}

    @property
    def rank(self) -> Rank:
        """That of its first question: numbers only grow, so the first that was put in."""
        return not self.ahead, next(iter((self.ahead or self.behind).values()))

    @property
    def ranked(self) -> list[tuple[Rank, str]]:
        """Its questions with their ranks."""
        first = [((False, number), id) for id, number in self.ahead.items()]
        return first + [((True, number), id) for id, number in self.behind.items()]


class Groups:
    """The groups of a changing set of questions. Not for two threads at once."""

    def __init__(self) -> None:
        self._of: dict[str, _Form] = {}
        self._forms: dict[tuple[str, ...], _Form] = {}
        #: By a number made of a key: two keys that had the same would cost a comparison. A list once there are several.
        self._filed: dict[int, _Form | list[_Form]] = {}
        self._arrivals = 0
        #: Comparisons made so far: what a test of growth counts.
        self.compared = 0

    def __len__(self) -> int:
        return len(self._of)

    def __contains__(self, id: str) -> bool:
        return id in self._of

    def add(self, id: str, features: Features, *, ahead: bool = False) -> None:
        """Take a question in; ``ahead`` of all that are not. One that says nothing is near nothing: not taken."""
        if not features.words:
            return
        self._arrivals += 1
        form = self._forms.get(features.words)
        if form is None:
            form = self._forms[features.words] = _Form(features)
            for key in form.keys:
                self._file(key, form)
        elif ahead and not form.ahead:
            self._leave(form)  # it now comes before those it followed
        else:
            self._put(id, form, ahead)
            return
        self._put(id, form, ahead)
        self._seat(form)

    def _put(self, id: str, form: _Form, ahead: bool) -> None:
        (form.ahead if ahead else form.behind)[id] = self._arrivals
        self._of[id] = form

    def remove(self, id: str) -> None:
        """Let a question go; unknown ones are ignored."""
        form = self._of.pop(id, None)
        if form is None:
            return
        was_ahead = form.ahead.pop(id, None) is not None
        form.behind.pop(id, None)
        if not form.ahead and not form.behind:
            del self._forms[form.features.words]
            for key in form.keys:
                self._unfile(key, form)
            self._leave(form)
        elif was_ahead and not form.ahead:  # it may follow others again
            self._leave(form)
            self._seat(form)

    def listed(self) -> list[list[str]]:
        """The groups of two questions and more, each by rank, in the order of their first."""
        found = []
        for form in self._forms.values():
            if form.leader is form and (form.followers or len(form.ahead) + len(form.behind) > 1):
                ranked = form.ranked
                for follower in form.followers:
                    ranked += follower.ranked
                found.append(sorted(ranked))
        return [[id for _rank, id in ranked] for ranked in sorted(found)]

    def near(self, features: Features, most: int) -> list[str]:
        """The ids of at most ``most`` questions near these features, the nearest first."""
        scored = [
            (overlap(features.stems, form.features.stems), form) for form in self._near(features, _keys(features))
        ]
        same = self._forms.get(features.words) if features.words else None
        if same is not None:
            scored.append((2.0, same))
        scored.sort(key=lambda pair: (-pair[0], pair[1].rank))
        found: list[str] = []
        for _score, form in scored:
            if len(found) < most:
                found += islice(chain(form.ahead, form.behind), most - len(found))
        return found

    def _file(self, key: int, form: _Form) -> None:
        filed = self._filed.get(key)
        if filed is None:
            self._filed[key] = form
        elif isinstance(filed, _Form):
            self._filed[key] = [filed, form]
        elif len(filed) < FILED:
            filed.append(form)

    def _unfile(self, key: int, form: _Form) -> None:
        filed = self._filed.get(key)
        if isinstance(filed, list):
            if form in filed:
                filed.remove(form)
            if not filed:
                del self._filed[key]
        elif filed is form:
            del self._filed[key]

    # -- inside --------------------------------------------------------------------------------

    def _near(self, features: Features, keys: tuple[int, ...]) -> Iterator[_Form]:
        """The other forms near these features."""
        filed = (self._filed[key] for key in keys if key in self._filed)
        shelves = sorted(([one] if isinstance(one, _Form) else one for one in filed), key=len)
        seen: set[_Form] = set()
        for shelf in shelves:
            for form in shelf:
                if form in seen or form.features.words == features.words:
                    continue
                if len(seen) == COMPARED:
                    return
                seen.add(form)
                self.compared += 1
                if are_near(features, form.features):
                    yield form

    def _seat(self, form: _Form) -> None:
        """Put a form that is alone in a group, or at the head of one."""
        loose = [form]
        while loose:
            one = loose.pop(0)
            if one.leader is not one:
                continue  # taken in meanwhile
            rank = one.rank
            near = list(self._near(one.features, one.keys))
            heads = [other for other in near if other.leader is other and len(other.followers) < FOLLOWERS]
            first = min(heads, key=lambda head: head.rank, default=None)
            if first is not None and first.rank < rank:
                loose += self._dissolve(one)
                self._follow(one, first)
                continue
            for other in near:
                if len(one.followers) == FOLLOWERS or other.leader is one or other.leader.rank < rank:
                    continue
                loose += self._dissolve(other)
                self._follow(other, one)

    def _leave(self, form: _Form) -> None:
        """Out of its group; its followers go on without it."""
        for left in self._dissolve(form):
            self._seat(left)

    def _dissolve(self, form: _Form) -> list[_Form]:
        """Make a form alone. Its followers take the first of them as their head; that one and those not near it are
        handed back, to find their place.
        """
        form.leader.followers.pop(form, None)
        form.leader = form
        left = sorted(form.followers, key=lambda follower: follower.rank)
        form.followers = {}
        for follower in left:
            follower.leader = follower
        if not left:
            return []
        heir, loose = left[0], []
        for follower in left[1:]:
            self.compared += 1
            if are_near(heir.features, follower.features):
                self._follow(follower, heir)
            else:
                loose.append(follower)
        return [heir, *loose]

    @staticmethod
    def _follow(form: _Form, head: _Form) -> None:
        form.leader = head
        head.followers[form] = None


def _keys(features: Features) -> tuple[int, ...]:
    """What a form is filed under: only those that could be near share one."""
    asks = hash(features.intents or ("asked", features.asked))
    stems = sorted(features.stems, key=lambda stem: (-len(stem), stem))
    needed = len(stems) - (6 * len(stems) + 9) // 10 + 1  # see SAME_WORDS
    keys = [hash((asks, stem)) for stem in stems[: min(KEYS, needed)]]
    if features.intents:
        keys.append(hash((asks, features.rest)))
    return tuple(dict.fromkeys(keys))
