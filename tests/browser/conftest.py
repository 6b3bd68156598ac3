"""What the tests in a browser share: a Chromium and the usual kiosk of the display, for a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from display_kiosk import DisplayKiosk, kiosk
from playwright.sync_api import Browser
from real_chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisplayKiosk]:
    """A kiosk with a room for each picture of the display."""
    with kiosk(tmp_path_factory.mktemp("display")) as found:
        yield found
