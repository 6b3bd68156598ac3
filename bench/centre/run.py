#!/usr/bin/env python3
"""Measure the reference centre: python bench/centre/run.py [--kiosks 1000] [--workers 40] [--database postgresql://…]

A real server process on loopback; the kiosks are sockets of this process, on the same machine, so what
is measured is both. Prints the figures and the targets met or missed. Exit status: 0 all met, 1 some missed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kiosk.centre import imports, pairing, secretfile  # noqa: E402
from kiosk.centre.store import Store, Tx  # noqa: E402
from kiosk.contract import PairRequest  # noqa: E402
from kiosk.contract.schools import LETTERS  # noqa: E402
from kiosk.engine import Engine  # noqa: E402
from kiosk.ops.process import free_port  # noqa: E402

AT = "2026-11-24T09:00:00.000Z"
#: Bytes, headers of both ways included (design, « Targets »).
IDLE, FULL = 700, 8 * 1024


def school(number: int) -> str:
    """A school for each kiosk."""
    digits = 9500000 + number
    return f"{digits:07d}{LETTERS[digits % 23]}"


def catalogue() -> list[imports.Item]:
    """One session and three speakers, of the length of real ones."""
    changes: list[dict[str, Any]] = []
    for number in range(3):
        changes.append({"type": "speaker", "id": f"P-{number}", "rev": 1, "body": {
            "name": f"Camille Ferrand {number}", "employer": "Vents d’Ouest", "place": "Saint-Nazaire",
            "job": {"feminine": "technicienne de maintenance éolienne",
                    "masculine": "technicien de maintenance éolienne", "shown": "feminine"},
            "bio": "Elle entretient et répare des éoliennes, à terre et en mer, par équipes de deux. " * 3,
            "path": [{"when": "2016", "what": "bac professionnel"},
                     {"when": "2018", "what": "BTS maintenance des systèmes"}],
        }})  # fmt: skip
    changes.append({"type": "session", "id": "S-2026-118", "rev": 1, "body": {
        "title": "Trois métiers de l’éolien", "starts_at": "2035-03-01T13:30:00Z", "duration_min": 55,
        "format": "lycee-55", "meeting_url": "https://visio.example/118", "levels": ["2GT", "1GT"], "status": "planned",
        "speakers": ["P-0", "P-1", "P-2"],
        "dossier": [{"title": "Fiche métier", "moment": "before", "url": "https://www.example.org/fiche"}],
    }})  # fmt: skip
    return imports.read(json.dumps(changes).encode()).whole()


def prepare(folder: Path, database: str, count: int) -> list[tuple[str, str]]:
    """Fill the database before the server starts; returns (kiosk, token)."""
    store = Store(folder, database, Engine())
    store.start()
    key = secretfile.load(folder)

    def pair(tx: Tx, number: int) -> tuple[str, str]:
        kiosk = f"0193a1b2-0000-7000-8000-{number:012d}"
        token = pairing.pair(tx, PairRequest(school(number), pairing.issue(tx, school(number)), kiosk), key)
        assert token
        return kiosk, token

    store.run(lambda tx: imports.load(tx, catalogue()))
    made = store.run(lambda tx: [pair(tx, number) for number in range(count)])
    store.stop()
    return made


class Kiosk:
    """One kiosk and its connection, kept open between exchanges."""

    def __init__(self, port: int, name: str, token: str) -> None:
        self.port, self.name, self.token, self.cursor = port, name, token, None
        self.seq = 0
        self.sock: socket.socket | None = None

    def operations(self, first: int, count: int) -> list[dict[str, Any]]:
        """An enrolment, then prepared questions."""
        made: list[dict[str, Any]] = []
        texts = QUESTIONS
        for number in range(first, first + count):
            self.seq += 1
            if number == 0:
                type, body = (
                    "enrolment.request",
                    {
                        "enrolment_id": f"e-{self.name}",
                        "session_id": "S-2026-118",
                        "kind": "class",
                        "label": "2de 4",
                        "level": "2GT",
                        "headcount": 33,
                    },
                )
            else:
                type, body = (
                    "question.prepared",
                    {
                        "question_id": f"{self.name[:-4]}{number:04x}-{self.name[-4:]}",
                        "session_id": "S-2026-118",
                        "text": texts[number % len(texts)],
                        "theme": "metier",
                        "level": "2GT",
                        "support": number % 17,
                    },
                )
            made.append({"id": f"{self.name}-{self.seq:04x}", "seq": self.seq, "type": type, "at": AT, "body": body})
        return made

    def exchange(self, operations: list[dict[str, Any]]) -> tuple[int, float, dict[str, Any]]:
        """Bytes both ways, seconds, and the answer."""
        body = gzip.compress(json.dumps({
            "contract": 1, "kiosk": self.name, "uai": school(int(self.name[-12:])), "cursor": self.cursor,
            "sent_at": AT, "operations": operations,
        }, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)  # fmt: skip
        head = (
            f"POST /v1/exchange HTTP/1.1\r\nHost: centre.example.org\r\nAuthorization: Bearer {self.token}\r\n"
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\nAccept-Encoding: gzip\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        start = time.perf_counter()
        try:
            size, status, answer = self._send(head + body)
        except ConnectionError:  # the server closes what was idle for long; the same is sent again
            self.sock = None
            size, status, answer = self._send(head + body)
        seconds = time.perf_counter() - start
        if status != 200:
            raise RuntimeError(f"{status} {answer}")
        self.cursor = answer["cursor"]
        return len(head) + len(body) + size, seconds, answer

    def _send(self, message: bytes) -> tuple[int, int, dict[str, Any]]:
        if self.sock is None:
            self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.sock.sendall(message)
        return self._read()

    def _read(self) -> tuple[int, int, dict[str, Any]]:
        assert self.sock
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _sep, body = data.partition(b"\r\n\r\n")
        fields = {
            line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in head.decode().split("\r\n")[1:]
        }
        while len(body) < int(fields["content-length"]):
            body += self._more()
        text = gzip.decompress(body) if fields.get("content-encoding") == "gzip" else body
        return len(head) + 4 + len(body), int(head.split()[1]), json.loads(text)

    def _more(self) -> bytes:
        assert self.sock
        found = self.sock.recv(65536)
        if not found:
            raise ConnectionError("closed")
        return found


def phase(kiosks: list[Kiosk], workers: int, work: Any) -> tuple[float, list[float], list[int]]:
    """Run `work(kiosk)` for each, `workers` at a time: seconds in all, seconds and bytes of each exchange."""
    queue, seconds, sizes, failures = list(kiosks), [], [], []
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                if not queue:
                    return
                one = queue.pop()
            try:
                size, took, _answer = work(one)
                seconds.append(took)
                sizes.append(size)
            except Exception as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=run) for _worker in range(workers)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"{len(failures)} exchanges failed: {failures[0]}")
    return time.perf_counter() - start, seconds, sizes


def report(name: str, took: float, seconds: list[float], sizes: list[int]) -> None:
    """One line of figures."""
    cuts = [1000 * cut for cut in statistics.quantiles(seconds, n=100)]
    print(
        f"{name:28} {len(seconds) / took:7.0f} exchanges/s   p50 {cuts[49]:6.1f} ms   p99 {cuts[98]:6.1f} ms"
        f"   {statistics.median(sizes):6.0f} bytes"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kiosks", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=40)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-centre.") as name:
        folder = Path(name)
        paired = prepare(folder, options.database, options.kiosks + 1)
        port = free_port()
        command = [sys.executable, "-m", "kiosk", "centre", "--data-dir", name, "--port", str(port), "--rate", "100000"]
        environment = {**os.environ, "KIOSK_CENTRE_DATABASE": options.database}
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            return measure(port, paired, options.workers)
        finally:
            server.terminate()
            server.wait(20)


def measure(port: int, paired: list[tuple[str, str]], workers: int) -> int:
    kiosks = [Kiosk(port, name, token) for name, token in paired]
    limit = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.05)
    first, rest = kiosks[0], kiosks[1:]
    one, _took, answer = first.exchange(first.operations(0, 50))
    assert len(answer["verdicts"]) == 50 and {change["type"] for change in answer["changes"]} == {
        "session",
        "speaker",
        "enrolment",
    }
    two, _took, _answer = first.exchange(first.operations(50, 11))
    report("first: 50 operations each", *phase(rest, workers, lambda kiosk: kiosk.exchange(kiosk.operations(0, 50))))
    report("idle", *phase(rest * 3, workers, lambda kiosk: kiosk.exchange([])))
    report("one new question", *phase(rest, workers, lambda kiosk: kiosk.exchange(kiosk.operations(60, 1))))
    first.exchange([])
    idle, _took, _answer = first.exchange([])
    rows = [
        ("an idle exchange, headers included", idle, IDLE),
        ("a full exchange (1 + 60 operations, in two)", one + two, FULL),
    ]
    for words, size, target in rows:
        print(f"{words:46} {size:6} bytes, target {target}: {'met' if size <= target else 'MISSED'}")
    return 0 if all(size <= target for _words, size, target in rows) else 1


QUESTIONS = [
    line.split("\t")[1].strip()
    for line in (ROOT / "tests" / "data" / "similar-fr.tsv").read_text("utf-8").splitlines()[1:]
    if "\t" in line
]
random.Random(1).shuffle(QUESTIONS)

if __name__ == "__main__":
    raise SystemExit(main())
