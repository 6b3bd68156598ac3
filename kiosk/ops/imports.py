"""`kiosk import FILE`: a file of the contract's `changes`, whole or not at all; every mistake with its
line and field.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from pathlib import Path

from kiosk.contract import CHANGES
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import changes
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _, _n

#: A file of changes is text of some kilobytes; above this it is something else.
MAX_BYTES = 16 * 1024 * 1024
_GZIP = b"\x1f\x8b"


def read(path: str | Path) -> bytes:
    """Return the bytes of a file ("-" is the standard input), unpacked when it is gzip.

    :raises KioskError: `file_missing`, `file_too_large`, `import_invalid`.
    """
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if str(path) == "-" else Path(path).read_bytes()
    except OSError as error:
        raise KioskError("file_missing", path=str(path)) from error
    if data.startswith(_GZIP):
        data = _unpacked(data)
    if len(data) > MAX_BYTES:
        raise KioskError("file_too_large", path=str(path), most=MAX_BYTES >> 20)
    return data


def apply(kiosk: Kiosk, data: bytes) -> dict[str, int]:
    """Write the changes of a file in one transaction; returns how many counted, by type."""
    found = changes.parse(data)
    return kiosk.write(lambda tx: changes.apply(tx, found))


def report(counted: dict[str, int]) -> list[str]:
    """What was written, in words."""
    n = {kind: counted.get(kind, 0) for kind in CHANGES}
    said = {
        "session": _n("%(n)s séance", "%(n)s séances", n["session"]),
        "speaker": _n("%(n)s intervenant ou intervenante", "%(n)s intervenantes et intervenants", n["speaker"]),
        "enrolment": _n("%(n)s inscription", "%(n)s inscriptions", n["enrolment"]),
        "question": _n("%(n)s question préparée", "%(n)s questions préparées", n["question"]),
        "notice": _n("%(n)s message", "%(n)s messages", n["notice"]),
    }
    parts = [said[kind] for kind in said if n[kind]]
    if not parts:
        return [_("Rien de nouveau : ce fichier avait déjà été importé.")]
    return [_("Importé : %(list)s.", list=", ".join(parts))]


def _unpacked(data: bytes) -> bytes:
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        return unpacker.decompress(data, MAX_BYTES + 1)
    except (zlib.error, gzip.BadGzipFile, EOFError):
        message = _("ce fichier compressé est abîmé")
        raise changes.InvalidChanges([changes.Mistake(1, "", message)]) from None
