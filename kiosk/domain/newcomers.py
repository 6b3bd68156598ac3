"""« Fermer aux nouveaux appareils »: a room goes on with the devices it has seen, until it is opened again or closes.

Whoever invents tokens by the thousand then invents them in vain. Seen before is a device whose token the kiosk made by
then (it is dated and signed), one that had come by then (remembered in memory: a restart forgets it), or one whose
question is on disk. What the teacher types passes: it is no device's.
"""

from __future__ import annotations

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import devices
from kiosk.domain.phases import PHASES
from kiosk.ground.errors import KioskError
from kiosk.storage import hot
from kiosk.storage.database import CURRENT
from kiosk.storage.writer import Transaction


def shut(tx: Transaction, room_id: str) -> None:
    """From now on, newcomers are asked to wait. Shut already, it stays as it is.

    :raises KioskError: ``no_session``, ``wrong_phase`` once the session is closed.
    """
    room = rooms.row_of(room_id)
    if room.session_id is None:
        raise KioskError("no_session")
    if PHASES.get(room.phase).over:
        raise KioskError("wrong_phase")
    if room.shut_at is None:
        rooms.set_fields(tx, room_id, "room", shut_at=tx.now)


def reopen(tx: Transaction, room_id: str) -> None:
    """Anybody in the room may come in again."""
    rooms.set_fields(tx, room_id, "room", shut_at=None)


def remember(kiosk: Kiosk, room_id: str) -> None:
    """Keep in mind who has come by now, whatever its token. Called on the loop, once :func:`shut` is on disk."""
    kiosk.presence.keep_seen(room_id)


def admit(kiosk: Kiosk, room_id: str, device: str) -> None:
    """Let a device that was seen before act. :raises KioskError: ``newcomers_paused``."""
    row = hot.first(CURRENT, hot.SHUT, room_id)
    if row is None or row[0] is None:
        return
    made = devices.issued(device, kiosk.secrets.key)
    if made is not None and not row[0] < made <= kiosk.clock.now():  # made later than now: by a clock gone back since
        return
    if kiosk.presence.had_seen(room_id, device):
        return
    author = devices.author_of(device, rooms.row_of(room_id).session_id)
    if hot.first(CURRENT, hot.SENT, author, room_id)[0]:
        return
    raise KioskError("newcomers_paused")
