"""``dataclass`` as the standard library's, for a start that does not wait for it: methods are made when needed.

The library's writes and compiles up to six functions for each class, 0.6 ms of processor for eight fields: a fifth of
the whole start, on a small machine more than a second. Here five are shared by all classes, and ``__init__`` is
compiled at the first instance. Fields, ``replace``, ``asdict`` and what a type checker sees are the library's own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, *, frozen: bool = False) -> Any:
        """Make a class one of fields: equal to another of its class by their values, and ``frozen``, never changed.

        :raises TypeError: the class has what this one does not make: a ``__post_init__``, a field out of ``__init__``.
        """
        return _made(cls, frozen) if cls else lambda cls: _made(cls, frozen)


def _made(cls: Any, frozen: bool) -> Any:
    cls.__doc__ = cls.__doc__ or cls.__name__  # else the library writes out the signature: 0.1 ms
    cls = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(cls)
    if hasattr(cls, "__post_init__") or not all(field.init for field in fields):
        raise TypeError(f"{cls.__qualname__}: take the standard library's dataclass")
    shared = {"__init__": _later(cls), "__repr__": _told, **_compared(fields), "__hash__": None}
    if frozen:
        shared |= {"__hash__": _hashed, "__setattr__": _unchanged, "__delattr__": _kept}
    for name, method in shared.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _later(cls: Any) -> Callable[..., None]:
    """The ``__init__`` of a class that has no instance yet: puts in its place the one that stays."""

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        cls.__init__ = _initialiser(cls)
        cls.__init__(self, *args, **named)

    return __init__


def _initialiser(cls: Any) -> Callable[..., None]:
    """An ``__init__`` of the fields of ``cls``, in their order, as the library writes it for a frozen class."""
    unset = dataclasses.MISSING
    space: dict[str, Any] = {"__name__": cls.__module__, "_put": object.__setattr__, "_unset": unset}
    asked, body = ["self"], []
    for field in dataclasses.fields(cls):
        name, value, default = field.name, field.name, f"_default_{field.name}"
        if field.default_factory is not unset:
            space[default] = field.default_factory
            asked.append(f"{name}=_unset")
            value = f"{default}() if {name} is _unset else {name}"
        elif field.default is not unset:
            space[default] = field.default
            asked.append(f"{name}={default}")
        else:
            asked.append(name)
        body.append(f" _put(self, '{name}', {value})\n")
    exec(f"def __init__({', '.join(asked)}):\n{''.join(body) or ' pass'}", space)  # names of fields: our own sources
    made: Callable[..., None] = space["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _compared(fields: tuple[dataclasses.Field[Any], ...]) -> dict[str, Any]:
    names = [field.name for field in fields if field.compare]
    values = attrgetter(*names) if names else type

    def __eq__(self: Any, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return {"__eq__": __eq__}


def _hashed(self: Any) -> int:
    return hash(tuple(getattr(self, field.name) for field in dataclasses.fields(self) if field.compare))


def _told(self: Any) -> str:
    said = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(said)})"


def _unchanged(_self: Any, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _kept(_self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
