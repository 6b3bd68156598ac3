"""One phone that floods, beside a class that asks quietly: the class's p99 must stay within twice its quiet value.

The flood is another device: here it shares the machine's cores, so it runs at a low priority, and takes from the class
and the server what it sends them, not the processor they run on. It still sends all it means to (its answers tell).
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

from parts.report import Outcome, Target, ratio
from parts.servers import Kiosk, client_command, run_client

CLASS = {"phones": 40, "rate": 20, "seconds": 10}
NICE = 10
FLOODS = {"messages": 1000, "connections": 200}


def measure(root: Path) -> Outcome:
    """The limits are those delivered: this part does not lift them for the flooding phone.

    But for the list's ceiling: nobody reads over here, and three rounds ask more than a class has waiting.
    """
    outcome = Outcome({})
    with Kiosk(root, KIOSK_LIMITS_WAITING_LEAST="2000") as kiosk:
        quiet = run_client("load.js", kiosk, **CLASS)
        outcome.figures["quiet"] = quiet
        outcome.rows.append(f"quiet: ack p50 {quiet['ack_ms']['p50']}, p99 {quiet['ack_ms']['p99']} ms")
        for kind, rate in FLOODS.items():
            options = {"url": kiosk.url, "kind": kind, "rate": rate, "seconds": CLASS["seconds"] + 3}
            flood = subprocess.Popen(
                client_command("flood.js", options), stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.nice(NICE)
            )
            time.sleep(0.5)
            beside = run_client("load.js", kiosk, **CLASS)
            answers = json.loads(flood.communicate(timeout=60)[0])["answers"]
            times = ratio(beside["ack_ms"]["p99"], quiet["ack_ms"]["p99"])
            outcome.figures[kind] = {"class": beside, "flood_answers": answers}
            title = f"{rate} {kind}/s from one phone"
            ack = beside["ack_ms"]
            outcome.rows.append(
                f"{title}: class ack p50 {ack['p50']}, p99 {ack['p99']} ms, "
                f"errors {beside['errors'] or 'none'}; flood got {answers}"
            )
            lost = beside["sent"] - beside["acknowledged"]
            outcome.targets.append(Target(f"{title}: p99 of the others, ratio to quiet", 2, times, "×"))
            outcome.targets.append(Target(f"{title}: others' questions unanswered", 0, lost, ""))
    return outcome
