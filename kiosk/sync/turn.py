"""One exchange at a time for one data folder, whichever process does it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.errors import KioskError

if os.name == "nt":  # pragma: no cover
    import msvcrt
else:
    import fcntl


@contextmanager
def turn(data_dir: Path) -> Iterator[None]:
    """Hold the folder's exchange for a block; the system drops it when the process dies.

    :raises KioskError: ``sync_busy``, another process (or another round) holds it.
    """
    held = os.open(data_dir / "sync.lock", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(held, "a+", encoding="utf-8") as file:
        try:
            if os.name == "nt":  # pragma: no cover
                os.lseek(file.fileno(), 0, os.SEEK_SET)  # bytes are locked from where the file stands
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise KioskError("sync_busy") from None
        yield
