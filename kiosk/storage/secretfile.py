"""The secrets of one kiosk: a file of mode 600 in the data folder, made at first start, never a default."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kiosk import wholefile
from kiosk.errors import KioskError


@dataclass(frozen=True)
class Secrets:
    """``key`` signs forms; ``pin`` is the teacher's code (6 digits); ``display_token`` opens a remote display."""

    key: str
    pin: str
    display_token: str


def new_pin() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def chosen_pin(text: str) -> str:
    """A code a person chose: six digits, neither all the same nor in a row. :raises KioskError: ``pin_invalid``."""
    pin = "".join(text.split())
    rows = "01234567890123456789"
    if len(pin) != 6 or not (pin.isascii() and pin.isdigit()) or len(set(pin)) == 1 or pin in rows + rows[::-1]:
        raise KioskError("pin_invalid", field="pin")
    return pin


def load(data_dir: Path) -> Secrets:
    """Read the secrets, making those that miss (first start, or a damaged file)."""
    path = data_dir / "secrets.json"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        held = {}
    if not isinstance(held, dict):
        held = {}
    found = Secrets(
        key=str(held.get("key") or secrets.token_hex(32)),
        pin=str(held.get("pin") or new_pin()),
        display_token=str(held.get("display_token") or secrets.token_urlsafe(12)),
    )
    if asdict(found) != held:
        write(data_dir, found)
    elif os.name == "posix":
        path.chmod(0o600)  # restored from a copy, perhaps readable by all
    return found


def reset_pin(data_dir: Path) -> Secrets:
    """Give the teacher a new code."""
    changed = replace(load(data_dir), pin=new_pin())
    write(data_dir, changed)
    return changed


def write(data_dir: Path, values: Secrets) -> None:
    """Write the file whole or not at all."""
    wholefile.write(data_dir / "secrets.json", json.dumps(asdict(values)))
