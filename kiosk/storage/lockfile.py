"""One kiosk by data folder: a lock that the system drops when the process dies, however it dies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from kiosk.errors import KioskError

if os.name == "nt":  # pragma: no cover
    import msvcrt
else:
    import fcntl


#: The byte that Windows locks.
FAR = 1 << 20


def take(data_dir: Path) -> IO[str]:
    """Lock ``data_dir`` for this process; keep the returned file open. :raises KioskError: ``already_running``."""
    path = data_dir / "kiosk.lock"
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
        raise KioskError("already_running", pid=pid) from None
    try:
        file.seek(0)
        file.truncate()
        os.write(file.fileno(), str(os.getpid()).encode())
    except OSError:
        pass  # a full disk: locked all the same, without a name
    return file
