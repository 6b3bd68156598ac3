"""The same messages on a USB stick (contract, section 6): a request read, an answer written."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import zlib
from datetime import timezone
from typing import Any

import msgspec

from kiosk.centre import exchange, secretfile
from kiosk.centre.models import Kiosk
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.store import Tx
from kiosk.contract import StickFile, from_ms
from kiosk.ground.i18n import _
from kiosk.ground.nesting import too_deep

#: The most a file may hold, once opened.
MAX_FILE = 1024 * 1024


def read(data: bytes) -> StickFile:
    """Open a file. :raises OfficeError: it is not a request of a kiosk."""
    try:
        opener = zlib.decompressobj(31)
        text = opener.decompress(data, MAX_FILE)
        if opener.unconsumed_tail or not opener.eof or too_deep(text):
            raise ValueError("too large, cut or too deep")
        found = msgspec.json.decode(text, type=StickFile)
    except (ValueError, zlib.error, msgspec.MsgspecError):
        raise OfficeError(_("Ce fichier n’est pas celui d’un kiosque, ou il est abîmé."), "file") from None
    if found.kind != "request":
        raise OfficeError(_("Ce fichier est une réponse du centre : donnez celui que le kiosque a écrit."), "file")
    return found


def answer(tx: Tx, key: bytes, file: StickFile) -> bytes:
    """Do what a request asks and write the answer. Reading a file twice changes nothing.

    :raises OfficeError: unknown kiosk, wrong signature, or a message the contract refuses.
    """
    kiosk = Kiosk.get_or_none((Kiosk.id == file.kiosk) & (Kiosk.uai == file.uai))
    if kiosk is None:
        raise OfficeError(_("Ce kiosque n’est pas connu : donnez-lui d’abord un code pour s’associer."), "file")
    token = secretfile.token(key, kiosk.uai, kiosk.id, kiosk.nonce)
    if not hmac.compare_digest(mac(file.message, token), file.mac):
        raise OfficeError(
            _(
                "La signature de ce fichier n’est pas la bonne : il a été modifié, ou le kiosque a été associé de"
                " nouveau depuis."
            ),
            "file",
        )
    try:
        request = exchange.read(msgspec.json.encode(file.message))
        made = exchange.run(tx, token, request)
    except Refusal as refusal:
        raise OfficeError(_("Ce fichier est refusé : %(code)s.", code=refusal.code), "file") from None
    message = json.loads(msgspec.json.encode(made))
    out = {
        "kind": "answer",
        "kiosk": kiosk.id,
        "uai": kiosk.uai,
        "made_at": from_ms(tx.now).astimezone(timezone.utc),
        "message": message,
        "mac": mac(message, token),
    }
    return gzip.compress(msgspec.json.encode(out), mtime=0)


def mac(message: dict[str, Any], token: str) -> str:
    """The signature of a message: HMAC-SHA-256 of its canonical form (UTF-8, keys sorted, no spaces)."""
    canonical = json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(token.encode(), canonical.encode(), hashlib.sha256).hexdigest()
