"""The speaker's list: questions of a session by theme, near ones folded under one, in the order the office chose."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import Case, fn

from kiosk.centre import feed, questions
from kiosk.centre.models import Question
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.centre.words import THEMES
from kiosk.contract.reading.neargroups import Groups
from kiosk.contract.reading.similarity import features
from kiosk.ground.i18n import N_, _

#: What the office makes of a question, in words.
STATES = {"new": N_("À trier"), "kept": N_("Retenue"), "set_aside": N_("Écartée")}
#: Rows that one statement moves.
_PART = 100
#: Between two places, so that another fits; and the furthest place either way.
STEP, MOST = 4096, 2**31 - 1
#: Groups that are remembered, by a digest of what they were made from: identifiers alone, never a pupil's words, and no
#: more than so many.
_HELD = 50_000
_known: dict[bytes, dict[str, str]] = {}


class Asked(NamedTuple):
    """A question as a list shows it."""

    id: str
    text: str
    theme: str
    level: str
    support: int
    origin: str
    state: str
    uai: str
    apart: bool


class Group(NamedTuple):
    """A question that is read, and those near it, in their order. `votes` and `schools` are of all of them."""

    head: Asked
    near: list[Asked]

    @property
    def ids(self) -> list[str]:
        """All its questions."""
        return [self.head.id, *(one.id for one in self.near)]

    @property
    def votes(self) -> int:
        """The support of all."""
        return self.head.support + sum(one.support for one in self.near)

    @property
    def schools(self) -> int:
        """How many schools ask it."""
        return len({one.uai for one in (self.head, *self.near) if one.uai})

    @property
    def levels(self) -> list[str]:
        """The levels it comes from."""
        return sorted({one.level for one in (self.head, *self.near) if one.level})


class Decided(NamedTuple):
    """(identifier, state, place, whether it stands alone) of the questions that somebody decided on: what a kiosk sends
    meanwhile is not in it.
    """

    rows: list[tuple[str, str, int | None, bool]]


def of_theme(session_id: str, theme: str = "", *, aside: bool = False) -> list[Asked]:
    """The questions of a session, of one theme or of all, in the list's order; those set aside, or the others. Of those
    that one's territory may read; what was forgotten since is not there.
    """
    of = Question
    chosen = _chosen(session_id, theme, aside=aside)
    columns = (of.id, of.text, of.theme, of.level, of.support, of.origin, of.state, of.uai, of.apart)
    order = (of.position.is_null(), of.position, of.support.desc(), of.created_at, of.id)
    found: Any = of.select(*columns).where(chosen).order_by(*order).tuples()
    rows = [Asked(*row) for row in found]
    codes = list(THEMES)
    return sorted(rows, key=lambda row: codes.index(row.theme) if row.theme in THEMES else len(codes))


def decided(session_id: str, theme: str = "", *, aside: bool = False) -> Decided:
    """What the office decided in a list, as :func:`of_theme` chooses it."""
    of = Question
    touched = (of.state != "new") | of.position.is_null(False) | of.apart
    rows: Any = of.select(of.id, of.state, of.position, of.apart).where(
        _chosen(session_id, theme, aside=aside) & touched
    )
    return Decided(list(rows.order_by(of.id).tuples()))


def _chosen(session_id: str, theme: str, *, aside: bool) -> Any:
    of = Question
    chosen = (of.session_id == session_id) & (of.state != "withdrawn") & (of.text != "") & questions.readable()
    chosen &= of.state == "set_aside" if aside else of.state != "set_aside"
    return chosen & (of.theme == theme) if theme else chosen


def named(session_id: str) -> str:
    """What the journal knows the list of a session by."""
    return f"questions {session_id}"


def counts(session_id: str) -> tuple[dict[str, int], int]:
    """Theme → how many questions that are not set aside; and how many are."""
    of = Question
    rows: Any = (
        of.select(of.theme, of.state, fn.COUNT(of.id))
        .where((of.session_id == session_id) & (of.state != "withdrawn") & (of.text != "") & questions.readable())
        .group_by(of.theme, of.state)
        .tuples()
    )
    found: dict[str, int] = {}
    aside = 0
    for theme, state, number in rows:
        if state == "set_aside":
            aside += number
        else:
            found[theme] = found.get(theme, 0) + number
    return {code: found[code] for code in THEMES if code in found}, aside


def grouped(rows: Sequence[Asked]) -> list[Group]:
    """The rows in groups of near ones, theme by theme, each at the place of its first. It takes a while for thousands
    that were not grouped yet: :meth:`kiosk.engine.Engine.apart`.
    """
    head_of = _heads(rows)
    found: dict[str, Group] = {}
    for row in rows:
        head = head_of.get(row.id, row.id)
        if head in found:
            found[head].near.append(row)
        else:
            found[head] = Group(row, [])
    return list(found.values())


def _heads(rows: Sequence[Asked]) -> dict[str, str]:
    """Question → the one that stands for its group, of those near others: the most supported. What the office decides
    (order, state) changes no group, so a page and the moves made from it group once.
    """
    canonical = sorted((row for row in rows if not row.apart), key=lambda row: (row.theme, -row.support, row.id))
    said = repr([(row.theme, row.id, row.text) for row in canonical])
    key = hashlib.blake2s(said.encode()).digest()
    known = _known.get(key)
    if known is None:
        together: dict[str, Groups] = {}
        for row in canonical:
            together.setdefault(row.theme, Groups()).add(row.id, features(row.text))
        known = {id: ids[0] for near in together.values() for ids in near.listed() for id in ids}
        for oldest in list(_known):  # a copy: another thread may be here
            if sum(map(len, list(_known.values()))) + len(known) > _HELD:
                _known.pop(oldest, None)
        _known[key] = known
    return known


def place(tx: Tx, session_id: str, theme: str, ids: Sequence[str], before: str | None) -> tuple[int, int]:
    """Put questions before another of their theme, or last (None). Returns where the first was and is among the
    questions of the theme, from 1; (0, 0) when none is there any more.

    Places leave room between them, and what nobody placed stays after what was: a move writes what moves, and what it
    first passes.

    :raises OfficeError: another territory made the session.
    """
    questions.check_list(session_id)
    of = Question
    chosen = (of.session_id == session_id) & (of.theme == theme) & of.state.in_(("new", "kept"))
    order = (of.position.is_null(), of.position, of.support.desc(), of.created_at, of.id)
    rows: Any = of.select(of.id, of.position).where(chosen).order_by(*order).tuples()
    held: dict[str, int | None] = dict(rows)
    ids = [id for id in ids if id in held]
    if not ids:
        return 0, 0
    was = list(held).index(ids[0]) + 1
    rest = [id for id in held if id not in set(ids)]
    at = rest.index(before) if before in held and before not in ids else len(rest)
    _write(_places({id: held[id] for id in rest}, rest, at, ids), held)
    return was, at + 1


def _places(held: dict[str, int | None], rest: list[str], at: int, ids: list[str]) -> dict[str, int]:
    """Each question's new place, of those that get another. ``held``: the places of ``rest``, those that have one
    first; ``ids`` go before ``rest[at]``.
    """
    placed = [id for id in rest if held[id] is not None]
    low = held[rest[at - 1]] if 0 < at <= len(placed) else None
    high = held[placed[at]] if at < len(placed) else None
    if at > len(placed):  # those it passes that nobody placed stay where they are
        low, ids = held[placed[-1]] if placed else 0, rest[len(placed) : at] + ids
    if high is None:
        start = 0 if low is None else low
        if start + STEP * len(ids) < MOST:
            return {id: start + STEP * n for n, id in enumerate(ids, 1)}
    elif low is None:
        if high - STEP * len(ids) > -MOST:
            return {id: high - STEP * n for n, id in enumerate(reversed(ids), 1)}
    elif high - low > len(ids):
        return {id: low + (high - low) * n // (len(ids) + 1) for n, id in enumerate(ids, 1)}
    wanted = [*placed[:at], *ids, *placed[at:]]  # no room is left: all anew
    return {id: STEP * n for n, id in enumerate(wanted, 1)}


def _write(places: dict[str, int], held: dict[str, int | None]) -> None:
    of = Question
    changed = [(id, position) for id, position in places.items() if held[id] != position]
    for start in range(0, len(changed), _PART):
        part = changed[start : start + _PART]
        of.update(position=Case(of.id, part)).where(of.id.in_([id for id, _position in part])).execute()


def mark(tx: Tx, ids: Sequence[str], state: str) -> Counter[str]:
    """Keep, set aside or put back several; returns what those that changed were, state → how many.

    :raises OfficeError: there is no such decision, or one is another territory's.
    """
    if state not in STATES:
        raise OfficeError(_("Cette décision n’existe pas."))
    chosen = Question.id.in_(list(ids)) & (Question.state != "withdrawn")
    rows = list(Question.select().where(chosen & (Question.state != state)))
    questions.check_territory(rows)
    before = Counter(str(row.state) for row in rows)
    Question.update(state=state).where(chosen).execute()
    for row in rows:
        if row.origin in questions.RECEIVED:
            row.state = state
            questions.tell_all(row)
        else:  # the school's own: a replaced kiosk of it finds the office's word (contract r2)
            feed.own(row.id, row.uai)
    return before


def detach(tx: Tx, id: str, *, apart: bool) -> None:
    """Take a question out of its group of near ones, or let it be grouped again.

    :raises OfficeError: it is another territory's.
    """
    questions.check_territory(Question.select().where(Question.id == id))
    Question.update(apart=apart).where(Question.id == id).execute()
