"""Rooms of a table or a list, from the command line: what the page « Ajouter plusieurs salles » reads and makes."""

from __future__ import annotations

from pathlib import Path

from kiosk.contract.programme import MAX_FILE
from kiosk.domain import rooms, roomset
from kiosk.exchange import filereading
from kiosk.ground import diskwords
from kiosk.ground.config import Settings
from kiosk.ground.i18n import _, current
from kiosk.ground.values import dataclass
from kiosk.ops import local


@dataclass(frozen=True)
class Brought:
    """What a table holds: names that no room has yet, those that one has, and what is wrong, line by line."""

    fresh: tuple[str, ...]
    held: tuple[str, ...]
    mistakes: tuple[str, ...]


def look(settings: Settings, path: Path) -> Brought:
    """Read a table; nothing is made. :raises KioskError: ``file_missing``, ``file_unread``, ``file_slow``."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError as error:
        raise diskwords.unread(path, error) from error
    with local.opened(settings) as kiosk:
        names, wrong = filereading.read_rooms(kiosk.engine, data, current())
        there = roomset.named_as(names)
    said = tuple(_("ligne %(n)s", n=one.line) + f" : {one.message}" for one in wrong)
    held = tuple(name for name in names if name.casefold() in there)
    return Brought(tuple(name for name in names if name.casefold() not in there), held, said)


def make(settings: Settings, names: tuple[str, ...]) -> list[str]:
    """Make these rooms, all or none; « code  name » of each. :raises KioskError: ``list_empty``, ``name_invalid``."""
    with local.opened(settings) as kiosk:
        made = kiosk.write(lambda tx: roomset.open_many(tx, settings, names))
        return [f"{room.code}  {room.name}" for room in map(rooms.view, made)]
