"""A kiosk under fire: a real process, what it holds (memory, descriptors), how it answers, what it wrote in its
journal.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import requests

from server.running import Running

#: Planted in everything that is sent; none may be in the journal, nor an address, nor a user agent.
MARKER = "MarqueurSecretDeLaClasse"
FORBIDDEN = (MARKER, "127.0.0.1:", "client=", "User-Agent", "Traceback", "internal")
#: Above the level before, once settled: a page of code first used, the allocator's arenas; not a leak a request.
GROWTH_MB, GROWTH_FILES, GROWTH_THREADS = 24, 6, 1
#: The same once a first round of inputs has warmed everything: nearly 200,000 more, and the questions they left.
LATER_MB = 12
#: Seconds: the slowest /healthz while others are hostile (two busy cores).
HEALTH_SECONDS = 2.0
#: Seconds: the slowest answer, and how long anybody else may be held, when the kiosk itself was at work for most of it
#: (a machine that is busy with others makes everything slow).
ANSWER_SECONDS, HELD_SECONDS = 1.0, 0.25
#: Part of that time which the process must have spent computing.
AT_WORK = 0.6
LOOK_PERIOD = 0.02


class Target(Running):
    """A running kiosk whose journal is kept while it runs."""

    def __init__(self, data_dir: Path, engine: str = "eventlet") -> None:
        super().__init__(data_dir, engine)
        self.room: str | None = None  # the code that inputs name; none: the only one there is
        self.journal: list[str] = []
        self.failures: list[str] = []
        self.count = 0
        self.slowest = 0.0
        self.growth_mb = GROWTH_MB
        self.doing = ""  # what is being sent, for the journal of failures

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

    def computing(self) -> float:
        """Seconds of CPU of the process so far."""
        assert self.process is not None
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def crowd(self, most: int) -> None:
        """A room that takes questions, with ``most`` of them waiting."""
        base = sqlite3.connect(self.data_dir / "kiosk.sqlite3", timeout=10)
        with contextlib.closing(base), base:
            base.execute("BEGIN IMMEDIATE")
            rooms = base.execute(
                "SELECT id, session_id, next_number FROM room WHERE session_id IS NOT NULL LIMIT 1"
            ).fetchall()
            for room_id, session_id, number in rooms:
                names = [row[1] for row in base.execute("PRAGMA table_info(question)")]
                held = base.execute("SELECT COUNT(*) FROM question").fetchone()[0]
                model = base.execute("SELECT * FROM question LIMIT 1").fetchone()
                rows = (
                    [
                        {
                            **dict(zip(names, model)),
                            "id": f"foule-{secrets.token_hex(8)}",
                            "number": number + n,
                            "room_id": room_id,
                            "author": f"a{n}",
                            "session_id": session_id,
                            "status": "pending",
                            "origin": "live",
                            "merged_into": None,
                            "reason": None,
                            "text": f"spam {n} {secrets.token_hex(60)}",
                            "original_text": f"spam {n}",
                        }
                        for n in range(most - held)
                    ]
                    if model
                    else []
                )
                marks = ", ".join(f":{name}" for name in names)
                base.executemany(f"INSERT INTO question ({', '.join(names)}) VALUES ({marks})", rows)
                base.execute(
                    "UPDATE room SET phase = 'questions', intake = 'open', next_number = ?, rev = rev + 1 WHERE id = ?",
                    (number + len(rows) + 1, room_id),
                )

    def thin(self) -> None:
        """Take the crowd's questions away again."""
        base = sqlite3.connect(self.data_dir / "kiosk.sqlite3", timeout=10)
        with contextlib.closing(base), base:
            base.execute(
                "DELETE FROM question WHERE id LIKE 'foule-%' AND id NOT IN (SELECT current_id FROM room WHERE current_id IS NOT NULL)"
            )
            base.execute("UPDATE room SET rev = rev + 1")

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


class Timed:
    """An answer waited for: told when it is slow, and the kiosk was at work meanwhile."""

    def __init__(self, target: Target, most: float, what: str) -> None:
        self.target, self.most, self.what = target, most, what

    def __enter__(self) -> None:
        self.begun, self.before = time.monotonic(), self.target.computing()

    def __exit__(self, *_error: Any) -> None:
        took = time.monotonic() - self.begun
        if took > self.most and self.target.computing() - self.before > AT_WORK * took:
            self.target.told(self.what, f"{took:.2f} s: {self.target.doing}")


class Watch:
    """A second client: asks whether the kiosk lives, again and again, and tells when the loop was held."""

    def __init__(self, target: Target) -> None:
        self.target, self.worst, self._going = target, 0.0, True
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: Any) -> None:
        self._going = False
        self._thread.join()

    def _look(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.target.port, timeout=60)
        while self._going:
            begun = time.monotonic()
            try:
                with Timed(self.target, HELD_SECONDS, "everybody was held"):
                    line.request("GET", "/healthz/live")
                    line.getresponse().read()
            except (OSError, http.client.HTTPException, psutil.Error):
                line.close()
            self.worst = max(self.worst, time.monotonic() - begun)
            time.sleep(LOOK_PERIOD)
        line.close()


def nice() -> None:
    """Let the others of this machine go first."""
    os.nice(10)
