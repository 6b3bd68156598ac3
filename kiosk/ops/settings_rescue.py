"""A settings file cut short by a power cut must not stop a class: the last one that worked comes back.

After each good start the file is copied beside itself (``.kiosk.toml.good``). When a start finds it
empty, full of zeros or cut in the middle of a line, it is renamed, kept, and the copy takes its
place. A person's mistake (unknown setting, wrong type) is never touched: it is refused with its line.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from kiosk.ground import wholefile
from kiosk.ground.errors import KioskError

log = logging.getLogger("kiosk.settings")


def keep(path: Path | None) -> None:
    """Remember a file that was just read without fault; quietly gives up where the folder is read-only."""
    if path is None:
        return
    try:
        text = path.read_bytes()
        good = _good(path)
        if not text.strip() or (good.exists() and good.read_bytes() == text):
            return
        wholefile.write(good, text)  # mode 600: it may hold the Wi-Fi password
    except OSError:
        log.info("no copy of %s was kept: its folder cannot be written", path)


def damaged(path: Path | None, error: KioskError | None) -> bool:
    """Whether the file looks cut by the machine rather than mistyped by a person."""
    if path is None or not _good(path).exists():
        return False
    try:
        text = path.read_bytes()
    except OSError:
        return False
    if not text.strip(b"\0 \t\r\n") or b"\0" in text:
        return True
    return error is not None and error.code == "config_syntax" and not text.endswith(b"\n")


def restore(path: Path) -> Path:
    """Put the damaged file aside and bring the good copy back; returns where the damaged one is."""
    aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
    path.replace(aside)
    wholefile.write(path, _good(path).read_bytes())
    return aside


def _good(path: Path) -> Path:
    return path.with_name(f".{path.name}.good")
