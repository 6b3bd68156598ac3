"""The centre's own key, in a file of mode 600: kiosks' tokens are made from it, the database holds none.

Several workers on one PostgreSQL share it through `KIOSK_CENTRE_KEY`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from kiosk.ground import wholefile


def load(data_dir: Path) -> bytes:
    """Return the key, making it at first start."""
    given = os.environ.get("KIOSK_CENTRE_KEY", "")
    if given:
        return given.encode()
    path = data_dir / "centre.key"
    try:
        held = path.read_text("ascii").strip()
    except FileNotFoundError:
        held = ""
    if len(held) < 32:
        held = secrets.token_hex(32)
        wholefile.write(path, held + "\n")
    return held.encode()


def token(key: bytes, uai: str, kiosk: str, nonce: str) -> str:
    """The token of one pairing: 43 characters."""
    made = hmac.new(key, f"{uai}\n{kiosk}\n{nonce}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def seal(key: bytes, name: str, value: bytes) -> str:
    """Hide at most 32 bytes that must be read again; ``name`` serves one value only."""
    pad = hmac.new(key, f"seal\n{name}".encode(), hashlib.sha256).digest()
    return bytes(a ^ b for a, b in zip(value, pad, strict=False)).hex()


def unseal(key: bytes, name: str, held: str) -> bytes:
    """What :func:`seal` hid; with another key, something else."""
    return bytes.fromhex(seal(key, name, bytes.fromhex(held)))


def digest(text: str) -> str:
    """What the database holds of a token, a code or a cookie."""
    return hashlib.sha256(text.encode()).hexdigest()
