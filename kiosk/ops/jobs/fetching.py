"""A file of Onisep's open data over a link that drops: what came is kept, and asked for no more.

The part received, with what the server says of it (``ETag``, ``Last-Modified``), lies in a folder of its own beside
the database. After a cut, what misses is asked for (RFC 9110, sections 13.1.5 and 14.2: ``If-Range``); a server that
has another file by now, or knows no ranges, sends it whole again.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urljoin, urlsplit

from kiosk.exchange.messages import Call, Reply
from kiosk.exchange.wire import HttpLine
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.ground.values import dataclass
from kiosk.ops.jobs import refusals
from kiosk.storage import disk

#: Bytes of a download, and seconds between two bytes.
MAX_DOWNLOAD, PATIENCE = 60_000_000, 60.0
#: Tries in a row that bring nothing before the command gives up (one, when nothing came at all); seconds before
#: the second one, doubled each time.
TRIES, FIRST_WAIT, LONGEST_WAIT = 5, 1.0, 30.0
#: Addresses one after the other that a server may send to: data are often kept elsewhere.
MOST_HOPS = 4
#: Failures of a link or of a busy server: another try may bring more.
PASSING = ("connect", "timeout", "server")


@dataclass(frozen=True)
class Download:
    """A file received whole, still packed as it came. ``headers`` are those of its answer."""

    path: Path
    headers: Mapping[str, str]


def folder(data_dir: Path) -> Path:
    """Where parts are."""
    return data_dir / "jobs.part"


def forget(data_dir: Path) -> None:
    """Take the parts away, once what they held is in place."""
    shutil.rmtree(folder(data_dir), ignore_errors=True)


class Fetcher:
    """Downloads over one line. ``wait`` sleeps some seconds."""

    def __init__(self, data_dir: Path, line: HttpLine, wait: Callable[[float], None] = time.sleep) -> None:
        self._folder, self._line, self._wait = folder(data_dir), line, wait

    def fetch(self, name: str, url: str, conditions: Mapping[str, str]) -> Download | None:
        """The file at an address; None when it is what ``conditions`` (If-None-Match…) speak of.

        :raises KioskError: ``jobs_fetch``, ``storage_*``. What came stays for the next time, if the server can go on.
        """
        part, vain, came = _Part(self._folder, name, url), 0, False
        while True:
            before = part.size
            reply = self._ask(part, url, conditions)
            if reply.code == "not_modified":
                return Download(part.path, part.headers) if part.whole else None
            if reply.failure == "ok" and not reply.code and part.sound:
                part.end()
                return Download(part.path, part.headers)
            again = reply.status == 416 or (reply.status == 206 and not part.sound)
            if again:
                part.drop()
            moved = part.size > before
            came = came or moved or before > 0
            part.cut()
            vain = 0 if moved and part.size else vain + 1
            if (not again and reply.failure not in PASSING) or vain >= (TRIES if came else 1):
                raise _refusal(url, reply, bool(part.size))
            self._wait(min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(0, vain - 1)))

    def _ask(self, part: _Part, url: str, conditions: Mapping[str, str]) -> Reply:
        headers = part.conditions() or dict(conditions)
        room = MAX_DOWNLOAD - (part.size if "Range" in headers else 0)
        for _hop in range(MOST_HOPS):
            with part.receiving() as keep:
                reply = self._line.carry(Call("GET", url, headers, wants="file", read=PATIENCE, max_bytes=room), keep)
            further = _further(url, reply)
            if not further:
                break
            url = further
        if part.size > MAX_DOWNLOAD:
            part.drop()
            raise KioskError("jobs_file", name=url, why=_("il est trop grand"))
        return reply


def _further(url: str, reply: Reply) -> str:
    """Where a redirect leads: not out of https, nor to anything but a web address. Empty for no such redirect."""
    if reply.status not in (301, 302, 303, 307, 308):
        return ""
    found = urljoin(url, reply.headers.get("location", ""))
    schemes = ("https",) if url.startswith("https:") else ("https", "http")
    return found if urlsplit(found).scheme in schemes and found != url else ""


def _refusal(url: str, reply: Reply, kept: bool) -> KioskError:
    why, fix = refusals.words(reply.failure, reply.detail)
    more = (
        _("Ce qui est déjà reçu est gardé : relancez la commande.")
        if kept
        else _("Sans réseau, donnez les fichiers à cette commande.")
    )
    return KioskError("jobs_fetch", url=url, why=why, fix=f"{fix} {more}")


class _Part:
    """What came of one address so far, and what is known of it. A part of another address is dropped."""

    def __init__(self, where: Path, name: str, url: str) -> None:
        self.path, self._about, self._url = where / name, where / f"{name}.about", url
        self._held: dict[str, object] = {}
        self._file: BinaryIO | None = None
        #: Whether the last answer was of this file: whole, or what missed of it.
        self.sound = False
        try:
            self._held = json.loads(self._about.read_text(encoding="utf-8")) if self.path.exists() else {}
        except (OSError, ValueError):
            pass
        if self._held.get("url") != url:
            self.drop()

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def whole(self) -> bool:
        return bool(self._held.get("whole"))

    @property
    def headers(self) -> Mapping[str, str]:
        found = self._held.get("headers")
        return found if isinstance(found, dict) else {}

    def conditions(self) -> dict[str, str]:
        """Headers that ask for what misses, or whether what is whole has changed; empty when nothing is held."""
        tag, changed = self.headers.get("etag", ""), self.headers.get("last-modified", "")
        if self.whole:
            return {key: value for key, value in (("If-None-Match", tag), ("If-Modified-Since", changed)) if value}
        mark = changed if not tag or tag.startswith("W/") else tag
        return {"Range": f"bytes={self.size}-", "If-Range": mark} if self.size and mark else {}

    @contextmanager
    def receiving(self) -> Iterator[Callable[[int, Mapping[str, str]], BinaryIO]]:
        """Where the line writes. :raises KioskError: ``storage_*``, the disk takes no more."""
        wrong: list[OSError] = []
        self.sound = False

        def keep(status: int, headers: Mapping[str, str]) -> BinaryIO:
            follows = status == 206 and headers.get("content-range", "").startswith(f"bytes {self.size}-")
            page = headers.get("content-type", "").startswith("text/html")  # a portal's: what came before is worth more
            self.sound = (follows or status == 200) and not page
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.sound and not follows:
                self._note(headers, whole=False)
            where = self.path if self.sound else os.devnull
            self._file = cast(BinaryIO, _Kept(open(where, "ab" if follows else "wb"), wrong))
            return self._file

        try:
            yield keep
        finally:
            if self._file is not None:
                self._file.close()
                self._file = None
        if wrong:
            raise disk.refusal(wrong[0]) from wrong[0]

    def end(self) -> None:
        """It is whole, on disk."""
        self._note(self.headers, whole=True)

    def cut(self) -> None:
        """It is not whole: without a mark to go on from, it is of no use."""
        if self.size and not self.conditions():
            self.drop()

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self._about.unlink(missing_ok=True)
        self._held = {}

    def _note(self, headers: Mapping[str, str], whole: bool) -> None:
        named = {key: headers[key] for key in ("etag", "last-modified") if headers.get(key)}
        self._held = {"url": self._url, "headers": named, "whole": whole}
        made = self._about.with_suffix(".new")
        made.write_text(json.dumps(self._held), encoding="utf-8")
        os.replace(made, self._about)


class _Kept:
    """A file whose refusals are told apart from those of the link."""

    def __init__(self, file: BinaryIO, wrong: list[OSError]) -> None:
        self._file, self._wrong = file, wrong

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self._wrong.append(error)
            raise

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            self._wrong.append(error)
