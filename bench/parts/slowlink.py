"""An exchange over the slowest link the contract is made for: 9.6 kbit/s, 600 ms there and back, 20 % of segments lost.

The link is a relay on loopback that does to each segment what TCP would: it waits its turn at 1,200 bytes a second,
travels 300 ms, and when lost is sent again after RFC 6298's timer (twice the round trip, doubled each time), those
behind it waiting. The handshake costs a round trip too, with the same losses. A real kernel may do better (selective
acknowledgements).
"""

from __future__ import annotations

import contextlib
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
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .report import Outcome, Target
from .servers import free_port

BYTES_PER_SECOND, ONE_WAY, LOSS = 1_200.0, 0.3, 0.2
#: Payload of a segment on such links, and what TCP and IP add to it.
SEGMENT, HEAD = 536, 40
FULLS, IDLES = 3, 4
#: Bytes, headers of both ways included (design, « Targets »), and seconds: a break between two lessons.
FULL_BYTES, IDLE_BYTES, FULL_SECONDS = 8 * 1024, 780, 120.0


class Link:
    """A relay to ``port`` that behaves as the link once it is ``slow`` (pairing is done over a good one)."""

    def __init__(self, port: int, seed: int) -> None:
        self._target, self._dice, self.slow = port, random.Random(seed), False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._open, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _open(self) -> None:
        while True:
            try:
                near, _address = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        if self.slow:
            time.sleep(2 * ONE_WAY + self._lost(1.0, 1 - (1 - LOSS) ** 2))
        far = socket.create_connection(("127.0.0.1", self._target))
        back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
        back.start()
        self._pump(near, far)
        back.join()
        near.close()
        far.close()

    def _lost(self, timer: float, chance: float = LOSS) -> float:
        """Seconds spent on sending again."""
        spent = 0.0
        while self._dice.random() < chance:
            spent, timer = spent + timer, min(60.0, timer * 2)
        return spent

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        free = arrived = 0.0
        with contextlib.suppress(OSError):
            while data := source.recv(SEGMENT):
                free = max(free, time.monotonic()) + (len(data) + HEAD) / BYTES_PER_SECOND
                arrived = max(arrived, free + ONE_WAY + self._lost(4 * ONE_WAY))
                if self.slow:
                    time.sleep(max(0.0, arrived - time.monotonic()))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def measure(root: Path) -> Outcome:
    """Full exchanges of new kiosks, then idle ones, each over a link of its own seed."""
    sys.path[:0] = [str(root)]
    with tempfile.TemporaryDirectory(prefix="bench-slowlink.") as name:
        folder = Path(name)
        schools = centre_data(folder / "centre", FULLS)
        with centre(root, folder / "centre") as port:
            runs = [_kiosk(folder / f"kiosk-{seed}", port, one, seed) for seed, one in enumerate(schools)]
    return _outcome([run[0] for run in runs], [one for run in runs for one in run[1]])


def _outcome(fulls: list[dict], idles: list[dict]) -> Outcome:
    def of(rows: list[dict], key: str) -> list[float]:
        return [row[key] for row in rows]

    figures = {"full": fulls, "idle": idles}
    targets = [
        Target("full exchange, both ways", FULL_BYTES, max(of(fulls, "bytes")), "bytes"),
        Target("full exchange, slowest", FULL_SECONDS, max(of(fulls, "seconds")), "s"),
        Target("idle exchange, both ways", IDLE_BYTES, statistics.median(of(idles, "bytes")), "bytes"),
    ]
    rows = [
        f"full ({len(fulls)}): median {statistics.median(of(fulls, 'seconds')):.1f} s, "
        f"slowest {max(of(fulls, 'seconds')):.1f} s, {max(of(fulls, 'bytes'))} bytes",
        f"idle ({len(idles)}): median {statistics.median(of(idles, 'seconds')):.1f} s, "
        f"slowest {max(of(idles, 'seconds')):.1f} s, {statistics.median(of(idles, 'bytes')):.0f} bytes",
    ]
    return Outcome(figures, targets, rows)


