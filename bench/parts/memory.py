"""Memory (resident, from /proc) idle and with phones connected, and what 40 idle phones cost in processor time."""

from __future__ import annotations

import time
from pathlib import Path

from parts.report import Outcome, Target
from parts.servers import Kiosk, held_phones

PHONES = 500
IDLE_PHONES = 40
IDLE_SECONDS = 15
SETTLE_SECONDS = 2


def measure(root: Path) -> Outcome:
    """Per phone is the growth of resident memory divided by the phones connected."""
    with Kiosk(root) as kiosk:
        for _ in range(3):
            kiosk.get("/")
        time.sleep(SETTLE_SECONDS)
        empty = kiosk.rss_kb()
        with held_phones(kiosk.url, PHONES) as connected:
            time.sleep(SETTLE_SECONDS)
            full = kiosk.rss_kb()
        time.sleep(SETTLE_SECONDS)
        left = kiosk.rss_kb()
    per_phone = round((full - empty) / max(connected, 1), 1)
    idle = round(empty / 1024, 1)
    return Outcome(
        {
            "idle_mib": idle,
            "phones": connected,
            "with_phones_mib": round(full / 1024, 1),
            "after_they_left_mib": round(left / 1024, 1),
            "per_phone_kib": per_phone,
        },
        [Target("memory, idle", 60, idle, "MiB"), Target("memory per connected phone", 60, per_phone, "KiB")],
        [
            f"idle {idle} MiB, {connected} phones {full / 1024:.1f} MiB ({per_phone} KiB each), "
            f"after they left {left / 1024:.1f} MiB"
        ],
    )


def measure_idle(root: Path) -> Outcome:
    with Kiosk(root, KIOSK_LOOP_LAG="0") as kiosk, held_phones(kiosk.url, IDLE_PHONES) as connected:
        time.sleep(SETTLE_SECONDS)
        before, started = kiosk.cpu_seconds(), time.perf_counter()
        time.sleep(IDLE_SECONDS)
        share = round(100 * (kiosk.cpu_seconds() - before) / (time.perf_counter() - started), 2)
    return Outcome(
        {"phones": connected, "seconds": IDLE_SECONDS, "percent_of_a_core": share},
        [Target("40 idle phones, share of a core", 1, share, "%", sign="<")],
        [f"{connected} idle phones and a display for {IDLE_SECONDS} s: {share} % of a core"],
    )
