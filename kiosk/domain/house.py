"""The parts of one running kiosk, handed to whoever serves people: web, live, sync and ops."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.domain.board import Boards
from kiosk.domain.crowd import Crowd
from kiosk.domain.events import Bus
from kiosk.domain.frontage import Frontage
from kiosk.domain.guessing import Guesses
from kiosk.domain.knocking import Knocks
from kiosk.domain.limits import Limits
from kiosk.domain.peers import Peers
from kiosk.domain.presence import Presence
from kiosk.engine import Engine
from kiosk.storage.database import Database
from kiosk.storage.secretfile import Secrets
from kiosk.storage.writer import Transaction, Writer

T = TypeVar("T")


@dataclass
class Kiosk:
    """One kiosk. Two may live in one process: nothing here is global."""

    settings: Settings
    engine: Engine
    clock: Clock
    database: Database
    writer: Writer
    bus: Bus
    secrets: Secrets
    limits: Limits
    presence: Presence
    crowd: Crowd
    boards: Boards
    guesses: Guesses
    knocks: Knocks
    addresses: Any  # kiosk.ops.addresses.AddressWatch: ops stands to the left of the domain
    peers: Peers
    frontage: Frontage
    boot: str  # changes at each start: a page that sees another one asks for everything again
    ready: bool = False
    started: float = field(default_factory=time.monotonic)
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """The port listened on."""
        return int(self.addresses.port)

    def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit of work durably and return its value. :raises KioskError: its refusal."""
        return self.writer.run(unit)
