"""One exchange (contract, section 3): one unit of work, so that the answer is true when it is sent."""

from __future__ import annotations

from datetime import timezone
from typing import Any

import msgspec

from kiosk.centre import feed, operations, pairing
from kiosk.centre.models import Kiosk
from kiosk.centre.models import Operation as Done
from kiosk.centre.refusals import Refusal
from kiosk.centre.store import Tx
from kiosk.contract import (
    CONTRACT,
    MAX_BODY,
    MAX_OPERATIONS,
    FieldError,
    Operation,
    Request,
    from_ms,
    personal_fields,
    schools,
)

#: A sequence number is an exact number in every language.
MAX_SEQ = 2**53 - 1


#: What msgspec raises for a body that is no message, or is not UTF-8.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)


class _Version(msgspec.Struct):
    contract: Any = None
    operations: Any = None


def read(body: bytes) -> Request:
    """Read a request, uncompressed. :raises Refusal: `too_large`, `version`, `invalid`."""
    if len(body) > MAX_BODY:
        raise Refusal("too_large", "64 KiB at most before compression.")
    try:
        peek = msgspec.json.decode(body, type=_Version)
        if isinstance(peek.contract, int) and not isinstance(peek.contract, bool) and peek.contract != CONTRACT:
            raise Refusal("version", f"Contract {CONTRACT} is spoken here.")
        if isinstance(peek.operations, list) and len(peek.operations) > MAX_OPERATIONS:
            raise Refusal("too_large", f"{MAX_OPERATIONS} operations at most.")
        request = msgspec.json.decode(body, type=Request)
    except UNREADABLE as error:
        raise invalid(error) from None
    _check(request)
    return request


def invalid(error: Exception) -> Refusal:
    """A message that is not of the contract, as `invalid` with a JSON pointer to the place."""
    if isinstance(error, UnicodeDecodeError):  # its message holds bytes of the body
        return Refusal("invalid", "The body is not UTF-8.", errors=[FieldError("", "Not UTF-8.")])
    detail, _sep, path = str(error).partition(" - at `$")
    pointer = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
    return Refusal("invalid", detail, errors=[FieldError(pointer, detail)])


def run(tx: Tx, token: str, request: Request) -> dict[str, Any]:
    """Answer a request: the operations first, then what this school has not seen.

    :raises Refusal: `unauthorized`, `token_revoked`, `forbidden`, `kiosk_cloned`, `cursor_expired`;
        nothing was applied.
    """
    kiosk = pairing.who(tx, token)
    if kiosk.id != request.kiosk or kiosk.uai != schools.read_uai(request.uai):
        raise Refusal("forbidden")
    ordered = sorted(request.operations, key=lambda one: one.seq)
    _refuse_clones(kiosk, ordered)
    feed.page(kiosk.uai, request.cursor, 1)  # an expired cursor is told before anything counts
    verdicts = operations.apply(tx, kiosk, ordered)
    found = feed.page(kiosk.uai, request.cursor, request.max_changes)
    return {
        "contract": CONTRACT,
        "time": from_ms(tx.now).astimezone(timezone.utc),
        "cursor": found.cursor,
        "more": found.more,
        "verdicts": [verdicts[one.id] for one in request.operations],
        "changes": found.changes,
        **({"operations": operations.UNDERSTOOD} if request.cursor is None else {}),
    }


def _check(request: Request) -> None:
    """Rule 9, and values that no database would keep."""
    errors = []
    for index, one in enumerate(request.operations):
        place = f"/operations/{index}"
        if one.type.startswith("question."):
            errors += [
                FieldError(f"{place}/body/{name}", "Personal field: never in a question.")
                for name in personal_fields(one.body)
            ]
        if one.seq > MAX_SEQ:
            errors.append(FieldError(f"{place}/seq", "Larger than 2^53 - 1."))
        if "\0" in one.id or "\0" in one.type:
            errors.append(FieldError(place, "Holds a NUL character."))
    if errors:
        raise Refusal("invalid", errors[0].detail, errors=errors)


def _refuse_clones(kiosk: Kiosk, ordered: list[Operation]) -> None:
    """Rule 8. :raises Refusal: `kiosk_cloned`, a `seq` was used with another `id`."""
    given: dict[int, str] = {}
    for one in ordered:
        if given.setdefault(one.seq, one.id) != one.id:
            raise Refusal("kiosk_cloned")
    if not given:
        return
    rows = Done.select(Done.seq, Done.id).where((Done.kiosk == kiosk.id) & Done.seq.in_(list(given)))
    if any(given[row.seq] != row.id for row in rows):
        raise Refusal("kiosk_cloned")
