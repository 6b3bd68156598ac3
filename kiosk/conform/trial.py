"""The kiosk that the kit plays: who it is, what it sent last, and what came back."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from kiosk import __version__
from kiosk.conform.link import SECONDS, Heard, ask
from kiosk.conform.rules import SHOWN, Failed, Untried, printable
from kiosk.ground.i18n import N_

#: Seconds that a run waits in all when a centre says « too many requests ».
PATIENCE = 60
_SECRET = re.compile(r'("(?:token|code|meeting_url|mac2?)"\s*:\s*)"[^"]*"')


@dataclass
class Identity:
    """One kiosk: its identity, its token, and the next number of its operations."""

    uai: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: str = ""
    seq: int = 0

    def operation(self, type: str, *, seq: int | None = None, id: str | None = None, **body: Any) -> dict[str, Any]:
        """A fresh operation, with the next number unless one is given."""
        if seq is None:
            self.seq += 1
            seq = self.seq
        self.seq = max(self.seq, seq)
        return {"id": id or str(uuid.uuid4()), "seq": seq, "type": type, "at": now(), "body": body}


@dataclass
class Trial:
    """One run against the centre at ``base``. ``codes``: pairing codes of ``uai`` (a second one makes a second kiosk);
    ``other``: a UAI and a code of another school; ``session``: one to come where a class may be enrolled, then
    cancelled; ``proxy``: the address of the one to go through, if any.
    """

    base: str
    uai: str = ""
    codes: Sequence[str] = ()
    other: tuple[str, str] | None = None
    session: str = ""
    proxy: str = ""
    seconds: float = SECONDS
    patience: float = PATIENCE
    #: A folder where files are left and brought back, how long (seconds), a long code, and who is told of a file.
    stick: str = ""
    wait: float = 600
    long: str = ""
    say: Callable[[str], object] = str
    about: Heard | None = None
    kiosk: Identity | None = None
    second: Identity | None = None
    stranger: Identity | None = None
    #: What the checks found out for those after them.
    known: dict[str, Any] = field(default_factory=dict)
    #: What was sent last and what came, for the report.
    sent: str = ""
    came: str = ""
    #: Requests in a row that brought nothing.
    silent: int = 0
    #: Whether a `401`, `403`, … was seen, to look at how a centre refuses.
    refusals: list[Heard] = field(default_factory=list)

    @property
    def revision(self) -> int:
        """What the centre says it speaks; 1 when it says nothing."""
        said = self.about.member("revision") if self.about else None
        return said if type(said) is int else 1

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Heard:
        """Read an address of the centre."""
        return self._ask("GET", path, dict(headers or {}), b"")

    def post(self, path: str, value: Any, token: str = "", headers: Mapping[str, str] | None = None) -> Heard:
        """Send JSON (or bytes as they are)."""
        body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
        given = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        heard = self._ask("POST", path, {**given, **(headers or {})}, body)
        wait = heard.headers.get("retry-after", "") if heard.status == 429 and path == "/v1/exchange" else ""
        if wait.isascii() and wait.isdigit():
            if int(wait) > self.patience:
                raise Untried(N_("le centre demande d’attendre plus d’une minute"))
            self.patience -= int(wait)
            time.sleep(int(wait))
            heard = self._ask("POST", path, {**given, **(headers or {})}, body)
        return heard

    def exchange(self, who: Identity | None = None, headers: Mapping[str, str] | None = None, **values: Any) -> Heard:
        """One exchange of section 3; ``values`` replace what a message holds."""
        who = who or self.paired()
        return self.post("/v1/exchange", self.message(who, **values), who.token, headers)

    def message(self, who: Identity, **values: Any) -> dict[str, Any]:
        """A request of section 3, of this centre's revision."""
        second = {"revision": 2, "ask": uuid.uuid4().hex, "had_seq": 0} if self.revision >= 2 else {}
        base = {"contract": 1, "kiosk": who.id, "uai": who.uai, "cursor": None, "sent_at": now(), "max_changes": 500}
        made = {**base, **second, "operations": [], **values}
        return {name: value for name, value in made.items() if value is not LEFT_OUT}

    def paired(self) -> Identity:
        """The kiosk, which has its token. :raises Untried: pairing failed."""
        if self.kiosk is None or not self.kiosk.token:
            raise Untried(N_("le kiosque d’essai n’a pas pu être jumelé"))
        return self.kiosk

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Heard:
        agent = {"User-Agent": f"kiosque/{__version__}", "Accept-Encoding": "gzip"}
        heard = ask(method, self.base + path, {**agent, **headers}, body, seconds=self.seconds, proxy=self.proxy)
        self.sent = self.safe(f"{method} {path} {_text(body)}".rstrip())
        kept = {name: heard.headers[name] for name in ("content-type", "location") if name in heard.headers}
        self.came = self.safe(f"{heard.status or heard.trouble} {kept or ''} {_text(heard.body)}".rstrip())
        self.silent = 0 if heard.status else self.silent + 1
        if heard.status >= 400 and len(self.refusals) < 200:
            self.refusals.append(heard)
        return heard

    def safe(self, text: str) -> str:
        """A text as it may be shown: no token, no code, no link of a meeting; and not too long."""
        secrets = [*self.codes, self.long, *([self.other[1]] if self.other else [])]
        secrets += [one.token for one in (self.kiosk, self.second, self.stranger) if one is not None]
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return printable(_SECRET.sub(r'\1"***"', text))


