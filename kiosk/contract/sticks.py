"""Section 6, for both sides: how a file on a stick opens, what its marks cover, how a long code becomes a token.

Opening a large file and stretching a code are slow: :meth:`kiosk.engine.Engine.apart` is where a server does them.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import re
import secrets
import zlib
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

import msgspec

from kiosk.contract.exchange import PairingFile, StickFile
from kiosk.contract.storable import storable
from kiosk.contract.values import MAX_INTEGER
from kiosk.ground.nesting import too_deep
from kiosk.ground.values import dataclass

SUFFIX = ".kiosk.json.gz"
#: Bytes of a file, once opened; and the values in it: each costs a small machine a hundred bytes of memory.
MAX_FILE, MAX_VALUES = 16 * 1024 * 1024, 400_000
#: Changes in one page of an answer.
MAX_CHANGES = 500
#: Signs of a long code (80 bits), in Crockford's base 32.
LONG_CODE = 16
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")


class Damaged(ValueError):
    """Not a file of section 6. ``large``: it is one that holds more than any may."""

    def __init__(self, large: bool = False) -> None:
        super().__init__("too large" if large else "damaged")
        self.large = large


@dataclass(frozen=True)
class File:
    """A file as it was read: its JSON, unknown fields included, and what the contract says of it."""

    raw: dict[str, Any]
    said: StickFile | PairingFile

    @property
    def many(self) -> bool:
        """Whether it may hold several messages (revision 2), and so may its answer."""
        return isinstance(self.said, PairingFile) or self.said.messages is not None

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Its messages, in order."""
        return self.said.messages or [self.raw["message"]]


def opened(data: bytes) -> File:
    """Read a file, its marks not looked at yet. :raises Damaged: it is none, or it is too large."""
    try:
        value = json.loads(_text(data).decode(), object_pairs_hook=_object, parse_constant=_no_number)
        kind: Any = PairingFile if isinstance(value, dict) and value.get("kind") == "pairing" else StickFile
        said: StickFile | PairingFile = msgspec.convert(value, kind)
        if not storable([said.kiosk, said.uai, getattr(said, "label", "")]):
            raise Damaged()
        return File(value, said)
    except Damaged:
        raise
    except (ValueError, zlib.error, msgspec.ValidationError):
        raise Damaged() from None


def packed(value: dict[str, Any]) -> bytes:
    """A file, ready to be carried."""
    return gzip.compress(json.dumps(value, ensure_ascii=False).encode(), 6, mtime=0)


def sealed(value: dict[str, Any], messages: list[dict[str, Any]], token: str, *, many: bool) -> dict[str, Any]:
    """``value`` with its messages and their marks; one message alone as in revision 1 unless ``many``."""
    made = {**value, "message": messages[0], "mac": mac(messages[0], token)}
    if many:
        made["messages"] = messages
        made["mac2"] = whole_mac(made, token.encode())
    return made


def genuine(file: File, token: str) -> bool:
    """Whether a request or an answer was written by who holds ``token``, and nothing in it was changed since."""
    said = file.said
    if not isinstance(said, StickFile) or not hmac.compare_digest(mac(said.message, token), said.mac):
        return False
    if said.messages is None and said.mac2 is None:
        return True
    if not said.messages or said.messages[0] != said.message or said.mac2 is None:
        return False
    return _same(file, token.encode(), said.mac2)


def mac(message: dict[str, Any], token: str) -> str:
    """The mark of the first message: HMAC-SHA-256 under the token, keys sorted, no spaces (revision 1)."""
    plain = json.dumps(message, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(token.encode(), plain.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def whole_mac(value: dict[str, Any], key: bytes) -> str:
    """The mark of a whole file, but for its marks. :raises Damaged: it has no canonical form."""
    covered = {name: held for name, held in value.items() if name not in ("mac", "mac2")}
    return hmac.new(key, canonical(covered), hashlib.sha256).hexdigest()


def canonical(value: Any) -> bytes:
    """The form that is signed (RFC 8785), of JSON whose numbers are integers. :raises Damaged: it has none."""
    try:
        return "".join(_pieces(value)).encode()
    except UnicodeEncodeError:  # half a character
        raise Damaged() from None


# -- pairing without a network ---------------------------------------------------------------------


def long_code(text: str) -> str | None:
    """A long code as it is used, however it was copied; None for what is none."""
    close = re.sub(r"[\W_]+", "", text).upper().translate(_READ_AS)
    return close if len(close) == LONG_CODE and set(close) <= set(CROCKFORD) else None


def new_code() -> str:
    """A fresh long code."""
    return "".join(secrets.choice(CROCKFORD) for _sign in range(LONG_CODE))


def in_fours(code: str) -> str:
    """A code as it is read out: « 7KQ2-M9XA-… »."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def stretched(code: str, salt: str) -> bytes:
    """The key of a long code and a file's salt (32 hexadecimal digits): a tenth of a second, 32 MiB."""
    return hashlib.scrypt(code.encode("ascii"), salt=bytes.fromhex(salt), n=2**15, r=8, p=1, maxmem=64 << 20, dklen=32)


def token_of(key: bytes, uai: str, kiosk: str) -> str:
    """The token that both sides make of that key; nobody carries it."""
    return hmac.new(key, canonical(["metiers-en-direct token", uai, kiosk]), hashlib.sha256).hexdigest()


def paired_by(file: File, key: bytes) -> bool:
    """Whether a pairing file was written by who holds the code of this key."""
    return isinstance(file.said, PairingFile) and _same(file, key, file.said.mac)


def _same(file: File, key: bytes, given: str) -> bool:
    try:
        return hmac.compare_digest(whole_mac(file.raw, key), given)
    except Damaged:
        return False


def _text(data: bytes) -> bytes:
    if data[:2] == b"\x1f\x8b":
        opener = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        text = opener.decompress(data, MAX_FILE + 1)
        if len(text) <= MAX_FILE and not opener.eof:
            raise Damaged()
    else:
        text = data
    if len(text) > MAX_FILE or sum(map(text.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise Damaged(large=True)
    if too_deep(text):
        raise Damaged()
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Damaged()  # who reads the first and who reads the last would not see the same file
    return made


def _no_number(name: str) -> Any:
    raise Damaged()


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield encode_basestring(value)
    elif value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise Damaged()
        yield str(value)
    elif isinstance(value, list):
        yield "["
        for number, item in enumerate(value):
            yield "," if number else ""
            yield from _pieces(item)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for number, key in enumerate(sorted(value, key=_in_utf16)):
            yield ("," if number else "") + encode_basestring(key) + ":"
            yield from _pieces(value[key])
        yield "}"
    else:
        raise Damaged()  # a number with a fraction: two programs may write it in two ways


def _in_utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")
