"""A class on the smallest machine: a tenth of a core and 512 MB, an SD card's fsync of 60 ms, forty phones, a display
and a teacher's panel that is open; then a thirtieth, where it may be late and may lose nothing.
"""

from __future__ import annotations

import contextlib
import glob
import shutil
import tempfile
import threading
import time
from pathlib import Path

from parts.confined import Confined, confined
from parts.question import describe_runs, of
from parts.report import Outcome, Target
from parts.servers import Kiosk, run_client
from parts.slowdisk import build
from parts.teacher import Teacher

MEMORY = 512 << 20
FSYNC_MS = 60
PHONES, RATE, SECONDS = 40, 20, 8
#: Seconds between two refreshes of a panel, however many hints come (``static/js/control/panel.js``).
GAP = 0.4
#: A panel that is served slowly waits twice that time, up to this many seconds (the same file).
SLOW = 4.0
#: Seconds of quiet over which a waiting kiosk's wake-ups are counted.
IDLE = 10.0
SHARES = {"a tenth of a core": 0.1, "a thirtieth of a core": 1 / 30}


class Slow(Kiosk):
    """A kiosk that may take its time to start."""

    name, patience = "the confined kiosk", 180.0

    def __init__(self, root: Path, data: Path, library: Path, held: Confined):
        self.confine = held
        # The measure of the loop is a load of its own: it is left out.
        super().__init__(root, data, library, KIOSK_FSYNC_MS=str(FSYNC_MS), KIOSK_LOOP_LAG="0")


def measure(root: Path) -> Outcome:
    """Both shares; targets are set at a tenth."""
    outcome = Outcome({})
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-native-") as folder:
        library = build(Path(folder))
        for name, share in SHARES.items():
            with confined(share, MEMORY) as held:
                figures = _class(root, library, held, share)
            figures["confined_by"] = held.way
            outcome.figures[name] = figures
            _tell(outcome, name, share, figures)
    return outcome


def _class(root: Path, library: Path, held: Confined, share: float) -> dict:
    data = Path(tempfile.mkdtemp(prefix="kiosk-bench-data-"))
    figures: dict = {}
    try:
        for which in ("first_start_s", "start_s"):
            with Slow(root, data, library, held) as kiosk:
                figures[which] = round(kiosk.start_seconds, 2)
                if which == "start_s":
                    figures |= _lesson(kiosk, share)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    return figures


def _lesson(kiosk: Kiosk, share: float) -> dict:
    teacher = Teacher(kiosk.url, kiosk.pin())
    time.sleep(1 / share)  # what the start put off is done
    woken, written = wake_ups(kiosk.process.pid), kiosk.written()
    time.sleep(IDLE)
    idle = (wake_ups(kiosk.process.pid) - woken) / IDLE
    pages: list[float] = []
    over = threading.Event()

    def look() -> None:
        took = 0.0
        while not over.wait(min(max(GAP, 2 * took), SLOW)):
            began = time.perf_counter()
            teacher.fragment("live")
            took = time.perf_counter() - began
            pages.append(took * 1000)

    panel = threading.Thread(target=look)
    panel.start()
    try:
        run = run_client("load.js", kiosk, phones=PHONES, rate=RATE, seconds=SECONDS, patience=60, connectRate=10)
    finally:
        over.set()
        panel.join()
    pages.sort()
    return {
        "run": run,
        "idle_wake_ups_per_s": round(idle, 1),
        "panel_ms": {"p50": round(pages[len(pages) // 2]), "p95": round(pages[int(len(pages) * 0.95)])},
        "rss_mb": round(kiosk.rss_kb() / 1024, 1),
        "written_kb_per_question": round((kiosk.written() - written) / 1024 / max(1, run["acknowledged"]), 1),
    }


def wake_ups(pid: int) -> int:
    """Times that the threads of a process went to sleep and were woken since their start."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with contextlib.suppress(OSError):
            total += int(Path(path).read_text().partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return total


def _tell(outcome: Outcome, name: str, share: float, seen: dict) -> None:
    run = seen["run"]
    lost = run["sent"] - run["acknowledged"]
    outcome.rows += [
        f"{name}, by {seen['confined_by']}: started in {seen['start_s']} s (first time {seen['first_start_s']} s), "
        f"panel p50 {seen['panel_ms']['p50']} ms, p95 {seen['panel_ms']['p95']} ms, {seen['rss_mb']} MB, "
        f"{seen['idle_wake_ups_per_s']} wake-ups/s at rest, {seen['written_kb_per_question']} KB written a question, "
        f"{run['unannounced']} announced together with others",
        describe_runs(f"{name}, {PHONES} phones", [run]),
    ]
    outcome.targets.append(Target(f"{name}: questions unanswered", 0, lost, ""))
    if share == SHARES["a tenth of a core"]:
        outcome.targets += [
            Target(f"{name}: start", 6, seen["start_s"], "s"),
            Target(f"{name}: p99 of the acknowledgement", round(2.2 * FSYNC_MS), of([run], "ack_ms", "p99"), "ms"),
            Target(f"{name}: the panel's refresh, p95", 500, seen["panel_ms"]["p95"], "ms"),
            Target(f"{name}: wake-ups at rest", 5, seen["idle_wake_ups_per_s"], "/s"),
        ]
