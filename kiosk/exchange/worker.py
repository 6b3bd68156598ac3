"""When to exchange: at once when asked, soon after something is written, for ever when it fails, rarely at rest (and
rarer still when nobody is there or the day's budget is near: ``pace``).

A failure waits 30 s, doubling to 15 min, with full jitter (every school starts at the same hour); ``Retry-After`` is
the least. A new network or « synchroniser » tries at once. Nothing runs before :meth:`Worker.run_forever`.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Callable, Sequence

from kiosk.contract import sticks
from kiosk.domain import outbox
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import pace, pairing, stick, syncstate
from kiosk.exchange.about import own_address
from kiosk.exchange.messages import Line
from kiosk.exchange.round import Outcome, Round
from kiosk.ground import lockfile
from kiosk.ground.errors import KioskError
from kiosk.ground.events import Event, ExchangeAsked, OutboxChanged
from kiosk.ground.values import dataclass

log = logging.getLogger("kiosk.sync")

FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
#: Seconds between two looks at what was asked, and after something was written (several come together).
TICK = 1.0
GATHER = 5.0
#: Seconds between two looks at the network's address.
LOOK = 5.0


@dataclass(frozen=True)
class Progress:
    """A round under way. ``step``: ``probe``, ``exchange``, ``portraits``, or empty at rest."""

    step: str = ""
    done: int = 0
    total: int = 0


class Worker:
    """The exchange of one server; ``line`` makes a line for each round."""

    def __init__(
        self, kiosk: Kiosk, line: Callable[[], Line], *, draw: Callable[[float, float], float] = random.uniform
    ) -> None:
        self.kiosk = kiosk
        self.progress = Progress()
        self.last: Outcome | None = None
        #: Called with each round's outcome (the journal).
        self.told: Callable[[Outcome | None], None] = lambda _outcome: None
        self._line = line
        self._draw = draw
        self._failures = self._silences = 0
        self._wait = 0.0
        self._running = False
        self._network = ""
        self._since_look = LOOK
        kiosk.bus.subscribe(self._heard)

    def nudge(self) -> None:
        """Exchange at once (« synchroniser maintenant »), whichever of several processes does it: it is told, and kept
        for the one that does not hear (``ops.together``).
        """
        self._wait = 0.0
        if not self.kiosk.duty.mine:
            self.kiosk.write(syncstate.ask)
        self.kiosk.bus.publish([ExchangeAsked()])

    @property
    def busy(self) -> bool:
        """Whether a round is under way, or about to be."""
        return self._running or self._wait <= 0 and self.kiosk.duty.mine

    @property
    def asked(self) -> bool:
        """Whether a round was asked of another process, and is not over."""
        return not self.kiosk.duty.mine and syncstate.awaited(self.kiosk.clock.now())

    def pair(self, code: str, uai: str, label: str = "") -> None:
        """Pair this kiosk, then exchange at once; with a long code, get ready to ask by stick.

        :raises KioskError: those of :func:`kiosk.exchange.pairing.pair` and :func:`kiosk.exchange.stick.ask`.
        """
        if sticks.long_code(code):
            stick.ask(self.kiosk, code, uai, label)
            return
        line = self._line()
        try:
            pairing.pair(self.kiosk, line, code, uai, label)
        finally:
            line.close()
        self._failures = 0
        self.nudge()

    def stick_file(self) -> tuple[str, bytes]:
        """(name, bytes) of what to carry on a stick. :raises KioskError: ``not_paired``."""
        return stick.request(self.kiosk)

    def take_stick(self, data: bytes) -> Outcome:
        """Read the centre's answer from a stick. :raises KioskError: ``not_paired``, ``stick_invalid``,
        ``stick_large``, ``stick_foreign``.
        """
        return stick.take_answer(self.kiosk, data)

    def run_forever(self) -> None:
        """Exchange when it is time, for ever. Never returns."""
        while True:
            self.kiosk.engine.sleep(TICK)
            self.tick(TICK)

    def tick(self, seconds: float) -> None:
        """Let ``seconds`` pass, and exchange if it is time, and this process is the one of several that does."""
        if not self.kiosk.duty.mine:
            return
        self._wait -= seconds
        self._since_look += seconds
        if self._since_look >= LOOK:
            self._since_look = 0.0
            address = own_address()
            if address and address != self._network:
                self._network = address
                self._failures = 0
                self.nudge()
        if self._wait <= 0:
            self._once()

    def run_once(self) -> Outcome | None:
        """One round now; None when another process is exchanging for this kiosk."""
        line = self._line()
        self._running = True
        try:
            with lockfile.take(self.kiosk.settings.data_dir, lockfile.SYNC):
                return Round(self.kiosk, line, progress=self._say).run()
        except KioskError as busy:
            if busy.code != "sync_busy":
                raise
            return None
        finally:
            line.close()
            self._running = False
            self.progress = Progress()

    def delay(self, outcome: Outcome | None) -> float:
        """Seconds to the next round, after this one.

        What the centre leaves without a word is sent again as after a failure; what it asked to wait with, in time.
        """
        if outcome is None:
            return FIRST_WAIT
        if outcome.failure == "ok":
            self._failures = 0
            if outcome.left:
                return GATHER  # a class is with its speaker, or it came meanwhile
            self._silences = self._silences + 1 if outcome.unanswered else 0
            rest = self._draw(1.0, _ceiling(self._silences - 1)) if outcome.unanswered else self._rest()
            return min(rest, self._put_off())
        self._failures += 1
        return max(self._draw(1.0, _ceiling(self._failures - 1)), float(outcome.retry_after or 0))

    def _rest(self) -> float:
        longest = pace.longest_rest(self.kiosk)
        return self._draw(longest / 2, longest)

    def _put_off(self) -> float:
        """Seconds until what the centre asked to wait with may go; never so few that who always asks is pestered."""
        now = self.kiosk.clock.now()
        at = outbox.next_retry(now)
        return math.inf if at is None else max(self._draw(FIRST_WAIT / 2, FIRST_WAIT), (at - now) / 1000)

    def _once(self) -> None:
        self._wait = GATHER  # what is written during the round comes right after it
        outcome: Outcome | None = None
        try:
            outcome = self.last = self.run_once()
        except Exception:
            log.exception("a round failed")
        self.told(outcome)
        self._wait = self.delay(outcome)
        wait_ms = int(self._wait * 1000)
        try:
            self.kiosk.write(lambda tx: syncstate.note(tx, next_try=tx.now + wait_ms))
        except KioskError as error:
            log.warning("state not kept: %s", error.code)

    def _say(self, step: str, done: int, total: int) -> None:
        self.progress = Progress(step, done, total)

    def _heard(self, events: Sequence[Event]) -> None:
        if any(isinstance(event, ExchangeAsked) for event in events):
            self._wait = 0.0
        if not self._running and not self._failures and any(isinstance(e, OutboxChanged) for e in events):
            self._wait = min(self._wait, GATHER)


def _ceiling(failures: int) -> float:
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures, 20))
