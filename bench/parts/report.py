"""What a part hands back, and how it is shown: measurements, the targets they meet or miss, a table and a JSON file."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclasses.dataclass(frozen=True)
class Target:
    """One line of the targets table. `seen` None means it could not be measured, which counts as missed."""

    what: str
    limit: float
    seen: float | None
    unit: str
    sign: str = "≤"
    """``≤``, ``<`` or ``≥``: what was seen stands to its left, the limit to its right."""

    @property
    def met(self) -> bool:
        if self.seen is None:
            return False
        return {"≤": self.seen <= self.limit, "<": self.seen < self.limit, "≥": self.seen >= self.limit}[self.sign]


@dataclasses.dataclass
class Outcome:
    """Figures of one part (anything JSON can hold), its targets, and lines worth reading with them."""

    figures: dict
    targets: list[Target] = dataclasses.field(default_factory=list)
    rows: list[str] = dataclasses.field(default_factory=list)


def median(values) -> float | None:
    """Median of those that are numbers; None when none is."""
    numbers = [value for value in values if value is not None]
    return round(statistics.median(numbers), 2) if numbers else None


def ratio(upper: float | None, lower: float | None) -> float | None:
    return round(upper / lower, 2) if upper is not None and lower else None


def fsync_ms() -> float:
    """Median time of a 4 KiB write and its fsync in the folder the servers use."""
    times = []
    with tempfile.NamedTemporaryFile(prefix="kiosk-bench-") as file:
        for _ in range(40):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times), 2)


def machine(python: str) -> dict:
    """The machine in words that do not tell whose it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = subprocess.run(
        [python, "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": version,
        "node": node.lstrip("v"),
        "fsync_ms": fsync_ms(),
    }


def show(outcomes: dict[str, Outcome]) -> bool:
    """Print every part's lines, then the targets; True when all are met."""
    for name, outcome in outcomes.items():
        print(f"\n── {name} " + "─" * max(0, 74 - len(name)))
        for row in outcome.rows:
            print("  " + row)
    targets = [target for outcome in outcomes.values() for target in outcome.targets]
    print(f"\n{'target':<66} {'limit':>10} {'seen':>10}")
    for target in targets:
        seen = "?" if target.seen is None else f"{target.seen:g}"
        verdict = "ok" if target.met else "MISSED"
        print(f"{target.what:<66} {f'{target.sign} {target.limit:g}':>10} {seen:>10} {target.unit:<6} {verdict}")
    return all(target.met for target in targets)


def save(outcomes: dict[str, Outcome], about: dict, name: str = "latest.json") -> Path:
    """Write everything to bench/results/`name`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / name
    content = {"machine": about, "parts": {key: _plain(outcome) for key, outcome in outcomes.items()}}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return path


def _plain(outcome: Outcome) -> dict:
    targets = [{**dataclasses.asdict(target), "met": target.met} for target in outcome.targets]
    return {"figures": outcome.figures, "targets": targets}
