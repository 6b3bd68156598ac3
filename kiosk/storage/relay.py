"""What one worker has committed, told to the others through Redis: ids and plain values, never a word nor an address.

Each worker then speaks to its own sockets, at its own pace (``web.live.outbound``): had the emits crossed instead, as
Socket.IO's own manager does, a phone would be told twice as often as it may be, and of differences from a state that
it never had. Publish and subscribe keep nothing: what is lost while Redis is away is found in the database
(``ops.together``), which is the truth.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from kiosk.engine import Engine
from kiosk.ground import events
from kiosk.ground.errors import KioskError
from kiosk.ground.events import Event, Received

log = logging.getLogger("kiosk.relay")

#: What other workers must know of. What a worker holds alone (its disk, its boards, its sockets) stays there.
CROSSING: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        events.RoomChanged, events.RoomWiped, events.RoomRemoved, events.AccessRevoked, events.SettingsChanged,
        events.OutboxChanged, events.EnrolmentChanged, events.CentreChosen, events.AddressMoved,
        events.ExchangeAsked, events.AlertChanged,
    )
}  # fmt: skip
#: Seconds that a word to Redis may take, between two tries, and that listening waits for a word at a time.
PATIENCE, AGAIN, LISTEN = 2.0, 1.0, 5.0
#: Events that wait for a Redis that is slow; the oldest are dropped, and found in the database.
MOST = 1000


class Relay:
    """The line between the workers of one installation. ``key``: its secret, which names its channel.

    ``hear`` gets the events of another worker's commit; ``counted`` another one's name and what it says of its rooms.
    :raises KioskError: ``scale_missing``.
    """

    def __init__(
        self,
        url: str,
        key: str,
        engine: Engine,
        hear: Callable[[Sequence[Event]], None],
        counted: Callable[[str, dict[str, Any]], None],
    ) -> None:
        try:
            import redis
        except ImportError as error:
            raise KioskError("scale_missing", name="redis") from error
        self._error: type[Exception] = redis.RedisError
        self.name = secrets.token_hex(4)
        self._channel = "kiosque:" + hashlib.sha256(f"relay|{key}".encode()).hexdigest()[:24]
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, max_connections=8
        )
        self._engine, self._hear, self._counted = engine, hear, counted
        self._waiting: deque[Any] = deque(maxlen=MOST)
        self._rooms: dict[str, Any] | None = None
        self._sending = False
        #: Whether the last word went through: for the diagnosis and ``/metrics``.
        self.well = False

    def receive(self, told: Sequence[Event]) -> None:
        """A subscriber of the bus: what this worker committed goes to the others."""
        if isinstance(told, Received):
            return
        names = [(type(event).__name__, event) for event in told if type(event).__name__ in CROSSING]
        if names:
            self._send(told=[[name, msgspec.to_builtins(event)] for name, event in names])

    def count(self, rooms: dict[str, Any]) -> None:
        """Tell the others who is in the rooms that this worker serves: numbers."""
        self._send(rooms=rooms)

    def listen_forever(self) -> None:
        """Hear the others. Never returns."""
        while True:
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as line:
                    line.subscribe(self._channel)
                    while True:
                        told = line.get_message(timeout=LISTEN)
                        self.well = True
                        if told is not None:
                            self._take(told["data"])
            except (self._error, OSError) as error:
                if self.well:
                    log.warning("Redis does not answer (%s): others' news come from the database", type(error).__name__)
                self.well = False
            self._engine.sleep(AGAIN)

    def _take(self, data: bytes) -> None:
        """One message; what is none of ours is nothing."""
        with suppress(msgspec.MsgspecError, KeyError, TypeError, ValueError):
            told = msgspec.json.decode(data)
            if told["from"] == self.name:
                return
            if "rooms" in told:
                self._counted(str(told["from"]), dict(told["rooms"]))
            if "events" in told:
                self._hear(Received(_known(told["events"])))

    def _send(self, *, told: Sequence[Any] = (), rooms: dict[str, Any] | None = None) -> None:
        self._waiting.extend(told)
        if rooms is not None:
            self._rooms = rooms
        if not self._sending:
            self._sending = True
            self._engine.spawn(self._drain)

    def _drain(self) -> None:
        """One message after another, each with all that has come meanwhile: a busy worker sends fewer, nobody waits."""
        try:
            while self._waiting or self._rooms is not None:
                message: dict[str, Any] = {"from": self.name}
                if self._waiting:
                    message["events"] = list(self._waiting)
                    self._waiting.clear()
                if self._rooms is not None:
                    message["rooms"], self._rooms = self._rooms, None
                self._redis.publish(self._channel, msgspec.json.encode(message))
        except (self._error, OSError):
            self._waiting.clear()  # of before: the database has it
            self._rooms = None
        finally:
            self._sending = False


def _known(told: list[Any]) -> list[Event]:
    """Events as this build knows them: what another build adds (an upgrade under way) costs nothing of the rest."""
    made: list[Event] = []
    for one in told:
        with suppress(msgspec.MsgspecError, KeyError, TypeError, ValueError):
            name, fields = one
            made.append(msgspec.convert(fields, CROSSING[name]))
    return made
