"""What else the machine does while we measure: figures taken beside a busy neighbour say nothing of the product."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
#: Share of the whole machine, in percent, above which a figure is printed with a warning.
NOISY = 10.0
QUIET_PATIENCE = 5.0


def _busy_seconds() -> float:
    """Processor time of everybody since the machine started, stolen time included."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / TICK


def _own_seconds() -> float:
    """Processor time of this process and of the clients it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Neighbours:
    """Measures, from its making to :meth:`percent`, what neither we nor the `server` used."""

    def __init__(self, server=None):
        self._server = server
        self._since = time.monotonic()
        self._before = self._unexplained()

    def _unexplained(self) -> float:
        server = self._server.cpu_seconds() if self._server else 0.0
        return _busy_seconds() - _own_seconds() - server

    def percent(self) -> float:
        """Share of all cores that others used, in percent."""
        passed = (time.monotonic() - self._since) * (os.cpu_count() or 1)
        return round(max(0.0, 100 * (self._unexplained() - self._before) / passed), 1)


def wait_for_quiet() -> None:
    """Wait, a few seconds at most, until the neighbours let us measure."""
    give_up = time.monotonic() + QUIET_PATIENCE
    while time.monotonic() < give_up:
        seen = Neighbours()
        time.sleep(0.5)
        if seen.percent() < NOISY:
            return
