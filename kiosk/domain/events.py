"""What has happened, told after it is on disk, and the bus that tells it.

Events carry ids and plain values, never rows. A subscriber receives the events of one commit at
once, so that many questions make one announcement; one that fails is logged and the rest still run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.errors import where

log = logging.getLogger("kiosk.events")


@dataclass(frozen=True)
class RoomChanged:
    """A room's visible state moved to ``rev``. ``what``: question, status, votes, phase, timer, intake,
    room, session, reflection; ``ids``: the questions concerned."""

    room_id: str
    rev: int
    what: tuple[str, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class BoardRead:
    """All the questions of a room have been looked at: groups and hints are whole (``kiosk.domain.board``)."""

    room_id: str


@dataclass(frozen=True)
class RoomWiped:
    """Everything of a room's session was erased."""

    room_id: str
    rev: int


@dataclass(frozen=True)
class RoomRemoved:
    """A room is no more: what its pages show has nowhere to come from."""

    room_id: str


@dataclass(frozen=True)
class AccessRevoked:
    """These devices (hashes of their tokens) may no longer act; their sockets must be cut."""

    token_hashes: tuple[str, ...]


@dataclass(frozen=True)
class SettingsChanged:
    """A stored setting changed (``address``, ``clock``, ``school``…)."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class DiskChanged:
    """Nothing can be written any more (``code``: ``storage_full``…), or everything again (empty)."""

    code: str


@dataclass(frozen=True)
class OutboxChanged:
    """Something waits for the centre, or the centre has answered."""


@dataclass(frozen=True)
class EnrolmentChanged:
    """An enrolment was asked for, cancelled or answered."""

    enrolment_id: str


@dataclass(frozen=True)
class AlertChanged:
    """Something that only the panels tell, and that no base holds: guesses, a device that asks, a list that is full."""


class Bus:
    """Hands each commit's events to every subscriber, in order."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[Sequence[Any]], None]] = []

    def subscribe(self, subscriber: Callable[[Sequence[Any]], None]) -> None:
        """Add a subscriber; it is called with the list of events of one commit."""
        self._subscribers.append(subscriber)

    def publish(self, events: Sequence[Any]) -> None:
        """Tell every subscriber; a failure in one never reaches the others or the caller."""
        for subscriber in self._subscribers:
            try:
                subscriber(events)
            except Exception as error:
                log.error("a subscriber failed: %s", where(error))
