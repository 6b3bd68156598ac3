"""Portraits on disk: files named by their SHA-256, in the data folder, never in the database."""

from __future__ import annotations

import re
from pathlib import Path

#: The largest portrait (contract, section 4).
MAX_BYTES = 60 * 1024
_SIGNS = (
    (b"RIFF", 0, b"WEBP", 8, "image/webp"),
    (b"\xff\xd8\xff", 0, b"", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, b"", 0, "image/png"),
)


def folder(data_dir: Path) -> Path:
    """Where portraits are kept."""
    return data_dir / "portraits"


def read(data_dir: Path, digest: str) -> tuple[bytes, str] | None:
    """A portrait's bytes and media type, or None when it is not here or is no image."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        return None
    try:
        data = (folder(data_dir) / digest).read_bytes()
    except OSError:
        return None
    for first, at, second, then, kind in _SIGNS:
        if data[at:].startswith(first) and data[then:].startswith(second):
            return data, kind
    return None
