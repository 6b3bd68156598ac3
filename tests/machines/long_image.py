"""A card for Raspberry Pi made whole, then started in an emulated machine: from power to the class's display.

The emulated machine is not a Raspberry Pi: it starts the same system, kernel and initramfs by another way than the
board's own firmware, on another screen and another network card.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import cli
from kiosk.cli import manual
from kiosk.ops import firstboot
from kiosk.ops.image import disk, making, system
from machines import guest

TOKEN = "jeton-de-mesure"
LINE = f"salle;pin;ssid;wifi_password;metrics.token\nB204;480275;Classe;bonjour12;{TOKEN}\n"
#: Seconds that an emulated machine of this kind may take on two cores, from power to an answer, then to the page drawn.
ANSWERS, DRAWS = 900, 900


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card of this code; ``KIOSK_ROOTS`` keeps Debian's packages for the next one."""
    kept = os.environ.get("KIOSK_ROOTS")
    folder = tmp_path_factory.mktemp("carte")
    wish = system.Wish(cache=Path(kept) / "carte" if kept else None)
    for line in making.make(folder, wish, manual.files(cli.kiosk)):
        print(line)
    (path,) = folder.glob("*-carte.img")
    return path


@pytest.fixture
def copy(card: Path, tmp_path: Path) -> Iterator[Path]:
    """The same on a larger card: what a card of 8 GB is to the file."""
    path = tmp_path / "carte.img"
    subprocess.run(["cp", "--sparse=always", str(card), str(path)], check=True)
    os.truncate(path, path.stat().st_size + 512 * disk.MIB)
    yield path
    path.unlink()


def health(machine: guest.Guest) -> dict[str, Any]:
    """What ``/healthz`` answers to who holds the token; empty before it does."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{machine.port}/healthz", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return dict(json.load(answer))
    except (OSError, urllib.error.URLError, ValueError):
        return {}


def shows(machine: guest.Guest) -> None:
    """From power to the class's display: the kiosk answers, one display is connected, and its page is drawn."""
    assert machine.until(lambda: health(machine), ANSWERS)["ok"]
    machine.until(lambda: health(machine).get("displays") == 1, DRAWS)
    machine.until(lambda: machine.colours() > 100, 300)


def data(image: Path, words: str) -> str:
    """What debugfs says of the third partition."""
    start, size = guest.starts(image)[2]
    path = image.parent / "data.part"
    with image.open("rb") as source, path.open("wb") as target:
        source.seek(start)
        for _block in range(size // disk.MIB):
            target.write(source.read(disk.MIB))
    said = disk.run("debugfs", "-R", words, str(path))
    path.unlink()
    return said


def test_it_starts_on_the_display_as_its_file_says(copy: Path, tmp_path: Path) -> None:
    guest.put(copy, {"kiosque.csv": LINE})
    before = guest.starts(copy)[2]
    machine = guest.Guest(copy, tmp_path)
    try:
        shows(machine)
        machine.power_off()
    finally:
        machine.end()
    report = guest.read(copy, firstboot.REPORT)
    assert "B204" in report and "480275" in report
    start, size = guest.starts(copy)[2]
    assert start == before[0] and size > before[1] + 500 * disk.MIB  # the data took the whole card
    assert 'ssid = "Classe"' in data(copy, "cat /donnees/settings.toml")


def test_never_written_it_keeps_its_data_and_reads_a_stick(copy: Path, tmp_path: Path) -> None:
    plugged = guest.stick(tmp_path / "cle.img", {"kiosque.csv": LINE})
    start, size = guest.starts(copy)[1]

    def system_bytes() -> str:
        with copy.open("rb") as file:
            file.seek(start)
            return hashlib.sha256(file.read(size)).hexdigest()

    before = system_bytes()
    machine = guest.Guest(copy, tmp_path, plugged, "overlayroot=tmpfs:recurse=0")
    try:
        shows(machine)
        machine.power_off()
    finally:
        machine.end()
    assert system_bytes() == before
    told = disk.run("mtype", "-i", f"{plugged}@@{2048 * 512}", f"::{firstboot.REPORT}")
    assert "B204" in told
    assert 'ssid = "Classe"' in data(copy, "cat /donnees/settings.toml")
