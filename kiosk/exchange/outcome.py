"""What a round of exchange came to."""

from __future__ import annotations

from kiosk.exchange.unread import Unread
from kiosk.ground.values import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a round did. ``failure`` is a class of ``syncstate``; ``waiting`` counts what is still in the outbox.
    ``unread``: changes that are not the contract's; ``left``: operations are due that this round did not send;
    ``unanswered``: some were sent, and the answer says nothing of them. Of a stick's answer: ``paired``, it made this
    kiosk known to the centre; ``more``: it did not hold everything, one more journey is needed.
    ``elsewhere``: what another centre took, and this one was not told.
    """

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
    unread: tuple[Unread, ...] = ()
    left: bool = False
    unanswered: bool = False
    paired: bool = False
    more: bool = False
    elsewhere: int = 0

    @property
    def through(self) -> bool:
        """Whether everything there was to tell is told and accepted, and everything told to us was read."""
        return self.failure == "ok" and not (self.waiting or self.rejected or self.unread)
