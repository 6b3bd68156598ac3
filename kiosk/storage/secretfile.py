"""The secrets of one kiosk: a file of mode 600 in the data folder, made at first start, never a default.

With a ``url``, those of every worker of one PostgreSQL (:mod:`kiosk.storage.secretbase`).
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any

from kiosk.ground import wholefile
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage import secretbase


@dataclass(frozen=True)
class Secrets:
    """``key`` signs forms; ``pin`` is the teacher's code (6 digits); ``display_token`` opens a remote display;
    ``room_pins``: room id → the code of that room alone (8 digits), for the rooms that have one.

    ``new``: made from nothing, and no kiosk has served with them yet: only then may the first comer open the first
    start. A database that was lost does not make them new again.
    """

    key: str
    pin: str
    display_token: str
    room_pins: dict[str, str] = field(default_factory=dict)
    new: bool = False


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


def new_room_pin(held: Secrets) -> str:
    """Eight random digits that no other room has.

    Two more than the school's: a guess is at one or the other, and however many rooms have a code (up to a hundred),
    finding one of theirs is no easier than finding the school's.
    """
    while True:
        pin = f"{secrets.randbelow(100_000_000):08d}"
        if pin not in held.room_pins.values():
            return pin


def with_room_pin(held: Secrets, room_id: str, pin: str) -> Secrets:
    """The secrets once a room has this code of its own (empty: none any more)."""
    others = {one: code for one, code in held.room_pins.items() if one != room_id}
    return replace(held, room_pins={**others, room_id: pin} if pin else others)


def load(data_dir: Path, url: str = "") -> Secrets:
    """Read the secrets, making those that miss (first start, or a damaged file).

    A damaged file is kept beside (:func:`aside`): its codes are lost, and whoever opens the kiosk must be told.

    :raises OSError: the file is there and cannot be read: what is in it must not be replaced.
    :raises KioskError: ``storage_away``.
    """
    if url:
        held = secretbase.read(url)
        if held is None:
            secretbase.first(url, _kept(_whole({"new": True})))
            held = secretbase.read(url)
        return _whole(held or {})
    path = data_dir / "secrets.json"
    try:
        held = _read(path)
    except ValueError:
        path.replace(aside(data_dir))
        held = {}
    found = _whole(held)
    if _kept(found) != _without_empty(held):
        write(data_dir, found)
    elif os.name == "posix":
        path.chmod(0o600)  # restored from a copy, perhaps readable by all
    return found


def parsed(row: str) -> Secrets:
    """What a row of PostgreSQL holds (:mod:`kiosk.storage.secretbase`)."""
    return _whole(secretbase.told(row))


def _whole(held: dict[str, Any]) -> Secrets:
    """What is held, and made now, what misses."""
    pins = held.get("room_pins")
    return Secrets(
        key=str(held.get("key") or secrets.token_hex(32)),
        pin=str(held.get("pin") or new_pin()),
        display_token=str(held.get("display_token") or secrets.token_urlsafe(12)),
        room_pins={str(room): str(pin) for room, pin in pins.items() if pin} if isinstance(pins, dict) else {},
        new=held.get("new") is True,
    )


def reread(data_dir: Path, held: Secrets, url: str = "") -> Secrets:
    """The secrets as a command (or another worker) may have changed them since; those ``held`` while they cannot be
    read.
    """
    if url:
        return load(data_dir, url)
    try:
        return load(data_dir) if _held(data_dir / "secrets.json").get("key") == held.key else held
    except OSError:
        return held


def aside(data_dir: Path) -> Path:
    """Where a damaged file of secrets is kept; as long as it is there, commands and the diagnosis say so."""
    return data_dir / "secrets.json.damaged"


def damaged(data_dir: Path) -> bool:
    """Whether the file of secrets is there and says nothing. :raises OSError: it cannot be read."""
    try:
        _read(data_dir / "secrets.json")
    except ValueError:
        return True
    return False


def sound(data_dir: Path) -> bool:
    """Whether the codes are there and read: nothing would be made in their place. :raises OSError: as above."""
    try:
        held = _read(data_dir / "secrets.json")
    except ValueError:
        return False
    return bool(held) and _kept(_whole(held)) == _without_empty(held)


def _held(path: Path) -> dict[str, Any]:
    try:
        return _read(path)
    except ValueError:
        return {}


def _read(path: Path) -> dict[str, Any]:
    """:raises ValueError: the file is damaged."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"new": True}
    if not isinstance(held, dict) or not _sound(held):
        raise ValueError("secrets.json")
    return held


def _sound(held: dict[str, Any]) -> bool:
    """Whether each code is one that can be typed: of a number, the zeros it began with are lost."""
    pins = held.get("room_pins", {})
    every = [held.get("pin", ""), *(pins.values() if isinstance(pins, dict) else [None])]
    return all(isinstance(one, str) and (not one or one.isdigit()) for one in every)


def reset_pin(data_dir: Path, url: str = "") -> Secrets:
    """Give the teacher a new code."""
    changed = replace(load(data_dir, url), pin=new_pin(), new=False)
    write(data_dir, changed, url)
    return changed


def write(data_dir: Path, values: Secrets, url: str = "") -> None:
    """Write the file whole or not at all. :raises OSError: it cannot be. :raises KioskError: ``storage_away``."""
    if url:
        secretbase.write(url, _kept(values))
        return
    wholefile.write(data_dir / "secrets.json", json.dumps(_kept(values)))


def in_use(data_dir: Path, values: Secrets, url: str = "") -> Secrets:
    """A kiosk serves with them: they are not new any more. On a disk that refuses, the next start says so."""
    used = replace(values, new=False)
    if values.new:
        with suppress(OSError):
            write(data_dir, used, url)
    return used


def _kept(values: Secrets) -> dict[str, Any]:
    """What stands in the file: nothing for what is empty, so that an older one is not written again."""
    return _without_empty(asdict(values))


def _without_empty(held: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if value or name not in ("new", "room_pins")}
