"""The runner of the tests: what fails once is tried again, alone, and told, what was cut short whole; twice, or in a
crowd, it has failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from whole_pages import twice

RUNNER = Path(__file__).with_name("all.sh")
CASES = """
import pathlib
import pytest

@pytest.mark.parametrize("case", range({cases}))
def test_of_chance(case, request):
    seen = pathlib.Path(f"seen-{{case}}")
    seen.touch() if (first := not seen.exists()) else None
    assert not (first or {always}), "a neighbour was in the way"

def test_that_holds():
    pass

def test_that_ends_the_run():
    {end}
"""
DRIVER = """
say() { printf '%s\n' "$1"; }
kept=kept failed=''
suite "$1" name 'not browser' || again "$1" name 'not browser' || failed=yes
printf 'end:%s\n' "$failed"
"""


@pytest.mark.once
@pytest.mark.parametrize(
    ("cases", "always", "last", "end"),
    [
        (1, False, "pass", "end:"),
        (60, False, "pass", "end:"),
        (1, True, "pass", "end:yes"),
        (61, False, "pass", "end:yes"),
        (1, False, "pytest.exit('cut', 2)", "end:yes"),
        (0, False, "pathlib.Path('cut').exists() or (pathlib.Path('cut').touch(), pytest.exit('cut', 2))", "end:"),
    ],
)
def test_what_failed_is_tried_again_alone(tmp_path: Path, cases: int, always: bool, last: str, end: str) -> None:
    text = RUNNER.read_text(encoding="utf-8")
    functions = [text[text.index(f"\n{name}() {{") :].partition("\n}\n")[0] + "\n}\n" for name in ("suite", "again")]
    (tmp_path / "test_case.py").write_text(CASES.format(cases=cases, always=always, end=last))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = browser\n")
    command = ["sh", "-euc", "".join(functions) + DRIVER, "sh", sys.executable]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == end, done.stdout
    told = "test_case.py::test_of_chance[0]\n" in done.stdout.partition("Encore une fois")[2]
    assert told == (cases <= 60 and last == "pass")


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ("<p id='a'><b\nid=a>", ["a"]),
        ('<p id="a"id="b"><i id="b">', ["b"]),
        ('<p ID = "l&eacute;"><i id="lé">', ["lé"]),
        ('<p id="a" data-id="a"><i title=\'id="a"\'>', []),
    ],
)
def test_an_id_that_stands_twice_in_a_page_is_seen(page: str, seen: list[str]) -> None:
    assert twice(page) == seen
