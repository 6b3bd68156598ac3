"""What the system's own programs say."""

from __future__ import annotations

import shutil
import subprocess


def said(*words: str, seconds: float = 3.0) -> str:
    """What a program prints; nothing when it is absent, slow or unhappy."""
    if shutil.which(words[0]) is None:
        return ""
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=seconds, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
