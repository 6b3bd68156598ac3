"""A small file written whole or not at all, readable by its owner alone unless told otherwise.

Killed or unplugged anywhere, what stands under the name is the old content or the new one. Nothing of the kiosk is
needed here: this also runs before the engine patches anything, and in a centre.
"""

from __future__ import annotations

import glob
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

#: How a file that is not there yet is opened for writing.
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
#: Seconds after which a temporary file is one that a killed write left.
LEFT = 3600


def write(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Replace ``path``: temporary file beside it, fsync, rename, fsync of the folder. Text is written as UTF-8.

    Several may write it at once, a command beside the server too: the last to end wins, whole.
    Root leaves the file it replaces to whoever owned it: ``sudo`` must not shut a service out of its own settings.

    :raises OSError: it could not be written; the old file stands, and nothing is left beside it.
    """
    _sweep(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(temporary, NEW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        if os.name == "posix":
            _keep_owner(path, temporary)
            os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder (renames, removals), survive the plug being pulled.

    :raises OSError: the disk refused.
    """
    if os.name == "nt" and path.is_dir():
        return
    # Windows flushes only what is open for writing.
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(path: Path) -> None:
    for left in path.parent.glob(f".{glob.escape(path.name)}.*part"):
        with suppress(OSError):
            if abs(time.time() - left.lstat().st_mtime) > LEFT:
                left.unlink()


def _keep_owner(path: Path, temporary: Path) -> None:
    if path.exists() and os.geteuid() == 0:
        held = path.stat()
        os.chown(temporary, held.st_uid, held.st_gid)
