"""Work that is slow by nature (scrypt), beside the loop: one at a time, and a bounded line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kiosk.centre.refusals import OfficeError
from kiosk.engine import Engine, native_lock
from kiosk.ground.i18n import _

T = TypeVar("T")
#: How many may wait: two seconds' worth on a small machine, and 16 MB at a time.
MOST = 40
_one = native_lock()
_waiting = 0


def aside(engine: Engine, work: Callable[[], T]) -> T:
    """Run `work` in a native thread while others are served; it must touch nothing of the loop's.

    :raises OfficeError: too many wait already. :raises Exception: what `work` raised.
    """
    global _waiting
    if _waiting >= MOST:
        raise OfficeError(_("Trop de connexions à la fois. Réessayez dans un instant."))

    def alone() -> T:
        with _one:
            return work()

    _waiting += 1
    try:
        return engine.apart(alone, "slow")
    finally:
        _waiting -= 1
