"""``python -m kiosk.centre.imports.reader LANGUAGE``: a file that an office brought, read in a process of its own.

A workbook is read by a library that holds the interpreter, and a small one may unfold into a mountain
(:mod:`kiosk.ground.ownprocess`). Standard input holds the file, standard output what it says, as plain JSON.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import msgspec

from kiosk.centre import imports
from kiosk.contract.programme import plain
from kiosk.contract.programme.items import FileRefused
from kiosk.ground import i18n, ownprocess, typography

#: Bytes of memory and seconds of work that a file may take.
MEMORY, SECONDS = 768 << 20, 20
#: Mistakes that are told of a file that is refused.
TOLD = 500


def main() -> None:
    """Read standard input, answer on standard output."""
    ownprocess.bound(MEMORY, SECONDS)
    i18n.install(typography.french)
    with i18n.language(sys.argv[1]):
        said = msgspec.json.encode(parts(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(said)


def parts(data: bytes) -> dict[str, Any]:
    """What a file says, or ``{"refused": [mistakes]}`` when there is nothing in it to take."""
    try:
        found = imports.read(data)
        if not found.items:
            found.whole()
        return plain.plain(found)
    except FileRefused as error:
        return {"refused": [asdict(one) for one in error.mistakes[:TOLD]]}


if __name__ == "__main__":
    main()
