"""The write-ahead log as it lies on the disk: how far it is in use, and whether something in its middle was lost.

Its form is sqlite.org/fileformat2.html, section 4: a head of 32 bytes, then frames of 24 bytes and a page. A frame
counts when it has the head's salts and when the sums agree from the first one on; the last of a transaction says how
many pages the database has. Nothing of SQLite locks this file, so it may be opened and closed beside it.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import IO

from kiosk.ground.values import dataclass

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


@dataclass(frozen=True)
class _Frame:
    """One slot of the log: where it begins, the page it holds, and whether it ends a transaction."""

    at: int
    page: int
    ends: bool


def lost(database: Path, recovered: int) -> bool:
    """Whether transactions that were on disk, so acknowledged, lie beyond the ``recovered`` frames that SQLite found.

    SQLite stops at the first frame whose sum is wrong, and says nothing. After a power cut that is the end of the last
    transaction, which nobody was told of: each one is synced before the next begins. A transaction's end with a frame
    of another page after it, whose sum goes on from the end's, was synced: what broke lies in the middle.
    """
    try:
        with place(database).open("rb") as log:
            head = log.read(HEAD)
            if len(head) < HEAD:
                return False
            if not _right_head(head):
                return _not_folded(database, log)
            frames = _frames(log, head[16:24], page_size(head), recovered)
            return any(_goes_on(log, head, one, then) for one, then in zip(frames, frames[1:], strict=False))
    except OSError:
        return False


def _frames(log: IO[bytes], salts: bytes, page: int, first: int) -> list[_Frame]:
    """The slots from ``first`` on that bear these salts, wherever they are."""
    found: list[_Frame] = []
    at = HEAD + first * (FRAME + page)
    while True:
        log.seek(at)
        head = log.read(FRAME)
        if len(head) < FRAME:
            return found
        number, size = struct.unpack(">II", head[:8])
        if head[8:16] == salts:
            found.append(_Frame(at, number, size > 0))
        at += FRAME + page


def _goes_on(log: IO[bytes], head: bytes, one: _Frame, then: _Frame) -> bool:
    """Whether ``one`` ends a transaction after which ``then`` was written, in the next slot."""
    page = page_size(head)
    if not one.ends or then.page == one.page or then.at != one.at + FRAME + page:
        return False
    log.seek(one.at)
    before = struct.unpack(">II", log.read(FRAME)[16:24])
    log.seek(then.at)
    frame = log.read(FRAME + page)
    return _sum(frame[:8] + frame[FRAME:], before, head) == struct.unpack(">II", frame[16:24])


def _right_head(head: bytes) -> bool:
    magic: int = struct.unpack(">I", head[:4])[0]
    return magic in _MAGIC and _sum(head[:24], (0, 0), head) == struct.unpack(">II", head[24:32])


def _sum(data: bytes, before: tuple[int, int], head: bytes) -> tuple[int, int]:
    """The format's sum of a whole number of pairs of words, in the byte order that the head names (section 4.2)."""
    words = struct.unpack(f"{'>' if head[3] & 1 else '<'}{len(data) // 4}I", data)
    first, second = before
    for odd, even in zip(words[::2], words[1::2], strict=True):
        first = (first + odd + second) & 0xFFFFFFFF
        second = (second + even + first) & 0xFFFFFFFF
    return first, second


def _not_folded(database: Path, log: IO[bytes]) -> bool:
    """With a head that cannot be read: whether the pages of the log are not the database's. A head is written anew only
    once all before it is folded back, so a cut there leaves them equal.
    """
    with database.open("rb") as held:
        page = page_size(b"\0" * 8 + held.read(100)[16:18].rjust(4, b"\0"))
        log.seek(HEAD)
        frames = _frames(log, log.read(FRAME)[8:16], page, 0)
        ends = [number for number, frame in enumerate(frames) if frame.ends]
        for frame in {one.page: one for one in frames[: ends[-1] + 1 if ends else 0]}.values():
            log.seek(frame.at + FRAME)
            held.seek((frame.page - 1) * page)
            if log.read(page) != held.read(page):
                return True
    return False