def centre_data(folder: Path, kiosks: int) -> list[tuple[str, str]]:
    """A centre with one session and three speakers; for each kiosk a school of its own, and its pairing code.

    Kiosks of one school would receive each other's prepared questions.
    """
    sys.path.append(str(Path(__file__).resolve().parents[1] / "centre"))
    from run import catalogue

    from kiosk.centre import imports, pairing
    from kiosk.centre.store import Store
    from kiosk.contract.schools import LETTERS
    from kiosk.engine import Engine

    folder.mkdir(parents=True)
    store = Store(folder, "", Engine())
    store.start()
    store.run(lambda tx: imports.load(tx, catalogue()))
    schools = [f"{number:07}{LETTERS[number % 23]}" for number in range(951_099, 951_099 + kiosks)]
    codes = [store.run(partial(pairing.issue, uai=uai)) for uai in schools]
    store.stop()
    return list(zip(schools, codes))


@contextlib.contextmanager
def centre(root: Path, folder: Path) -> Iterator[int]:
    """A centre of this checkout on what :func:`centre_data` wrote; its port."""
    port = free_port()
    command = [sys.executable, "-m", "kiosk", "centre", "--data-dir", str(folder), "--port", str(port)]
    server = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def open_session(tx) -> str:
    """The session's shell, before the centre's own word, and a room on it; the room."""
    from kiosk.domain import rooms
    from kiosk.ground import instants
    from kiosk.storage.models import Session

    Session.insert(
        id="S-2026-118",
        rev=0,
        title="…",
        starts_at=instants.parse("2035-03-01T13:30:00Z"),
        duration_min=55,
        format="lycee-55",
    ).execute()
    room = rooms.add(tx, "Salle")
    rooms.choose_session(tx, room, "S-2026-118", class_label="2de 4")
    return room


def _kiosk(data_dir: Path, port: int, school: tuple[str, str], seed: int) -> tuple[dict, list[dict]]:
    """A new kiosk, paired over a good link: its full exchange, then idle ones, over the slow one."""
    data_dir.mkdir()
    uai, code = school
    link = Link(port, seed)
    address = f"http://127.0.0.1:{link.port}"
    environ = {
        **os.environ, "KIOSK_DATA_DIR": str(data_dir), "KIOSK_SCHOOL_UAI": uai, "KIOSK_CENTRE_URL": address,
    }  # fmt: skip
    try:
        cli(environ, "pair", code, "--uai", uai)
        _fill(data_dir, uai)
        link.slow = True
        full = _exchange(environ)
        return full, [_exchange(environ) for _time in range(IDLES)]
    finally:
        link.close()


def _fill(data_dir: Path, uai: str) -> None:
    """Sixty prepared questions and an enrolment wait for the centre."""
    texts = Path(__file__).resolve().parents[2].joinpath("tests/data/similar-fr.tsv").read_text("utf-8").split("\n")
    words = list(dict.fromkeys(part for line in texts[1:400] for part in line.split("\t") if part.endswith("?")))[:60]
    from kiosk.domain import enrolments
    from kiosk.domain.questions import preparation
    from kiosk.ground.config import Settings
    from kiosk.ops import local

    with local.opened(Settings(data_dir=data_dir, school_uai=uai)) as kiosk:

        def unit(tx) -> None:
            room = open_session(tx)
            preparation.add_many(tx, room, words, origin="prepared")
            enrolments.request(tx, "S-2026-118", label="2de 4", level="2GT", headcount=33)

        kiosk.write(unit)


def _exchange(environ: dict[str, str]) -> dict:
    begun = time.perf_counter()
    said = json.loads(cli(environ, "sync", "--json"))
    seconds = time.perf_counter() - begun
    if said["class"] != "ok" or said["waiting"]:
        raise SystemExit(f"the exchange did not go through: {said}")
    return {"seconds": round(seconds, 1), "bytes": said["bytes_sent"] + said["bytes_received"], **said}


def cli(environ: dict[str, str], *words: str) -> str:
    """What a command of the kiosk says. :raises SystemExit: it failed."""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *words], cwd=root, env=environ, capture_output=True, text=True, timeout=400
    )
    if done.returncode:
        raise SystemExit(f"kiosk {words[0]}: {done.stderr or done.stdout}")
    return done.stdout


def _wait(port: int) -> None:
    """Until something listens there."""
    limit = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.05)
