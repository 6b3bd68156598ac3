"""A kiosk under fire: a real process, what it holds (memory, descriptors), how it answers, what it wrote in its
journal.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))
from running import Running  # noqa: E402

#: Planted in everything that is sent; none may be in the journal, nor an address, nor a user agent.
MARKER = "MarqueurSecretDeLaClasse"
FORBIDDEN = (MARKER, "127.0.0.1:", "client=", "User-Agent", "Traceback", "internal")
#: Above the level before, once settled: a page of code first used, the allocator's arenas; not a leak a request.
GROWTH_MB, GROWTH_FILES, GROWTH_THREADS = 24, 6, 1
#: The same once a first round of inputs has warmed everything: nearly 200,000 more, and the questions they left.
LATER_MB = 12
#: Seconds: the slowest /healthz while others are hostile (two busy cores).
HEALTH_SECONDS = 2.0


class Target(Running):
    """A running kiosk whose journal is kept while it runs."""

    def __init__(self, data_dir: Path, engine: str = "eventlet") -> None:
        super().__init__(data_dir, engine)
        self.journal: list[str] = []
        self.failures: list[str] = []
        self.count = 0
        self.slowest = 0.0
        self.growth_mb = GROWTH_MB

    def begin(self) -> Target:
        self.start()
        assert self.process is not None and self.process.stdout is not None
        stream = self.process.stdout
        threading.Thread(target=lambda: self.journal.extend(iter(stream.readline, "")), daemon=True).start()
        self.health_within()
        return self

    def level(self) -> dict[str, float]:
        """Memory (MB), descriptors and threads of the process."""
        assert self.process is not None
        seen = psutil.Process(self.process.pid)
        return {"mb": seen.memory_info().rss / 1e6, "files": seen.num_fds(), "threads": seen.num_threads()}

    def health_within(self) -> None:
        """/healthz answers 200, soon."""
        begun = time.monotonic()
        answer = requests.get(f"{self.url}/healthz", timeout=20)
        self.slowest = max(self.slowest, time.monotonic() - begun)
        assert answer.status_code == 200, answer.text

    def told(self, what: str, detail: Any) -> None:
        """Note a broken rule; the first twenty are shown."""
        if len(self.failures) < 20:
            self.failures.append(f"{what}: {str(detail)[:500]}")

    def settle(self, before: dict[str, float], seconds: float = 90.0) -> dict[str, float]:
        """The level once sockets have been taken down and a quiet minute has given memory back; waits for it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            now = self.level()
            if now["files"] <= before["files"] + GROWTH_FILES and now["mb"] <= before["mb"] + self.growth_mb:
                break
            time.sleep(0.5)
        return self.level()

    def warmed(self, seconds: float = 75.0) -> dict[str, float]:
        """The level after a quiet minute; from now on less growth is allowed."""
        time.sleep(seconds)
        self.growth_mb = LATER_MB
        return self.level()

    def verdict(self, before: dict[str, float]) -> dict[str, float]:
        """Every rule, at the end. :raises AssertionError: one is broken."""
        after = self.settle(before)
        self.health_within()
        assert self.process is not None and self.process.poll() is None
        assert not self.failures, "\n".join(self.failures)
        journal = self.journal[:]
        leaks = [n for n, line in enumerate(journal) if "http://" not in line and any(w in line for w in FORBIDDEN)]
        assert leaks == [], f"{len(leaks)} lines, the first with what follows:\n" + "".join(
            journal[max(0, leaks[0] - 2) : leaks[0] + 40]
        )
        errors = [line for line in self.journal if " ERROR " in line]
        assert errors == [], errors[:5]
        assert self.slowest < HEALTH_SECONDS, self.slowest
        assert after["files"] <= before["files"] + GROWTH_FILES, (before, after)
        assert after["threads"] <= before["threads"] + GROWTH_THREADS, (before, after)
        assert after["mb"] <= before["mb"] + self.growth_mb, (before, after)
        return after


def nice() -> None:
    """Let the others of this machine go first."""
    os.nice(10)