#: A member that a message goes without.
LEFT_OUT: Any = object()


def now() -> str:
    """This instant, as a message writes it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(body: bytes) -> str:
    return body[: 4 * SHOWN].decode("utf-8", "replace")


# -- what checks say -------------------------------------------------------------------------------


def must(holds: Any, expected: str, came: Any) -> None:
    """:raises Failed: it does not hold. ``came``: a text of ours, or a value as :func:`shown` writes it."""
    if not holds:
        raise Failed(expected, came if isinstance(came, str) and came else shown(came))


def shown(value: Any) -> str:
    """A value that a peer sent, as JSON: its text and its number are not the same."""
    return json.dumps(value, ensure_ascii=False)


def said(heard: Heard) -> str:
    """An answer in a few signs: « 422 invalid », « 200 », « slow »."""
    code = heard.member("code") if heard.status >= 400 else None
    return " ".join(map(str, filter(None, (heard.status or heard.trouble, code))))


def refused(heard: Heard, status: int, code: str) -> None:
    """:raises Failed: the answer is not this problem of section 5."""
    must((heard.status, heard.member("code")) == (status, code), f"{status} {code}", said(heard))


def answered(heard: Heard, status: int = 200) -> dict[str, Any]:
    """The object of an answer. :raises Failed: another status, or no JSON object."""
    must(heard.status == status, str(status), said(heard))
    try:
        value = heard.json()
    except ValueError as error:
        raise Failed("UTF-8 JSON", str(error)) from None
    must(isinstance(value, dict), "{…}", type(value).__name__)
    made: dict[str, Any] = value
    return made


def verdicts(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The verdicts of an answer, by the id of their operation. :raises Failed: they are none."""
    found = answer.get("verdicts")
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and isinstance(one.get("id"), str) for one in found
    ):
        raise Failed('"verdicts": [{"id": …}]', repr(found)[:200])
    return {one["id"]: one for one in found}


def verdict(answer: dict[str, Any], operation: dict[str, Any]) -> str:
    """The status that an operation got: « accepted », « rejected », … or « none »."""
    return str(verdicts(answer).get(operation["id"], {}).get("status", "none"))


def changes(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes of an answer. :raises Failed: they are none."""
    found = answer.get("changes", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Failed('"changes": [{…}]', repr(found)[:200])
    return found
