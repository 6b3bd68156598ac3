"""What set-up built for browsers: names, hashes, one identity for the whole."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

BUILD = Path(__file__).resolve().parents[3] / "static" / "build"


@lru_cache(maxsize=1)
def manifest() -> dict[str, str]:
    """File name → content hash, as set-up wrote it; empty before set-up."""
    try:
        found: dict[str, str] = json.loads((BUILD / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


@lru_cache(maxsize=1)
def build_id() -> str:
    """Changes when any built file does: a page that sees another one reloads once."""
    whole = "".join(f"{name}{value}" for name, value in sorted(manifest().items()))
    return hashlib.sha256(whole.encode()).hexdigest()[:10]
