"""What goes over a line to the centre and what comes back: plain values, so that a line may be HTTP in this process,
HTTP in the courier's process, or a test's own.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, field
from typing import Any, Protocol

from kiosk.ground.values import dataclass

#: Largest answer read, unpacked (fifty changes are a tenth of this).
MAX_ANSWER = 2 * 1024 * 1024


@dataclass(frozen=True)
class Call:
    """One HTTP request. ``wants``: ``json``, ``bytes`` (an image) or ``file`` (anything but a page). Seconds:
    ``connect`` to connect, ``read`` between two bytes.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    wants: str = "json"
    connect: float = 5.0
    read: float = 15.0
    max_bytes: int = MAX_ANSWER

    def plain(self) -> dict[str, Any]:
        """For a pipe between two processes."""
        return {**asdict(self), "headers": dict(self.headers), "body": base64.b64encode(self.body).decode()}

    @staticmethod
    def of(value: dict[str, Any]) -> Call:
        """What :meth:`plain` made, read back. :raises TypeError, ValueError: it is not that."""
        return Call(**{**value, "body": base64.b64decode(value["body"])})


@dataclass(frozen=True)
class Reply:
    """What came back. ``failure`` is a class of ``syncstate`` (``ok`` when an answer of the contract's shape came,
    be it a
    problem: then ``code`` is the problem's). ``body`` is unpacked; for ``bytes`` it is what arrived, even when cut.
    """

    failure: str
    status: int = 0
    code: str = ""
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    retry_after: int | None = None
    sent: int = 0
    received: int = 0
    seconds: float = 0.0

    def plain(self) -> dict[str, Any]:
        """For a pipe between two processes."""
        return {**asdict(self), "headers": dict(self.headers), "body": base64.b64encode(self.body).decode()}

    @staticmethod
    def of(value: dict[str, Any]) -> Reply:
        """What :meth:`plain` made, read back. :raises TypeError, ValueError: it is not that."""
        return Reply(**{**value, "body": base64.b64decode(value["body"])})


class Line(Protocol):
    """A way to the centre."""

    def carry(self, call: Call) -> Reply:
        """Send a request and bring back what came; never raises."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...
