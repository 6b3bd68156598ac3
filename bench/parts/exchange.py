"""A class asks while the kiosk exchanges with a real centre: how late the loop is, and the answers, beside the same
class when nothing is exchanged. On both engines.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path

from parts import needs
from parts.neighbours import NOISY
from parts.report import Outcome, Target, median
from parts.servers import CannotMeasure, Kiosk, run_client
from parts.slowlink import centre, centre_data, cli, open_session

#: Prepared questions that wait: ten leave a round while a class is live, and a round follows every six seconds.
PREPARED = 59
SECONDS, PHONES, RATE = 12, 40, 20
PERIOD = 0.1
#: Milliseconds (design, « Targets »).
LAG, P50, P99 = 50, 25, 50


def measure(root: Path) -> Outcome:
    """A lesson with rounds following one another, then the same lesson with nothing to tell; eventlet, then gevent."""
    sys.path[:0] = [str(root)]
    outcome = Outcome({})
    with tempfile.TemporaryDirectory(prefix="bench-exchange.") as name:
        folder = Path(name)
        schools = centre_data(folder / "centre", 2)
        with centre(root, folder / "centre") as port:
            address = f"http://127.0.0.1:{port}"
            for engine, school in zip(needs.engines(), schools):
                figures = outcome.figures[engine] = _lesson(root, folder / engine, address, school, engine)
                _describe(outcome, engine, figures)
    return outcome


def _describe(outcome: Outcome, engine: str, figures: dict) -> None:
    for what in ("exchanging", "quiet"):
        seen = figures[what]
        noisy = f" (neighbours {seen['others_percent']:.0f} %)" if seen["others_percent"] > NOISY else ""
        outcome.rows.append(
            f"{engine}, {what}: acknowledged p50 {seen['ack_ms']['p50']}, p99 {seen['ack_ms']['p99']} ms; late, "
            f"worst of each tenth of a second: median {seen['lag_median_ms']}, worst {seen['lag_max_ms']} ms{noisy}"
        )
    during = figures["exchanging"]
    outcome.rows.append(
        f"{engine}: {during['rounds']} rounds; worst lag {during['lag_in_rounds_max_ms']} ms in them, "
        f"{during['lag_between_max_ms']} ms between them"
    )
    outcome.targets += [
        Target(f"{engine}, exchanging: worst loop lag", LAG, during["lag_max_ms"], "ms"),
        Target(f"{engine}, exchanging: p50 of the acknowledgement", P50, during["ack_ms"]["p50"], "ms"),
        Target(f"{engine}, exchanging: p99 of the acknowledgement", P99, during["ack_ms"]["p99"], "ms"),
        Target(f"{engine}: questions unanswered", 0, during["sent"] - during["acknowledged"], ""),
    ]


def _lesson(root: Path, data_dir: Path, address: str, school: tuple[str, str], engine: str) -> dict:
    data_dir.mkdir()
    uai, code = school
    environ = {"KIOSK_CENTRE_URL": address, "KIOSK_SCHOOL_UAI": uai, "KIOSK_ENGINE": engine}
    cli({**os.environ, **environ, "KIOSK_DATA_DIR": str(data_dir)}, "pair", code, "--uai", uai)
    _fill(data_dir, uai)
    with Kiosk(root, data_dir, None, None, **environ) as kiosk:
        _until(lambda: _waiting(data_dir) < PREPARED, "the first round")
        exchanging = _load(kiosk)
        if not exchanging["rounds"]:
            raise CannotMeasure("no round ran while the class asked")
        exchanging["waiting_after"] = _waiting(data_dir)
        _until(lambda: not _waiting(data_dir), "the last round")
        time.sleep(2)
        return {"exchanging": exchanging, "quiet": _load(kiosk)}


def _load(kiosk: Kiosk) -> dict:
    """The class asks; meanwhile the loop's lag is read ten times a second, and whether a courier is at work."""
    seen: list[tuple[float, bool]] = []
    ended = threading.Event()

    def watch() -> None:
        kiosk.loop_lag_max_ms()
        before = False
        while not ended.wait(PERIOD):
            now = _courier(kiosk.process.pid)
            seen.append((kiosk.loop_lag_max_ms() or 0.0, before or now))
            before = now

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        asked = run_client("load.js", kiosk, phones=PHONES, rate=RATE, seconds=SECONDS)
    finally:
        ended.set()
        watcher.join()
    busy = [one for _lag, one in seen]
    kept = ("sent", "acknowledged", "ack_ms", "announce_ms", "own_lag_ms", "others_percent")
    return {
        **{key: asked[key] for key in kept},
        "rounds": sum(now and not before for before, now in zip([False, *busy], busy)),
        "lag_median_ms": median(lag for lag, _one in seen),
        "lag_max_ms": max(lag for lag, _one in seen),
        "lag_in_rounds_max_ms": max((lag for lag, one in seen if one), default=None),
        "lag_between_max_ms": max((lag for lag, one in seen if not one), default=None),
    }


def _courier(parent: int) -> bool:
    """Whether the server has a child at work: its courier, which lives as long as a round."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and b"kiosk.exchange.courier" in (entry / "cmdline").read_bytes():
                return True
    return False


def _waiting(data_dir: Path) -> int:
    database = sqlite3.connect(f"{(data_dir / 'kiosk.sqlite3').absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        return database.execute("SELECT count(*) FROM operation WHERE state = 'waiting'").fetchone()[0]
    finally:
        database.close()


def _until(true, what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise CannotMeasure(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.1)


def _fill(data_dir: Path, uai: str) -> None:
    """A class in its questions phase, with prepared questions that the centre has not heard of."""
    from kiosk.domain import rooms
    from kiosk.domain.questions import preparation
    from kiosk.ground.config import Settings
    from kiosk.ops import local

    with local.opened(Settings(data_dir=data_dir, school_uai=uai)) as kiosk:

        def unit(tx) -> None:
            room = open_session(tx)
            words = [f"Comment se passe la journée numéro {n} ?" for n in range(PREPARED)]
            preparation.add_many(tx, room, words, origin="prepared")
            rooms.set_phase(tx, room, "questions")

        kiosk.write(unit)
