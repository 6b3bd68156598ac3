#!/usr/bin/env python3
"""A centre at the size of the country, on PostgreSQL: python bench/centre/country.py [--schools 60000] [--workers 1 2]

Fills an empty database (generated: a kiosk a school, two enrolments, ten questions), serves it by one worker or, one
after the other, by as many as are named, each request to the next one; measures exchanges and the office's pages.
Beside each, the processor time of the server and of PostgreSQL (when it is this run's own): on a busy machine, these
are the figures to read. Prints the targets met or missed; exit status 1 when one is.

    nice -n 5 .venv/bin/python bench/centre/country.py                    # a PostgreSQL of its own
    nice -n 5 .venv/bin/python bench/centre/country.py --workers 1 2      # one, then two on the same database
    .venv/bin/python bench/centre/country.py --database postgresql://…    # an empty database of yours
    .venv/bin/python bench/centre/country.py --idle --schools 3000    # a minute: an idle exchange beside a bare one
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from asking import PAGES, PASSWORD, Beside, Kiosk, Office, moves, uai  # noqa: E402
from measured import BARE, Server, Workers  # noqa: E402

from kiosk.centre import accounts, passwords, secretfile  # noqa: E402
from kiosk.centre.store import Store  # noqa: E402
from kiosk.engine import Engine  # noqa: E402

#: Sessions of the year: each has as many classes and questions as fall to it.
SESSIONS = 300
THEMES = "metier parcours salaire vie egalite difficultes numerique environnement autre".split()
#: Seconds: a page, a move, an exchange, what the office may add to one; bytes of a page; an idle exchange over a bare
#: endpoint.
PAGE, MOVE, FIRST, DELAY, WEIGHT, TIMES = 0.3, 0.1, 0.25, 0.1, 200 * 1024, 3.0
#: Kiosks that exchange at once, and for how many seconds.
AT_ONCE, SECONDS = 8, 5.0
TEXTS = [
    line.split("\t")[1].strip()
    for line in (ROOT / "tests" / "data" / "similar-fr.tsv").read_text("utf-8").splitlines()[1:]
    if "\t" in line
]
FILL = """
INSERT INTO school (uai, name, town, academie, rural, words)
    SELECT s.uai, 'Collège ' || s.n, 'Ville ' || s.n % 3000, 'Rennes', s.n % 3 = 0, 'college ' || s.n FROM s;
INSERT INTO session (id, title, starts_at, duration_min, status, places, manual, body, words)
    SELECT 'S-' || n, 'Séance ' || n, %(now)s + (n - 150) * 86400000::bigint, 45, 'planned', NULL, false,
        replace(%(session)s, '#', n::text), 'seance ' || n FROM generate_series(1, %(sessions)s) n;
INSERT INTO feed (type, id, uai, rev, deleted, body)
    SELECT 'session', id, '', row_number() OVER (), false, body FROM session;
INSERT INTO kiosk (id, uai, label, nonce, token, paired_at, seen_at, epoch, seq, lost_seq, sealed, salt, pairing_key)
    SELECT 'k-' || n, uai, 'CDI', 'n', 'digest-' || n, 1, %(now)s, '', 0, 0, '', '', '' FROM s;
INSERT INTO enrolment (id, uai, kiosk, seq, session_id, kind, label, level, headcount, contact, state, reason, queue,
        held, created_at)
    SELECT 'e-' || n || '-' || t, uai, 'k-' || n, t, 'S-' || 1 + (n + t * 150) % %(sessions)s, 'class', '4e ' || t,
        '4E', 26, 'prof' || n || '@exemple.fr', 'confirmed', '', n, false, %(now)s FROM s, generate_series(0, 1) t;
INSERT INTO feed (type, id, uai, rev, deleted, body)
    SELECT 'enrolment', id, uai, 1000 + row_number() OVER (), false,
        '{"session_id":"' || session_id || '","state":"confirmed","label":"4e","kind":"class","headcount":26}'
    FROM enrolment;
INSERT INTO question (id, uai, kiosk, seq, session_id, text, theme, level, support, origin, state, created_at, apart)
    SELECT 'q-' || n || '-' || q, uai, 'k-' || n, 10 + q, 'S-' || 1 + (n + q %% 2 * 150) % %(sessions)s,
        (%(texts)s::text[])[1 + (n * 7 + q * 13) % %(many)s] || ' ' || n % 50,
        CASE WHEN (n + q) % 5 < 2 THEN 'vie' ELSE (%(themes)s::text[])[1 + (n + q) % 9] END,
        '4E', (n + q) % 30, 'prepared', 'new', %(now)s + n, false FROM s, generate_series(0, 9) q;
INSERT INTO feed (type, id, uai, rev, deleted, body)
    SELECT 'own', id, uai, 1000000 + row_number() OVER (), false, '' FROM question;
INSERT INTO operation (uai, id, kiosk, seq, verdict)
    SELECT uai, 'o-' || id, kiosk, seq, '{"id":"o","status":"accepted"}' FROM question;
