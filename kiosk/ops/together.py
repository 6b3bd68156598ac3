"""One of several workers: what it tells the others, and what it finds in the database that it was not told.

The database is the truth, and a look at it each second costs a few small reads: announcements through Redis make the
others' news instant, their loss makes them a second or two late, never wrong.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from kiosk.domain import choices, outbox, retention, sharedclock
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.people import access
from kiosk.domain.people.elsewhere import Counts
from kiosk.exchange import syncstate
from kiosk.ground import remembered, settingsfile
from kiosk.ground.config import KEPT_FILE
from kiosk.ground.errors import KioskError, where
from kiosk.ground.events import (
    AccessRevoked,
    AlertChanged,
    CentreChosen,
    Event,
    ExchangeAsked,
    OutboxChanged,
    PhonesMoved,
    Received,
    RoomChanged,
    RoomRemoved,
    RoomWiped,
    ScreensMoved,
    SettingsChanged,
)
from kiosk.storage import hot, secretfile
from kiosk.storage.relay import Relay

log = logging.getLogger("kiosk.together")

#: Seconds between two looks; between two counts of who is there, when nothing moved.
LOOK, COUNT = 1.0, 3.0
#: Milliseconds before the last look for which rights that ended are told again.
AGAIN_MS = 60_000
#: What may have changed in a room whose news were lost.
ANYTHING = ("question", "status", "votes", "phase", "timer", "intake", "room", "session")


class Together:
    """What makes one worker and the others one kiosk."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._revs: dict[str, int] = {}
        self._late: dict[str, int] = {}
        self._revoked: set[str] = set()
        self._looked_at = kiosk.clock.now()
        self._erased, self._asked, self._said = retention.erased_at(), syncstate.asked_at(), outbox.newest()
        self._settings_at = self._kept_at()
        self._counted: dict[str, Any] = {}
        self._counted_at = -COUNT
        self._relay = Relay(kiosk.settings.message_queue, kiosk.secrets.key, kiosk.engine, self._hear, self._others)
        kiosk.bus.subscribe(self._note)
        kiosk.bus.subscribe(self._relay.receive)

    def start(self) -> None:
        """Listen to the others and look at the database, beside the rest."""
        self._kiosk.engine.spawn(self._relay.listen_forever)
        self._kiosk.engine.spawn(self._look_forever)

    def look(self) -> None:
        """One look: at what was committed and not told, at what is chosen by other ways; tell who is here."""
        kiosk = self._kiosk
        kiosk.database.use()
        self._rights()
        self._entrance()
        self._secrets()
        sharedclock.follow(kiosk.clock)
        self._forgotten()
        self._rooms()
        self._exchange()
        self._settings()
        self._count()

    # -- inside ----------------------------------------------------------------------------------

    def _look_forever(self) -> None:
        while True:
            self._kiosk.engine.sleep(LOOK)
            try:
                self.look()
            except KioskError as error:
                log.warning("look put off: %s", error.code)
            except Exception as error:
                log.error("look failed: %s", where(error))

    def _hear(self, events: Sequence[Event]) -> None:
        """Another worker's commit: as one of ours, but that it was told already."""
        self._kiosk.database.use()
        if any(isinstance(event, RoomWiped) for event in events):
            remembered.forget()
        if self._kiosk.entrance is not None and any(isinstance(event, AlertChanged) for event in events):
            with suppress(KioskError):  # the next look will tell
                self._kiosk.entrance.look()
        self._kiosk.bus.publish(events)

    def _note(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, (RoomChanged, RoomWiped)):
                self._revs[event.room_id] = max(event.rev, self._revs.get(event.room_id, 0))

    def _rooms(self) -> None:
        """A revision that nobody told between two looks: whatever it was, the room is to be read again."""
        rows = hot.read(hot.REVISIONS)
        held: dict[str, int] = {room: rev for room, rev, _session in rows}
        busy = {room for room, _rev, session in rows if session is not None}
        lost: list[Event] = [RoomRemoved(room) for room in self._revs.keys() - held.keys()]
        self._revs = {room: self._revs.get(room, rev) for room, rev in held.items()}
        for room, rev in self._late.items():
            if self._revs.get(room, rev) < rev:
                self._revs[room] = rev
                lost.append(RoomChanged(room, rev, ANYTHING))
                if room not in busy:  # what was said there may have been erased: what phones hold of it goes
                    lost.append(RoomWiped(room, rev))
        self._late = {room: rev for room, rev in held.items() if rev > self._revs[room]}
        if lost:
            self._kiosk.bus.publish(Received(lost))

    def _rights(self) -> None:
        """Rights that ended a moment ago: their sockets are cut, should the word have been lost."""
        now = self._kiosk.clock.now()
        ended = set(access.ended_since(min(now, self._looked_at) - AGAIN_MS))  # frozen, it missed more than a minute
        self._looked_at = now
        fresh, self._revoked = ended - self._revoked, ended
        if fresh:
            self._kiosk.bus.publish(Received([AccessRevoked(tuple(fresh))]))

    def _entrance(self) -> None:
        """Who guesses and who knocks, by whichever worker; the panels are told when that is news."""
        kiosk = self._kiosk
        assert kiosk.entrance is not None  # of several workers
        before = kiosk.knocks.waiting(), kiosk.guesses.told() is None
        kiosk.entrance.look()
        if before != (kiosk.knocks.waiting(), kiosk.guesses.told() is None):
            kiosk.bus.publish(Received([AlertChanged()]))
        if kiosk.duty.mine:
            kiosk.entrance.tidy()

    def _secrets(self) -> None:
        rows = hot.read(hot.SECRET)
        if rows:
            held = secretfile.parsed(rows[0][0])
            if held != self._kiosk.secrets:
                self._kiosk.secrets = held

    def _forgotten(self) -> None:
        """Something was erased by another worker: no memory of this one keeps it, whatever was told."""
        erased = retention.erased_at()
        if erased != self._erased:
            self._erased = erased
            remembered.forget()

    def _exchange(self) -> None:
        """Something to tell the centre, or an exchange asked for, by a worker that does not exchange."""
        said, asked = outbox.newest(), syncstate.asked_at()
        told: list[Event] = [OutboxChanged()] if said != self._said else []
        if asked != self._asked:
            told.append(ExchangeAsked())
        self._said, self._asked = said, asked
        if told:
            self._kiosk.bus.publish(Received(told))

    def _settings(self) -> None:
        """What was chosen by another worker, in the folder that they share."""
        at = self._kept_at()
        if at == self._settings_at:
            return
        kiosk, self._settings_at = self._kiosk, at
        kept = settingsfile.read(kiosk.settings.data_dir)
        free = {key: value for key, value in kept.items() if not choices.imposed(kiosk.settings, key)}
        kiosk.settings = choices.merged(kiosk.settings, free)
        told: list[Event] = [SettingsChanged(tuple(free))]
        kiosk.bus.publish(Received(told + ([CentreChosen()] if kiosk.settings.centre_url else [])))

    def _kept_at(self) -> int:
        try:
            return (self._kiosk.settings.data_dir / KEPT_FILE).stat().st_mtime_ns
        except OSError:
            return 0

    def _count(self) -> None:
        kiosk = self._kiosk
        now: dict[str, Any] = {}
        for room_id in kiosk.presence.rooms() | kiosk.sockets.rooms():
            total, spread = kiosk.presence.there(room_id).here()
            counts = Counts(
                phones=kiosk.presence.here(room_id),
                total=total,
                spread=spread,
                joined=kiosk.presence.joined_here(room_id),
                panels=kiosk.sockets.here("/control", room_id),
                displays=kiosk.sockets.here("/display", room_id),
                views=tuple(sorted(kiosk.sockets.views_here(room_id))),
            )
            now[room_id] = msgspec.to_builtins(counts)
        if now != self._counted or time.monotonic() - self._counted_at >= COUNT:
            self._counted, self._counted_at = now, time.monotonic()
            self._relay.count(now)
        self._moved(kiosk.presence.elsewhere.lost())

    def _others(self, worker: str, said: dict[str, Any]) -> None:
        moved = self._kiosk.presence.elsewhere.tell(
            worker, {str(room): msgspec.convert(counts, Counts) for room, counts in said.items()}
        )
        self._moved(moved)

    def _moved(self, moved: set[str]) -> None:
        """Rooms where other workers see something else than before."""
        if moved:
            events: list[Event] = [PhonesMoved(room) for room in moved]
            self._kiosk.bus.publish(Received(events + [ScreensMoved(room, True) for room in moved]))
