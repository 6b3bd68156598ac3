"""A file that an office brings, read beside the server (:mod:`kiosk.centre.imports.reader`)."""

from __future__ import annotations

from typing import Any

import msgspec

from kiosk.centre.imports.reader import SECONDS
from kiosk.contract.programme import plain
from kiosk.contract.programme.items import FileRefused, Mistake, Programme
from kiosk.engine import Engine
from kiosk.ground import ownprocess
from kiosk.ground.i18n import _, current

#: Bytes that the reader may answer.
ANSWER = 64 << 20
_turn = ownprocess.Turn()


def read(engine: Engine, data: bytes) -> bytes:
    """What a file says, to keep until it is written; other greenlets run meanwhile.

    :raises FileRefused: nothing can be taken of it, or reading it took too much of anything.
    """
    words = ["kiosk.centre.imports.reader", current()]
    try:
        with _turn.taken(engine.sleep):
            said = ownprocess.asked(engine, words, data, seconds=2 * SECONDS, most=ANSWER)
        refused = msgspec.json.decode(said, type=dict[str, Any]).get("refused")
    except (OSError, msgspec.DecodeError):
        raise FileRefused([Mistake(0, "", _("Lire ce fichier demande trop de temps ou de mémoire."))]) from None
    if refused:
        raise FileRefused([Mistake(**one) for one in refused])
    return said


def programme(engine: Engine, said: bytes) -> Programme:
    """What :func:`read` kept."""
    return plain.whole(msgspec.json.decode(said), lambda: engine.sleep(0))
