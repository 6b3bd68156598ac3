"""A file that a teacher brings to the browser, read beside the server: see :mod:`kiosk.exchange.reader`."""

from __future__ import annotations

from typing import Any

import msgspec

from kiosk.contract import Change
from kiosk.contract.programme import plain
from kiosk.contract.programme.items import Mistake
from kiosk.domain.brought import File
from kiosk.engine import Engine
from kiosk.exchange.reader import SECONDS
from kiosk.ground import ownprocess
from kiosk.ground.errors import KioskError

#: Bytes that the reader may answer.
ANSWER = 64 << 20


class Unread(KioskError):
    """``file_unread``: the file as a whole cannot be read; ``mistakes`` say why."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("file_unread", field="fichier", detail=mistakes[0].message if len(mistakes) == 1 else "")
        self.mistakes = mistakes


def read(engine: Engine, name: str, data: bytes, language: str) -> File:
    """Read a file in a process of its own; other greenlets run meanwhile.

    :raises KioskError: ``file_unread`` (:class:`Unread`), ``file_slow``.
    """
    said = _asked(engine, data, language)
    if said.get("refused"):
        raise Unread([Mistake(**one) for one in said["mistakes"]])
    if "changes" in said:
        return File(name, changes=tuple(msgspec.convert(said["changes"], list[Change])))
    return File(name, plain.whole(said, lambda: engine.sleep(0)))


def read_rooms(engine: Engine, data: bytes, language: str) -> tuple[list[str], list[Mistake]]:
    """The names in a table of rooms, and what is wrong in it, read the same way. Raises as :func:`read`."""
    said = _asked(engine, data, language, "rooms")
    mistakes = [Mistake(**one) for one in said.get("mistakes", ())]
    if said.get("refused"):
        raise Unread(mistakes)
    return list(said["rooms"]), mistakes


def _asked(engine: Engine, data: bytes, *what: str) -> dict[str, Any]:
    """What the reader says. :raises KioskError: ``file_slow`` when it took too much of anything."""
    try:
        text = ownprocess.asked(engine, ["kiosk.exchange.reader", *what], data, seconds=2 * SECONDS, most=ANSWER)
        said: dict[str, Any] = msgspec.json.decode(text)
    except (OSError, msgspec.DecodeError):
        raise KioskError("file_slow") from None
    return said
