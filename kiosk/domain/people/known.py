"""Devices where the teacher's code was right: they are not kept out while others guess (``domain.people.guessing``).

What is stored of one is the hash of the random token of its teacher's cookie, and when. It gives no right.
"""

from __future__ import annotations

from typing import Any

from kiosk.domain.people.access import digest
from kiosk.storage.models import KnownDevice
from kiosk.storage.writer import Transaction

#: How long a device is known, in milliseconds, and how many are, the oldest forgotten first.
KNOWN_MS = 30 * 86_400_000
MOST = 200


def remember(tx: Transaction, token: str, before: str = "") -> None:
    """The code was right on the device that now holds ``token``; ``before`` is the one it held."""
    KnownDevice.delete().where((KnownDevice.token_hash == digest(before)) | _stale(tx.now)).execute()
    KnownDevice.insert(token_hash=digest(token), known_at=tx.now).execute()
    newest = KnownDevice.select(KnownDevice.id).order_by(KnownDevice.id.desc()).limit(MOST)
    KnownDevice.delete().where(KnownDevice.id.not_in(newest)).execute()


def knows(token: str, now: int) -> bool:
    """Whether the code was right on the device that holds ``token``, within thirty days."""
    if not token:
        return False
    return KnownDevice.select().where((KnownDevice.token_hash == digest(token)) & ~_stale(now)).exists()


def number(now: int) -> int:
    """How many devices are known."""
    return int(KnownDevice.select().where(~_stale(now)).count())


def trim(tx: Transaction) -> None:
    """Forget those of more than thirty days ago: they are promised to be gone, not only to count no more."""
    if KnownDevice.select().where(_stale(tx.now)).exists():
        KnownDevice.delete().where(_stale(tx.now)).execute()


def forget(tx: Transaction) -> None:
    """Forget them all."""
    KnownDevice.delete().execute()


def _stale(now: int) -> Any:
    """Too old; or of a time to come, from a clock that went wrong."""
    return (KnownDevice.known_at <= now - KNOWN_MS) | (KnownDevice.known_at > now)
