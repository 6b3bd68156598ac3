"""Commands that work on the data folder without serving: import, export, rooms, the teacher's code.

They also work beside a running kiosk: SQLite arbitrates, and pages see the change at their next
look. The running kiosk keeps its secrets in memory, so a new code counts from its next start.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from kiosk.app import create_kiosk
from kiosk.domain import audit, demonstration, jobs, rooms, roomset
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access, known
from kiosk.ground import lockfile
from kiosk.ground.addresses import display_url, own_url
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ops import console, demo, exports, imports, opening
from kiosk.storage import backups, datafolder, disk, secretfile


@contextmanager
def opened(settings: Settings) -> Iterator[Kiosk]:
    """The kiosk of a data folder, able to read and write, serving nobody."""
    kiosk = create_kiosk(settings, served=lambda: running(settings))
    with disk.refusals(settings.data_dir):
        kiosk.writer.start()
    try:
        if kiosk.recovered:
            kiosk.write(lambda tx: opening.note_recovery(tx, kiosk))
            console.print_recovery(kiosk.recovered, settings.data_dir, settings.language)
        yield kiosk
    finally:
        kiosk.writer.stop()
        kiosk.database.close()


@contextmanager
def readable(settings: Settings) -> Iterator[Settings]:
    """Settings to read a kiosk with: these, or, for a folder that takes no write (a worn card), those of a copy of its
    base, codes and identity, gone at the end. Without a place for a copy, or when something misses that would be made
    anew there (codes that nobody has), the folder says itself what it refuses.
    """
    with ExitStack() as stack:
        found = settings
        with suppress(OSError, sqlite3.Error):
            if (
                not settings.database
                and not os.access(settings.data_dir, os.W_OK)
                and secretfile.sound(settings.data_dir)
            ):
                place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-")))
                backups.copy(settings.data_dir / "kiosk.sqlite3", place / "kiosk.sqlite3")
                for file in settings.data_dir.glob("*.json"):
                    shutil.copy(file, place)
                found = replace(settings, data_dir=place)
        yield found


def disk_refusal(error: OSError) -> KioskError | None:
    """What to say of a call that failed for the disk's own state, whatever was asked of it; None for another cause."""
    return disk.refusal(error) if disk.gave_up(error) else None


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
    """Import a file of changes or a programme's table, whole or not at all; the report's lines. Raises
    ``import_invalid``…
    """
    data = imports.read(path)
    with opened(settings) as kiosk:
        if imports.is_table(data):
            return imports.bring(kiosk, data)
        return imports.report(imports.apply(kiosk, data))


def export_questions(settings: Settings, room: str | None, session: str | None, *, csv: bool, terminal: bool) -> str:
    """The questions as JSON or CSV. Raises ``unknown_room``, ``unknown_session``."""
    with readable(settings) as held, opened(held):
        rows = exports.questions(room, session)
    return exports.to_csv(rows) if csv else exports.to_json(rows, terminal=terminal)


def list_rooms(settings: Settings) -> list[tuple[str, str]]:
    """(code, name) of every room."""
    with readable(settings) as held, opened(held):
        return [(code, name) for _id, name, code in rooms.all_rooms()]


def add_room(settings: Settings, name: str) -> str:
    """Make a room with the settings of new rooms; return its code. Raises ``name_invalid``."""
    with opened(settings) as kiosk:
        return _new_room(kiosk, name)


def rename_room(settings: Settings, code: str, name: str) -> None:
    """Give a room another name. Raises ``unknown_room``, ``name_invalid``."""
    with opened(settings) as kiosk:
        room_id = rooms.resolve(code)
        kiosk.write(lambda tx: roomset.rename(tx, room_id, name))


def session_of_room(settings: Settings, code: str) -> str:
    """The title of the session chosen in a room that may be removed, empty without one. Raises ``unknown_room`` and
    those of :func:`kiosk.domain.roomset.check_removable`.
    """
    with opened(settings):
        held = roomset.standing(rooms.resolve(code))
        roomset.check_removable(held)
    return held.room.session.title if held.room.session else ""


