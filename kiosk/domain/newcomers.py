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
from kiosk.ground.values import dataclass
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


@dataclass(frozen=True)
class Door:
    """A room as who writes finds it: its session, since when newcomers wait (UTC ms, None: they do not), and whether
    the question asked about is held already.
    """

    session_id: str | None = None
    shut_at: int | None = None
    held: bool = False


def look(room_id: str, question_id: str = "") -> Door:
    """One reading of all that is to be known before anything is written."""
    try:
        row = hot.first(CURRENT, hot.DOOR, question_id, room_id)
    except UnicodeEncodeError:  # a lone surrogate: no id of a question
        return look(room_id)
    return Door() if row is None else Door(row[0], row[1], bool(row[2]))


def admit(kiosk: Kiosk, room_id: str, device: str, door: Door) -> None:
    """Let a device that was seen before act. :raises KioskError: ``newcomers_paused``."""
    shut_at = door.shut_at
    if shut_at is None:
        return
    made = devices.issued(device, kiosk.secrets.key)
    if made is not None and not shut_at < made <= kiosk.clock.now():  # made later than now: by a clock gone back since
        return
    if kiosk.presence.had_seen(room_id, device):
        return
    if hot.first(CURRENT, hot.SENT, devices.author_of(device, door.session_id), room_id)[0]:
        return
    raise KioskError("newcomers_paused")
