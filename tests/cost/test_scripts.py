"""The same for the regular expressions of the pages' scripts, in Node."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from cost import growth, shapes

HERE = Path(__file__).resolve().parent
SCRIPTS = sorted((HERE.parents[1] / "static" / "js").rglob("*.js"))


def node(*arguments, given=None):
    done = subprocess.run(
        ["node", "--expose-internals", str(HERE / "scripts.js"), *map(str, arguments)],
        input=None if given is None else json.dumps(given), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def slow(patterns):
    """Those of these (where, source, flags) that do not keep pace, and on which text."""
    found = []
    for one in patterns:
        made = {(unit, "", "") for unit in (*shapes.SIGNS, *shapes.PIECES)}
        near = re.compile(re.sub(r"\(\?<(?=\w)", "(?P<", one["source"]))
        made |= {(unit, prefix, ending) for prefix, unit, ending in shapes._made(near) if unit}
        texts = [(f"{p!r} {u!r}… {e!r}", u, p, e) for u, p, e in sorted(made, key=repr) if "\ud800" not in u]
        # Its texts are twice as long: four times the time, where it grows with the square.
        limits = {"floor": 4 * growth.FLOOR, "most": growth.MOST, "tries": growth.TRIES}
        found += node("run", given={"patterns": [one], "texts": texts, **limits})
    return found


def test_the_expressions_of_the_scripts_keep_pace():
    assert len(SCRIPTS) > 10
    patterns = node("list", *SCRIPTS)
    assert len(patterns) >= 5
    assert slow(patterns) == []


def test_one_that_does_not_is_found():
    assert slow([{"where": "here", "source": r"[\w.+-]+ ?@[\w-]+", "flags": "g"}])
