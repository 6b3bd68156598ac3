"""What kiosks see, in the order of revisions (contract, section 3, rules 5 to 7).

Each visible change gives its thing the next revision. A cursor is the database's own mark and the last
revision read: another database, or one brought back from a copy, makes it expire.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

import msgspec
from peewee import fn

from kiosk.centre.models import Feed, Stored
from kiosk.centre.refusals import Refusal
from kiosk.contract import CHANGES

#: The most changes in one answer, whatever a kiosk asks for.
MAX_PAGE = 500
#: 2026-01-01, in seconds.
_START = 1_767_225_600


@dataclass(frozen=True)
class Page:
    """A page of changes, ready to be written as JSON, and where the next one starts."""

    changes: list[dict[str, Any]]
    cursor: str
    more: bool


def publish(type: str, id: str, body: Any, uai: str = "") -> None:
    """Say that a thing is now so, to everyone or to one school; nothing happens when it already was."""
    plain = (
        msgspec.to_builtins(msgspec.convert(body, CHANGES[type]))
        if isinstance(body, dict)
        else msgspec.to_builtins(body)
    )
    text = msgspec.json.encode(plain).decode()
    held = _held(type, id, uai)
    if held is None:
        Feed.create(type=type, id=id, uai=uai, rev=_next(), body=text)
    elif held.deleted or held.body != text:
        _update(held, deleted=False, body=text)


def remove(type: str, id: str, uai: str = "") -> None:
    """Say that a thing is no more."""
    held = _held(type, id, uai)
    if held is not None and not held.deleted:
        _update(held, deleted=True, body="")


def page(uai: str, cursor: str | None, limit: int) -> Page:
    """The next changes for a school. :raises Refusal: `cursor_expired`."""
    mark, last = _mark(), _last()
    since = _since(cursor, mark, last)
    limit = min(limit, MAX_PAGE)
    found: Any = Feed.select().where((Feed.uai.in_(("", uai))) & (Feed.rev > since)).order_by(Feed.rev)
    rows = list(found.limit(limit + 1).dicts())
    more = len(rows) > limit
    rows = rows[:limit]
    reached = rows[-1]["rev"] if more else last
    return Page([_change(row) for row in rows], f"{mark}-{reached}", more)


def _change(row: dict[str, Any]) -> dict[str, Any]:
    change: dict[str, Any] = {"type": row["type"], "id": row["id"], "rev": row["rev"]}
    if row["deleted"]:
        change["deleted"] = True
    else:
        change["body"] = msgspec.Raw(row["body"].encode())
    return change


def _since(cursor: str | None, mark: str, last: int) -> int:
    if cursor is None:
        return 0
    held, dash, number = cursor.partition("-")
    if held != mark or not dash or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise Refusal("cursor_expired", "This cursor is not of this centre.")
    if int(number) > last:
        raise Refusal("cursor_expired", "The centre came back from an older copy.")
    return int(number)


def _held(type: str, id: str, uai: str) -> Any:
    return Feed.get_or_none((Feed.type == type) & (Feed.id == id) & (Feed.uai == uai))


def _update(held: Any, **values: Any) -> None:
    Feed.update(rev=_next(), **values).where(
        (Feed.type == held.type) & (Feed.id == held.id) & (Feed.uai == held.uai)
    ).execute()


def _next() -> int:
    """The next revision: at least the seconds since 2026, so that a centre brought back from a copy goes on above the
    revisions it gave before, which kiosks still hold (rule 6).
    """
    return max(_last() + 1, int(time.time()) - _START)


def _last() -> int:
    return int(Feed.select(fn.MAX(Feed.rev)).scalar() or 0)


def _mark() -> str:
    row = Stored.get_or_none(Stored.key == "mark")
    if row is None:
        row = Stored.create(key="mark", value=secrets.token_hex(4))
    return str(row.value)
