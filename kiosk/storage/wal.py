"""The write-ahead log as it lies on the disk: how far it is in use, and whether something in its middle was lost.

Its form is sqlite.org/fileformat2.html, section 4: a head of 32 bytes, then frames of 24 bytes and a page. A frame
counts when it has the head's salts and when the sums agree from the first one on; the last of a transaction says how
many pages the database has. Nothing of SQLite locks this file, so it may be opened and closed beside it.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

HEAD, FRAME = 32, 24
_MAGIC = (0x377F0682, 0x377F0683)


def place(database: Path) -> Path:
    """Where the log of a database is."""
    return database.with_name(database.name + "-wal")


class Gauge:
    """How many bytes of a log are in use, looked at after each commit: frames seen once are not read again."""

    def __init__(self, database: Path) -> None:
        self._path = place(database)
        self._descriptor = -1
        self._salts = b""
        self._frames = 0

    def bytes(self) -> int:
        """Bytes that the next checkpoint would fold back, those already folded included; 0 without a log."""
        try:
            return self._look()
        except OSError:  # gone with its last connection, or not there yet
            self.close()
            return 0

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _look(self) -> int:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        head = _at(self._descriptor, 0, HEAD)
        if len(head) < HEAD:
            self._salts, self._frames = b"", 0
            return 0
        size = FRAME + page_size(head)
        if head[16:24] != self._salts:  # begun again
            self._salts, self._frames = head[16:24], 0
        while _at(self._descriptor, HEAD + self._frames * size, 16)[8:] == self._salts:
            self._frames += 1
        return HEAD + self._frames * size if self._frames else 0


def _at(descriptor: int, place: int, size: int) -> bytes:
    os.lseek(descriptor, place, os.SEEK_SET)
    return os.read(descriptor, size)


def page_size(head: bytes) -> int:
    """Bytes of a page, from the head of a log."""
    size: int = struct.unpack(">I", head[8:12])[0]
    return size if 512 <= size <= 65536 else 4096
