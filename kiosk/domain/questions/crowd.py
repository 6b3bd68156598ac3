"""What the pupils of a room may hold, whatever tokens they show: questions that wait, supports, reflections.

A browser makes as many tokens as it likes, so nothing here is counted by token alone. Three things it cannot renew at
will: the class's headcount, the address it speaks from, the sockets it holds open. Bounds come from the first, are
divided by the second, and weighed by the third. Addresses live in this memory alone, for as long as a room's session.

Of the ``headcount`` and the phones seen at other addresses follows how many phones one address can plausibly hide:
:meth:`Crowd._plausible`. A whole class behind one address gets the whole of every bound; one laptop on a network where
each phone has its own gets what is left of it, and each other address its first act in any case.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field

from kiosk.domain.people.limits import Pace
from kiosk.domain.people.presence import Presence, There
from kiosk.domain.questions.pace import LATER
from kiosk.domain.reading.distress import GUARDED
from kiosk.domain.statuses import READY, TO_REVIEW
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage import hot

#: ``hot.CROWD``, ready made.
READING = hot.filled(hot.CROWD, to_review=TO_REVIEW, ready=READY, guarded=GUARDED)
#: Questions of a device, and of an address without a socket, that pass although the list is full.
FIRST = 3
#: Parts of the ceiling: below the first, nobody is refused; from the second, a device has no more than a pupil's share.
FAR, NEAR = 0.25, 0.75
#: Part of the ceiling that messages kept apart (``domain.reading.distress``) may reach besides it: they take nobody's
#: place. Beyond, an address keeps the first three of each phone it counts for.
APART = 0.25
#: Waiting questions whatever the number of phones: what the teacher's panel shows within its time.
MOST_WAITING = 5_000
#: Questions of one session in all, withdrawn and set aside ones too: the disk has an end.
MOST_A_SESSION = 20_000
#: Pupils when nobody gave the headcount.
UNKNOWN = 40
#: Phones seen at other addresses from which, half of the class too, a network is one where each has its own.
FLAT = 8
#: Seconds between two counts of what waits: far from the ceiling, near it, and while phones come and go: a laptop fills
#: in a second what it could not once the class is seen.
LOOK, LOOK_NEAR, LOOK_MOVED = 5.0, 0.5, 0.2
#: Addresses, and supports, remembered in a room: a bound, not a target.
MOST_ADDRESSES, MOST_BACKED = 4_096, 200_000
#: Seconds for which a refusal is told to the teacher.
RECENT = 60.0
#: Acts of devices that have only just come, by address: at once, then a second.
NEWCOMERS = (20, 0.5)


@dataclass(frozen=True)
class Full:
    """A list that refuses: ``waiting`` of ``ceiling`` questions, ``refused`` in ``minutes``; ``now``: it still does."""

    waiting: int
    ceiling: int
    refused: int
    minutes: int
    now: bool


@dataclass
class Place:
    """What a question may take: ``most``, how many its device may have sent before it (0: any number); ``apart``,
    whether it is kept if it may come from a pupil in danger. ``guarded`` is said by who kept it.
    """

    most: int
    apart: bool
    guarded: bool = False


@dataclass
class _Book:
    """What is known of a room. ``sent``, ``over`` and ``worrying``: address → questions that wait, that passed a full
    list (``passed`` in all), and that are kept ``apart``."""

    session: str | None = None
    headcount: int = 0
    waiting: int = 0
    total: int = 0
    ceiling: int = 0
    phones: int = 1
    phones_there: int = 0
    seen: int = 0
    read_at: float = -1e9
    sent: dict[str, float] = field(default_factory=dict)
    over: dict[str, int] = field(default_factory=dict)
    passed: int = 0
    apart: int = 0
    worrying: dict[str, int] = field(default_factory=dict)
    backing: dict[object, dict[str, set[int]]] = field(default_factory=dict)
    backed: int = 0
    refused: int = 0
    refused_from: float = 0.0
    refused_at: float = -1e9

    def count(self, address: str, n: int, passes: bool) -> None:
        """``n`` more questions of an address; ``passes``: beyond the ceiling."""
        self.waiting += n
        self.total += n
        if passes:
            self.over[address] = self.over.get(address, 0) + n
            self.passed += n
        else:
            self.sent[address] = self.sent.get(address, 0.0) + n

    def set_apart(self, address: str, passes: bool) -> None:
        """A question just counted is kept apart: it takes nobody's place."""
        self.count(address, -1, passes)
        self.total += 1
        self.apart += 1
        self.worrying[address] = self.worrying.get(address, 0) + 1

    def shrink(self) -> None:
        """The teacher dealt with some: what each address holds shrinks as the whole did."""
        held = sum(self.sent.values())
        if held > 2 * self.waiting:
            left = self.waiting / held
            self.sent = {address: n * left for address, n in self.sent.items() if n * left >= 0.5}

    def add(self, subject: object, address: str, who: int) -> None:
        """One more device of an address backs ``subject``."""
        self.backing.setdefault(subject, {}).setdefault(address, set()).add(who)
        self.backed += 1

    def drop(self, subject: object, address: str, who: int) -> None:
        """One fewer; what is empty goes."""
        by_address = self.backing.get(subject, {})
        devices = by_address.get(address, set())
        if who in devices:
            devices.remove(who)
            self.backed -= 1
            if not devices:
                del by_address[address]
            if not by_address:
                del self.backing[subject]


