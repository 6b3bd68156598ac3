"""A file that was compressed on its way: gzip, or the zip of one file. A workbook is a zip too, and stays."""

from __future__ import annotations

import io
import zipfile
import zlib

from kiosk.exchange.changefiles import InvalidChanges, Mistake
from kiosk.ground.i18n import _

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
#: What the zip of a workbook holds, of Calc or of Excel.
_WORKBOOKS = frozenset({"content.xml", "[Content_Types].xml"})
#: Folders and files that a system adds by itself.
_BESIDE = ("__MACOSX/", ".")


def unpacked(data: bytes, most: int) -> bytes:
    """The file, at most ``most`` bytes and one more, so that its length tells whether it is too long; what is not
    compressed comes back as it is.

    :raises InvalidChanges: a damaged file, a zip with a password, or one that holds no file or several.
    """
    try:
        if data.startswith(_GZIP):
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, most + 1)
        if data.startswith(_ZIP):
            return _of_zip(data, most)
    except (zlib.error, zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError):
        raise _refused(_("ce fichier compressé est abîmé")) from None  # RuntimeError: a password, an unknown method
    return data


def _of_zip(data: bytes, most: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [one.filename for one in archive.infolist()]
        if _WORKBOOKS & set(names):
            return data
        files = [name for name in names if not name.endswith("/") and not name.startswith(_BESIDE)]
        if len(files) != 1:
            raise _refused(_("une archive .zip d’un seul fichier est attendue"))
        with archive.open(files[0]) as source:
            return source.read(most + 1)


def _refused(message: str) -> InvalidChanges:
    return InvalidChanges([Mistake(1, "", message)])
