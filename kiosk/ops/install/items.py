"""What an installation writes, piece by piece: a file, a link, or a block of lines in a person's own file.

Each piece knows how it stands on the disk, how to be written and how to be taken away, so that what a person
changed is never lost.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from kiosk.ground import wholefile
from kiosk.ground.values import dataclass

BEGIN, END = "# >>> kiosque-metiers", "# <<< kiosque-metiers"
_BLOCK = re.compile(rf"^{BEGIN}[ \t]*\n(?P<inside>(?:(?!{BEGIN}).*\n)*?){END}[ \t]*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class Item:
    """One piece. ``kind``: ``file``; ``link`` (``text`` is where it leads); ``block`` (lines between two marks);
    ``seed`` (a file written once, a person's from then on)."""

    path: Path
    text: str
    kind: str = "file"
    mode: int = 0o644
    #: For a block: the line after which it goes, added when the file lacks it.
    section: str = ""

    def present(self) -> str | None:
        """What stands in its place, or None: the whole file, the link's aim, the lines between the marks."""
        try:
            if self.kind == "link":
                return os.readlink(self.path)
            if self.path.is_symlink() or self.path.is_dir():
                return ""
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            return ""
        return _between(text, self.section) if self.kind == "block" else text

    def write(self) -> None:
        """Put it there, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.kind == "link":
            self.path.unlink(missing_ok=True)
            self.path.symlink_to(self.text)
        elif self.kind == "block":
            before = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
            mode = self.path.stat().st_mode & 0o777 if self.path.exists() else self.mode
            wholefile.write(self.path, _with_block(_without_block(before), self.text, self.section), mode)
        else:
            wholefile.write(self.path, self.text, self.mode)

    def remove(self, created: bool) -> None:
        """Take it away. ``created``: the file of a block was made by us, and goes when nothing else is left in it."""
        if self.kind != "block":
            self.path.unlink(missing_ok=True)
            return
        text = self.path.read_text(encoding="utf-8")
        left = _without_block(text)
        if created and not left.strip():
            self.path.unlink()
        else:
            wholefile.write(self.path, left, self.path.stat().st_mode & 0o777)


def fingerprint(text: str) -> str:
    """What the manifest keeps of a piece, to know later whether a person changed it."""
    return hashlib.sha256(text.encode()).hexdigest()


def recorded(item: Item, **more: Any) -> dict[str, Any]:
    """The manifest's entry of a piece."""
    return {
        "path": str(item.path),
        "kind": item.kind,
        "section": item.section,
        "sha256": fingerprint(item.text),
        **more,
    }


def _between(text: str, section: str) -> str | None:
    """The lines between the marks, without the section's own when the block brought it."""
    found = _BLOCK.search(text)
    return found["inside"].removeprefix(f"{section}\n" if section else "") if found else None


def _without_block(text: str) -> str:
    """Only what stands between both marks goes: a file that lost one keeps all of its lines."""
    return _BLOCK.sub("", text)


def _with_block(text: str, block: str, section: str) -> str:
    if text and not text.endswith("\n"):
        text += "\n"
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if section and line.strip() == section:
            return "".join([*lines[: number + 1], f"{BEGIN}\n{block}{END}\n", *lines[number + 1 :]])
    brought = f"{section}\n" if section else ""
    return f"{text}{BEGIN}\n{brought}{block}{END}\n"
