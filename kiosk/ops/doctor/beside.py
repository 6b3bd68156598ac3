"""The diagnosis of a running kiosk, made by a process of its own: a check that hangs never holds the class up, and the
server's memory stays free of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from kiosk.domain.kiosk import Kiosk
from kiosk.engine import native_read
from kiosk.ground import calling
from kiosk.ground.config import HOME, SETTINGS, Settings, variable

CODE = Path(__file__).resolve().parents[3]


def examine(kiosk: Kiosk, language: str, bundle: str = "") -> dict[str, Any] | None:
    """What ``kiosk doctor --json`` says here; None when it could not be run. Other greenlets run meanwhile."""
    words = [sys.executable, "-m", "kiosk", "doctor", "--json", "--lang", language]
    words += ["--bundle", bundle] if bundle else []
    ours, theirs = os.pipe()
    try:
        process = subprocess.Popen(
            words + _named(sys.argv),
            cwd=HOME,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(CODE), calling.VARIABLE: calling.typed(), **given(kiosk.settings)},
        )
    except OSError:
        os.close(ours)
        return None
    finally:
        os.close(theirs)
    waiter = kiosk.engine.waiter()

    def work() -> None:
        heard = bytearray()
        try:
            # The end of the JSON is enough: a check stuck in a dead disk may keep the process from ending.
            while (bundle or not heard.endswith(b"\n}\n")) and (piece := native_read(ours, 65_536)):
                heard += piece
        except OSError:
            heard.clear()
        kiosk.engine.post(lambda: waiter.send(bytes(heard)))

    kiosk.engine.start_native(work, "kiosk-doctor")
    text = waiter.wait()
    os.close(ours)
    kiosk.engine.spawn(process.wait)
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def given(settings: Settings) -> dict[str, str]:
    """The running kiosk's settings as environment variables, those that are not defaults."""
    plain = Settings()
    names = {item.name: key for key, item in SETTINGS.items()}
    changed = {}
    for item in fields(Settings):
        value = getattr(settings, item.name)
        if item.name in names and (value != getattr(plain, item.name) or item.name in ("data_dir", "port")):
            changed[variable(names[item.name])] = _text(value)
    return changed


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _named(argv: list[str]) -> list[str]:
    """The ``--config`` of the serving command line."""
    for index, word in enumerate(argv):
        if word == "--config" and index + 1 < len(argv):
            return ["--config", str(Path(argv[index + 1]).absolute())]
        if word.startswith("--config="):
            return ["--config", str(Path(word.partition("=")[2]).absolute())]
    return []
