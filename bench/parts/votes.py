"""Votes: bytes a phone receives per update while the list of supportable questions grows to 200."""

from __future__ import annotations

from pathlib import Path

from parts.report import Outcome, Target
from parts.servers import Kiosk, run_client
from parts.teacher import Teacher

SIZES = (10, 50, 100, 200)


def measure(root: Path) -> Outcome:
    """Moderation is turned off so that every question can be supported as soon as it is asked."""
    with Kiosk(root) as kiosk:
        Teacher(kiosk.url, kiosk.pin()).set_moderation(False)
        steps = run_client("votes.js", kiosk, sizes=",".join(map(str, SIZES)))["steps"]
    rows = [
        f"list of {step['list']}: {step['bytes_per_update']} bytes per update and phone "
        f"(largest {step['largest_update']}), {step['updates_per_second']} updates/s, "
        f"{step['votes']} votes, errors {step['errors'] or 'none'}"
        for step in steps
    ]
    return Outcome(
        {"steps": steps},
        [
            Target("votes: supportable questions reached", SIZES[-1], steps[-1]["list"], "", sign="≥"),
            Target(
                "votes: largest update of a phone", 250, max(step["largest_update"] or 0 for step in steps), "bytes"
            ),
            Target("votes: updates a second to a phone", 2, max(step["updates_per_second"] for step in steps), "/s"),
        ],
        rows,
    )
