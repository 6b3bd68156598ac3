"""``python -m kiosk.contract.stickreader``: a large file of section 6, read or written in a process of its own
(:mod:`kiosk.contract.stickfiles`, which does the same for a small one in its own process).

A piece is four bytes that say how long it is, then its bytes. Standard input holds what is asked (JSON) and its pieces;
standard output what is answered (JSON, ``{}`` when the file is not who it should be's) and its pieces, then
:data:`END`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from kiosk.contract import sticks
from kiosk.contract.exchange import PairingFile
from kiosk.contract.values import to_ms
from kiosk.ground import ownprocess

#: Bytes of memory and seconds of work that a file may take.
MEMORY, SECONDS = 768 << 20, 30
#: What a whole answer ends with: one that was cut has it not.
END = b"end"
#: Messages in one file.
MAX_MESSAGES = 2_000


def main() -> None:
    """Read standard input, answer on standard output."""
    ownprocess.bound(MEMORY, SECONDS)
    asked, *pieces = apart(sys.stdin.buffer.read())
    sys.stdout.buffer.write(joined([*done(msgspec.json.decode(asked), pieces), END]))


def done(asked: dict[str, Any], pieces: list[bytes]) -> list[bytes]:
    """What is answered: its JSON, then pieces. ``asked["do"]``: ``head`` and ``read`` have the file as their only
    piece, ``write`` its messages.
    """
    if asked["do"] == "write":
        return [b"{}", _written(asked, [json.loads(one) for one in pieces])]
    try:
        file = sticks.opened(pieces[0])
        if len(file.messages) > MAX_MESSAGES:
            raise sticks.Damaged(large=True)
        return [_head(file)] if asked["do"] == "head" else _read(file, asked["writers"])
    except sticks.Damaged as error:
        return [msgspec.json.encode({"damaged": True, "large": error.large})]


def apart(text: bytes) -> list[bytes]:
    """The pieces of a stream; what is cut at its end is none."""
    found, at = [], 0
    while at + 4 <= len(text):
        size = int.from_bytes(text[at : at + 4], "big")
        if at + 4 + size > len(text):
            break
        found.append(text[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def joined(pieces: Iterable[bytes]) -> bytes:
    """The stream of some pieces."""
    return b"".join(part for one in pieces for part in (len(one).to_bytes(4, "big"), one))


def _head(file: sticks.File) -> bytes:
    said = file.said
    salt, label = (said.salt, said.label) if isinstance(said, PairingFile) else ("", "")
    return msgspec.json.encode(
        {
            "kind": said.kind,
            "kiosk": said.kiosk,
            "uai": said.uai,
            "made_at": to_ms(said.made_at),
            "many": file.many,
            "salt": salt,
            "label": label,
        }
    )


def _read(file: sticks.File, writers: list[dict[str, str]]) -> list[bytes]:
    """Which of ``writers`` (``kind``, ``kiosk``, ``uai``, ``key`` in hexadecimal) wrote it, and its messages."""
    said = file.said
    for number, one in enumerate(writers):
        if (one["kind"], one["kiosk"], one["uai"]) != (said.kind, said.kiosk, said.uai):
            continue
        key = bytes.fromhex(one["key"])
        if sticks.paired_by(file, key) if isinstance(said, PairingFile) else sticks.genuine(file, key.decode()):
            seal = str(file.raw.get("mac2", file.raw["mac"]))
            return [msgspec.json.encode({"writer": number, "seal": seal}), *map(_plain, file.messages)]
    return [b"{}"]


def _plain(message: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(message)
    except (UnicodeEncodeError, OverflowError):  # half a character, a number that few programs know
        return json.dumps(message).encode()


def _written(asked: dict[str, Any], messages: list[dict[str, Any]]) -> bytes:
    """``asked``: ``head`` (the fields before the messages), ``key``, ``form`` (``one`` as in revision 1, ``many``,
    ``pairing``).
    """
    key, head = bytes.fromhex(asked["key"]), asked["head"]
    if asked["form"] == "pairing":
        file = {**head, "messages": messages}
        return sticks.packed({**file, "mac": sticks.whole_mac(file, key)})
    return sticks.packed(sticks.sealed(head, messages, key.decode(), many=asked["form"] == "many"))


if __name__ == "__main__":
    main()