def margin(pupils: int) -> int:
    """Phones beyond the headcount that are nobody's fault: latecomers, adults, a pupil's second phone."""
    return 8 + pupils // 8


class Crowd:
    """The bounds of one kiosk's rooms. ``per_pupil`` questions wait for each pupil, ``least`` in any room."""

    def __init__(
        self,
        presence: Presence,
        *,
        per_pupil: int = 10,
        least: int = 300,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._presence, self._per_pupil, self._least, self._monotonic = presence, per_pupil, least, monotonic
        self._books: dict[str, _Book] = {}
        self._newcomers = Pace(*NEWCOMERS, monotonic)
        self.told: Callable[[str], None] = lambda room_id: None

    # -- questions ---------------------------------------------------------------------------------

    @contextmanager
    def asking(self, room_id: str, device: str, address: str) -> Iterator[Place]:
        """Count the question taken inside; gives what it may take.

        One that is refused inside counts for nothing. :raises KioskError: ``list_full``.
        """
        there = self._presence.there(room_id)
        book = self._book(room_id, there)
        key = address if address in book.sent or len(book.sent) < MOST_ADDRESSES else ""
        held, passes = book.sent.get(key, 0.0), False
        within = book.waiting - book.passed  # what passed a full list takes nobody's share
        if within < book.ceiling and self._has_room(book, there, address, held, within):
            most = 0 if within < NEAR * book.ceiling else self._per_pupil
        elif self._passes(book, there, device, address):
            most, passes = FIRST, True
        else:
            self._refused(room_id, book)
            raise KioskError("list_full", seconds=LATER)
        place = Place(most, self._keeps_apart(book, there, key, address))
        book.count(key, 1, passes)
        try:
            yield place
        except KioskError as error:
            book.count(key, -1, passes)
            if error.code == "list_full":
                self._refused(room_id, book)
            raise
        if place.guarded:
            book.set_apart(key, passes)

    def _keeps_apart(self, book: _Book, there: There, key: str, address: str) -> bool:
        """Whether one more message of an address is kept, should it come from a pupil in danger."""
        if book.apart < APART * max(book.ceiling, self._least):
            return True
        return book.worrying.get(key, 0) < FIRST * max(1, self._weight(book, there, address))

    def _has_room(self, book: _Book, there: There, address: str, held: float, within: int) -> bool:
        """Whether an address may hold one more: of its share; or of what is nobody's, those there elsewhere served.

        In a list that is far from full, nobody is counted so.
        """
        weight = self._weight(book, there, address)
        share = max(FIRST, book.ceiling * max(1, weight) / book.phones)
        elsewhere = max(0, book.phones_there - weight) / book.phones
        return held < share or within < book.ceiling * max(FAR, NEAR - elsewhere)

    def _passes(self, book: _Book, there: There, device: str, address: str) -> bool:
        """The first questions of a device that is there, or of an address from which nobody is, pass a full list."""
        passed = book.over.get(address, 0)
        if passed >= FIRST * max(1, self._weight(book, there, address)):
            return False
        return there.has(device) or not there.at(address)

    def _refused(self, room_id: str, book: _Book) -> None:
        now = self._monotonic()
        if now - book.refused_at > RECENT:
            book.refused, book.refused_from = 0, now
            self.told(room_id)
        book.refused += 1
        book.refused_at = now

    def full(self, room_id: str) -> Full | None:
        """What the teacher is told of a list that is full, or refused somebody within the last minute; else None."""
        now = self._monotonic()
        book = self._book(room_id, self._presence.there(room_id))
        full = book.waiting >= book.ceiling
        recent = book.refused if now - book.refused_at <= RECENT else 0
        if not full and not recent:
            return None
        minutes = max(1, round((now - book.refused_from) / 60)) if recent else 0
        return Full(book.waiting, book.ceiling, recent, minutes, full)

    # -- supports and reflections --------------------------------------------------------------------

    @contextmanager
    def backing(
        self, room_id: str, device: str, address: str, question: int | str, on: bool, *, old: bool = False
    ) -> Iterator[int]:
        """Count the support given (or taken back) inside; how many the question may have already (0: any number).

        ``old``: the device's token is the kiosk's own, made long enough ago.

        :raises KioskError: ``support_full``, ``newcomer``.
        """
        subject = (room_id, question)
        if on:
            yield from self._counted(room_id, device, address, subject, old, "support_full")
        else:
            yield 0
            book = self._book(room_id, self._presence.there(room_id))
            book.drop(subject, address, hash(device))

    @contextmanager
    def reflecting(self, room_id: str, device: str, address: str, *, old: bool = False) -> Iterator[int]:
        """The same for an end-of-session answer; :raises KioskError: ``reflections_full``, ``newcomer``."""
        yield from self._counted(room_id, device, address, room_id, old, "reflections_full")

    def _counted(self, room_id: str, device: str, address: str, subject: object, old: bool, code: str) -> Iterator[int]:
        there = self._presence.there(room_id)
        book = self._book(room_id, there)
        mine, who = book.backing.get(subject, {}).get(address, ()), hash(device)
        again = who in mine
        if not again:
            if len(mine) >= self._plausible(book, there, address) or book.backed >= MOST_BACKED:
                raise KioskError(code)
            wait = 0.0 if old or there.has(device) else self._newcomers.take(address)
            if wait:
                raise KioskError("newcomer", seconds=max(1, math.ceil(wait)))
            book.add(subject, address, who)
        try:
            yield 0 if len(book.backing[subject][address]) == 1 else self._expected(book, there)
        except KioskError:
            if not again:
                book.drop(subject, address, who)
            raise

    # -- how many ------------------------------------------------------------------------------------

    @staticmethod
    def _expected(book: _Book, there: There) -> int:
        """Pupils there may be, and a margin: the headcount, else the phones there."""
        pupils = max(book.headcount, there.spread()) if book.headcount else max(there.total(), UNKNOWN)
        return pupils + margin(pupils)

    def _plausible(self, book: _Book, there: There, address: str) -> int:
        """Phones that one address can hide: what is left of the class once those seen elsewhere are counted."""
        elsewhere = there.spread() - min(there.at(address), 2)
        return max(1, self._expected(book, there) - elsewhere)

    def _weight(self, book: _Book, there: There, address: str) -> int:
        """The phones an address counts for: those truly there; on a flat network, no more than it can hide."""
        here = there.at(address)
        return min(here, self._plausible(book, there, address)) if self._flat(book, there, address) else here

    @staticmethod
    def _flat(book: _Book, there: There, address: str) -> bool:
        """Whether phones seen at other addresses show that each has its own."""
        elsewhere = there.spread() - min(there.at(address), 2)
        return elsewhere >= max(FLAT, book.headcount // 2)

    def counts_for(self, address: str) -> int | None:
        """The phones an address counts for, 1 at least, where a room shows that each phone has its own address; None
        where none does, as behind a school's one address.
        """
        flat, phones = False, 1
        for room_id, book in self._books.items():
            there = self._presence.there(room_id)
            flat = flat or self._flat(book, there, address)
            phones = max(phones, self._weight(book, there, address))
        return phones if flat else None

    # -- the room, as it was a moment ago --------------------------------------------------------------

    def _book(self, room_id: str, there: There) -> _Book:
        book = self._books.get(room_id)
        if book is None:
            book = self._books[room_id] = _Book()
        now = self._monotonic()
        near = book.waiting >= NEAR * book.ceiling
        patience = LOOK_MOVED if there.total() != book.seen else LOOK_NEAR if near else LOOK
        if now - book.read_at >= patience:
            return self._read(room_id, book, there, now)
        return book

    def _read(self, room_id: str, book: _Book, there: There, now: float) -> _Book:
        rows = hot.read(READING, room_id)
        session, headcount, pending, approved, apart, total = rows[0] if rows else (None, 0, 0, 0, 0, 0)
        if session != book.session:
            book = self._books[room_id] = _Book(session)
        book.headcount, book.waiting, book.total, book.read_at = headcount, pending + approved, total, now
        book.apart = apart
        book.phones_there = sum(self._weight(book, there, address) for address in there.addresses())
        book.phones, book.seen = max(headcount, book.phones_there, 1), there.total()
        book.ceiling = max(self._least, min(MOST_WAITING, self._per_pupil * book.phones))
        if book.total >= MOST_A_SESSION:
            book.ceiling = 0
        book.shrink()
        if book.waiting < NEAR * book.ceiling:
            book.over.clear()
            book.passed = 0
        return book
