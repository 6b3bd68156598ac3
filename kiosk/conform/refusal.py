"""How the small centre refuses."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A problem of section 5; ``members``: what it says more (``errors``, and ``retry_after`` in seconds)."""

    def __init__(self, status: int, code: str, detail: str = "", **members: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.members = status, code, detail or f"{code}.", members
