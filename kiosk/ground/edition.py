"""Which build of the kiosk this is: its version, and the commit it was made from."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from kiosk import __version__
from kiosk.ground.config import ROOT
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Edition:
    """``commit``: seven hexadecimal digits, empty when nothing tells. ``made``: the commit's instant (RFC 3339, UTC),
    told by bundles alone.
    """

    version: str
    commit: str = ""
    made: str = ""
    #: ``deb``: these files belong to a package of the system, which alone may replace them; else empty.
    package: str = ""

    def __str__(self) -> str:
        """``1.0.0 (fe00f59, 2026-11-30)``: what support needs first."""
        more = ", ".join(filter(None, [self.commit, self.made[:10]]))
        return f"{self.version} ({more})" if more else self.version


@lru_cache(maxsize=1)
def current() -> Edition:
    """This code's, read once: a bundle says its own, a checkout has its folder of Git."""
    return of(ROOT)


def of(code: Path) -> Edition:
    """The edition of the code in a folder."""
    try:
        facts = json.loads((code / "bundle.json").read_text(encoding="utf-8"))
        words = [str(facts.get(key, ""))[:40] for key in ("commit", "made", "package")]
        return Edition(__version__, *words)
    except (OSError, ValueError, AttributeError):
        return Edition(__version__, _head(code / ".git")[:7])


def _head(git: Path) -> str:
    """What HEAD names, by the files of a checkout or of a worktree (gitrepository-layout); empty without one."""
    try:
        if git.is_file():
            git = git.parent / git.read_text(encoding="utf-8").partition("gitdir: ")[2].strip()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        shared = git / "commondir"
        common = git / shared.read_text(encoding="utf-8").strip() if shared.exists() else git
        name = head[5:]
        if (common / name).is_file():
            return (common / name).read_text(encoding="utf-8").strip()
        packed = (common / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(" " + name)), "")
    except OSError:
        return ""
