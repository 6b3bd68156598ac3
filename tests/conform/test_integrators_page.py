"""`docs/integrer.md`: its two programs, as they stand on the page, pass what the page says that they pass."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conform.test_conform_rules import UAI, served
from kiosk.conform import link, running
from kiosk.conform.rules import SIDES
from kiosk.conform.trial import Trial
from kiosk.ops.process import free_port

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "integrer.md").read_text("utf-8")
CENTRE, KIOSK = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@contextmanager
def started(program: Path, port: int) -> Iterator[str]:
    """A centre's program, once it answers; its address."""
    address = f"http://127.0.0.1:{port}"
    running_one = subprocess.Popen([sys.executable, program, str(port)], stderr=subprocess.DEVNULL)
    try:
        limit = time.monotonic() + 30
        while not link.ask("GET", f"{address}/v1/about", {}).status:
            assert running_one.poll() is None and time.monotonic() < limit
            time.sleep(0.05)
        yield address
    finally:
        running_one.kill()
        running_one.wait(15)


def test_the_centre_of_the_page_holds_to_the_rules_that_only_read(tmp_path: Path) -> None:
    assert len(CENTRE.splitlines()) < 35
    program = tmp_path / "centre.py"
    program.write_text(CENTRE, "utf-8")
    with started(program, free_port()) as address:
        report = running.Report(address, list(running.run(Trial(address))))
    assert [one.lines() for one in report.results if one.state == "failed"] == []
    passed = {one.rule.code for one in report.results if one.state == "passed"}
    assert passed == {
        one.code for one in SIDES["centre"] if one.check is not None and not one.writes and one.revision == 1
    }


def test_the_kiosk_of_the_page_reads_the_whole_programme(tmp_path: Path) -> None:
    assert len(KIOSK.splitlines()) < 35
    program = tmp_path / "kiosk.py"
    program.write_text(KIOSK, "utf-8")
    with served() as one:
        words = [sys.executable, str(program), one.url, UAI, one.centre.code(UAI)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, env={"PYTHONUTF8": "1"})
        assert (done.stdout, done.stderr) == ("7 choses reçues\n", "")
        report = one.report()
    assert report.held
    passed = {each.rule.code for each in report.results if each.state == "passed"}
    assert passed == {"1-first", "0-gzip", "2-pair", "3-request", "3.1-limits", "3.7-more"}


@pytest.mark.parametrize(
    "word", ["--other", "--session", "--seconds", "--json", "--list", "--centre", "--code", "--uai"]
)
def test_the_page_names_every_option(word: str) -> None:
    assert word in PAGE
