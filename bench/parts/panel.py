"""The teacher's panel while questions wait: its page and its fragment, and what they cost everybody else.

The base is filled beforehand, then a fresh kiosk opens on it, as after a power cut: what it must compare is included.
"""

from __future__ import annotations

import csv
import random
import sqlite3
import string
import tempfile
import threading
import time
from pathlib import Path

from parts.report import Outcome, Target
from parts.servers import Kiosk, run_client
from parts.teacher import Teacher

SIZES = (30, 300, 1000, 5000)
#: p95 of a page, in ms, by number of questions.
LIMITS = {30: 100, 300: 100, 1000: 100, 5000: 250}
#: What another client may wait more than on a quiet kiosk, in ms.
DELAY = 50
SECONDS = 8.0
#: Seconds between two refreshes of a panel, however many hints come (``static/js/control/panel.js``).
GAP = 0.4
PROBE_PERIOD = 0.005


def ordinary(root: Path, count: int) -> list[str]:
    """What pupils ask: the questions of the tests, and beyond them halves of two."""
    with (root / "tests" / "data" / "similar-fr.tsv").open(encoding="utf-8") as file:
        asked = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    rng = random.Random(7)
    mixed = (" ".join(rng.choice(asked).split()[:6] + rng.choice(asked).split()[-4:]) for _ in range(count))
    return [*asked, *mixed][:count]


def alike(_root: Path, count: int) -> list[str]:
    """A program's: the same words and a number."""
    rng = random.Random(8)
    return [f"spam numero {number} {rng.getrandbits(64):016x}" for number in range(count)]


def crafted(_root: Path, count: int) -> list[str]:
    """As costly to compare as 240 letters can be: 36 words shared, as many not, all of two letters."""
    rng = random.Random(9)
    shared = [a + b for a in "bcdfgh" for b in "klmnpq"]
    pairs = [a + b for a in string.ascii_lowercase for b in string.digits]
    return [" ".join([*shared, *(rng.choice(pairs) for _ in range(44))])[:240] for _ in range(count)]


KINDS = {"ordinary": ordinary, "look-alike": alike, "crafted": crafted}


def fill(data_dir: Path, texts: list[str]) -> str:
    """Put texts in the base of a kiosk that has ended, as questions that wait; the room's code."""
    base = sqlite3.connect(data_dir / "kiosk.sqlite3")
    with base:
        room_id, session_id, number, code = base.execute(
            "SELECT id, session_id, next_number, code FROM room"
        ).fetchone()
        names = [row[1] for row in base.execute("PRAGMA table_info(question)")]
        model = dict(zip(names, base.execute("SELECT * FROM question LIMIT 1").fetchone()))
        base.execute("DELETE FROM question")
        now = int(time.time() * 1000) - len(texts)
        rows = [
            {
                **model,
                "id": f"bench-{n}",
                "number": number + n,
                "room_id": room_id,
                "session_id": session_id,
                "author": f"a{n}",
                "origin": "live",
                "status": "pending",
                "reason": None,
                "text": text,
                "original_text": text,
                "theme": "",
                "speaker_id": None,
                "support": 0,
                "base_support": 0,
                "position": 0,
                "merged_into": None,
                "kept_apart": 0,
                "created_at": now + n,
                "approved_at": None,
                "on_screen_at": None,
                "asked_at": None,
                "answered_at": None,
            }
            for n, text in enumerate(texts)
        ]
        marks = ", ".join(f":{name}" for name in names)
        base.executemany(f"INSERT INTO question ({', '.join(names)}) VALUES ({marks})", rows)
        base.execute("DELETE FROM setting WHERE key = 'setup'")  # else a first start shows its own page
        base.execute("UPDATE room SET phase = 'questions', next_number = ?, rev = rev + 1", (number + len(texts),))
    base.close()
    return str(code)


class Probe:
    """Another client of the kiosk, every 5 ms: what it waited, in ms."""

    def __init__(self, kiosk: Kiosk):
        self.waited: list[float] = []
        self._kiosk, self._going = kiosk, True
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        import http.client

        line = http.client.HTTPConnection("127.0.0.1", self._kiosk.port, timeout=60)
        while self._going:
            begun = time.perf_counter()
            line.request("GET", "/healthz/live")
            line.getresponse().read()
            self.waited.append((time.perf_counter() - begun) * 1000)
            time.sleep(PROBE_PERIOD)

    def stop(self) -> list[float]:
        """What was waited, sorted."""
        self._going = False
        self._thread.join()
        return sorted(self.waited)


