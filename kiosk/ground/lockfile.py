"""A lock on a folder, for one process at a time: the system drops it when the process dies, however it dies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from kiosk.ground.errors import KioskError

if os.name == "nt":  # pragma: no cover
    import msvcrt
else:
    import fcntl

#: Who serves a kiosk's or a centre's folder; who exchanges with the centre for a kiosk's (and what is told to another).
KIOSK, CENTRE, SYNC = "kiosk.lock", "centre.lock", "sync.lock"
_BUSY = {SYNC: "sync_busy"}
#: The byte that Windows locks.
FAR = 1 << 20


def take(folder: Path, name: str = KIOSK) -> IO[str]:
    """Lock ``folder``; the returned file holds the lock while it is open. :raises KioskError: ``already_running`` with
    the number of the process that has it (``sync_busy`` for :data:`SYNC`).
    """
    path = folder / name
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+", encoding="utf-8")
    try:
        if os.name == "nt":  # pragma: no cover
            # Windows locks bytes, from where the file stands: one far after the text, which stays readable.
            os.lseek(file.fileno(), FAR, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        pid = file.read().strip() or "?"
        file.close()
        raise KioskError(_BUSY.get(name, "already_running"), pid=pid) from None
    try:
        file.seek(0)
        file.truncate()
        os.write(file.fileno(), str(os.getpid()).encode())
    except OSError:
        pass  # a full disk: locked all the same, without a name
    return file