""".replace(" % ", " %% ")


def fill(database: str, schools: int) -> None:
    """The country: statements of the database's own, a minute or two."""
    session = {
        "title": "Séance #", "starts_at": "2027-03-01T13:30:00Z", "duration_min": 45, "format": "college-45",
        "meeting_url": "https://visio.example/1", "levels": ["4E"], "status": "planned", "speakers": [], "dossier": [],
    }  # fmt: skip
    values = {
        "now": int(time.time() * 1000), "session": json.dumps(session), "sessions": SESSIONS, "texts": TEXTS,
        "many": len(TEXTS), "themes": THEMES,
    }  # fmt: skip
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE s (n integer, uai text)")
        for start in range(0, schools, 5000):
            some = range(start, min(schools, start + 5000))
            rows = ",".join(f"({n},'{uai(n)}')" for n in some)
            cursor.execute(f"INSERT INTO s VALUES {rows}")
        for statement in filter(str.strip, FILL.split(";\n")):
            cursor.execute(statement, values)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()


def prepare(folder: Path, database: str, schools: int) -> dict[str, str]:
    """Tables, the country, an account, and the tokens of a few kiosks, one of each hundred."""
    store = Store(folder, database, Engine())
    store.start()
    key = secretfile.load(folder)
    store.run(lambda tx: accounts.first(tx, passwords.digest(PASSWORD)))
    assert store.stop() and key
    fill(database, schools)
    tokens = {f"k-{n}": f"jeton-{n}" for n in range(0, schools, 100)}
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        for id, token in tokens.items():
            cursor.execute("UPDATE kiosk SET token = %s WHERE id = %s", (secretfile.digest(token), id))
    connection.close()
    return tokens


