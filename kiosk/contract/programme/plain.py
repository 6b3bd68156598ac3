"""A programme as plain JSON, from the process that read a file to the one that serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import msgspec

from kiosk.contract.changes import CHANGES
from kiosk.contract.programme.items import Column, Item, Left, Mistake, Programme

#: Fields of an item that are sets; JSON has lists.
_SETS = [one.name for one in fields(Item) if one.type == "frozenset[str]"]
#: Items that are made in one go.
SLICE = 100


def plain(read: Programme) -> dict[str, Any]:
    """``{"items": […], "mistakes": […], "columns": […], "left": […]}``."""
    return asdict(read, dict_factory=lambda pairs: {name: _listed(value) for name, value in pairs})


def whole(said: dict[str, Any], pause: Callable[[], None]) -> Programme:
    """The programme that :func:`plain` told; ``pause`` is called between slices, so that everybody else passes."""
    items = []
    for number, one in enumerate(said["items"]):
        if number % SLICE == 0:
            pause()
        sets = {name: frozenset(one[name]) for name in _SETS}
        body = None if one["body"] is None else msgspec.convert(one["body"], CHANGES[one["type"]])
        items.append(Item(**{**one, **sets, "body": body}))
    mistakes, columns = [Mistake(**one) for one in said["mistakes"]], [Column(**one) for one in said["columns"]]
    return Programme(items, mistakes, columns, [Left(**one) for one in said["left"]])


def _listed(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
