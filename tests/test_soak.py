"""A day of school on a real kiosk leaves nothing behind (``tests/soak.py``)."""

import pytest

from soak import run

pytestmark = [pytest.mark.server, pytest.mark.waits]


def test_a_day_of_school_leaves_everything_at_its_level(tmp_path):
    assert run(tmp_path / "kiosk", 8)["lessons"] == 8
