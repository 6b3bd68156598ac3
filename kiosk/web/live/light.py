"""A WebSocket that keeps one greenlet, which reads: what is to be said is written when there is something to say.

Engine.IO keeps a second one for each socket, asleep on its queue: ten KiB a phone, and an alarm set and taken back
for each word. Here the greenlet that reads writes the answer to what it has read; what anybody else says starts one
that writes all that waits and ends. Order, bounds and the goodbye are Engine.IO's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from engineio import exceptions, packet
from engineio.socket import Socket

#: Seconds between two looks at whether the last words have left, when a socket ends while somebody writes.
LEAVING = 0.05


class Words:
    """What waits to be said on a WebSocket. Engine.IO's queue is made to be waited on: two KiB where nobody waits."""

    __slots__ = ("_empty", "_sleep", "_words")

    def __init__(self, empty: type[Exception], sleep: Callable[[float], Any]) -> None:
        self._empty, self._sleep = empty, sleep
        self._words: list[packet.Packet | None] = []

    def put(self, word: packet.Packet | None) -> None:
        """Add one; None is the end."""
        self._words.append(word)

    def get(self, block: bool = False) -> packet.Packet | None:
        """Take the oldest. :raises Exception: what the server expects when there is none."""
        if not self._words:
            raise self._empty
        return self._words.pop(0)

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._words

    def task_done(self) -> None:
        """Nobody counts."""

    def join(self) -> None:
        """Wait until all is said."""
        while self._words:
            self._sleep(LEAVING)


class Light(Socket):
    """A socket whose words leave through :meth:`_write`."""

    queue: Any
    closed: bool
    closing: bool
    connected: bool
    _wire: Any = None
    _reader = 0
    #: On the table: one pen, which the one that writes holds; and whether one was called that has not begun.
    _table: list[str]
    _called = False

    def beside(self, work: Callable[[], None]) -> None:
        """Run ``work`` beside the rest."""
        raise NotImplementedError

    def send(self, pkt: packet.Packet) -> None:
        """Send a packet, after those that wait. :raises SocketIsClosedError: it has ended."""
        super().send(pkt)
        self._speak()

    def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        """End; ``wait``: once what was to be said is."""
        ends = not self.closed and not self.closing
        super().close(wait=False, abort=abort, reason=reason)
        self._speak()
        if wait and ends:
            self.queue.join()

    def take_turn(self) -> None:
        """Wait until it is this socket's turn to leave."""
        raise NotImplementedError

    def _speak(self) -> None:
        """Have what waits written: here by the one that reads, else beside (a slow network holds nobody else)."""
        if self._wire is None or not self._table:
            return
        if threading.get_ident() == self._reader:
            self._write()
        elif not self._called:
            self._called = True
            self.beside(self._write)

    def _write(self) -> None:
        """Write all that waits; one at a time."""
        self._called = False
        while self._wire is not None and not self.queue.empty():
            try:
                pen = self._table.pop()
            except IndexError:
                return
            try:
                self._write_out(self._wire)
            finally:
                self._table.append(pen)

    def _write_out(self, wire: Any) -> None:
        """None ends the socket, as for Engine.IO's own writer."""
        try:
            while not self.queue.empty():
                pkt = self.queue.get(block=False)
                if pkt is None:
                    wire.close()
                else:
                    wire.send(pkt.encode())
        except Exception:  # gone: nobody waits for what was to be said, and the one that reads learns it too
            while not self.queue.empty():
                self.queue.get(block=False)
            with suppress(Exception):
                wire.close()

    def _websocket_handler(self, ws: Any) -> list[bytes]:
        """As Engine.IO's, without its writer. ``ws.wait`` gives None at the end, whatever it is (``wire.Frames``)."""
        silence = getattr(getattr(ws, "socket", None), "settimeout", None)
        if silence:
            silence(self.server.ping_interval + self.server.ping_timeout)
        if self.connected and not self._upgrade(ws):
            return []
        self.connected = self.upgraded = True
        self._begin(ws)
        while self._take(ws.wait()):
            pass
        self.queue.put(None)
        self._write()
        while not self._table:  # somebody else's last words
            self.server.sleep(LEAVING)
        self._wire = None
        self.take_turn()
        self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
        return []

    def _begin(self, ws: Any) -> None:
        said, self.queue = self.queue, Words(self.server.get_queue_empty_exception(), self.server.sleep)
        while not said.empty():
            self.queue.put(said.get(block=False))
        self._reader, self._table, self._wire = threading.get_ident(), ["pen"], ws
        self._write()

    def _upgrade(self, ws: Any) -> bool:
        """From polling: what is sent waits meanwhile. False: it stays as it is."""
        self.upgrading = True
        try:
            probe = packet.Packet(encoded_packet=ws.wait())
            if (probe.packet_type, probe.data) != (packet.PING, "probe"):
                return False
            ws.send(packet.Packet(packet.PONG, data="probe").encode())
            self.queue.put(packet.Packet(packet.NOOP))  # ends the poll that waits
            return bool(packet.Packet(encoded_packet=ws.wait()).packet_type == packet.UPGRADE)
        finally:
            self.upgrading = False

    def _take(self, frame: Any) -> bool:
        """Do what a frame asks; whether another one may come."""
        if frame is None or len(frame) > self.server.max_http_buffer_size:
            return False
        try:
            self.receive(packet.Packet(encoded_packet=frame))
        except exceptions.UnknownPacketError:
            pass
        except exceptions.SocketIsClosedError:
            return False
        except Exception:
            self.server.logger.exception("a frame")
            return False
        return True
