#!/usr/bin/env python3
"""Measure several workers: python bench/scale/run.py [--minutes 12] [--shapes 20x100,100x20] [--workers 0,1,2,4]

One process on SQLite (0), then 1, 2 and 4 workers on a PostgreSQL and a Redis of their own (fsync on), in the same
run, for each shape (rooms x phones). Every phone holds a WebSocket; questions go to all rooms in turn, a room's phones
to one worker, as nginx's hash would send them. Of each: how long joining takes; questions at rising rates until it
saturates (p99 over half a second, or fewer than 95 % answered); then half as many acts, questions and votes alike.
Prints acknowledgements (p50, p99, ms), the processor's time per act by part, and how many workers stand in line to
write; a table at the end. Clients and servers share the machine: what saturates here is both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

import psutil  # noqa: E402
import psycopg2  # noqa: E402

from kiosk.ground.config import Settings  # noqa: E402
from scale.farm import Farm, Running, furnish, postgresql  # noqa: E402
from scale.phones import Phone, taken  # noqa: E402

RATES = (50, 100, 150, 200, 300, 400, 600, 800)
#: Milliseconds of p99 from which it is saturated, and the part of the acts that must be answered in time.
LATE, WHOLE = 500.0, 0.95
#: Seconds of a rate, and at half of saturation; of the pause before the first, when phones are truly there.
STEP, HALF, SETTLE = 4.0, 6.0, 4.0
LIMITS = {"KIOSK_LIMITS_DEVICE_PER_SECOND": "1000", "KIOSK_LIMITS_ROOM_PER_SECOND": "1000", "KIOSK_DEMO": "0",
          "KIOSK_LIMITS_WAITING_LEAST": "5000", "KIOSK_LIMITS_DEVICE_MAX": "5000"}  # fmt: skip


class Served:
    """What is measured: its ports, its rooms, the processes of each part, the database that tells who waits."""

    def __init__(self, ports: list[int], rooms: list[tuple[str, str]], parts: dict[str, list[psutil.Process]]) -> None:
        self.ports, self.rooms, self.parts = ports, rooms, {**parts, "clients": [psutil.Process()]}
        self.database = ""

    def spent(self) -> dict[str, float]:
        """Seconds of the processor by part, children included (but of the clients, whose children are the servers)."""
        found = {}
        for name, processes in self.parts.items():
            total = 0.0
            for process in processes:
                for one in [process, *(process.children(recursive=True) if name != "clients" else [])]:
                    with suppress(psutil.Error):
                        total += sum(one.cpu_times()[:2])
            found[name] = total
        return found


class Line:
    """How many workers wait for the writer's lock, looked at twenty times a second."""

    _WAITING = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 418090 AND NOT granted"

    def __init__(self, database: str) -> None:
        self.seen: list[int] = []
        self._database, self._over = database, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Line:
        if self._database:
            self._thread.start()
        return self

    def __exit__(self, *_gone: object) -> None:
        self._over.set()
        if self._database:
            self._thread.join()

    @property
    def mean(self) -> float:
        """Workers in line, on average."""
        return round(sum(self.seen) / max(1, len(self.seen)), 2)

    def _look(self) -> None:
        base = psycopg2.connect(self._database)
        base.autocommit = True
        with base.cursor() as cursor:
            while not self._over.wait(0.05):
                cursor.execute(self._WAITING)
                counted = cursor.fetchone()
                assert counted is not None  # a count is always one row
                self.seen.append(counted[0])
        base.close()


@contextmanager
def on_a_file(folder: Path, number: int, phones: int) -> Iterator[Served]:
    kiosk = Running(folder, "eventlet")
    kiosk.settings = dict(LIMITS)
    made = furnish(Settings(data_dir=folder, engine="threading"), number, voted=True, pupils=phones)
    kiosk.start()
    assert kiosk.process is not None
    try:
        yield Served([kiosk.port], made, {"kiosk": [psutil.Process(kiosk.process.pid)]})
    finally:
        kiosk.stop()


@contextmanager
def on_servers(folder: Path, number: int, phones: int, workers: int) -> Iterator[Served]:
    with postgresql(fsync=True) as cluster:
        farm = Farm(folder, cluster, number=workers)
        for worker in farm.workers:
            worker.settings |= LIMITS
        made = farm.furnish(number, voted=True, pupils=phones)
        try:
            farm.start()
            server = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
            parts = {
                "kiosk": [psutil.Process(one.process.pid) for one in farm.workers if one.process],
                "postgresql": [psutil.Process(server)],
                "redis": [psutil.Process(farm.redis.pid)],
            }
            served = Served([one.port for one in farm.workers], made, parts)
            served.database = farm.database
            yield served
        finally:
            farm.stop()


