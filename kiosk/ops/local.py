"""Commands that work on the data folder without serving: import, export, rooms, the teacher's code.

They also work beside a running kiosk: SQLite arbitrates, and pages see the change at their next
look. The running kiosk keeps its secrets in memory, so a new code counts from its next start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.app import create_kiosk
from kiosk.config import Settings
from kiosk.domain import access, audit, demonstration, jobs, known, rooms
from kiosk.domain.house import Kiosk
from kiosk.errors import KioskError
from kiosk.ops import demo, exports, imports, opening
from kiosk.storage import datafolder, lockfile, secretfile


@contextmanager
def opened(settings: Settings) -> Iterator[Kiosk]:
    """The kiosk of a data folder, able to read and write, serving nobody."""
    kiosk = create_kiosk(settings)
    kiosk.writer.start()
    try:
        if "recovered" in kiosk.extras:
            kiosk.write(lambda tx: opening.note_recovery(tx, kiosk))
        yield kiosk
    finally:
        kiosk.writer.stop()
        kiosk.database.close()


def load_demo(settings: Settings) -> list[str]:
    """Write the demonstration, in a first room when there is none; the report's lines."""
    with opened(settings) as kiosk:
        if not rooms.all_rooms():
            _new_room(kiosk, opening.FIRST_ROOM)
        return imports.report(demo.load(kiosk))


def remove_demo(settings: Settings) -> int:
    """Take the demonstration away; how many sessions went."""
    with opened(settings) as kiosk:
        number = kiosk.write(demonstration.remove)
    jobs.forget_examples(settings.data_dir)
    return number


def import_file(settings: Settings, path: str) -> list[str]:
    """Import a file of changes, whole or not at all; the report's lines. Raises ``import_invalid``…"""
    data = imports.read(path)
    with opened(settings) as kiosk:
        return imports.report(imports.apply(kiosk, data))


def export_questions(
    settings: Settings, room: str | None, session: str | None, *, csv: bool, terminal: bool
) -> str:
    """The questions as JSON or CSV. Raises ``unknown_room``, ``unknown_session``."""
    with opened(settings):
        rows = exports.questions(room, session)
    return exports.to_csv(rows) if csv else exports.to_json(rows, terminal=terminal)


def list_rooms(settings: Settings) -> list[tuple[str, str]]:
    """(code, name) of every room."""
    with opened(settings):
        return [(code, name) for _id, name, code in rooms.all_rooms()]


def add_room(settings: Settings, name: str) -> str:
    """Make a room with the settings of new rooms; return its code. Raises ``name_invalid``."""
    with opened(settings) as kiosk:
        return _new_room(kiosk, name)


def show_pin(settings: Settings) -> str:
    """The teacher's code, made now if the kiosk never started."""
    datafolder.prepare(settings.data_dir)
    return secretfile.load(settings.data_dir).pin


def reset_pin(settings: Settings) -> tuple[str, bool]:
    """A new code, every device signed out; and whether a running kiosk must be restarted for it."""
    with opened(settings) as kiosk:
        pin = secretfile.reset_pin(settings.data_dir).pin
        kiosk.write(lambda tx: access.revoke_others(tx, ""))
        kiosk.write(known.forget)
        kiosk.write(lambda tx: audit.note(tx, "machine", "pin_reset"))
    return pin, running(settings)


def running(settings: Settings) -> bool:
    """Whether a kiosk serves this data folder."""
    try:
        lockfile.take(settings.data_dir).close()
    except KioskError:
        return True
    return False


def _new_room(kiosk: Kiosk, name: str) -> str:
    return rooms.view(kiosk.write(lambda tx: opening.new_room(tx, kiosk.settings, name))).code
