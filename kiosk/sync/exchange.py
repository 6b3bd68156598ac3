"""The bodies of an exchange (contract, section 3): what a request holds, what an answer does here. No network."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import msgspec

from kiosk import contract
from kiosk.domain import changes, enrolments, outbox, stored, syncstate
from kiosk.storage.models import Operation
from kiosk.storage.writer import Transaction
from kiosk.sync import identity
from kiosk.sync.messages import Reply

#: Changes asked for in one answer: a whole session with its class's questions comes in one.
MAX_CHANGES = 100


def request(
    who: identity.Identity, batch: Sequence[Operation], cursor: str | None, now: int, max_changes: int = MAX_CHANGES
) -> contract.Request:
    """The body of an exchange: the same over HTTP and on a stick."""
    operations = [
        contract.Operation(id=row.id, seq=row.seq, type=row.type, at=contract.from_ms(row.at), body=row.body)
        for row in batch
    ]
    return contract.Request(
        contract.CONTRACT, who.kiosk, who.uai, cursor, contract.from_ms(now), max_changes, operations
    )


def apply(tx: Transaction, answer: contract.Answer) -> tuple[dict[str, int], dict[str, int]]:
    """The unit of work of an answer: verdicts with their effects, changes, cursor; all or nothing."""
    counted = settle(tx, answer.verdicts)
    changed = changes.apply(tx, answer.changes)
    if stored.get("sync.cursor") != answer.cursor:
        stored.put(tx, "sync.cursor", answer.cursor)
        stored.put(
            tx, "sync.cursor_at", contract.to_ms(answer.time)
        )  # the centre's time: an older stick knows its place
    return counted, changed


def settle(tx: Transaction, verdicts: Sequence[contract.Verdict]) -> dict[str, int]:
    """Verdicts and what a rejection means here."""
    counted = outbox.settle(tx, verdicts)
    for verdict in verdicts:
        if verdict.status == "rejected":
            row = Operation.get_or_none(Operation.id == verdict.id)
            if row is not None and row.type == "enrolment.request":
                reason = syncstate.REJECTIONS.get(verdict.code or "", verdict.detail or "")
                enrolments.refused(tx, row.subject, verdict.code or "", verdict.detail or reason)
    return counted


def forget_centre(tx: Transaction) -> None:
    """This machine is no longer who it was: it starts again from nothing with the centre, its outbox stays."""
    stored.put(tx, "sync.cursor", None)
    stored.put(tx, "sync.proof", None)
    syncstate.note(tx, paired=False, cloned=True)


def pointed(reply: Reply) -> tuple[list[int], bool]:
    """The places of the operations that a problem points at, and whether it points elsewhere. A pointer may be written
    as a fragment (``#/operations/0``), as in RFC 9457.
    """
    try:
        errors = msgspec.json.decode(reply.body).get("errors") or []
    except (msgspec.DecodeError, AttributeError):
        return [], False
    pointers = [str(e.get("pointer", "")) for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
    found = [re.match(r"#?/operations/(\d{1,4})(/|$)", one) for one in pointers]
    return sorted({int(match[1]) for match in found if match}), None in found


def packed(body: bytes) -> bytes:
    """A body in gzip, with nothing of a date or a name in it."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()
