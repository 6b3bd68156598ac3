"""What a centre, a file or a stick says in words, cleaned as pupils' text is before any of it is kept.

A name with a right-to-left override, an escape or a line end turns up on the display, in a terminal, in the head of a
message. One place knows which strings of the contract are words: all of them but identifiers and codes.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from kiosk.contract import Id, Line, QuestionText
from kiosk.domain.reading import textrules

S = TypeVar("S", bound=msgspec.Struct)

#: Fields that may have several lines: (structure, field). Every other one is a line.
PARAGRAPHS = {("SpeakerBody", "bio"), ("DossierItem", "text")}
#: Words that must say something.
_NEEDED = (Line, QuestionText)


def cleaned(body: S) -> S:
    """The same message with its words on one line each (or in paragraphs), without what cannot be seen."""
    changes = {}
    for name, hint in _words(type(body)):
        value = getattr(body, name)
        if value is not None:
            changes[name] = _value(value, hint, (type(body).__name__, name) in PARAGRAPHS)
    return msgspec.structs.replace(body, **changes) if changes else body


def unseen(body: msgspec.Struct, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a needed word of a message holds nothing that can be seen."""
    for name, hint in _words(type(body)):
        value = getattr(body, name)
        if isinstance(value, str) and hint in _NEEDED and not textrules.visible(value):
            yield (*path, name)
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, msgspec.Struct):
                yield from unseen(item, (*path, name, index) if isinstance(value, list) else (*path, name))


def _value(value: Any, hint: Any, paragraphs: bool) -> Any:
    if isinstance(value, msgspec.Struct):
        return cleaned(value)
    if isinstance(value, list):
        inner = typing.get_args(_alone(hint))[0]
        return [_value(item, inner, paragraphs) for item in value] if _of_words(inner) else value
    if not paragraphs:
        return textrules.visible(value)
    return "\n".join(textrules.visible(one) for one in value.splitlines()).strip("\n")


@lru_cache(maxsize=64)
def _words(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    """The fields of a structure that hold words, at any depth, with their type."""
    hints = typing.get_type_hints(kind, include_extras=True)
    named = ((field.name, hints[field.name]) for field in msgspec.structs.fields(kind))
    return tuple((name, hint) for name, hint in named if _of_words(hint))


def _of_words(hint: Any) -> bool:
    hint = _alone(hint)
    if hint == Id:
        return False
    if typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) is list:
        return _of_words(typing.get_args(hint)[0])
    return isinstance(hint, type) and issubclass(hint, (str, msgspec.Struct))


def _alone(hint: Any) -> Any:
    """A type without its « or None »."""
    others = [one for one in typing.get_args(hint) if one is not type(None)]
    return others[0] if len(others) == 1 and type(None) in typing.get_args(hint) else hint
