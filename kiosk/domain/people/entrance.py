"""Guesses of the code and devices that knock, by several workers as by one: no worker more gives a guesser more tries.

What is counted by device, by lane and in all is one value of the database, changed by units of work; what is counted by
address stays in the memory of each worker and nowhere else. A device is kept as a hash that only this installation
makes, an hour at most. Each worker first counts alone, as if it were the only one: whoever is refused so costs the
database nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeVar

from kiosk.domain import stored
from kiosk.domain.people.guessing import FREE, Guesses, Guessing
from kiosk.domain.people.knocking import Knock, Knocks
from kiosk.ground.clock import Clock
from kiosk.storage.writer import Transaction

T = TypeVar("T")
#: The value.
KEY = "people.entrance"


class Entrance:
    """What the workers share. ``write`` runs a unit of work; ``key`` is the installation's secret."""

    def __init__(self, write: Callable[[Callable[[Transaction], Any]], Any], clock: Clock, key: str) -> None:
        self._write, self._clock, self._key = write, clock, key
        self._held: dict[str, Any] = {}
        self.guesses, self.knocks = SharedGuesses(self), SharedKnocks(self)

    @property
    def now(self) -> float:
        """Seconds of the clock that all workers have."""
        return self._clock.now() / 1000

    def look(self) -> None:
        """Read what the others did. :raises KioskError: ``storage_away``."""
        self._held = stored.get(KEY, {})

    def tidy(self) -> None:
        """Forget what is over, when there is any. For the worker that has the duties."""
        self.guesses.tidy()
        self.knocks.tidy()

    def of(self, part: str) -> Any:
        """A part (``guesses``, ``knocks``) as it was a moment ago."""
        return self._held.get(part)

    def change(self, part: str, act: Callable[[Any, float], tuple[T, Any]]) -> T:
        """Change a part: ``act`` gets it and the instant, and gives its own answer and the part as it becomes."""

        def unit(tx: Transaction) -> tuple[T, dict[str, Any]]:
            tx.must_pass()
            held = dict(stored.get(KEY, {}))
            answer, held[part] = act(held.get(part), tx.now / 1000)
            held = {name: value for name, value in held.items() if value}
            stored.keep(tx, KEY, held or None)
            return answer, held

        answer: T
        answer, self._held = self._write(unit)
        return answer

    def named(self, device: str) -> str:
        """What is kept of a device."""
        return hmac.new(self._key.encode(), f"entrance|{device}".encode(), hashlib.sha256).hexdigest()[:16]


class _Book(Guesses):
    """The guesses of all, at an instant; what an address missed is said by the worker that counts it."""

    def __init__(self, now: float, misses_of: Callable[[str], int]) -> None:
        super().__init__(lambda: now)
        self._of = misses_of

    def misses_of(self, address: str) -> int:
        return self._of(address)


class SharedGuesses(Guesses):
    """:class:`Guesses` of all workers; the addresses are this one's."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__()
        self._entrance = entrance

    def attempt(
        self, device: str, address: str, *, here: bool = False, known: bool = False, old: bool = False
    ) -> float:
        alone = super().attempt(device, address, here=here, known=known, old=old)
        name, how = self._entrance.named(device), {"here": here, "known": known, "old": old}
        return max(alone, self._change(lambda book: book.attempt(name, address, **how)))

    def missed(self, device: str, address: str) -> None:
        super().missed(device, address)
        name = self._entrance.named(device)
        self._change(lambda book: book.miss(name))

    def found(self, device: str) -> None:
        super().found(device)
        name = self._entrance.named(device)
        if self._read().left(name) < FREE:
            self._change(lambda book: book.found(name))

    def left(self, device: str) -> int:
        return self._read().left(self._entrance.named(device))

    def told(self) -> Guessing | None:
        return self._read().told()

    def silence(self) -> None:
        self._change(Guesses.silence)

    def close(self, closed: bool) -> None:
        self._change(lambda book: book.close(closed))

    def tidy(self) -> None:
        """Forget what is over, when there is any."""
        kept = self._entrance.of("guesses")
        if kept and self._book(kept, self._entrance.now).kept() != kept:
            self._change(lambda book: None)

    def _read(self) -> Guesses:
        return self._book(self._entrance.of("guesses"), self._entrance.now)

    def _book(self, kept: Any, now: float) -> Guesses:
        made = _Book(now, self.misses_of)
        made.take_back(kept or {})
        return made

    def _change(self, act: Callable[[Guesses], T]) -> T:
        def changed(kept: Any, now: float) -> tuple[T, Any]:
            book = self._book(kept, now)
            return act(book), book.kept()

        return self._entrance.change("guesses", changed)


class SharedKnocks(Knocks):
    """:class:`Knocks` of all workers; from which address a device asks is known to its worker alone."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__()
        self._entrance = entrance
        self._from: dict[str, str] = {}

    def knock(self, device: str, address: str, guessed: Callable[[str], int]) -> Knock:
        name = self._entrance.named(device)
        made = self._change(lambda book: book.knock(name, address, guessed))
        self._from = {one.id: self._from.get(one.id, "") for one in self.waiting()} | {made.id: address}
        return made

    def of(self, device: str) -> Knock | None:
        return self._read().of(self._entrance.named(device))

    def waiting(self) -> list[Knock]:
        return self._read().waiting()

    def let_in(self, id: str) -> Knock:
        return self._change(lambda book: book.let_in(id))

    def come_in(self, device: str) -> bool:
        name = self._entrance.named(device)
        return self._read().open_to(name) and self._change(lambda book: book.come_in(name))

    def refuse(self, id: str) -> None:
        self._change(lambda book: book.refuse(id))

    def tidy(self) -> None:
        """Forget what is over, when there is any."""
        kept = self._entrance.of("knocks")
        if kept and self._book(kept, self._entrance.now).kept() != kept:
            self._change(lambda book: None)

    def _read(self) -> Knocks:
        return self._book(self._entrance.of("knocks"), self._entrance.now)

    def _book(self, kept: Any, now: float) -> Knocks:
        made = Knocks(lambda: now)
        made.take_back(kept or [], self._from)
        return made

    def _change(self, act: Callable[[Knocks], T]) -> T:
        def changed(kept: Any, now: float) -> tuple[T, Any]:
            book = self._book(kept, now)
            return act(book), book.kept()

        return self._entrance.change("knocks", changed)
