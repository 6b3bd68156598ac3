"""Files of section 6 for a server, whose loop goes on meanwhile: a small one is read or written here in a few
milliseconds, a larger one by a process of its own (:mod:`kiosk.contract.stickreader`).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from kiosk.contract import stickreader
from kiosk.contract.sticks import Damaged
from kiosk.engine import Engine
from kiosk.ground import ownprocess
from kiosk.ground.values import dataclass

#: Bytes of a file, once opened, that is read here: its JSON holds the interpreter for less than ten milliseconds.
SMALL = 128 * 1024
#: Bytes that may come back: the messages of the largest file, as some programs write them.
_ANSWER = 128 << 20


@dataclass(frozen=True)
class Head:
    """What a file says of itself, its marks not looked at yet. ``many``: it may hold several messages, and so may its
    answer; ``made_at`` in UTC ms; ``salt`` and ``label`` are those of a pairing.
    """

    kind: str
    kiosk: str
    uai: str
    made_at: int
    many: bool
    salt: str = ""
    label: str = ""


@dataclass(frozen=True)
class Writer:
    """Who may have written a file: a kiosk of a school under a ``key`` (a token's text, or a long code's own bytes)."""

    kind: str
    kiosk: str
    uai: str
    key: bytes


@dataclass(frozen=True)
class Read:
    """A genuine file: the place of its ``writer`` among those asked for, its ``seal`` (another file has another) and
    its messages, JSON each.
    """

    writer: int
    seal: str
    messages: Sequence[bytes]


def head(engine: Engine, data: bytes) -> Head:
    """What a file says of itself. :raises Damaged: it is none, or it is too large."""
    said, _pieces = _asked(engine, {"do": "head"}, [data])
    return Head(**said)


def read(engine: Engine, data: bytes, writers: Sequence[Writer]) -> Read | None:
    """A file that one of these wrote, and nothing in it was changed since; None when none did.

    :raises Damaged: it is none, or it is too large.
    """
    plain = [{**asdict(one), "key": one.key.hex()} for one in writers]
    said, messages = _asked(engine, {"do": "read", "writers": plain}, [data])
    return Read(said["writer"], said["seal"], messages) if said else None


def written(engine: Engine, form: str, said: dict[str, Any], messages: Sequence[bytes], key: bytes) -> bytes:
    """A file, ready to be carried: ``said`` of itself, its messages (JSON), signed with ``key``. ``form``: ``one``
    (revision 1), ``many``, ``pairing``. :raises Damaged: it has no canonical form, or took too much of anything.
    """
    asked = {"do": "write", "form": form, "head": said, "key": key.hex()}
    return _asked(engine, asked, messages)[1][0]


def _asked(engine: Engine, asked: dict[str, Any], pieces: Sequence[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    if _small(pieces):
        answered = engine.apart(lambda: stickreader.done(asked, list(pieces)), "kiosk-stick")
    else:
        text = stickreader.joined([msgspec.json.encode(asked), *pieces])
        limits: Any = {"seconds": 2.0 * stickreader.SECONDS, "most": _ANSWER}
        try:
            *answered, end = stickreader.apart(ownprocess.asked(engine, ["kiosk.contract.stickreader"], text, **limits))
        except (OSError, ValueError):
            raise Damaged(large=True) from None
        if end != stickreader.END:
            raise Damaged(large=True)
    said: dict[str, Any] = msgspec.json.decode(answered[0])
    if said.get("damaged"):
        raise Damaged(said["large"])
    return said, answered[1:]


def _small(pieces: Sequence[bytes]) -> bool:
    if sum(map(len, pieces)) > SMALL:
        return False
    packed = [one for one in pieces if one[:2] == b"\x1f\x8b"]
    try:
        return all(len(zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(one, SMALL + 1)) <= SMALL for one in packed)
    except zlib.error:
        return True  # damaged: no more of it is read