def remove_room(settings: Settings, code: str) -> str:
    """Take a room away, its own code with it; its name. Raises those of :func:`kiosk.domain.roomset.remove`."""
    with opened(settings) as kiosk:
        room_id = rooms.resolve(code)
        name = kiosk.write(lambda tx: roomset.remove(tx, room_id, sure=True))
        kiosk.write(lambda tx: audit.note(tx, "machine", "room_remove", detail=code.upper()))
    held = secretfile.load(settings.data_dir, settings.database)
    secretfile.write(settings.data_dir, secretfile.with_room_pin(held, room_id, ""), settings.database)
    return name


def plain_address(settings: Settings, choice: str) -> tuple[str, str] | None:
    """Where the address without a code leads, once set to ``choice`` if one is given: (code, name); None: it asks."""
    with nullcontext(settings) if choice else readable(settings) as held, opened(held) as kiosk:
        if choice:
            wanted = rooms.ASK if choice.casefold() == rooms.ASK else choice
            kiosk.write(lambda tx: roomset.set_plain_address(tx, wanted))
        found = rooms.plain_address()
        return None if found is None else (rooms.view(found).code, rooms.view(found).name)


def show_pin(settings: Settings, room: str = "") -> str:
    """The teacher's code, made now if the kiosk never started; with ``room``, that room's own, empty without one."""
    with readable(settings) as held:
        if not room:
            return _secrets(held).pin
        with opened(held):
            room_id = rooms.resolve(room)
        return _secrets(held).room_pins.get(room_id, "")


def display_address(settings: Settings) -> str:
    """Where the large display opens on this machine; with its token where the machine has no rights of its own."""
    if settings.trust_local:
        return display_url(own_url(settings.port), "")
    with readable(settings) as held:
        return display_url(own_url(settings.port), _secrets(held).display_token)


def _secrets(settings: Settings) -> secretfile.Secrets:
    datafolder.prepare(settings.data_dir)
    with disk.refusals(settings.data_dir):
        return secretfile.load(settings.data_dir, settings.database)


def reset_pin(settings: Settings) -> str:
    """A new code, every device signed out; a running kiosk asks for it at once."""
    with opened(settings) as kiosk:
        with disk.refusals(settings.data_dir):
            pin = secretfile.reset_pin(settings.data_dir, settings.database).pin
        kiosk.write(lambda tx: access.revoke_others(tx, ""))
        kiosk.write(known.forget)
        kiosk.write(lambda tx: audit.note(tx, "machine", "pin_reset"))
    return pin


def reset_room_pin(settings: Settings, room: str, *, remove: bool = False) -> str:
    """A (new) code of a room's own, or none any more; the devices that came by the one before are signed out."""
    with opened(settings) as kiosk:
        room_id = rooms.resolve(room)
        held = secretfile.load(settings.data_dir, settings.database)
        pin = "" if remove else secretfile.new_room_pin(held)
        secretfile.write(settings.data_dir, secretfile.with_room_pin(held, room_id, pin), settings.database)
        kiosk.write(lambda tx: access.revoke_room_code(tx, room_id))
        kiosk.write(lambda tx: audit.note(tx, "machine", "room_code", room_id))
    return pin


def running(settings: Settings) -> bool:
    """Whether a kiosk serves this data folder."""
    if settings.database or not (settings.data_dir / lockfile.KIOSK).exists():
        return False
    try:
        lockfile.take(settings.data_dir).close()
    except KioskError:
        return True
    except OSError:  # a folder that takes no write: nobody could serve it
        return False
    return False


def _new_room(kiosk: Kiosk, name: str) -> str:
    return rooms.view(kiosk.write(lambda tx: roomset.open_new(tx, kiosk.settings, name))).code
