"""The exchange on a USB stick (contract, section 6): the same bodies in a file, signed with the kiosk's token."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from kiosk import contract
from kiosk.domain import outbox, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import changes, exchange, identity, syncstate
from kiosk.exchange.messages import MAX_ANSWER
from kiosk.exchange.round import Outcome
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.nesting import too_deep
from kiosk.storage.models import Operation
from kiosk.storage.writer import Transaction

SUFFIX = ".kiosk.json.gz"
#: How many answers already read are remembered.
REMEMBERED = 200


def requests(kiosk: Kiosk) -> list[tuple[str, bytes]]:
    """(name, bytes) of the files to carry: one, or more when over fifty operations wait.

    :raises KioskError: ``not_paired``: without a token nobody could believe the file.
    """
    who = _paired(kiosk)
    now = kiosk.clock.now()
    stamp = instants.rfc3339(now)[:16].replace(":", "").replace("T", "-")
    files: list[tuple[str, bytes]] = []
    tried: set[int] = set()
    while True:
        batch: Sequence[Operation] = outbox.due(now, but=tried)
        if not batch and files:
            return files
        batch, request = exchange.fitted(who, batch, stored.get("sync.cursor"), now)
        seqs = [row.seq for row in batch]
        tried.update(seqs)
        if seqs:
            kiosk.write(lambda tx, seqs=seqs: outbox.sending(tx, seqs))  # type: ignore[misc]
        message = msgspec.to_builtins(request)
        name = f"{who.uai}-{stamp}" + (f"-{len(files) + 1}" if files else "") + SUFFIX
        files.append((name, pack("request", who, now, message)))


def pack(kind: str, who: identity.Identity, now: int, message: dict[str, Any]) -> bytes:
    """A file of section 6."""
    value = {
        "kind": kind,
        "kiosk": who.kiosk,
        "uai": who.uai,
        "made_at": instants.rfc3339(now),
        "message": message,
        "mac": mac(message, who.token),
    }
    return gzip.compress(json.dumps(value, ensure_ascii=False).encode(), mtime=0)


def mac(message: dict[str, Any], token: str) -> str:
    """HMAC-SHA-256 of the canonical message (UTF-8, keys sorted, no spaces) under the token, in hexadecimal."""
    canonical = json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(token.encode(), canonical, hashlib.sha256).hexdigest()


def take_answer(kiosk: Kiosk, data: bytes) -> Outcome:
    """Apply the centre's answer as one that came over HTTP. The same file twice changes nothing.

    An answer older than the last one heard never moves the cursor back.

    :raises KioskError: ``not_paired``, ``stick_invalid``, ``stick_foreign`` (another kiosk's, or altered).
    """
    who = _paired(kiosk)
    file = unpack(data)
    signed = hmac.compare_digest(mac(file.message, who.token), file.mac)
    if file.kind != "answer" or file.kiosk != who.kiosk or file.uai != who.uai or not signed:
        raise KioskError("stick_foreign")
    try:
        heard = exchange.heard(msgspec.json.encode(file.message))
    except exchange.NotAnAnswer:
        raise KioskError("stick_invalid") from None
    if heard.answer.contract != contract.CONTRACT:
        raise KioskError("stick_invalid")
    counted, changed = kiosk.write(lambda tx: _apply(tx, heard, file.mac))
    return Outcome(
        "ok",
        accepted=counted.get("accepted", 0),
        rejected=counted.get("rejected", 0),
        waiting=outbox.waiting(),
        changes=sum(changed.values()),
        unread=tuple(heard.unread),
    )


def unpack(data: bytes) -> contract.StickFile:
    """The file's content, its signature not looked at yet. :raises KioskError: ``stick_invalid``."""
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        text = unpacker.decompress(data, MAX_ANSWER) if data[:2] == b"\x1f\x8b" else data[:MAX_ANSWER]
        if too_deep(text):
            raise KioskError("stick_invalid")
        return msgspec.json.decode(text, type=contract.StickFile)
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        raise KioskError("stick_invalid") from None


def _apply(tx: Transaction, heard: exchange.Heard, seal: str) -> tuple[dict[str, int], dict[str, int]]:
    read = list(stored.get("sync.stick.read", []))
    if seal in read:
        return {}, {}
    stored.put(tx, "sync.stick.read", [*read, seal][-REMEMBERED:])
    answer = heard.answer
    said_at = contract.to_ms(answer.time)
    syncstate.note(tx, last_success=tx.now)
    if said_at < int(stored.get("sync.cursor_at", 0)):
        return exchange.settle(tx, answer.verdicts), changes.apply(tx, answer.changes)
    return exchange.apply(tx, heard, "")


def _paired(kiosk: Kiosk) -> identity.Identity:
    who, _copied = identity.load(kiosk.settings.data_dir, kiosk.clock.now())
    if not who.token:
        raise KioskError("not_paired")
    return who
