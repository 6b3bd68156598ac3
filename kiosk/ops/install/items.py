"""What an installation writes, piece by piece: a file, a link, or a block of lines in a person's own file.

Each piece knows how it stands on the disk, how to be written and how to be taken away, so that what a person
changed is never lost.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
            replace_file(self.path, _with_block(_without_block(before), self.text, self.section), mode)
        else:
            replace_file(self.path, self.text, self.mode)

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
            replace_file(self.path, left, self.path.stat().st_mode & 0o777)


def fingerprint(text: str) -> str:
    """What the manifest keeps of a piece, to know later whether a person changed it."""
    return hashlib.sha256(text.encode()).hexdigest()


def replace_file(path: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all. :raises OSError: it could not be, and nothing changed."""
    temporary = path.with_name(path.name + ".kiosque-part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        _keep_owner(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _keep_owner(path: Path, temporary: Path) -> None:
    if path.exists() and os.geteuid() == 0:
        held = path.stat()
        os.chown(temporary, held.st_uid, held.st_gid)


def recorded(item: Item, **more: Any) -> dict[str, Any]:
    """The manifest's entry of a piece."""
    return {
        "path": str(item.path), "kind": item.kind, "section": item.section,
        "sha256": fingerprint(item.text), **more,
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
