"""Files that teachers brought and that are not written yet: in memory between two pages, for an hour."""

from __future__ import annotations

import time
from dataclasses import field

from kiosk.contract import Change
from kiosk.contract.programme.items import Programme
from kiosk.ground.errors import KioskError
from kiosk.ground.ownprocess import Turn
from kiosk.ground.values import dataclass

#: Files held at a time, and seconds that one waits for its teacher.
MOST, LASTING = 4, 3600.0


@dataclass(frozen=True)
class File:
    """A file that was read: a table's ``programme``, or the contract's ``changes``. ``at``: ``time.monotonic()``."""

    name: str
    programme: Programme | None = None
    changes: tuple[Change, ...] = ()
    at: float = field(default_factory=time.monotonic)


class Files:
    """The files brought and not written yet, by the device that brought them. The oldest gives way."""

    def __init__(self) -> None:
        self._held: dict[str, File] = {}
        self.turn = Turn()

    def get(self, key: str) -> File:
        """The file of a device. :raises KioskError: ``import_gone``."""
        held = self._held.get(key)
        if held is None or time.monotonic() - held.at > LASTING:
            raise KioskError("import_gone")
        return held

    def keep(self, key: str, file: File) -> None:
        """Keep a file in place of the one before."""
        self._held.pop(key, None)
        self._held[key] = file
        while len(self._held) > MOST:
            del self._held[next(iter(self._held))]

    def drop(self, key: str) -> None:
        """Forget it."""
        self._held.pop(key, None)
