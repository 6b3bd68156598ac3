"""A short campaign of power cuts and kills against the real kiosk; ``campaign.py --cuts 500`` is the long one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).resolve().parent / "campaign.py"


@pytest.mark.server
def test_twelve_cuts_lose_and_double_nothing():
    # A process of its own: its clients lose their sockets at each cut, which is not this suite's leak.
    words = [sys.executable, str(CAMPAIGN), "--cuts", "12", "--seed", "20"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    found = re.search(r"^(\d+) cuts .*?(\d+) acknowledged, (\d+) promises broken", done.stdout)
    assert found, done.stdout
    cuts, acknowledged, broken = found.groups()
    assert (cuts, broken) == ("12", "0")
    assert int(acknowledged) > 50
