"""``python -m kiosk.exchange.reader LANGUAGE [rooms]``: a file that somebody brought, read in a process of its own.

A workbook is read by a library that holds the interpreter, and a small one may unfold into a mountain: the server
gives the bytes to this process, within its memory and its time, and reads plain JSON back
(:mod:`kiosk.exchange.filereading`).
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import msgspec

from kiosk.contract import programme
from kiosk.contract.programme import plain, roomlist, tables
from kiosk.contract.programme.items import FileRefused, Mistake
from kiosk.exchange import changefiles
from kiosk.exchange.unpacking import unpacked
from kiosk.ground import i18n, ownprocess, typography
from kiosk.ground.i18n import _

#: Bytes of memory and seconds of work that a file may take.
MEMORY, SECONDS = 768 << 20, 20


def main() -> None:
    """Read standard input, answer on standard output."""
    ownprocess.bound(MEMORY, SECONDS)
    i18n.install(typography.french)
    data = sys.stdin.buffer.read()
    with i18n.language(sys.argv[1]):
        said = msgspec.json.encode(read_rooms(data) if sys.argv[2:] == ["rooms"] else read(data))
    sys.stdout.buffer.write(said)


def read(data: bytes) -> dict[str, Any]:
    """``{"changes": […]}`` for a right file of the contract's changes, the parts of a programme for a table, else
    ``{"mistakes": […], "refused": true}``. A compressed file is what it holds, and may
    hold no more than one that is not.
    """
    try:
        data = unpacked(data, programme.MAX_FILE)
        if len(data) > programme.MAX_FILE:
            return _refused([Mistake(0, "", _("décompressé, ce fichier dépasse 2 Mo"))])
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            return {"changes": changefiles.parse(data)}
        return plain.plain(programme.read(data))
    except changefiles.InvalidChanges as error:
        return _refused([Mistake(one.line, one.field, one.message) for one in error.mistakes])
    except FileRefused as error:
        return _refused(error.mistakes)


def read_rooms(data: bytes) -> dict[str, Any]:
    """``{"rooms": [names], "mistakes": […]}`` of a table of rooms, or « refused » as :func:`read`."""
    try:
        data = unpacked(data, programme.MAX_FILE)
        names, mistakes = roomlist.names(tables.read(data))
    except changefiles.InvalidChanges as error:
        return _refused([Mistake(one.line, one.field, one.message) for one in error.mistakes])
    except FileRefused as error:
        return _refused(error.mistakes)
    return {"rooms": names, "mistakes": [asdict(one) for one in mistakes[:500]]}


def _refused(mistakes: list[Mistake]) -> dict[str, Any]:
    return {"mistakes": [asdict(one) for one in mistakes[:500]], "refused": True}


if __name__ == "__main__":
    main()
