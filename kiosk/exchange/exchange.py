"""The bodies of an exchange (contract, section 3): what a request holds, what an answer does here. No network."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kiosk import contract
from kiosk.contract import Instant
from kiosk.domain import enrolments, outbox, retelling, retention, stored
from kiosk.exchange import changefiles, changes, identity, place, syncstate, unread
from kiosk.exchange.classify import printable
from kiosk.exchange.messages import MAX_ANSWER, Reply
from kiosk.ground import clock
from kiosk.ground.values import dataclass
from kiosk.storage.models import Operation
from kiosk.storage.writer import Transaction

#: Changes asked for in one answer: a whole session with its class's questions comes in one.
MAX_CHANGES = 100
#: What one answer may hold at the most, whatever was asked for: changes, and JSON values (a page full of
#: enrolments has half of these); changes looked at in one go.
MOST_CHANGES, MAX_VALUES, AT_ONCE = 1_000, 30_000, 25
#: The detail of an answer that holds more.
TOO_MUCH = "too_much"


def request(
    who: identity.Identity, batch: Sequence[Operation], cursor: str | None, now: int, max_changes: int = MAX_CHANGES
) -> contract.Request:
    """The body of an exchange: the same over HTTP and on a stick."""
    operations = [
        contract.Operation(id=row.id, seq=row.seq, type=row.type, at=contract.from_ms(row.at), body=row.body)
        for row in batch
    ]
    return contract.Request(
        contract.CONTRACT,
        who.kiosk,
        who.uai,
        cursor,
        contract.from_ms(now),
        max_changes,
        operations,
        contract.REVISION,
        place.ask() or msgspec.UNSET,
        place.had_seq(),
    )


def fitted(
    who: identity.Identity, batch: Sequence[Operation], cursor: str | None, now: int, max_changes: int = MAX_CHANGES
) -> tuple[Sequence[Operation], contract.Request]:
    """As much of a batch as one body may hold (contract, section 3, rule 1, or less if the centre says so; a stick's
    too), and that body.
    """
    most = place.limits()
    batch = batch[: most.operations]
    while True:
        message = request(who, batch, cursor, now, max_changes)
        size = len(msgspec.json.encode(message))
        if size <= most.bytes or len(batch) <= 1:
            return batch, message
        batch = batch[: max(1, len(batch) * most.bytes // size)]


@dataclass(frozen=True)
class Heard:
    """An answer, as much of it as can be read. ``unread`` are the changes that are not the contract's, set aside."""

    answer: contract.Answer
    unread: Sequence[unread.Unread] = ()


class NotAnAnswer(Exception):
    """A body that is no answer of the contract. ``failure`` is its class: what does not even speak of a contract is a
    stranger's.
    """

    def __init__(self, failure: str, detail: str = "") -> None:
        super().__init__(failure)
        self.failure, self.detail = failure, detail


class _Envelope(msgspec.Struct):
    contract: int
    time: Instant
    cursor: str
    more: bool = False
    verdicts: list[Any] = []
    changes: list[Any] = []
    operations: Any = None
    revision: Any = None
    epoch: Any = None
    ask: Any = None
    snapshot: Any = None


def heard(body: bytes, rest: Callable[[], None] = lambda: None) -> Heard:
    """What an answer says. A verdict that is none of the contract's says nothing: its operation stays in the outbox. A
    change of an unknown type is ignored, one that is wrong is set aside. ``rest`` is called every few milliseconds.

    :raises NotAnAnswer: the rest is wrong, or holds more than an answer may.
    """
    if len(body) > MAX_ANSWER or sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise NotAnAnswer("server", TOO_MUCH)
    value = _plain(body)
    rest()
    try:
        envelope = msgspec.convert(value, _Envelope)
    except msgspec.ValidationError as error:
        ours = isinstance(value, dict) and value.get("contract") == contract.CONTRACT
        raise NotAnAnswer("server" if ours else "portal", str(error)) from None
    if len(envelope.changes) > MOST_CHANGES:
        raise NotAnAnswer("server", TOO_MUCH)
    verdicts: list[contract.Verdict] = []
    for start in range(0, len(envelope.verdicts), 40 * AT_ONCE):
        some = map(_verdict, envelope.verdicts[start : start + 40 * AT_ONCE])
        verdicts += [one for one in some if one is not None]
        rest()
    read: list[contract.Change] = []
    aside: list[unread.Unread] = []
    for number, item in enumerate(envelope.changes, 1):
        if number % AT_ONCE == 0:
            rest()
        wrong = changefiles.first_mistake(item)
        if wrong is not None:
            aside.append(_unread(item, *wrong))
        elif item["type"] in contract.CHANGES:
            read.append(msgspec.convert(item, contract.Change))
    _fits(envelope)
    answer = contract.Answer(
        envelope.contract,
        envelope.time,
        envelope.cursor,
        envelope.more,
        verdicts,
        read,
        types(envelope.operations),
        epoch=_word(envelope.epoch),
        ask=_word(envelope.ask),
        snapshot=envelope.snapshot is True,
    )
    return Heard(answer, aside)


def _word(given: Any) -> str | None:
    """A word of revision 2, when it is one."""
    return given if isinstance(given, str) and 0 < len(given) <= contract.MAX_CURSOR else None


def _fits(said: _Envelope) -> None:
    """A cursor goes into every later request (contract, rule 15). :raises NotAnAnswer: it is too long for that."""
    of_now = isinstance(said.revision, int) and said.revision >= 2
    if len(said.cursor) > (contract.MAX_CURSOR if of_now else place.LONGEST_OLD_CURSOR):
        raise NotAnAnswer("server", f"cursor: {len(said.cursor)}")


