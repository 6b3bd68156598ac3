"""What the disk refuses, and the little room kept back for the acts that end a full disk.

A disk that fills takes the way out with it: nobody can come in and erase, since that is written too. A file of some
hundred kilobytes is given up for such an act alone (:meth:`Transaction.must_pass`), and made again after it.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import peewee

from kiosk.ground import wholefile
from kiosk.ground.errors import KioskError

log = logging.getLogger("kiosk.storage")

#: Bytes kept back: the log's shared memory (32 KB), a login, the first pages of an erasure.
RESERVE = 512 * 1024
#: Bytes free under which a question may not fit: it writes some seven pages of 4 KB (measured), twice with its log.
LOW = 64 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


def refusal(error: BaseException, folder: Path | None = None) -> KioskError:
    """What a failed write means: ``storage_full``, ``storage_readonly`` or ``storage_failed``.

    SQLite says « disk I/O error » of a disk that the system has just made read-only: a file in ``folder`` tells.
    """
    text, number = str(error).lower(), getattr(error, "errno", None)
    if number in _FULL or "disk is full" in text:
        return KioskError("storage_full")
    if number in _READ_ONLY or "readonly" in text:
        return KioskError("storage_readonly")
    if folder is not None and told(error):
        refused = _try(folder)
        if refused is not None:
            return refusal(refused)
    return KioskError("storage_failed")


def gave_up(error: OSError) -> bool:
    """Whether a call failed for the disk's own state (full, read-only, worn out), whatever was asked of it."""
    return error.errno in _FULL | {errno.EROFS, errno.EIO}


def _try(folder: Path) -> OSError | None:
    """Write a small file and take it away; what the disk said against it."""
    path = folder / ".kiosk-trial"
    try:
        with path.open("wb", buffering=0) as file:
            file.write(b"x" * 4096)
    except OSError as error:
        return error
    finally:
        with suppress(OSError):
            path.unlink()
    return None


def told(error: BaseException) -> bool:
    """Whether SQLite's error is the disk's, not a statement's."""
    return any(word in str(error).lower() for word in ("disk", "unable to open", "readonly"))


@contextmanager
def refusals(folder: Path) -> Iterator[None]:
    """A block that opens the data folder: what the disk refuses in it is a refusal with a sentence, not a trace."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL | _READ_ONLY:
            raise refusal(error) from error
        raise
    except (sqlite3.OperationalError, peewee.OperationalError) as error:
        if told(error):
            raise refusal(error, folder) from error
        raise


def free(folder: Path) -> int:
    """Bytes that may still be written there; 0 when that cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def low(folder: Path) -> bool:
    """Whether the disk looks as if a question could not be written on it; a write tells for sure."""
    return free(folder) < LOW or not os.access(folder, os.W_OK)


class Reserve:
    """The room kept back on the disk of a database."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name("kiosk.reserve")

    def release(self) -> bool:
        """Give the room up; False when there is none."""
        try:
            self._path.unlink()
        except OSError:
            return False
        log.warning("the disk is full: the room kept back is given up for what must pass")
        return True

    def fill(self) -> None:
        """Keep room back, as much as there is when that is less; nothing on a disk that has little left without it."""
        with suppress(OSError):
            held = self._path.stat().st_size if self._path.exists() else 0
            missing = min(RESERVE - held, free(self._path.parent) - 2 * LOW)
            if missing < LOW:
                return
            self._path.unlink(missing_ok=True)
            with os.fdopen(os.open(self._path, wholefile.NEW, 0o600), "wb") as file:
                for _block in range((held + missing) // 4096):
                    file.write(os.urandom(4096))  # zeros take no room on some disks
