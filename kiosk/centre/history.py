"""Whether this database is the one of before, or an older copy of it (contract, rule 11): a mark kept beside it tells.

``centre.history`` holds the names of the histories served from this folder, the last revision given in the present one
and how many operations were judged: a report changes nothing that kiosks see, and is lost all the same. It is written
after the commit it tells of, so a database that is behind it was brought back. ``centre.revoked`` holds the digests of
the tokens that were revoked or replaced: a copy that still believes them is told.

Neither may come back with a copy: they are not part of one. What they miss, a kiosk's ``had_seq`` tells (rule 10).
"""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kiosk.ground import wholefile

log = logging.getLogger("kiosk.centre")
#: Seconds between two writings of the mark, and names of histories that it remembers.
EVERY, KEPT = 1.0, 50


class Reached(NamedTuple):
    """How far a database has come: its last revision, and the operations that it judged."""

    rev: int
    heard: int


class History:
    """The two files of a centre's folder."""

    def __init__(self, folder: Path) -> None:
        self._mark, self._revoked = folder / "centre.history", folder / "centre.revoked"
        self._epochs: list[str] = []
        self._reached = Reached(0, 0)
        self._next = 0.0

    def gone_back(self, epoch: str, reached: Reached) -> bool:
        """Whether a database with this history, so far, is older than what was served from this folder."""
        self._epochs, self._reached = self._read()
        if not self._epochs or epoch not in self._epochs:
            return False  # never seen here, or begun by another worker
        behind = reached.rev < self._reached.rev or reached.heard < self._reached.heard
        return epoch != self._epochs[-1] or behind

    def begin(self, epoch: str, reached: Reached) -> None:
        """This history is served from now on. :raises OSError: the folder cannot be written."""
        self._epochs = [*(one for one in self._epochs if one != epoch), epoch][-KEPT:]
        self._reached = reached
        wholefile.write(self._mark, self._text())

    def due(self) -> bool:
        """Whether it is time to look at the last revision again."""
        return bool(self._epochs) and time.monotonic() >= self._next

    def reached(self, epoch: str, now: Reached) -> None:
        """A commit brought it so far, in this history: another worker's start may have begun it. Not forced to the
        disk: a mark that is late is never wrong.
        """
        self._next = time.monotonic() + EVERY
        further = now.rev > self._reached.rev or now.heard > self._reached.heard
        if not (self._epochs and epoch) or (epoch in self._epochs and not further):
            return
        if epoch not in self._epochs:
            self._epochs = [*self._epochs, epoch][-KEPT:]
        self._reached = now
        part = self._mark.with_suffix(".part")
        with suppress(OSError):  # it is told again, and the mark is only behind
            part.write_text(self._text(), "utf-8")
            os.replace(part, self._mark)

    def revoke(self, digest: str) -> None:
        """A token is believed no more, whatever copy is brought back. :raises OSError: it cannot be noted."""
        descriptor = os.open(self._revoked, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, f"{digest}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def revoked(self) -> list[str]:
        """The digests of tokens that are believed no more."""
        try:
            return self._revoked.read_text("ascii", errors="replace").split()
        except FileNotFoundError:
            return []

    def _text(self) -> str:
        return json.dumps({"epochs": self._epochs, **self._reached._asdict()}) + "\n"

    def _read(self) -> tuple[list[str], Reached]:
        try:
            value = json.loads(self._mark.read_text("utf-8"))
            reached = Reached(int(value["rev"]), int(value.get("heard", 0)))
            return [str(one) for one in value["epochs"]], reached
        except FileNotFoundError:
            return [], Reached(0, 0)
        except (ValueError, KeyError, TypeError):
            log.warning("%s cannot be read: an older copy would not be noticed by it", self._mark.name)
            return [], Reached(0, 0)