async def at_rate(served: Served, phones: list[Phone], rate: float, seconds: float, votes: int = 0) -> dict[str, Any]:
    """Ask at a rate, all rooms in turn, with so many votes a question; what it took."""
    before, sent, began = served.spent(), 0, time.perf_counter()
    with Line(served.database) as line:
        while time.perf_counter() - began < seconds:
            while sent < (time.perf_counter() - began) * rate:
                phones[sent % len(phones)].ask(f"Question {sent} : faut-il aimer la hauteur {sent} ?")
                for n in range(votes):
                    phones[(sent * votes + n) % len(phones)].vote()
                sent += 1
            await asyncio.sleep(0.002)
        until = time.perf_counter() + 3
        while any(one.waiting for one in phones) and time.perf_counter() < until:
            await asyncio.sleep(0.02)
    told = taken(phones)
    acts = sent * (1 + votes)
    cost = {name: round((at - before[name]) * 1000 / max(1, acts), 2) for name, at in served.spent().items()}
    return {"rate": rate, "acts": acts, **told, "in line": line.mean, "ms of processor an act": cost}


def sound(told: dict[str, Any]) -> bool:
    """Whether a rate is borne."""
    return told["answered"] >= WHOLE * told["acts"] and told["p99"] <= LATE and not told["refused"]


async def measure(served: Served, phones_a_room: int, until: float) -> dict[str, Any]:
    """Join, rise until it saturates, with votes too, then half of that."""
    rooms = [
        [Phone(served.ports[n % len(served.ports)], served.rooms[n], p) for p in range(phones_a_room)]
        for n in range(len(served.rooms))
    ]
    phones = [room[p] for p in range(phones_a_room) for room in rooms]  # all rooms in turn
    began = time.perf_counter()
    for start in range(0, len(phones), 50):
        await asyncio.gather(*(one.open() for one in phones[start : start + 50]))
    joined = time.perf_counter() - began
    print(f"  {len(phones)} phones joined in {joined:.1f} s ({len(phones) / joined:.0f}/s)", flush=True)
    await asyncio.sleep(SETTLE)
    borne = await rise(served, phones, 0, until - (until - time.perf_counter()) / 2)
    both = await rise(served, phones, 1, until)
    half = await at_rate(served, phones, max(5.0, both / 2), HALF, votes=1)
    print(f"  half, with votes: {json.dumps(half)}", flush=True)
    await asyncio.gather(*(one.close() for one in phones))
    return {"joined": len(phones) / joined, "questions": borne, "acts": both * 2, "half": half}


async def rise(served: Served, phones: list[Phone], votes: int, until: float) -> float:
    """Ask faster and faster, with so many votes a question; the last rate of questions that was borne."""
    best = 0.0
    for rate in RATES:
        if time.perf_counter() + STEP + HALF + 8 > until:
            print("  (no time left: it may bear more)")
            break
        told = await at_rate(served, phones, rate, STEP, votes)
        if not sound(told):  # a moment of the machine, or the end: once more
            told = await at_rate(served, phones, rate, STEP, votes)
        print(f"  {json.dumps(told)}", flush=True)
        if not sound(told):
            break
        best = rate
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--shapes", default="20x100,100x20")
    parser.add_argument("--workers", default="0,1,2,4")
    asked = parser.parse_args()
    shapes = [tuple(map(int, shape.split("x"))) for shape in asked.shapes.split(",")]
    cases = [(*shape, workers) for shape in shapes for workers in map(int, asked.workers.split(","))]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    end, table = time.perf_counter() + asked.minutes * 60 - 10, []
    for number, (rooms, phones, workers) in enumerate(cases):
        name = f"{rooms} × {phones}, " + (f"{workers} worker(s)" if workers else "one process, SQLite")
        print(name, flush=True)
        until = time.perf_counter() + (end - time.perf_counter()) / (len(cases) - number)
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "k"
            place.mkdir()
            with on_servers(place, rooms, phones, workers) if workers else on_a_file(place, rooms, phones) as served:
                table.append((name, asyncio.run(measure(served, phones, until))))
    print("\n| | joins/s | questions/s | acts/s, with votes | half: acts/s | p50 | p99 | in line | ms an act |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|---|")
    for name, told in table:
        half = told["half"]
        cost = ", ".join(f"{part} {ms}" for part, ms in half["ms of processor an act"].items())
        borne = f"{name} | {told['joined']:.0f} | {told['questions']:.0f} | {told['acts']:.0f}"
        print(f"| {borne} | {half['rate'] * 2:.0f} | {half['p50']} | {half['p99']} | {half['in line']} | {cost} |")


if __name__ == "__main__":
    main()
