"""What the small centre tells kiosks: each thing with its revision, as a school sees it, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Any

import msgspec

from kiosk.conform.refusal import Refusal
from kiosk.contract import MAX_ANSWER_BYTES

#: Bytes of an answer that are not its changes, with room to spare.
ENVELOPE = 8192


@dataclass(frozen=True)
class Reader:
    """Who reads: a school, in which history, with a confirmed class in which sessions; ``second``: in revision 2."""

    uai: str
    epoch: str
    confirmed: Set[str]
    second: bool


class Told:
    """Every thing that was told, and to whom. ``breaks``: the rule that is broken (:mod:`kiosk.conform.centre`)."""

    def __init__(self, revision: int) -> None:
        self.revision, self.breaks = revision, ""
        #: Changes in a page, whatever is asked: few, so that whoever tries a kiosk sees it turn pages.
        self.most = 5
        self._held: dict[tuple[str, str, str], tuple[int, dict[str, Any] | None]] = {}
        self._rev = 0

    def publish(self, type: str, id: str, body: dict[str, Any] | None, uai: str = "") -> None:
        """Tell every school of a thing, or one; no body: it is no more."""
        self._rev += 1
        self._held[type, id, uai] = (self._rev, body)

    def body(self, type: str, id: str, uai: str = "") -> dict[str, Any] | None:
        """What was told of a thing; None when nothing was, or it is no more."""
        return self._held.get((type, id, uai), (0, None))[1]

    def since(self, cursor: str | None, epoch: str) -> tuple[int, bool]:
        """(the last revision read, whether the run began from null). :raises Refusal: `cursor_expired`."""
        if cursor is None:
            return 0, True
        held, _slash, rest = cursor.partition("/")
        number = rest.partition("s")[0].strip("x")
        if not number.isdigit():
            if self.breaks == "3.5-expired":
                return 0, False
            raise Refusal(410, "cursor_expired")
        if epoch and held != epoch and self.breaks != "3.11-cursor":
            raise Refusal(410, "cursor_expired")
        return int(number), "s" in rest

    def page(self, reader: Reader, since: int, started: bool, most: int) -> tuple[list[dict[str, Any]], str, bool]:
        """(changes, the next cursor, whether there are more)."""
        again = self.breaks == "3.7-end" and since == self._rev
        rows = [row for row in self._seen(reader) if row[0] > since or again]
        rows.sort(key=lambda row: row[0])
        page: list[dict[str, Any]] = []
        size, reached = 0, self._rev
        for rev, change in rows:
            size += len(msgspec.json.encode(change)) + 1
            if len(page) >= min(most, self.most) or (
                size > MAX_ANSWER_BYTES - ENVELOPE and page and self.breaks != "3.15-page"
            ):
                break
            page.append(change)
            reached = rev
        more = len(page) < len(rows)
        cursor = f"{reader.epoch}/{reached if more else self._rev}{'s' if started and more else ''}"
        if self.breaks == "3.7-pages" and more:
            page = page[:-1]
        if self.breaks == "3.15-sizes":
            cursor += "x" * 600
        return page, cursor, more

    def _seen(self, reader: Reader) -> Iterable[tuple[int, dict[str, Any]]]:
        """Each thing as a school sees it now, once, with the revision at which that last changed."""
        newest: dict[tuple[str, str], tuple[int, dict[str, Any] | None]] = {}
        for (type, id, uai), (rev, body) in self._held.items():
            if uai in ("", reader.uai) and rev > newest.get((type, id), (0, None))[0]:
                newest[type, id] = (rev, body)
        for (type, id), (rev, body) in newest.items():
            own = body is not None and body.get("origin") == "class"
            if own and not reader.second and self.breaks != "3-own-older":
                continue
            if type == "session" and body is not None:
                body = self._session(id, body, reader)
            text = self.breaks == "3.6-rev" and type == "session"
            change: dict[str, Any] = {"type": type, "id": id, "rev": str(rev) if text else rev}
            yield rev, {**change, "deleted": True} if body is None else {**change, "body": body}

    def _session(self, id: str, body: dict[str, Any], reader: Reader) -> dict[str, Any]:
        """The link is for those who take part (revision 2)."""
        if self.breaks == "3.5-null":
            body = {name: value for name, value in body.items() if name != "title"}
        hidden = self.revision >= 2 and id not in reader.confirmed and self.breaks != "3-link"
        return {**body, "meeting_url": ""} if hidden else body
