"""A class beside thirty hostile clients (``tests/server/hostile.py``): what the honest ones wait, against quiet.

The kiosk has one processor, everybody else the other; the hostile run at a low priority, for they are other devices.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from parts.report import Outcome, Target, ratio
from parts.servers import CannotMeasure, python_of

MINUTES, QUIET_SECONDS = 1.0, 30.0


def measure(root: Path) -> Outcome:
    """One lesson, quiet then beside them. :raises CannotMeasure: it could not be played."""
    script = root / "tests" / "server" / "hostile_class.py"
    words = [python_of(root), str(script), "--minutes", str(MINUTES), "--quiet-seconds", str(QUIET_SECONDS)]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=600, check=False)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        raise CannotMeasure(f"the hostile class could not be played: {done.stderr[-400:]}") from None
    quiet, beside = told["quiet"], told["beside"]
    outcome = Outcome(told)
    for name, lived in (("quiet", quiet), ("beside", beside)):
        times = ", ".join(
            f"{what} p50 {lived[f'{what}_ms']['p50']}, p99 {lived[f'{what}_ms']['p99']} ms"
            for what in ("ack", "page", "panel")
        )
        outcome.rows.append(f"{name}: {lived['asked']} questions, {times}")
    outcome.rows.append(f"memory {told['memory_mb'][0]} then {told['memory_mb'][1]} MB")
    refused = len(beside["refused"]) + len(beside["teacher_failed"]) + sum(told["held"].values())
    p99 = [ratio(beside[f"{what}_ms"]["p99"], quiet[f"{what}_ms"]["p99"]) for what in ("ack", "page")]
    outcome.targets += [
        Target("honest acknowledgements beside a hostile class: p99, ratio to quiet", 3, p99[0], "×"),
        Target("honest pages: p99, ratio to quiet", 3, p99[1], "×"),
        Target("the teacher's panel beside a hostile class: p95", 250, beside["panel_ms"]["p95"], " ms"),
        Target("anything honest refused, lost, doubled or failed", 0, refused, ""),
    ]
    return outcome
