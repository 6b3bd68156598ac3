"""What a round of exchange came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a round did. ``failure`` is a class of ``syncstate``; ``waiting`` counts what is still in the outbox."""

    failure: str
    detail: str = ""
    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    waiting: int = 0
    changes: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    retry_after: int | None = None

    @property
    def through(self) -> bool:
        """Whether everything there was to tell is told and accepted."""
        return self.failure == "ok" and not self.waiting and not self.rejected
