"""Sections 1, 2, 3, 5 and 6: the messages themselves, around operations and changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from kiosk.contract.changes import Change
from kiosk.contract.operations import Operation
from kiosk.contract.values import MAX_INTEGER, MAX_OPERATIONS, Count, Id, Instant, Line

#: Characters of `ask` that a centre repeats (rule 14: at least 8).
LONGEST_ASK = 200


class Limits(Struct):
    """Section 1, r2: what a centre takes and gives: operations and bytes of a request, bytes of an answer."""

    operations: Annotated[int, Meta(ge=1)]
    bytes: Annotated[int, Meta(ge=1)]
    answer_bytes: Annotated[int, Meta(ge=1)]


class About(Struct, omit_defaults=True):
    """Section 1: what `GET /v1/about` answers. The centre only if `service` and `contract` are right. r2: `operations`,
    the types that it understands (rule 13); `epoch`, a hint of rule 11.
    """

    service: str
    contract: list[int]
    name: str
    time: Instant
    operations: list[str] = []
    revision: int | None = None
    epoch: str | None = None
    limits: Limits | None = None


class PairRequest(Struct):
    """Section 2: a kiosk asks for its token with a code used once."""

    uai: Id
    code: Line
    kiosk: Id
    label: str = ""


class PairAnswer(Struct):
    """Section 2: the token of this kiosk."""

    token: Line


class Verdict(Struct, omit_defaults=True):
    """Section 3: what became of an operation. `rejected` is final; `retry` leaves it in the outbox for
    `after` seconds; r2: `ignored`, until the centre lists its type (rule 13).
    """

    id: Id
    status: Literal["accepted", "rejected", "retry", "ignored"]
    code: str | None = None
    detail: str | None = None
    after: Count | None = None


class Request(Struct):
    """Section 3: one sync. `cursor` None asks for everything that concerns this school. r2: `revision`; `ask`, which
    the answer repeats (rule 14); `had_seq` (rule 10). A peer of revision 1 leaves them out.
    """

    contract: int
    kiosk: Id
    uai: Id
    cursor: str | None
    sent_at: Instant
    max_changes: Annotated[int, Meta(ge=1)] = 50
    operations: Annotated[list[Operation], Meta(max_length=MAX_OPERATIONS)] = []
    revision: Count | UnsetType = UNSET
    ask: Annotated[str, Meta(max_length=LONGEST_ASK)] | UnsetType = UNSET
    had_seq: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | UnsetType = UNSET


class Answer(Struct):
    """Section 3: what the centre answers. `more`: ask again at once with the new cursor. r2: `operations`, the types
    that it understands, when it was asked from null (rule 13); None says nothing. `epoch` (rule 11), `ask` (rule 14)
    and `snapshot` (rule 12) say nothing when absent.
    """

    contract: int
    time: Instant
    cursor: str
    more: bool = False
    verdicts: list[Verdict] = []
    changes: list[Change] = []
    operations: list[str] | None = None
    revision: int | None = None
    epoch: str | None = None
    ask: str | None = None
    snapshot: bool = False


class FieldError(Struct):
    """Section 5: where a body is wrong."""

    pointer: str
    detail: str


class Problem(Struct, omit_defaults=True):
    """Section 5: `application/problem+json` (RFC 9457) with a stable `code`."""

    code: str
    status: int
    title: str = ""
    detail: str = ""
    type: str = "about:blank"
    errors: list[FieldError] = []


#: Section 5: code → HTTP status.
PROBLEMS: dict[str, int] = {
    "unauthorized": 401,
    "token_revoked": 401,
    "forbidden": 403,
    "pairing_code": 403,
    "kiosk_cloned": 409,
    "cursor_expired": 410,
    "too_large": 413,
    "invalid": 422,
    "version": 426,
    "rate_limited": 429,
    "unavailable": 503,
}


Mac = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class StickFile(Struct, omit_defaults=True):
    """Section 6: a `*.kiosk.json.gz` file. `mac` covers the canonical message under the kiosk's token. r2: `messages`,
    whose first is `message`, and `mac2`, which covers the whole file without both.
    """

    kind: Literal["request", "answer"]
    kiosk: Id
    uai: Id
    made_at: Instant
    message: dict[str, Any]
    mac: Mac
    messages: Annotated[list[dict[str, Any]], Meta(min_length=1)] | None = None
    mac2: Mac | None = None


class PairingFile(Struct):
    """Section 6, r2: a kiosk asks for its token with a long code; `mac` is under the key made of code and `salt`."""

    kind: Literal["pairing"]
    kiosk: Id
    uai: Id
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    made_at: Instant
    messages: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    mac: Mac
    label: str = ""
