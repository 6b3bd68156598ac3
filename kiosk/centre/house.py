"""What a running centre is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from flask import current_app

from kiosk.centre.settings import CentreSettings
from kiosk.centre.store import Store


class Rate:
    """So many a minute for each key, in memory; a stranger's key is forgotten after a minute."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._minute = 0
        self._counts: dict[str, int] = {}

    def wait(self, key: str, now: float | None = None) -> int:
        """Count one; 0, or the seconds to wait."""
        moment = time.monotonic() if now is None else now
        minute = int(moment // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        self._counts[key] = self._counts.get(key, 0) + 1
        return 0 if self._counts[key] <= self.per_minute else 60 - int(moment % 60)


@dataclass
class Centre:
    """`app.extensions["centre"]`."""

    settings: CentreSettings
    store: Store
    key: bytes
    #: The history of its database, as `about` hints at it; none before it is open.
    epoch: str | None = None
    rate: Rate = field(init=False)
    #: Of the institution's machines, and of who only guesses.
    machines: Rate = field(init=False)

    def __post_init__(self) -> None:
        self.rate = Rate(self.settings.exchanges_per_minute)
        self.machines = Rate(self.settings.exchanges_per_minute)


def centre() -> Centre:
    """The centre of this request."""
    found: Centre = current_app.extensions["centre"]
    return found
