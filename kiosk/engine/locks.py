"""The locks made before eventlet patches, found by Python's collector rather than by a walk through all that is loaded.

eventlet exchanges every ``RLock`` for one that greenlets may wait for. It looks for them through each value of each
module, then looks again at every object there is: 70 ms of processor, a sixth of the whole start.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from types import ModuleType
from typing import Any


def found_by_collector(patcher: ModuleType) -> None:
    """Let ``eventlet.patcher`` find locks by :func:`exchange`. An eventlet built otherwise keeps its own way."""
    if hasattr(patcher, "_upgrade_instances"):
        patcher._upgrade_instances = _upgrade  # type: ignore[attr-defined]


def exchange(kind: type, upgrade: Callable[[Any], Any]) -> None:
    """Put ``upgrade(one)`` in the place of each instance of ``kind`` in a dictionary, a list or an attribute."""
    held = {id(one): one for one in gc.get_objects() if type(one) is kind}
    made = {key: upgrade(one) for key, one in held.items()}
    for holder in gc.get_referrers(*held.values()) if held else ():
        if holder is held or type(holder).__name__ == "_ModuleLock":  # an import under way keeps its own (3.12)
            continue
        if isinstance(holder, dict):
            for name, value in list(holder.items()):
                if id(value) in made:
                    holder[name] = made[id(value)]
        elif isinstance(holder, list):
            holder[:] = [made.get(id(value), value) for value in holder]
        else:
            for name, value in list(getattr(holder, "__dict__", {}).items()):
                if id(value) in made:
                    setattr(holder, name, made[id(value)])


def _upgrade(_container: object, kind: type, upgrade: Callable[[Any], Any]) -> None:
    exchange(kind, upgrade)
    gc.freeze()  # its second look sees what was made since; ``Engine.tune`` freezes all the same
