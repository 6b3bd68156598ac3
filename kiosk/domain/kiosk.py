"""The parts of one running kiosk, handed to whoever serves people: web, live, sync and ops.

Each is built in one place (``kiosk.app``), from parts that stand before it. What is made from a whole kiosk (the
exchange, the sockets, the pages) is no part of it: ``create_app`` makes it and hands it on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import field
from typing import TypeVar

from kiosk.domain.brought import Files
from kiosk.domain.firststart import Trial
from kiosk.domain.people.entrance import Entrance
from kiosk.domain.people.frontage import Frontage
from kiosk.domain.people.guessing import Guesses
from kiosk.domain.people.knocking import Knocks
from kiosk.domain.people.limits import Limits
from kiosk.domain.people.peers import Peers
from kiosk.domain.people.presence import Presence, Sockets
from kiosk.domain.people.turns import Turns
from kiosk.domain.questions.board import Boards
from kiosk.domain.questions.crowd import Crowd
from kiosk.domain.questions.drafts import Drafts
from kiosk.engine import Engine
from kiosk.ground.clock import Clock
from kiosk.ground.config import Settings
from kiosk.ground.events import Bus
from kiosk.ground.network import AddressWatch
from kiosk.ground.values import dataclass
from kiosk.storage.database import Database
from kiosk.storage.duty import Duty
from kiosk.storage.secretfile import Secrets
from kiosk.storage.writer import Transaction, Writer

T = TypeVar("T")


class Tally:
    """How many times each code was met since somebody last asked. Codes of a registry, never what was sent."""

    def __init__(self) -> None:
        self._met: dict[str, int] = {}

    def count(self, code: str) -> None:
        """Once more."""
        self._met[code] = self._met.get(code, 0) + 1

    def take(self) -> list[tuple[str, int]]:
        """(code, times) since the last call, the most frequent first; from any thread."""
        met, self._met = self._met, {}
        return sorted(met.items(), key=lambda one: (-one[1], one[0]))


@dataclass
class Kiosk:
    """One kiosk. Two may live in one process: nothing here is global.

    ``boot`` changes at each start: a page that sees another one asks for everything again. ``recovered`` tells what
    replaced a damaged database at this start (``backups.recover``), empty when nothing did. ``late``: seconds that the
    loop was late, at worst, since ``/healthz`` last told; None unless it is measured. ``refused``: code → refusals
    over HTTP and sockets since the journal last told. ``entrance``: what several workers share of ``guesses`` and
    ``knocks``, None for a process alone.
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
    turns: Turns
    boards: Boards
    drafts: Drafts
    brought: Files
    addresses: AddressWatch
    peers: Peers
    frontage: Frontage
    boot: str
    recovered: str = ""
    guesses: Guesses = field(default_factory=Guesses)
    knocks: Knocks = field(default_factory=Knocks)
    entrance: Entrance | None = None
    sockets: Sockets = field(default_factory=Sockets)
    trial: Trial = field(default_factory=Trial)
    duty: Duty = field(default_factory=Duty)
    ready: bool = False
    late: float | None = None
    refused: Tally = field(default_factory=Tally)
    started: float = field(default_factory=time.monotonic)

    @property
    def port(self) -> int:
        """The port listened on."""
        return self.addresses.port

    @property
    def mark(self) -> int:
        """What tells this kiosk's cookies from another's on the same host: its port; several workers have one mark."""
        return 0 if self.settings.message_queue else self.port

    def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit of work durably and return its value. :raises KioskError: its refusal."""
        return self.writer.run(unit)
