"""Where each phone has its own address, one address waits its turn: a laptop takes no more of the kiosk than a phone.

What it asks beyond a phone's need comes a little later, a few at a time; what would wait behind those is sent away. The
processor is then there for the others. Who shares an address with a class never waits: nobody could tell them apart.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from kiosk.domain.people.limits import Pace

#: Pages and sockets of one phone: at once (a first visit is three, a curious pupil some dozens), then a second.
PHONE = (40, 1.0)
#: Requests of an address that wait at a time, for each phone it counts for.
WAITING = 3
#: Seconds of a wait at least: a rounding error is no reason to look again at once.
LEAST = 0.01
#: … and after which one that others of its address always pass is sent away.
LONGEST = 8.0


class Turns:
    """The turns of one kiosk's addresses, in memory alone.

    :param counts_for: address → how many phones it counts for; None where an address may hide a class
        (``crowd.Crowd.counts_for``).
    :param sleep: lets the others work for some seconds.
    """

    def __init__(
        self,
        counts_for: Callable[[str], int | None],
        sleep: Callable[[float], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counts_for, self._sleep, self._monotonic = counts_for, sleep, monotonic
        self._pace = Pace(*PHONE, monotonic)
        self._waiting: Counter[str] = Counter()

    def wait(self, address: str, spared: Callable[[], bool]) -> float:
        """Come back when it is this address's turn, with 0; or with seconds to wait: at once when too many wait, after
        :data:`LONGEST` when the turn did not come.

        ``spared``: whether who asks never waits (a teacher, the machine itself); asked only of one who would.
        """
        phones = self._counts_for(address)
        if phones is None:
            return 0.0
        seconds = self._pace.take(address, phones)
        if not seconds or spared():
            return 0.0
        if self._waiting[address] >= WAITING * phones:
            return seconds
        self._waiting[address] += 1
        until = self._monotonic() + LONGEST
        try:
            while seconds and self._monotonic() < until:
                self._sleep(max(seconds, LEAST))
                seconds = self._pace.take(address, phones)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]
        return seconds
