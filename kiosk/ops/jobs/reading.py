"""The files of Onisep's open data → sheets, one by one: JSON, CSV (old and new headers), XML, and a zip of them.

Fields are found by their name, whatever their case, accents and separators; missing ones are empty, new ones ignored.
No file is held whole: memory is that of the largest job, not of the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast
from xml.etree import ElementTree

from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ops.jobs import fiches, jsonlist, tables
from kiosk.ops.jobs.refusals import NoJobs
from kiosk.storage.jobsheets import Sheet

#: Bytes of a file once unpacked (the sheets are about 20 MB), and times smaller it may be when packed.
MAX_BYTES, MAX_RATIO = 150_000_000, 200
#: Bytes looked at to tell what a file is.
HEAD = 4096
_KINDS = (".xml", ".json", ".csv")
#: What the readers raise on a file that is none of theirs.
_UNREADABLE = (
    ValueError, ElementTree.ParseError, zipfile.BadZipFile, csv.Error, NotImplementedError, RuntimeError, zlib.error,
    EOFError, gzip.BadGzipFile,
)  # fmt: skip


def sheets(source: BinaryIO, called: str) -> Iterator[Sheet]:
    """The sheets of a file that can be rewound, several of one job among them; ``called`` is its name, for the
    refusal's sentence.

    :raises KioskError: ``jobs_file``, be it after some sheets.
    """
    found = False
    try:
        for sheet in _read(source):
            found = True
            yield sheet
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile):
        raise KioskError("jobs_file", name=called, why=_("ce fichier compressé est abîmé")) from None
    except _UNREADABLE as why:
        raise KioskError("jobs_file", name=called, why=str(why)[:200]) from None
    if not found:
        raise KioskError("jobs_file", name=called, why=_("aucun métier n’y a été trouvé"))


def _read(source: BinaryIO) -> Iterator[Sheet]:
    start = source.read(4)
    source.seek(0)
    if start == b"PK\x03\x04":
        yield from _of_archive(source)
    elif start[:2] == b"\x1f\x8b":
        with gzip.open(source) as packed:
            yield from _of_file(_Bounded(cast(IO[bytes], packed), MAX_BYTES))
    else:
        yield from _of_file(_Bounded(source, MAX_BYTES))


def _of_archive(source: BinaryIO) -> Iterator[Sheet]:
    """Every XML, JSON or CSV of the archive, the largest first; announced and real sizes are both bounded."""
    with zipfile.ZipFile(source) as archive:
        inside = [one for one in archive.infolist() if _wanted(one.filename)]
        if not inside:
            raise ValueError(_("l’archive ne contient ni XML, ni JSON, ni CSV"))
        for one in inside:
            if one.file_size > MAX_RATIO * max(1, one.compress_size):
                raise ValueError(_("l’archive se déplie en un fichier trop grand"))
        if sum(one.file_size for one in inside) > MAX_BYTES:
            raise ValueError(_("l’archive se déplie en un fichier trop grand"))
        for one in sorted(inside, key=lambda one: -one.file_size):
            with archive.open(one) as packed:
                try:
                    yield from _of_file(_Bounded(packed, one.file_size))
                except NoJobs:
                    continue


def _wanted(name: str) -> bool:
    parts = name.split("/")
    return name.lower().endswith(_KINDS) and not any(part.startswith((".", "__MACOSX")) for part in parts)


class _Bounded(io.RawIOBase):
    """A file of which no more than ``most`` bytes are read. :raises ValueError: there are more."""

    def __init__(self, source: IO[bytes], most: int) -> None:
        self._source, self._left = source, most

    def readable(self) -> bool:
        """:meta private:"""
        return True

    def readinto(self, room: Any) -> int:
        """:meta private:"""
        data = self._source.read(len(room))
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(_("il est trop grand"))
        room[: len(data)] = data
        return len(data)


def _of_file(raw: io.RawIOBase) -> Iterator[Sheet]:
    source = io.BufferedReader(raw, HEAD)
    head = source.peek(HEAD)[:HEAD]
    if b"\0" in head:
        raise NoJobs(_("aucun métier n’y a été trouvé"))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        yield from fiches.of_xml(source)
        return
    text = io.TextIOWrapper(source, "utf-8-sig", _ELSE_CP1252, newline="")
    if start in (b"[", b"{"):
        yield from tables.of_rows(jsonlist.objects(text))
    else:
        yield from tables.of_csv(text, head.decode("utf-8", "replace").partition("\n")[0])


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8, in a file an office saved the old way."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_ELSE_CP1252 = "kiosk.jobs.cp1252"
codecs.register_error(_ELSE_CP1252, _as_cp1252)
