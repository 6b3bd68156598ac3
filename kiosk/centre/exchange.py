"""One exchange (contract, section 3): one unit of work, so that the answer is true when it is sent."""

from __future__ import annotations

import secrets
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
    MAX_ANSWER_BYTES,
    MAX_BODY,
    MAX_OPERATIONS,
    REVISION,
    FieldError,
    Operation,
    Request,
    Verdict,
    from_ms,
    personal_fields,
    schools,
)

#: A sequence number is an exact number in every language.
MAX_SEQ = 2**53 - 1


#: Bytes of an answer besides its verdicts and changes, with room to spare.
ENVELOPE = 4096
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


def run(tx: Tx, token: str, request: Request, *, anew: bool = False) -> dict[str, Any]:
    """Answer a request: the operations first, then what this school has not seen. ``anew``: another history begins for
    this kiosk.

    :raises Refusal: `unauthorized`, `token_revoked`, `forbidden`, `kiosk_cloned`, `cursor_expired`;
        nothing was applied.
    """
    kiosk = pairing.who(tx, token)
    if kiosk.id != request.kiosk or kiosk.uai != schools.read_uai(request.uai):
        raise Refusal("forbidden")
    ordered = sorted(request.operations, key=lambda one: one.seq)
    known = operations.known(kiosk.uai, ordered)
    _refuse_clones(kiosk, [one for one in ordered if one.id not in known])
    newest = feed.last()
    anew = anew or _lost(kiosk, request, newest)
    epoch = _begin_again(kiosk, request) if anew else history_of(kiosk)
    if not anew:
        feed.check(request.cursor, epoch, newest)  # an expired cursor is told before anything counts
    verdicts = operations.apply(tx, kiosk, ordered, known, revision=_revision(request))
    said = [verdicts[one.id] for one in request.operations]
    if anew:  # its verdicts only: the kiosk starts again
        found = feed.from_start(epoch)
    else:
        _answered(kiosk, ordered)
        reader = feed.Reader(kiosk.uai, epoch, _revision(request) >= 2, _questions(ordered))
        room = MAX_ANSWER_BYTES - len(msgspec.json.encode(said)) - ENVELOPE
        found = feed.page(reader, request.cursor, request.max_changes, room, None if ordered else newest)
    return envelope(tx, request, epoch, found, said)


def envelope(tx: Tx, request: Request, epoch: str, found: feed.Page, said: list[Verdict]) -> dict[str, Any]:
    """An answer, as it is written."""
    return {
        "contract": CONTRACT,
        "time": from_ms(tx.now).astimezone(timezone.utc),
        "cursor": found.cursor,
        "more": found.more,
        "verdicts": said,
        "changes": found.changes,
        **({"operations": operations.UNDERSTOOD} if request.cursor is None else {}),
        **(_second(request, epoch, found) if _revision(request) >= 2 else {}),
    }


def history_of(kiosk: Kiosk) -> str:
    """The name of this centre's history for a kiosk (rule 11): the database's, and what began for this one alone."""
    return history(feed.mark(), kiosk.epoch)


def history(mark: str, epoch: str) -> str:
    """:func:`history_of`, of its two parts."""
    return f"{mark}.{epoch}" if epoch else mark


def may_begin_again(request: Request, epoch: str) -> bool:
    """Whether the kiosk knows what another history than this one is, and does not come from one already."""
    return _revision(request) >= 2 and feed.of_history(request.cursor, epoch)


def _second(request: Request, epoch: str, found: feed.Page) -> dict[str, Any]:
    """What revision 2 says more."""
    return {
        "revision": REVISION,
        "epoch": epoch,
        **({"ask": request.ask} if isinstance(request.ask, str) else {}),
        **({"snapshot": True} if found.whole else {}),
    }


def _revision(request: Request) -> int:
    return request.revision if isinstance(request.revision, int) else 1


def had(request: Request) -> int:
    """How far a kiosk was answered, as it says (rule 10); 0 when it does not."""
    return request.had_seq if isinstance(request.had_seq, int) else 0


def _lost(kiosk: Kiosk, request: Request, newest: int) -> bool:
    """Whether this database holds less of a kiosk than it was answered (rule 10), or gave less than it read: it is an
    older copy, which this kiosk was not told yet.
    """
    if _revision(request) < 2:
        return False
    less = had(request) > kiosk.seq or feed.ahead(request.cursor, newest)
    return less and feed.of_history(request.cursor, history_of(kiosk))


def _begin_again(kiosk: Kiosk, request: Request) -> str:
    """Another history begins for this kiosk; its name. It is committed with the verdicts, or none is."""
    kiosk.epoch, kiosk.seq, kiosk.lost_seq = secrets.token_hex(2), 0, had(request)
    kiosk.save(only=[Kiosk.epoch, Kiosk.seq, Kiosk.lost_seq])
    return history_of(kiosk)


def _answered(kiosk: Kiosk, ordered: list[Operation]) -> None:
    """How far this kiosk was answered for good: repeats count, under whichever identity they came first."""
    highest = max((one.seq for one in ordered), default=0)
    if highest > kiosk.seq:
        Kiosk.update(seq=highest).where(Kiosk.id == kiosk.id).execute()


def _questions(ordered: list[Operation]) -> frozenset[str]:
    """The questions that a request tells: its kiosk need not be told them."""
    told = (one.body.get("question_id") for one in ordered if one.type in ("question.prepared", "question.withdraw"))
    return frozenset(id for id in told if isinstance(id, str))


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