def part(times: list[float], share: float) -> float:
    """A quantile of sorted times."""
    return round(times[min(len(times) - 1, int(share * len(times)))], 1)


def look(teacher: Teacher, path: str, seconds: float, gap: float = 0.1) -> list[float]:
    """Times of a page asked again and again, every ``gap`` seconds at most, in ms, sorted."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        teacher.page(path)
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(max(0.0, gap - (time.perf_counter() - begun)))
    return sorted(times)


def measure(root: Path, sizes: tuple[int, ...] = SIZES, kinds: tuple[str, ...] = tuple(KINDS)) -> Outcome:
    """Each size of each kind on a kiosk of its own."""
    outcome = Outcome({})
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-panel-") as folder:
        _arriving(root, Path(folder), outcome)
    for size in sizes:
        for kind in kinds:
            with tempfile.TemporaryDirectory(prefix="kiosk-bench-panel-") as folder:
                _one(root, Path(folder), size, kind, outcome)
    return outcome


def _arriving(root: Path, folder: Path, outcome: Outcome) -> None:
    """1,000 wait, a hundred more come each second, and a panel looks again as often as its script does."""
    with Kiosk(root, folder):
        pass
    room = fill(folder, ordinary(root, 1000))
    with Kiosk(root, folder, KIOSK_LIMITS_WAITING_LEAST="9000") as kiosk:  # the panel is measured, not the ceiling
        teacher = Teacher(kiosk.url, kiosk.pin())
        teacher.page(f"/prof?salle={room}")
        times: list[float] = []
        path = f"/prof/fragment/live?salle={room}"
        looking = threading.Thread(target=lambda: times.extend(look(teacher, path, 12.0, GAP)))
        looking.start()
        seen = run_client("load.js", kiosk, phones=200, rate=100, seconds=8)
        looking.join()
    times.sort()
    title = "1,000 questions and 100/s that come"
    outcome.figures[title] = {"fragment": {"p50": part(times, 0.5), "p95": part(times, 0.95)}, "class": seen}
    outcome.rows.append(
        f"{title}: fragment p50 {part(times, 0.5)}, p95 {part(times, 0.95)} ms; acknowledged p50 "
        f"{seen['ack_ms']['p50']}, p99 {seen['ack_ms']['p99']} ms, errors {seen['errors'] or 'none'}"
    )
    outcome.targets.append(Target(f"panel, {title}: p95 of the fragment", LIMITS[1000], part(times, 0.95), "ms"))
    outcome.targets.append(Target(f"panel, {title}: p99 of an acknowledgement", DELAY, seen["ack_ms"]["p99"], "ms"))


def _one(root: Path, folder: Path, size: int, kind: str, outcome: Outcome) -> None:
    with Kiosk(root, folder):
        pass
    room = fill(folder, KINDS[kind](root, size))
    with Kiosk(root, folder) as kiosk:
        teacher = Teacher(kiosk.url, kiosk.pin())
        assert "data-entry" in teacher.page(f"/prof?salle={room}")
        probe = Probe(kiosk)
        time.sleep(2)
        quiet = part(sorted(probe.waited), 0.95)
        before = kiosk.cpu_seconds()
        paths = {"page": f"/prof?salle={room}", "fragment": f"/prof/fragment/live?salle={room}"}
        seen = {name: look(teacher, path, SECONDS) for name, path in paths.items()}
        used = (kiosk.cpu_seconds() - before) * 1000 / sum(map(len, seen.values()))
        worst = probe.stop()[-1]
        memory = kiosk.rss_kb() // 1024
    title = f"{size} {kind} questions"
    figures = {
        name: {"p50": part(times, 0.5), "p95": part(times, 0.95), "max": part(times, 1)} for name, times in seen.items()
    }
    outcome.figures[title] = {
        **figures,
        "another": round(worst, 1),
        "another_quiet": quiet,
        "rss_mib": memory,
        "processor_ms": round(used, 1),
    }
    outcome.rows.append(
        f"{title}: "
        + ", ".join(
            f"{name} p50 {one['p50']}, p95 {one['p95']}, worst {one['max']} ms" for name, one in figures.items()
        )
        + f"; another client at worst {worst:.0f} ms (quiet p95 {quiet}); {used:.0f} ms of "
        f"processor a page, the probe's answers included; {memory} MiB"
    )
    for name, one in figures.items():
        outcome.targets.append(Target(f"panel, {title}: p95 of the {name}", LIMITS.get(size, 250), one["p95"], "ms"))
    outcome.targets.append(Target(f"panel, {title}: another client delayed", DELAY, round(worst - quiet, 1), "ms"))