class Figures:
    """What was measured, and whether the targets are met. ``base``: what PostgreSQL has spent, in seconds."""

    def __init__(self, base: Callable[[], float]) -> None:
        self.missed: list[str] = []
        self.base = base

    def measure(
        self, name: str, server: Workers, work: Callable[[], int], times: int, most: float = 0, weight: int = 0
    ) -> float:
        """Do something several times; the server's processor time of one, in seconds."""
        work()
        seconds, size, before, base = [], 0, server.spent, self.base()
        for _time in range(times):
            start = time.perf_counter()
            size = max(size, work())
            seconds.append(time.perf_counter() - start)
        spent, base = (server.spent - before) / times, (self.base() - base) / times
        ordered = sorted(seconds)
        late = ordered[min(times - 1, -(-95 * times // 100) - 1)]
        state = ""
        if most:
            state = "met" if late <= most and (not weight or size <= weight) else "MISSED"
            if state == "MISSED":
                self.missed.append(name)
        print(
            f"{name:44} p50 {1000 * statistics.median(seconds):7.1f} ms   p95 {1000 * late:7.1f} ms   "
            f"processor {1000 * spent:6.1f} + {1000 * base:6.1f} ms   {size / 1024:7.1f} KB   {state}",
            flush=True,
        )
        return spent


def measure_idle(
    figures: Figures, database: str, server: Workers, kiosk: Kiosk, tokens: dict[str, str], times: int
) -> None:
    """An idle exchange and a bare one in turn, so that what else the machine does weighs on both alike."""
    bare = Server("-c", BARE, database)
    try:
        one = Kiosk(bare, kiosk.id, tokens[kiosk.id])
        one.send(None), kiosk.rest()
        before = bare.spent, server.spent, figures.base()
        for _time in range(times):
            one.send(None), kiosk.rest()
        floor, idle = bare.spent - before[0], server.spent - before[1]
        base = figures.base() - before[2]
    finally:
        bare.close()
    for name, spent in (("a bare endpoint: a token, a row", floor), ("an idle exchange", idle)):
        print(f"{name:44} processor {1000 * spent / times:6.2f} ms")
    print(f"{'PostgreSQL, for one of each':44} processor {1000 * base / times:6.2f} ms")
    print(
        f"{'an idle exchange over a bare one, processor':44} {idle / floor:.2f} times, target {TIMES:.0f}", flush=True
    )
    if idle > TIMES * floor:
        figures.missed.append("idle over bare")


def measure_delay(figures: Figures, office: Office, kiosk: Kiosk) -> None:
    """What the office's pages and acts add to an exchange at rest."""
    with Beside(kiosk) as alone:
        time.sleep(2)
    with Beside(kiosk) as beside:
        for path in PAGES:
            office.page(path)
        for move in moves(office):
            for _time in range(5):
                move()
    quiet, seconds = statistics.median(alone.seconds), sorted(beside.seconds)
    late = seconds[-(-95 * len(seconds) // 100) - 1]
    state = "met" if late - quiet <= DELAY else "MISSED"
    print(
        f"{'an exchange while the office works':44} p50 {1000 * statistics.median(seconds):7.1f} ms   "
        f"p95 {1000 * late:7.1f} ms   worst {1000 * seconds[-1]:7.1f} ms, of {len(seconds)}; "
        f"alone, p50 {1000 * quiet:.1f} ms   {state}",
        flush=True,
    )
    if state == "MISSED":
        figures.missed.append("an exchange while the office works")


def at_once(name: str, kiosks: list[Kiosk], work: Callable[[Kiosk], int]) -> int:
    """Kiosks exchange at once for a while, each on its own thread; how many exchanges there were."""
    end = time.monotonic() + SECONDS

    def run(kiosk: Kiosk) -> list[float]:
        took = []
        while time.monotonic() < end:
            start = time.perf_counter()
            work(kiosk)
            took.append(time.perf_counter() - start)
        return took

    with ThreadPoolExecutor(len(kiosks)) as pool:
        seconds = sorted(one for took in pool.map(run, kiosks) for one in took)
    late = seconds[-(-95 * len(seconds) // 100) - 1]
    print(
        f"{name:44} p50 {1000 * statistics.median(seconds):7.1f} ms   p95 {1000 * late:7.1f} ms   "
        f"{len(seconds) / SECONDS:6.0f} a second, {len(kiosks)} kiosks",
        flush=True,
    )
    return len(seconds)


def measure_crowd(figures: Figures, database: str, server: Workers, tokens: dict[str, str]) -> None:
    """Many kiosks at once, by all the workers: how many exchanges a second, and whether each question is kept once."""
    some = list(tokens)[1 : 1 + AT_ONCE]
    kiosks = [Kiosk(server, id, tokens[id], 1_000_000 * len(server.each)) for id in some]
    for kiosk in kiosks:
        kiosk.whole()
    at_once("idle exchanges", kiosks, Kiosk.rest)
    made = at_once("exchanges with a question", kiosks, Kiosk.question)
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM question WHERE kiosk = ANY(%s) AND seq > %s", (some, kiosks[0].first))
        kept = sum(row[0] for row in cursor.fetchall())
    connection.close()
    print(f"{'questions answered, and kept':44} {made}, {kept}")
    if made != kept:
        figures.missed.append("questions kept")


@dataclass(frozen=True)
class Options:
    """How often each thing is done, and whether only the idle exchange is."""

    times: int
    idle: bool


def measure(figures: Figures, database: str, server: Workers, tokens: dict[str, str], options: Options) -> None:
    """Everything, or only exchanges at rest."""
    id, times = "k-100", options.times
    kiosk, office = Kiosk(server, id, tokens[id], 10_000 * len(server.each)), Office(server)
    figures.measure("the first exchange of a school, all pages", server, kiosk.whole, times, FIRST)
    measure_idle(figures, database, server, kiosk, tokens, 20 * times)
    if options.idle:
        return
    figures.measure("an exchange with a question", server, kiosk.question, 5 * times)
    before = server.memory
    for path in PAGES:
        figures.measure(path, server, lambda: len(office.page(path).content), times, PAGE, WEIGHT)  # noqa: B023
    for name, move in zip(("a move, its rank typed", "a move, dragged"), moves(office)):
        figures.measure(name, server, move, 2 * times, MOVE)
    figures.measure("a code", server, lambda: office.post("/bureau/kiosques/code", uai=uai(7)), times, PAGE)
    measure_delay(figures, office, Kiosk(server, "k-200", tokens["k-200"]))
    measure_crowd(figures, database, server, tokens)
    print(f"memory of a worker: {before >> 20} MB before the pages, {server.memory >> 20} MB after")


@contextlib.contextmanager
def own_or(database: str) -> Iterator[tuple[str, Callable[[], float]]]:
    """A database to fill, and what its PostgreSQL has spent (0 of one that is not this run's own)."""
    if database:
        yield database, lambda: 0.0
        return
    from centre.postgresql_cluster import postgresql

    with postgresql(fsync=True) as cluster:
        head = psutil.Process(int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0]))

        def spent() -> float:
            total = 0.0
            for one in [head, *head.children()]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = one.cpu_times()
                    total += times.user + times.system
            return total

        yield cluster.database(), spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schools", type=int, default=60_000)
    parser.add_argument("--database", default="", help="an empty database; without it, a PostgreSQL of this run's own")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--idle", action="store_true", help="only the idle exchange, beside the bare one")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1], help="how many serve it: one figure after another"
    )
    options = parser.parse_args()
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    with own_or(options.database) as (database, base), tempfile.TemporaryDirectory(prefix="bench-country.") as name:
        start = time.monotonic()
        tokens = prepare(Path(name), database, options.schools)
        print(f"{options.schools} schools, filled in {time.monotonic() - start:.0f} s; load {load} at the start")
        figures = Figures(base)
        command = ("-m", "kiosk", "centre", "--data-dir", name, "--rate", "100000", "--port")
        for many in options.workers:
            print(f"{many} worker{'s' if many > 1 else ''}")
            server = Workers(many, *command, KIOSK_CENTRE_DATABASE=database)
            try:
                measure(figures, database, server, tokens, Options(options.times, options.idle))
            finally:
                server.close()
            print(f"missed so far: {', '.join(figures.missed) or 'none'}")
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"load {load} at the end; missed: {', '.join(figures.missed) or 'none'}")
    return 1 if figures.missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
