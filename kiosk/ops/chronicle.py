"""What the journal tells support of a running kiosk: its start, the address on screen, phases, exchanges, refusals by
code, its stop. Codes and numbers, never a word of anybody's: a room is its place among them.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Sequence

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange.round import Outcome
from kiosk.ground import edition
from kiosk.ground.errors import KioskError
from kiosk.ground.events import AddressMoved, Event, RoomChanged

log = logging.getLogger("kiosk.life")

#: Seconds between two lines of refusals.
TALLY = 300.0


class Chronicle:
    """Tells one running kiosk's life, from what its bus carries."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._phases: dict[str, str] = {}
        self._address = ""
        self._exchange = ""

    def begin(self) -> None:
        """Write the start, then go on with what happens; the rooms' phases are those found now."""
        kiosk = self._kiosk
        held = "PostgreSQL" if kiosk.settings.database else "SQLite"
        log.info(
            "started: kiosk %s, %s, Python %s, %s, port %d, %s",
            edition.current(),
            kiosk.engine.name,
            platform.python_version(),
            platform.machine(),
            kiosk.port,
            held,
        )
        self._tell_address()
        for room_id, _code, _name in rooms.all_rooms():
            self._tell_phase(room_id)
        kiosk.bus.subscribe(self.receive)
        kiosk.engine.spawn(self._tally_forever)

    def receive(self, events: Sequence[Event]) -> None:
        """A commit's events: a phase that is another one, an address that moved."""
        for event in events:
            if isinstance(event, RoomChanged) and {"phase", "session"} & set(event.what):
                self._tell_phase(event.room_id)
            elif isinstance(event, AddressMoved):
                self._tell_address()

    def exchanged(self, outcome: Outcome | None) -> None:
        """A round with the centre: told when it moved something, or ended otherwise than the one before."""
        if outcome is None:
            return
        moved = outcome.sent or outcome.changes
        if not moved and outcome.failure == self._exchange:
            return
        self._exchange = outcome.failure
        log.log(
            logging.INFO if outcome.failure == "ok" else logging.WARNING,
            "exchange: %s, sent %d, refused by the centre %d, waiting %d, received %d",
            outcome.failure,
            outcome.sent,
            outcome.rejected,
            outcome.waiting,
            outcome.changes,
        )

    def end(self) -> None:
        """Write the stop, and what was refused since the last line. From any thread."""
        self.tally()
        log.info("stopped: what was acknowledged is on disk")

    def tally(self) -> None:
        """One line for what was refused since the last one, by code; none when nothing was."""
        refused = self._kiosk.refused.take()
        if refused:
            log.info("refused: %s", ", ".join(f"{code} {number}" for code, number in refused))

    def _tally_forever(self) -> None:
        while True:
            self._kiosk.engine.sleep(TALLY)
            self.tally()

    def _tell_address(self) -> None:
        address = self._kiosk.addresses.current()
        shown = address.url if address else "none"
        if shown != self._address:
            self._address = shown
            log.info("address shown to phones: %s", shown)

    def _number(self, room_id: str) -> int:
        """The place of a room among all: its name is somebody's words, its code opens it."""
        return 1 + next((place for place, one in enumerate(rooms.all_rooms()) if one[0] == room_id), -1)

    def _tell_phase(self, room_id: str) -> None:
        kiosk = self._kiosk
        kiosk.database.use()
        kiosk.database.connect_reader()
        try:
            room = rooms.view(room_id)
        except KioskError:  # removed since
            self._phases.pop(room_id, None)
            return
        if self._phases.get(room_id) == room.phase:
            return
        self._phases[room_id] = room.phase
        log.info(
            "room %d: %s, %d phones, %d displays",
            self._number(room_id),
            room.phase,
            kiosk.presence.phones(room_id),
            kiosk.sockets.number("/display", room_id),
        )
