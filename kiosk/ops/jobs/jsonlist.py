"""The objects of a JSON list, one by one, whatever its length: a whole file of them would be ten times its size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from kiosk.ground.i18n import _
from kiosk.ground.nesting import DEEPEST
from kiosk.ops.jobs.refusals import NoJobs

#: Characters read at a time, of the longest string (gone through again at each step), and of the largest object.
STEP, LONGEST, LARGEST = 1 << 16, 1 << 18, 4_000_000
#: Where a list may be when it is not the whole file.
KEYS = ('"results"', '"data"')
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?P<whole>"?)|[\[{\]}]', re.DOTALL)
_LIST = re.compile(r"\s*:\s*(?P<mark>\S?)")


def objects(source: TextIO) -> Iterator[dict[str, Any]]:
    """:raises NoJobs: there is no list; ValueError: it is cut, wrong, nested too deep, or an object is too large."""
    scan = _Scan()
    while True:
        chunk = source.read(STEP)
        for found in scan.objects(chunk):
            yield json.loads(found)
        if scan.ended:
            return
        if not chunk:
            raise ValueError(_("il est coupé")) if scan.listed else NoJobs(_("il n’y a pas de liste de métiers"))


class _Scan:
    """Marks and strings of the text so far; ``listed`` is the depth of the list, once found."""

    def __init__(self) -> None:
        self.listed, self.ended = 0, False
        #: What is held from before, how much of it was gone through, where the object in it begins (-1: none does).
        self._text, self._seen, self._begin = "", 0, -1
        self._depth, self._opening = 0, -1

    def objects(self, chunk: str) -> Iterator[str]:
        """The objects that end with these characters; what is not whole waits for the next ones, and is not gone
        through again.
        """
        text = self._text + chunk
        seen = len(text)
        for token in _TOKEN.finditer(text, self._seen):
            mark = token[0]
            if mark[0] == '"':
                follows = _LIST.match(text, token.end()) if self._named(mark) else None
                if not token["whole"] or (self._named(mark) and chunk and (follows is None or not follows["mark"])):
                    seen = token.start()
                    if len(text) - seen > LONGEST:
                        raise ValueError(_("il est trop grand"))
                    break
                if follows is not None and follows["mark"] == "[":
                    self._opening = follows.start("mark")
            elif mark in "[{":
                self._open(mark, token.start() == self._opening)
                if self._begin < 0 and mark == "{" and self.listed and self._depth == self.listed + 1:
                    self._begin = token.start()
            else:
                self._depth -= 1
                if self._begin >= 0 and self._depth == self.listed:
                    yield text[self._begin : token.end()]
                    self._begin = -1
                elif self.listed and self._depth < self.listed:
                    self.ended = True
                    return
        self._hold(text, seen)

    def _hold(self, text: str, seen: int) -> None:
        """Keep what an object, or a string, that is not whole needs."""
        keep = self._begin if self._begin >= 0 else seen
        self._text, self._seen = text[keep:], seen - keep
        self._begin, self._opening = min(self._begin, 0), self._opening - keep
        if len(self._text) > LARGEST:
            raise ValueError(_("il est trop grand"))

    def _named(self, mark: str) -> bool:
        return not self.listed and self._depth == 1 and mark in KEYS

    def _open(self, mark: str, awaited: bool) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError(_("il est trop profondément imbriqué"))
        if not self.listed and (awaited or (self._depth == 1 and mark == "[")):
            self.listed = self._depth