def types(given: Any) -> list[str] | None:
    """The types of operation that a centre lists; None when it says nothing that can be read."""
    return [one for one in given[:200] if isinstance(one, str)] if isinstance(given, list) else None


def understood(tx: Transaction, listed: Sequence[str]) -> None:
    """Keep which of the types that must be listed this centre understands (contract, rule 13)."""
    known = sorted(contract.LISTED_ONLY & set(listed))
    if stored.get(outbox.UNDERSTOOD) != known:
        stored.put(tx, outbox.UNDERSTOOD, known)
    retelling.now_listed(tx, set(listed) & set(contract.OPERATIONS))


def _plain(body: bytes) -> Any:
    """The JSON value. Half a character, as programs that cut texts leave, becomes a question mark."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = json.loads(body, parse_constant=lambda name: None)
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _verdict(item: Any) -> contract.Verdict | None:
    try:
        return msgspec.convert(item, contract.Verdict)
    except msgspec.ValidationError:
        return None


def _unread(item: Any, field: str, problem: str) -> unread.Unread:
    kind, name = (item.get("type"), item.get("id")) if isinstance(item, dict) else ("", "")
    return unread.Unread(str(kind or "")[:100], str(name or "")[:200], field, problem[:300])


def apply(tx: Transaction, said: Heard, asked: str | None) -> tuple[dict[str, int], dict[str, int]]:
    """The unit of work of an answer: verdicts with their effects, changes, cursor; all or nothing. ``asked`` is the
    cursor that was sent. An answer to another place (rule 14), or of another history (rule 11), brings verdicts only;
    one that is both says nothing sure.
    """
    answer = said.answer
    if place.late(answer):
        return (_none(), {}) if place.another(answer) else (_answered(tx, answer), {})
    if place.another(answer):
        counted = settle(tx, answer.verdicts, said_at(answer))
        place.take(tx, answer)
        return counted, {}
    counted = _answered(tx, answer)
    if answer.operations is not None:
        understood(tx, answer.operations)
    changed = changes.apply(tx, answer.changes)
    unread.keep(tx, said.unread, answer.changes, whole=asked is None)
    if place.cursor() != answer.cursor:  # the centre's time: an older stick knows its place
        stored.put(tx, "sync.cursor_at", contract.to_ms(answer.time))
    place.went(tx, answer, [*((one.type, one.id) for one in answer.changes), *((u.type, u.id) for u in said.unread)])
    return counted, changed


def _none() -> dict[str, int]:
    return {"accepted": 0, "rejected": 0, "retry": 0, "ignored": 0}


def _answered(tx: Transaction, answer: contract.Answer) -> dict[str, int]:
    """Verdicts of the history that is known: it has answered so far (contract, rule 10), and words that it has had for
    long enough go.
    """
    final = outbox.sent(one.id for one in answer.verdicts if one.status != "retry")
    place.answered(tx, [row.seq for row in final.values()])
    at = said_at(answer)
    if at is not None:
        retelling.let_go(tx, at)
    return settle(tx, answer.verdicts, at)


def said_at(answer: contract.Answer) -> int | None:
    """The centre's time in an answer (UTC ms); None when it cannot be right."""
    at = contract.to_ms(answer.time)
    return at if clock.plausible(at) else None


def settle(tx: Transaction, verdicts: Sequence[contract.Verdict], at: int | None = None) -> dict[str, int]:
    """Verdicts, given ``at`` (:func:`said_at`; None: now, by this kiosk's clock), and what a rejection means here; how
    many counted, by status.
    """
    counted = _none()
    readable = [msgspec.structs.replace(one, detail=printable((one.detail or "")[:500])) for one in verdicts]
    settled = outbox.settle(tx, readable, tx.now if at is None else at)
    if any(row.keep_until is not None and verdict.status != "retry" for row, verdict in settled):
        retention.no_trace(tx)
    for row, verdict in settled:
        counted[verdict.status] += 1
        if verdict.status == "rejected" and row.type == "enrolment.request":
            reason = syncstate.REJECTIONS.get(verdict.code or "", verdict.detail or "")
            enrolments.refused(tx, row.subject, verdict.code or "", verdict.detail or reason)
        elif verdict.status == "accepted" and row.type == "enrolment.cancel":
            enrolments.given_back(tx, row.subject)
    return counted


def forget_centre(tx: Transaction) -> None:
    """This machine is no longer who it was: it starts again from nothing with the centre, its outbox stays."""
    place.move(tx, None)
    place.paired(tx)
    stored.put(tx, "sync.proof", None)
    stored.put(tx, outbox.UNDERSTOOD, None)
    syncstate.note(tx, paired=False, cloned=True)


def pointers(reply: Reply) -> list[str]:
    """Where a problem says that a request is wrong (contract, section 5). A pointer may be written as a fragment
    (``#/operations/0``), as in RFC 9457.
    """
    try:
        errors = msgspec.json.decode(reply.body).get("errors")
    except (msgspec.DecodeError, AttributeError):
        return []
    found = [e.get("pointer") for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    return [str(one).removeprefix("#") for one in found if one]


def pointed(reply: Reply) -> tuple[list[int], bool]:
    """The places of the operations that a problem points at, and whether it points elsewhere."""
    found = [re.match(r"/operations/(\d{1,4})(/|$)", one) for one in pointers(reply)]
    return sorted({int(match[1]) for match in found if match}), None in found


def packed(body: bytes) -> bytes:
    """A body in gzip, with nothing of a date or a name in it."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()
