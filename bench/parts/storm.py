"""The join storm: a thousand phones open the page, fetch its script and connect within ten seconds."""

from __future__ import annotations

from pathlib import Path

from parts.report import Outcome, Target
from parts.servers import Kiosk, run_client

PHONES = 1000
SECONDS = 10


def measure(root: Path) -> Outcome:
    """Usable: page and script fetched, connected, state received. The form itself works after the page alone."""
    with Kiosk(root) as kiosk:
        kiosk.loop_lag_max_ms()
        seen = run_client("storm.js", kiosk, phones=PHONES, seconds=SECONDS)
        seen["loop_lag_max_ms"] = kiosk.loop_lag_max_ms()
    failures = sum(seen["failures"].values())
    p99 = seen["usable_ms"]["p99"]
    shares = ("p50", "p90", "p99", "max")
    lines = [
        f"{name}: " + " / ".join(str(seen[key][share]) for share in shares) + " ms"
        for name, key in (("page p50/p90/p99/max", "page_ms"), ("script", "script_ms"), ("usable", "usable_ms"))
    ]
    lines.append(
        f"usable {seen['usable']} of {PHONES}, failures {seen['failures'] or 'none'}, "
        f"worst loop lag {seen['loop_lag_max_ms']} ms, client's own lag p99 {seen['own_lag_ms']['p99']} ms, "
        f"neighbours {seen['others_percent']} % of the machine"
    )
    return Outcome(
        seen,
        [
            Target("1,000 phones join within 10 s: p99 usable", 1000, p99, "ms"),
            Target("1,000 phones join within 10 s: failures", 0, failures, ""),
        ],
        lines,
    )
