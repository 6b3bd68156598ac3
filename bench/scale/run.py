#!/usr/bin/env python3
"""Measure several workers: python bench/scale/run.py [--rooms 20] [--phones 20] [--rates 50,100,200] [--seconds 8]

One process on SQLite, then 1, 2 and 4 workers on a PostgreSQL and a Redis of their own (fsync on), in the same run:
every phone holds a WebSocket, questions go to all rooms in turn, a room's phones to one worker, as nginx's hash would
send them. Prints acknowledgements (p50, p99, ms) and the processor's time per question by part. Clients and servers
share the machine: what saturates here is both.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "scale")]

import psutil  # noqa: E402
from farm import Farm, Running, furnish, postgresql  # noqa: E402

from kiosk.ground.config import Settings  # noqa: E402


class Phone:
    """A WebSocket that asks and counts, with as little work as can be."""

    def __init__(self, port: int, code: str, device: str) -> None:
        self.port, self.code, self.device = port, code, device
        self.waiting: dict[int, float] = {}
        self.took: list[float] = []
        self.refused: dict[str, int] = {}
        self._next = 1

    async def open(self) -> None:
        """Connect, and enter the room."""
        self._in, self._out = await asyncio.open_connection("127.0.0.1", self.port)
        key = base64.b64encode(os.urandom(16)).decode()
        self._out.write(
            f"GET /socket.io/?EIO=4&transport=websocket&salle={self.code} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"\r\n".encode()
        )
        await self._in.readuntil(b"\r\n\r\n")
        await self._frame()
        self._send(f"40/phone,{json.dumps({'device': self.device, 'room': self.code})}")
        while not (await self._frame()).startswith("42/phone"):
            pass
        self._task = asyncio.create_task(self._listen())

    def ask(self, text: str) -> None:
        """One question more."""
        number, self._next = self._next, self._next + 1
        self.waiting[number] = time.perf_counter()
        message = json.dumps(["ask", {"id": f"{self.device}-{number}", "text": text}])
        self._send(f"42/phone,{number}{message}")

    async def close(self) -> None:
        self._task.cancel()
        self._out.close()

    def _send(self, text: str) -> None:
        data = text.encode()
        head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else b"\x81\xfe" + len(data).to_bytes(2, "big")
        self._out.write(head + b"\0\0\0\0" + data)

    async def _frame(self) -> str:
        first, size = await self._in.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self._in.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self._in.readexactly(8), "big")
        return (await self._in.readexactly(size)).decode(errors="replace") if first & 15 == 1 else ""

    async def _listen(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                told = await self._frame()
                if told == "2":
                    self._send("3")
                elif told.startswith("43/phone,"):
                    number, _bracket, rest = told[9:].partition("[")
                    at = self.waiting.pop(int(number), None)
                    if at is not None:
                        self.took.append((time.perf_counter() - at) * 1000)
                    if '"ok":true' not in rest:
                        code = json.loads("[" + rest)[0]["error"]["code"]
                        self.refused[code] = self.refused.get(code, 0) + 1


async def load(ports: list[int], codes: list[str], phones: int, rate: float, seconds: float) -> dict[str, Any]:
    """Ask at a rate, all rooms in turn; what it took."""
    made = [
        Phone(ports[n % len(ports)], code, f"banc-{rate:.0f}-{n:03}-{p:03}-appareil")
        for n, code in enumerate(codes)
        for p in range(phones)
    ]
    for start in range(0, len(made), 20):
        await asyncio.gather(*(one.open() for one in made[start : start + 20]))
    await asyncio.sleep(4)  # truly there
    order = [made[room * phones + p] for p in range(phones) for room in range(len(codes))]
    began, sent = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        while sent < (time.perf_counter() - began) * rate:
            order[sent % len(order)].ask(f"Question {sent} : faut-il aimer la hauteur {sent} ?")
            sent += 1
        await asyncio.sleep(0.002)
    until = time.perf_counter() + 10
    while any(one.waiting for one in made) and time.perf_counter() < until:
        await asyncio.sleep(0.05)
    took = sorted(ms for one in made for ms in one.took)
    left = sum(len(one.waiting) for one in made)
    refused: dict[str, int] = {}
    for one in made:
        for code, n in one.refused.items():
            refused[code] = refused.get(code, 0) + n
        await one.close()
    at = {f"p{p}": round(took[min(len(took) - 1, len(took) * p // 100)], 1) for p in (50, 99)} if took else {}
    return {"sent": sent, **at, "unanswered": left, "refused": refused}


def spent(parts: dict[str, list[psutil.Process]]) -> dict[str, float]:
    """Seconds of the processor by part, children included."""
    found = {}
    for name, processes in parts.items():
        total = 0.0
        for process in processes:
            for one in [process, *process.children(recursive=True)]:
                with suppress(psutil.Error):
                    total += sum(one.cpu_times()[:2])
        found[name] = total
    return found


@contextmanager
def on_a_file(folder: Path, number: int) -> Iterator[tuple[list[int], list[str], dict[str, list[psutil.Process]]]]:
    kiosk = Running(folder, "eventlet")
    kiosk.settings = {"KIOSK_LIMITS_DEVICE_PER_SECOND": "1000", "KIOSK_DEMO": "0"}
    made = furnish(Settings(data_dir=folder, engine="threading"), number)
    kiosk.start()
    assert kiosk.process is not None
    try:
        yield [kiosk.port], [code for _id, code in made], {"kiosk": [psutil.Process(kiosk.process.pid)]}
    finally:
        kiosk.stop()


@contextmanager
def on_servers(
    folder: Path, number: int, workers: int
) -> Iterator[tuple[list[int], list[str], dict[str, list[psutil.Process]]]]:
    with postgresql(fsync=True) as cluster:
        farm = Farm(folder, cluster, number=workers)
        for worker in farm.workers:
            worker.settings |= {"KIOSK_LIMITS_DEVICE_PER_SECOND": "1000"}
        made = farm.furnish(number)
        try:
            farm.start()
            server = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
            parts = {
                "kiosk": [psutil.Process(one.process.pid) for one in farm.workers if one.process],
                "postgresql": [psutil.Process(server)],
                "redis": [psutil.Process(farm.redis.pid)],
            }
            yield [one.port for one in farm.workers], [code for _id, code in made], parts
        finally:
            farm.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--rates", default="50,100,200")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--workers", default="0,1,2,4", help="0: one process on SQLite")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {asked.rooms} rooms of {asked.phones} phones")
    for workers in map(int, asked.workers.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "k"
            place.mkdir()
            made = on_a_file(place, asked.rooms) if not workers else on_servers(place, asked.rooms, workers)
            with made as (ports, codes, parts):
                for rate in map(float, asked.rates.split(",")):
                    before = spent(parts)
                    told = asyncio.run(load(ports, codes, asked.phones, rate, asked.seconds))
                    each = {
                        name: round((after - before[name]) * 1000 / max(1, told["sent"]), 2)
                        for name, after in spent(parts).items()
                    }
                    name = f"{workers} workers" if workers else "one process, SQLite"
                    print(
                        f"{name}, {rate:.0f}/s: {json.dumps(told)} ms of processor a question {json.dumps(each)}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
