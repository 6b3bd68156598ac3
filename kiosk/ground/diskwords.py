"""What the system says of a file or a folder that it refuses, in the reader's language: the cause alone, true as it is.

The system's own words are English, and « not found » is not what happened to a folder given for a file, nor to a file
of another account.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_, _

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_SHUT = {errno.EACCES, errno.EPERM}
_FULL = N_("le disque est plein")
_READ_ONLY = N_("le disque est en lecture seule")
#: errno(3) → the cause, to be read after « … : ».
_CAUSES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: N_("ce compte n’en a pas le droit"),
    errno.EPERM: N_("ce compte n’en a pas le droit"),
    errno.ENOENT: N_("ce dossier n’existe pas"),
    errno.ENOTDIR: N_("un fichier est là où il faudrait un dossier"),
    errno.EEXIST: N_("un fichier est là où il faudrait un dossier"),
    errno.EISDIR: N_("c’est un dossier, il faut un nom de fichier"),
    errno.ENAMETOOLONG: N_("ce nom est trop long"),
    errno.EIO: N_("le disque répond par une erreur, il est peut-être usé"),
}


def why(error: BaseException, folder: Path | None = None) -> str:
    """The cause of a write that failed, as the end of a sentence. ``folder``: where SQLite wrote, whose room tells what
    « unable to open » means.
    """
    text = str(error).lower()
    if isinstance(error, OSError) and error.errno is not None:
        return _(_CAUSES[error.errno]) if error.errno in _CAUSES else error.strerror or type(error).__name__
    if "full" in text:
        return _(_FULL)
    if "readonly" in text:
        return _(_READ_ONLY)
    if folder is not None and not isinstance(error, OSError):
        try:
            blocks = os.statvfs(folder)
        except OSError as refused:
            return why(refused)
        if blocks.f_bavail * blocks.f_frsize < 64 * 1024:
            return _(_FULL)
    return f"{type(error).__name__}, {error}" if text else type(error).__name__


def unread(path: str | Path, error: OSError | None = None) -> KioskError:
    """Why a named file cannot be read: ``file_missing``, ``file_is_folder``, ``file_denied``, ``file_broken``."""
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            return KioskError("file_is_folder", path=str(path))
    except OSError as refused:
        error = refused
    except ValueError:  # a NUL in the name
        return KioskError("file_missing", path=str(path))
    if error is None or error.errno in _ABSENT:
        return KioskError("file_missing", path=str(path))
    if error.errno in _SHUT:
        return KioskError("file_denied", path=str(path))
    return KioskError("file_broken", path=str(path), detail=why(error))


def must_read(path: Path) -> None:
    """Refuse what is not a file that this account may read. :raises KioskError: those of :func:`unread`."""
    if not os.path.isfile(path):
        raise unread(path)
    if not os.access(path, os.R_OK):
        raise unread(path, PermissionError(errno.EACCES, ""))
