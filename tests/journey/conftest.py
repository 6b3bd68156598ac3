"""A Chromium for a module, and a classroom of its own for each test, on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from journey.classroom import Classroom, Kiosk
from real_chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(params=["eventlet", "gevent"])
def room(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Classroom]:
    """An empty classroom and a kiosk that nobody configured: it opens its demonstration."""
    kiosk = Kiosk(tmp_path / "data", request.param)
    held = Classroom(browser, kiosk)
    yield held
    held.close()
    print(*held.complaints, sep="\n")  # shown when the test fails
    kiosk.kill()
