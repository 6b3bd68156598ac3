"""A file of changes, read with every mistake named: its line, its field, what is expected there."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from kiosk import contract
from kiosk.contract import Change
from kiosk.domain.reading import cleaning
from kiosk.exchange import located
from kiosk.exchange.refusals import said
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _

#: Years that a session or a notice may be in.
YEARS = range(2000, 2200)

Found = tuple[located.Path, str]


@dataclass(frozen=True)
class Mistake:
    """One mistake of a file. `line` counts from 1; `field` is a path such as
    `changes[0].body.starts_at` ("" for the whole).
    """

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        if not self.field:
            return _("ligne %(line)s : %(detail)s", line=self.line, detail=self.message)
        where = {"line": self.line, "field": self.field, "detail": self.message}
        return _("ligne %(line)s, champ %(field)s : %(detail)s", **where)


class InvalidChanges(KioskError):
    """`import_invalid`: nothing was applied; `mistakes` holds all of them, in the order of the file."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("import_invalid", count=len(mistakes))
        self.mistakes = mistakes


def parse(data: bytes) -> list[Change]:
    """Return the changes of a file: `{"changes": […]}` or the bare list.

    :raises InvalidChanges: with every mistake of the file (a mistake of JSON itself hides the rest).
    """
    try:
        value, text = located.read(data)
    except located.Unreadable as error:
        raise InvalidChanges([Mistake(error.line, "", error.message)]) from None
    base: located.Path = ()
    if isinstance(value, dict) and "changes" in value:
        value, base = value["changes"], ("changes",)
    if not isinstance(value, list):
        message = _("une liste de changements est attendue, ou un objet avec « changes »")
        raise InvalidChanges([Mistake(1, located.written(base), message)])
    wrong = [found for i, item in enumerate(value) for found in _mistakes_of_change(item, (*base, i))]
    if wrong:
        where = located.lines(text)
        raise InvalidChanges(
            [Mistake(located.line_at(where, path), located.written(path), message) for path, message in wrong]
        )
    return msgspec.convert(value, list[Change])


def mistakes(item: Any) -> list[tuple[str, str]]:
    """(field, what is wrong) of one change; nothing for one that is right, or of a type this kiosk does not know."""
    if isinstance(item, dict) and isinstance(item.get("type"), str) and item["type"] not in contract.CHANGES:
        return []
    return [(located.written(path), message) for path, message in _mistakes_of_change(item, ())]


def _mistakes_of_change(item: Any, path: located.Path) -> Iterator[Found]:
    envelope = list(_mistakes(item, Change, path))
    yield from envelope
    if not isinstance(item, dict) or item.get("deleted") is True:
        return
    kind = contract.CHANGES.get(item.get("type", "")) if isinstance(item.get("type"), str) else None
    if kind is None:
        return
    if item.get("body") is None:
        yield (*path, "body"), _("ce champ manque")
    elif isinstance(item["body"], dict):
        where = (*path, "body")
        yield from list(_mistakes(item["body"], kind, where)) or _odd(item["body"], kind, where)


def _odd(body: dict[str, Any], kind: Any, path: located.Path) -> Iterator[Found]:
    """What the contract's types let through: dates that no session has (pages could not even write some of them in a
    time zone), words that cannot be seen.
    """
    right = msgspec.convert(body, kind)
    for place in cleaning.unseen(right):
        yield (*path, *place), _("ce champ n’a aucun caractère visible")
    for name in ("starts_at", "expires_at"):
        instant = getattr(right, name, None)
        if instant is not None and instant.year not in YEARS:
            years = {"first": YEARS.start, "last": YEARS.stop - 1}
            yield (*path, name), _("l’année de cette date doit être entre %(first)s et %(last)s", **years)


def _mistakes(value: Any, kind: Any, path: located.Path) -> Iterator[Found]:
    """Every mistake of `value` against `kind`, the deepest place first met."""
    try:
        msgspec.convert(value, kind)
        return
    except msgspec.ValidationError as error:
        problem = str(error)
    inner = list(_inside(value, _bare(kind), path))
    yield from inner or [(path, said(problem, kind))]


def _inside(value: Any, kind: Any, path: located.Path) -> Iterator[Found]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        for field in msgspec.structs.fields(kind):
            if field.encode_name in value:
                yield from _mistakes(value[field.encode_name], field.type, (*path, field.encode_name))
            elif field.required:
                yield (*path, field.encode_name), _("ce champ manque")
    elif typing.get_origin(kind) is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mistakes(item, typing.get_args(kind)[0], (*path, index))


def _bare(kind: Any) -> Any:
    """`kind` without Annotated and without "or None"."""
    if typing.get_origin(kind) is typing.Annotated:
        return _bare(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        others = [arg for arg in typing.get_args(kind) if arg is not type(None)]
        if len(others) == 1:
            return _bare(others[0])
    return kind
