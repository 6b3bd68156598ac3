"""The codes of the display, read from the back of the room through a simulated phone camera."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.display_kiosk import SIZES, DisplayKiosk, kiosk, resize
from qr_camera import decode_from_back

pytestmark = pytest.mark.browser

URL = "http://192.168.1.20"
SEEDS = range(5)
#: Metres from a picture 2 m wide (the bandeau is a quarter of it): what each screen promises. While two or three people
#: speak, their paths take the room of the code: the address is written at the foot.
FAR = {
    "join": {"16:9": 8, "small": 8, "4:3": 8, "bandeau": 6},
    "join-trio": {"16:9": 8, "4:3": 8, "bandeau": 3},
    "count": {"16:9": 7, "small": 7, "4:3": 7, "bandeau": 6},
    "talk": {"16:9": 7, "small": 7, "4:3": 7, "bandeau": 3},
    "wall": {"16:9": 7, "small": 7, "4:3": 7, "bandeau": 6},
    "wall-longest": {"16:9": 7, "4:3": 7, "bandeau": 3},
    "reflect": {"16:9": 7, "small": 7, "4:3": 7, "bandeau": 3},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisplayKiosk]:
    with kiosk(tmp_path_factory.mktemp("display"), public_url=URL) as found:
        yield found


@pytest.mark.parametrize("room", FAR)
def test_the_address_is_read_from_the_back(browser: Browser, server: DisplayKiosk, room: str) -> None:
    page = browser.new_page()
    page.goto(server.url(room, theme="sombre" if room in ("talk", "reflect") else ""))
    missed = []
    for size, distance in FAR[room].items():
        resize(page, size)
        picture = page.screenshot(animations="disabled")
        width = 2.0 * SIZES[size][0] / 1920 if size == "bandeau" else 2.0
        read = sum(
            any(text.startswith(URL) for text in decode_from_back(picture, distance=distance, seed=seed, width=width))
            for seed in SEEDS
        )
        if read < len(SEEDS) - 1:
            missed.append(f"{room} {size}: {read} of {len(SEEDS)} at {distance} m")
    page.close()
    assert missed == []


def test_the_wifi_pair_is_read_from_the_back(browser: Browser, tmp_path: Path) -> None:
    missed = []
    with kiosk(tmp_path, wifi_ssid="Kiosque-B204", wifi_password="metiers2026", public_url=URL) as server:
        page = browser.new_page()
        page.goto(server.url("join"))
        for size, distance in (("16:9", 7), ("4:3", 7), ("bandeau", 3)):
            resize(page, size)
            picture = page.screenshot()
            width = 2.0 * SIZES[size][0] / 1920 if size == "bandeau" else 2.0
            for payload in (URL, "WIFI:T:WPA;S:Kiosque-B204;P:metiers2026;;"):
                read = sum(
                    any(
                        text.startswith(payload)
                        for text in decode_from_back(picture, distance=distance, seed=seed, width=width)
                    )
                    for seed in SEEDS
                )
                if read < len(SEEDS) - 1:
                    missed.append(f"{size} {payload}: {read} at {distance} m")
        page.close()
    assert missed == []
