"""The question path: asked by a phone, on disk, acknowledged, announced to the display; beside a bare server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parts.neighbours import NOISY
from parts.report import Outcome, Target, median, ratio
from parts.servers import Bare, Kiosk, run_client

LOADS = {"40 phones": (40, 20), "500 phones": (500, 300), "1,000 phones": (1000, 300)}
SECONDS = 8
ROUNDS = 2


def measure(root: Path) -> Outcome:
    """Kiosk and bare server in turn, `ROUNDS` times each; medians of the rounds."""
    outcome = Outcome({})
    for name, (phones, rate) in LOADS.items():
        rounds: dict[str, list[dict[str, Any]]] = {"kiosk": [], "bare": []}
        lags = []
        for _ in range(ROUNDS):
            with Kiosk(root) as kiosk:
                kiosk.loop_lag_max_ms()
                rounds["kiosk"].append(run_client("load.js", kiosk, phones=phones, rate=rate, seconds=SECONDS))
                lags.append(kiosk.loop_lag_max_ms())
            with Bare() as bare:
                rounds["bare"].append(run_client("load.js", bare, phones=phones, rate=rate, seconds=SECONDS))
        outcome.figures[name] = {**rounds, "loop_lag_max_ms": lags}
        _describe(outcome, name, rounds, lags)
    return outcome


def _describe(outcome: Outcome, name: str, rounds: dict, lags: list) -> None:
    for server, runs in rounds.items():
        outcome.rows.append(describe_runs(f"{name}, {server}", runs))
    known = [lag for lag in lags if lag is not None]
    outcome.rows.append(f"{name}, kiosk: worst loop lag {max(known) if known else '?'} ms")
    ratios = {
        share: ratio(of(rounds["kiosk"], "ack_ms", share), of(rounds["bare"], "ack_ms", share))
        for share in ("p50", "p99")
    }
    outcome.rows.append(f"{name}, ratio kiosk / bare: p50 {ratios['p50']}, p99 {ratios['p99']}")
    lost = sum(run["sent"] - run["acknowledged"] + run["unannounced"] for run in rounds["kiosk"])
    outcome.targets.append(Target(f"{name}: questions unanswered or not announced", 0, lost, ""))
    if name == "500 phones":
        outcome.targets.append(Target(f"{name}: p50 of the acknowledgement, ratio to bare", 6, ratios["p50"], "×"))
        outcome.targets.append(Target(f"{name}: p99 of the acknowledgement, ratio to bare", 4, ratios["p99"], "×"))


def of(runs: list[dict], figure: str, share: str) -> float | None:
    """Median over the runs of one percentile of one figure."""
    return median(run[figure][share] for run in runs)


def describe_runs(title: str, runs: list[dict]) -> str:
    """One line for a set of runs of load.js under the same conditions."""
    shares = ("p50", "p90", "p99", "max")
    acknowledged = " / ".join(f"{of(runs, 'ack_ms', share)}" for share in shares)
    announced = " / ".join(f"{of(runs, 'announce_ms', share)}" for share in shares)
    errors = {code: number for run in runs for code, number in run["errors"].items()}
    client = max(run["own_lag_ms"]["p99"] or 0 for run in runs)
    others = max(run["others_percent"] for run in runs)
    noise = f", NEIGHBOURS USED {others} % OF THE MACHINE" if others > NOISY else ""
    received = of(runs, "bytes_in_per_phone", "p50")
    return (
        f"{title}: ack p50/p90/p99/max {acknowledged} ms, display {announced} ms, "
        f"{received:.0f} B in per phone, errors {errors or 'none'}, client's own lag p99 {client} ms{noise}"
    )
