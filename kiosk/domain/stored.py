"""Small values that survive a restart: the chosen address per network, the clock's offset, the school."""

from __future__ import annotations

from typing import Any

from kiosk.ground.events import SettingsChanged
from kiosk.storage import hot
from kiosk.storage.models import Setting
from kiosk.storage.writer import Transaction


def get(key: str, default: Any = None) -> Any:
    """The stored value of ``key``, or ``default``."""
    row = hot.fetch(Setting, key=key)
    return default if row is None or row.value is None else row.value


def put(tx: Transaction, key: str, value: Any) -> None:
    """Store a JSON value under ``key``; None forgets it."""
    keep(tx, key, value)
    tx.publish(SettingsChanged((key,)))


def keep(tx: Transaction, key: str, value: Any) -> None:
    """As :func:`put`, for what no page shows: nobody is told."""
    Setting.insert(key=key, value=value).on_conflict(
        conflict_target=[Setting.key], update={Setting.value: value}
    ).execute()


def forget_room(tx: Transaction, room_id: str) -> None:
    """Nothing is kept under the keys of a room that is no more (those that end with its id)."""
    Setting.delete().where(Setting.key.endswith(f".{room_id}")).execute()
