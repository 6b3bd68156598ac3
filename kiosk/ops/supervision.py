"""What a service manager is told: that the kiosk answers, that it still does, that it stops.

The protocol of sd_notify(3): datagrams on the socket that ``NOTIFY_SOCKET`` names. A ping goes out only after the
kiosk answered its own ``/healthz``, asked from a greenlet of its own loop: a loop that is stalled, or that no longer
takes connections, stops the pings, and systemd starts the kiosk again. A kiosk that says that its disk is full lives:
starting it again frees nothing, and what it holds would be shown to nobody meanwhile.
"""

from __future__ import annotations

import _socket  # the C socket: never patched, so a native thread may tell of the stop
import logging
import os
import socket
from collections.abc import Mapping

from kiosk.domain.kiosk import Kiosk

log = logging.getLogger("kiosk.supervision")

#: Seconds that one answer of the kiosk to itself may take.
PATIENCE = 10.0
#: Seconds between two looks before the first answer, and after one that failed.
RETRY = 0.2
#: Bytes of an answer that are looked at.
LONGEST = 16_384
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Notifier:
    """Sends to the service manager. ``interval`` is the seconds between two pings; 0: no watchdog asked for them."""

    def __init__(self, path: str, interval: float = 0.0) -> None:
        self._path = "\0" + path[1:] if path.startswith("@") else path
        self.interval = interval

    def tell(self, *lines: str) -> None:
        """Send ``KEY=value`` lines, from a native thread too. Never waits, never fails: a manager that is gone stops
        nobody.
        """
        try:
            sender = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
            try:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), self._path)
            finally:
                sender.close()
        except OSError as error:
            log.info("the service manager was not told: %s", type(error).__name__)


def notifier(environ: Mapping[str, str]) -> Notifier | None:
    """The notifier that the environment asks for, pinging at a third of the watchdog's delay; None without one."""
    path = environ.get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")) or not hasattr(_socket, "AF_UNIX"):
        return None
    delay = environ.get("WATCHDOG_USEC", "")
    for_us = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return Notifier(path, int(delay) / 3e6 if delay.isdigit() and for_us else 0.0)


def in_journal(environ: Mapping[str, str], descriptor: int = 1) -> bool:
    """Whether what is printed goes to the journal, where more people read than on a console (systemd.exec(5))."""
    device, _colon, inode = environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        held = os.fstat(descriptor)
    except OSError:
        return False
    return (device, inode) == (str(held.st_dev), str(held.st_ino))


def start(kiosk: Kiosk, sock: socket.socket, told: Notifier) -> None:
    """Tell ``READY=1`` once the kiosk answers on ``sock``, then ping for ever."""
    kiosk.engine.spawn(_report, kiosk, told, sock.getsockname()[:2])


def answers(address: tuple[str, int], patience: float = PATIENCE) -> bool:
    """Whether the kiosk that listens on ``address`` answers ``/healthz``: ready, or kept from writing by its disk."""
    host, port = address
    try:
        with socket.create_connection((_EVERYWHERE.get(host, host), port), patience) as line:
            line.settimeout(patience)
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            said = b""
            while len(said) < LONGEST and (piece := line.recv(4096)):
                said += piece
    except OSError:
        return False
    status, disk = said.split(b" ", 2)[1:2], b'"storage_' in said.partition(b"\r\n\r\n")[2]
    return status == [b"200"] or (status == [b"503"] and disk)


def _report(kiosk: Kiosk, told: Notifier, address: tuple[str, int]) -> None:
    while not answers(address):
        kiosk.engine.sleep(RETRY)
    told.tell("READY=1", "STATUS=ready")
    while told.interval:
        told.tell("WATCHDOG=1")
        kiosk.engine.sleep(told.interval)
        while not answers(address):
            kiosk.engine.sleep(RETRY)
