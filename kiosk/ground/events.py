"""What has happened, told after it is on disk, and the bus that tells it.

Events carry ids and plain values, never rows. A subscriber receives the events of one commit at
once, so that many questions make one announcement; one that fails is logged and the rest still run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from kiosk.ground.errors import where
from kiosk.ground.values import dataclass

log = logging.getLogger("kiosk.events")


class Event:
    """What the bus carries."""


@dataclass(frozen=True)
class RoomChanged(Event):
    """A room's visible state moved to ``rev``. ``what``: question, status, votes, phase, timer, intake,
    room, session, reflection; ``ids``: the questions concerned."""

    room_id: str
    rev: int
    what: tuple[str, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScreensMoved(Event):
    """A large display of this room opened, or closed: the panel says which are there."""

    room_id: str
    opened: bool


@dataclass(frozen=True)
class BoardRead(Event):
    """All the questions of a room have been looked at: groups, hints are whole (``kiosk.domain.questions.board``)."""

    room_id: str


@dataclass(frozen=True)
class RoomWiped(Event):
    """Everything of a room's session was erased."""

    room_id: str
    rev: int


@dataclass(frozen=True)
class RoomRemoved(Event):
    """A room is no more: what its pages show has nowhere to come from."""

    room_id: str


@dataclass(frozen=True)
class AccessRevoked(Event):
    """These devices (hashes of their tokens) may no longer act; their sockets must be cut."""

    token_hashes: tuple[str, ...]


@dataclass(frozen=True)
class SettingsChanged(Event):
    """A stored setting changed (``address``, ``clock``, ``school``…)."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class DiskChanged(Event):
    """Nothing can be written any more (``code``: ``storage_full``…), or everything again (empty)."""

    code: str


@dataclass(frozen=True)
class OutboxChanged(Event):
    """Something waits for the centre, or the centre has answered."""


@dataclass(frozen=True)
class EnrolmentChanged(Event):
    """An enrolment was asked for, cancelled or answered."""

    enrolment_id: str


@dataclass(frozen=True)
class AlertChanged(Event):
    """Something that only the panels tell: guesses, a device that asks, a list that is full."""


@dataclass(frozen=True)
class AddressMoved(Event):
    """The address on screen is another one: every display and panel draws again."""


@dataclass(frozen=True)
class PhonesMoved(Event):
    """A phone came to a room, or left it."""

    room_id: str


@dataclass(frozen=True)
class ExchangeAsked(Event):
    """Somebody wants an exchange with the centre now (« synchroniser »)."""


@dataclass(frozen=True)
class CentreChosen(Event):
    """A centre was set while the kiosk runs."""


class Received(list[Event]):
    """The events of a commit that another worker made: told here, not told again."""


class Bus:
    """Hands each commit's events to every subscriber, in order."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[Sequence[Event]], None]] = []

    def subscribe(self, subscriber: Callable[[Sequence[Event]], None]) -> None:
        """Add a subscriber; it is called with the list of events of one commit."""
        self._subscribers.append(subscriber)

    def publish(self, events: Sequence[Event]) -> None:
        """Tell every subscriber; a failure in one never reaches the others or the caller."""
        for subscriber in self._subscribers:
            try:
                subscriber(events)
            except Exception as error:
                log.error("a subscriber failed: %s", where(error))
