#!/usr/bin/env python3
"""The kill campaign: python tests/scale/campaign.py [--kills 100] [--seconds 110] [--seed 1] [--workers 3]

A class asks without end through nginx while workers are killed (-9) one after another, in full flight. Before one kill
in eight, something else drawn by lot: a worker is frozen (SIGSTOP), one time in three for long enough to lose its turn
and its duties; Redis or PostgreSQL starts again; nginx is reloaded. Counts what was
acknowledged, and of that what is lost (not kept, or under another number) or doubled. Ends after so many kills or
seconds, whichever comes first; the exit code is 1 when anything was lost or doubled.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from scale.farm import Farm, Worker, postgresql  # noqa: E402
from scale.front import Nginx, Pupil  # noqa: E402

#: What else may happen, and how often of ten: a freeze is what no connection tells.
FROZEN, OTHERS = "a worker frozen", {"Redis restarted": 2, "PostgreSQL restarted": 2, "nginx reloaded": 1}
FREEZES = 5
#: Seconds of a freeze, short or long: the server ends a silent turn after four, silent duties after six.
SHORT, LONG = (0.3, 3.0), (5.0, 8.0)


class Campaign:
    """One run on a farm that serves behind nginx."""

    def __init__(self, farm: Farm, nginx: Nginx, seed: int) -> None:
        self.farm, self.nginx, self.draw = farm, nginx, random.Random(seed)
        self.done: Counter[str] = Counter()

    def run(self, kills: int, seconds: float) -> None:
        """Kill until so many, or so long."""
        until = time.monotonic() + seconds
        while self.done["kills"] < kills and time.monotonic() < until:
            if self.draw.random() < 1 / 8:
                self._other(self.draw.choices([FROZEN, *OTHERS], [FREEZES, *OTHERS.values()])[0])
            self._kill(self.draw.choice(self.farm.workers))
            self.done["kills"] += 1

    def _kill(self, worker: Worker) -> None:
        time.sleep(self.draw.uniform(0.05, 0.5))  # at any instant of what it does
        worker.kill()
        worker.launch()
        self.farm.ready(worker)

    def _other(self, what: str) -> None:
        if what == FROZEN:
            self._freeze()
        elif what == "Redis restarted":
            self.farm.redis.stop()
            self.farm.redis.start()
        elif what == "PostgreSQL restarted":
            self.farm.cluster.stop()
            self.farm.cluster.start()
            for worker in self.farm.workers:
                self.farm.ready(worker)
        else:
            self.nginx.reload()
        self.done[what] += 1

    def _freeze(self) -> None:
        """Stop one as it is, then let it go on as if nothing had been, what it held taken by others meanwhile."""
        worker = self.draw.choice(self.farm.workers)
        long = self.draw.random() < 1 / 3
        worker.freeze()
        time.sleep(self.draw.uniform(*(LONG if long else SHORT)))
        worker.thaw()
        self.farm.ready(worker)
        self.done["of these, over 5 s"] += long


def count(farm: Farm, pupils: list[Pupil]) -> dict[str, int]:
    """Acknowledged, kept, lost, doubled; refusals, and the longest that a phone was away (ms)."""
    told = {id: number for one in pupils for id, number in one.acknowledged.items()}
    rows = farm.rows("SELECT id, number, text FROM question WHERE id LIKE 'ng-%%'")
    kept = {id: number for id, number, _text in rows}
    numbers, texts = Counter(kept.values()), Counter(text for _id, _number, text in rows)
    return {
        "acknowledged": len(told),
        "kept": len(kept),
        "lost": sum(kept.get(id) != number for id, number in told.items()),
        "doubled": sum(n - 1 for seen in (numbers, texts) for n in seen.values()),
        "refused": sum(sum(one.refused.values()) for one in pupils),
        "longest_away_ms": int(1000 * max((away for one in pupils for away in one.away), default=0)),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=110)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--phones", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, postgresql(fsync=True) as cluster:
        farm = Farm(Path(name) / "farm", cluster, number=asked.workers)
        farm.folder.mkdir()
        farm.furnish(1)
        nginx = Nginx(farm.folder / "nginx", farm.workers)
        for worker in farm.workers:
            worker.settings |= {"KIOSK_PUBLIC_URL": nginx.url, "KIOSK_RELAYS": "127.0.0.1"}
        try:
            farm.start()
            ways = ("websocket", "websocket", "polling")
            pupils = [Pupil(nginx, number, ways[number % 3], 0.2) for number in range(asked.phones)]
            time.sleep(3)
            campaign = Campaign(farm, nginx, asked.seed)
            campaign.run(asked.kills, asked.seconds)
            time.sleep(3)
            for one in pupils:
                one.stop.set()
            for one in pupils:
                one.thread.join(30)
            told = count(farm, pupils)
        finally:
            farm.stop()
            nginx.stop()
    print(f"seed {asked.seed}: {dict(campaign.done)} {told}")
    return int(told["lost"] or told["doubled"] or not told["acknowledged"])


if __name__ == "__main__":
    sys.exit(main())
