"""Commands that work on the data folder without serving: rooms and the teacher's code.

They also work beside a running kiosk: SQLite arbitrates, and pages see the change at their next
look. The running kiosk keeps its secrets in memory, so a new code counts from its next start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.app import create_kiosk
from kiosk.config import Settings
from kiosk.domain import access, audit, rooms
from kiosk.domain.house import Kiosk
from kiosk.errors import KioskError
from kiosk.storage import lockfile, secretfile


@contextmanager
def opened(settings: Settings) -> Iterator[Kiosk]:
    """The kiosk of a data folder, able to read and write, serving nobody."""
    kiosk = create_kiosk(settings)
    kiosk.writer.start()
    try:
        yield kiosk
    finally:
        kiosk.writer.stop()
        kiosk.database.close()


def list_rooms(settings: Settings) -> list[tuple[str, str]]:
    """(code, name) of every room."""
    with opened(settings):
        return [(code, name) for _id, name, code in rooms.all_rooms()]


def add_room(settings: Settings, name: str) -> str:
    """Make a room with the settings of new rooms; return its code. Raises ``name_invalid``."""
    with opened(settings) as kiosk:
        room_id = kiosk.write(lambda tx: rooms.add(tx, name))
        kiosk.write(
            lambda tx: rooms.set_fields(
                tx,
                room_id,
                "room",
                moderation=settings.moderation,
                phones=settings.phones,
                theme=settings.display_theme,
            )
        )
        return rooms.view(room_id).code


def show_pin(settings: Settings) -> str:
    """The teacher's code, made now if the kiosk never started."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return secretfile.load(settings.data_dir).pin


def reset_pin(settings: Settings) -> tuple[str, bool]:
    """A new code, every device signed out; and whether a running kiosk must be restarted for it."""
    with opened(settings) as kiosk:
        pin = secretfile.reset_pin(settings.data_dir).pin
        kiosk.write(lambda tx: access.revoke_others(tx, ""))
        kiosk.write(lambda tx: audit.note(tx, "machine", "pin_reset"))
    return pin, running(settings)


def running(settings: Settings) -> bool:
    """Whether a kiosk serves this data folder."""
    try:
        lockfile.take(settings.data_dir).close()
    except KioskError:
        return True
    return False
