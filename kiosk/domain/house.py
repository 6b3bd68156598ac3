"""The parts of one running kiosk, handed to whoever serves people: web, live, sync and ops.

Each is built in one place (``kiosk.app``), from parts that stand before it. What is made from a whole kiosk (the
exchange, the sockets, the pages) is no part of it: ``create_app`` makes it and hands it on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.domain.board import Boards
from kiosk.domain.crowd import Crowd
from kiosk.domain.drafts import Drafts
from kiosk.domain.events import Bus
from kiosk.domain.firststart import Trial
from kiosk.domain.frontage import Frontage
from kiosk.domain.guessing import Guesses
from kiosk.domain.knocking import Knocks
from kiosk.domain.limits import Limits
from kiosk.domain.peers import Peers
from kiosk.domain.presence import Presence, Sockets
from kiosk.engine import Engine
from kiosk.ops.addresses import AddressWatch
from kiosk.storage.database import Database
from kiosk.storage.secretfile import Secrets
from kiosk.storage.writer import Transaction, Writer

T = TypeVar("T")


@dataclass
class Kiosk:
    """One kiosk. Two may live in one process: nothing here is global.

    ``boot`` changes at each start: a page that sees another one asks for everything again. ``recovered`` tells what
    replaced a damaged database at this start (``backups.recover``), empty when nothing did. ``late``: seconds that the
    loop was late, at worst, since ``/healthz`` last told; None unless it is measured.
    """

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
    drafts: Drafts
    addresses: AddressWatch
    peers: Peers
    frontage: Frontage
    boot: str
    recovered: str = ""
    guesses: Guesses = field(default_factory=Guesses)
    knocks: Knocks = field(default_factory=Knocks)
    sockets: Sockets = field(default_factory=Sockets)
    trial: Trial = field(default_factory=Trial)
    ready: bool = False
    late: float | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def port(self) -> int:
        """The port listened on."""
        return self.addresses.port

    def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit of work durably and return its value. :raises KioskError: its refusal."""
        return self.writer.run(unit)
