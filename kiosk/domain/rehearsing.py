"""The invented pupils of a rehearsal at their pace, beside the loop's own work, until it is over."""

from __future__ import annotations

import logging

from kiosk.domain import rehearsal
from kiosk.domain.kiosk import Kiosk
from kiosk.ground.errors import KioskError

log = logging.getLogger("kiosk.rehearsal")
#: Seconds before the first of them writes.
FIRST = 1.5


def begin(kiosk: Kiosk, room_id: str, run: str) -> None:
    """Let them write; returns at once."""
    kiosk.engine.spawn(_play, kiosk, room_id, run)


def _play(kiosk: Kiosk, room_id: str, run: str) -> None:
    kiosk.database.use()
    number, wait = 0, FIRST
    while wait:
        kiosk.engine.sleep(wait)
        try:
            number, wait = _goes_on(kiosk, room_id, run, number)
        finally:
            kiosk.database.leave_thread()


def _goes_on(kiosk: Kiosk, room_id: str, run: str, number: int) -> tuple[int, float]:
    """One of them writes: the next one's number, and seconds until then; 0 when it is over, or the kiosk stops."""
    try:
        done = kiosk.write(lambda tx: rehearsal.step(tx, room_id, run, number))
    except KioskError as error:  # the disk: told elsewhere
        log.warning("rehearsal put off: %s", error.code)
        done = False
    if done is None or kiosk.writer.over:
        return number, 0.0
    kiosk.database.connect_reader()
    held = rehearsal.on(room_id)
    return number + bool(done), rehearsal.PACES[held["pace"]][1] if held else 0.0
