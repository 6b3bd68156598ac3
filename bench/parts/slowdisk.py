"""The question path with every fsync delayed: latency follows the disk, the event loop does not stall."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from parts.question import describe_runs, of
from parts.report import Outcome, Target
from parts.servers import BENCH, CannotMeasure, Kiosk, run_client

DELAYS_MS = (5, 15, 60)
LOADS = {"40 phones": (40, 20), "500 phones": (500, 300)}
SECONDS = 8
#: An SD card's fsync, at which the design sets its targets.
TARGET_DELAY_MS = 15
WORST_STALL_MS = 50


def build(into: Path, name: str = "slowfsync") -> Path:
    """Compile a preload library of bench/native, by default the one that delays fsync.

    Raises CannotMeasure without a C compiler.
    """
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler:
        raise CannotMeasure("a C compiler is missing: install the package gcc")
    library = into / f"{name}.so"
    source = BENCH / "native" / f"{name}.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def measure(root: Path) -> Outcome:
    outcome = Outcome({})
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-native-") as folder:
        library = build(Path(folder))
        for delay in DELAYS_MS:
            for name, (phones, rate) in LOADS.items():
                with Kiosk(root, preload=library, KIOSK_FSYNC_MS=str(delay)) as kiosk:
                    kiosk.loop_lag_max_ms()
                    run = run_client("load.js", kiosk, phones=phones, rate=rate, seconds=SECONDS)
                    lag = kiosk.loop_lag_max_ms()
                outcome.figures[f"{name}, {delay} ms"] = {**run, "loop_lag_max_ms": lag}
                outcome.rows.append(describe_runs(f"{delay} ms, {name}", [run]) + f", server's worst loop lag {lag} ms")
                outcome.targets.extend(_targets(delay, name, run, lag))
    return outcome


def _targets(delay: int, name: str, run: dict, lag: float | None) -> list[Target]:
    title = f"{name}, fsync {delay} ms"
    lost = run["sent"] - run["acknowledged"] + run["unannounced"]
    targets = [
        Target(f"{title}: questions unanswered or not announced", 0, lost, ""),
        Target(f"{title}: the event loop never stalls", WORST_STALL_MS, lag, "ms"),
    ]
    if delay != TARGET_DELAY_MS:
        return targets  # shown for the slope: the design sets its targets at one delay
    if name == "500 phones":
        for share, fsyncs in (("p50", 2), ("p99", 6)):
            targets.append(
                Target(
                    f"{title}: {share} of the acknowledgement ({fsyncs} fsyncs)",
                    fsyncs * delay,
                    of([run], "ack_ms", share),
                    "ms",
                )
            )
    else:
        for share, limit in (("p50", 25), ("p99", 50)):
            for figure, words in (("ack_ms", "acknowledged"), ("announce_ms", "announced to the display")):
                targets.append(Target(f"{title}: {share} {words}", limit, of([run], figure, share), "ms"))
    return targets
