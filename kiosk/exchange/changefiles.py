"""A file of changes, read with every mistake named: its line, its field, what is expected there."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from kiosk import contract
from kiosk.contract import Change
from kiosk.domain.reading import cleaning
from kiosk.exchange import located
from kiosk.exchange.refusals import said
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass

#: Years that a session or a notice may be in.
YEARS = range(2000, 2200)

#: Items of a list that are judged in one step.
PART = 500
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
        if not self.line:
            return self.message
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


def first_mistake(item: Any) -> tuple[str, str] | None:
    """(field, what is wrong) first found in one change; None for one that is right, or of a type this kiosk does not
    know. No other is looked for: a change may hold a hundred thousand.
    """
    if isinstance(item, dict) and isinstance(item.get("type"), str) and item["type"] not in contract.CHANGES:
        return None
    found = next(_mistakes_of_change(item, ()), None)
    return None if found is None else (located.written(found[0]), found[1])


def _mistakes_of_change(item: Any, path: located.Path) -> Iterator[Found]:
    yield from _mistakes(item, Change, path)
    if not isinstance(item, dict) or item.get("deleted") is True:
        return
    kind = contract.CHANGES.get(item.get("type", "")) if isinstance(item.get("type"), str) else None
    if kind is None:
        return
    if item.get("body") is None:
        yield (*path, "body"), _("ce champ manque")
    elif isinstance(item["body"], dict):
        where = (*path, "body")
        yield from _or_else(_mistakes(item["body"], kind, where), lambda: _odd(item["body"], kind, where))


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
    yield from _or_else(_inside(value, _bare(kind), path), lambda: iter([(path, said(problem, kind))]))


def _or_else(found: Iterator[Found], others: Callable[[], Iterator[Found]]) -> Iterator[Found]:
    """What is found, one by one; the others when that is nothing."""
    first = next(found, None)
    if first is None:
        yield from others()
    else:
        yield first
        yield from found


def _inside(value: Any, kind: Any, path: located.Path) -> Iterator[Found]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        for field in msgspec.structs.fields(kind):
            if field.encode_name in value:
                yield from _mistakes(value[field.encode_name], field.type, (*path, field.encode_name))
            elif field.required:
                yield (*path, field.encode_name), _("ce champ manque")
    elif typing.get_origin(kind) is list and isinstance(value, list):
        for start in range(0, len(value), PART):
            part = value[start : start + PART]
            if _right(part, kind):
                continue
            for index, item in enumerate(part, start):
                yield from _mistakes(item, typing.get_args(kind)[0], (*path, index))


def _right(part: list[Any], kind: Any) -> bool:
    """Whether a part of a list is right: one step instead of one for each of its items."""
    try:
        msgspec.convert(part, kind)
    except msgspec.ValidationError:
        return False
    return True


def _bare(kind: Any) -> Any:
    """`kind` without Annotated and without "or None"."""
    if typing.get_origin(kind) is typing.Annotated:
        return _bare(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        others = [arg for arg in typing.get_args(kind) if arg is not type(None)]
        if len(others) == 1:
            return _bare(others[0])
    return kind
