"""The outbox: what this kiosk has to tell the centre, written in the unit of work it reports.

An operation is ``waiting`` until the centre's verdict. Its ``id`` counts once, for ever (contract, section 3,
rule 2), so one that was never sent may still be replaced by a newer word on the same subject; one that may have
left never changes. Nothing personal enters: :func:`refuse_personal` guards the only door. ``KioskError`` codes:
``personal_data``, ``unknown_operation``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from kiosk import contract
from kiosk.domain import stored
from kiosk.domain.people import identifiers
from kiosk.domain.reading import flags
from kiosk.ground.errors import KioskError
from kiosk.ground.events import OutboxChanged
from kiosk.ground.instants import DAY
from kiosk.storage.models import COUNT, Operation
from kiosk.storage.writer import Transaction

#: Seconds that a centre may ask to wait with an operation.
LONGEST_RETRY = 86_400
#: Ids that one statement names.
_PART = 500
#: Settled lines kept after their words are gone: a school year of a busy school.
KEPT_LINES = 5_000
#: Numbers skipped at the least when some may have been used without this database knowing.
GAP = 10_000
#: Where it is kept which types the centre says it understands (contract, rule 13).
UNDERSTOOD = "sync.operations"
#: Days that the words of a question sent to its speaker wait for a connection once they were erased here.
KEPT_DAYS = 30
#: Where the address of the centre is kept that operations go to; the last one's, when it changes.
CENTRE = "sync.centre"
#: States that nothing changes any more, but a centre that went back, or learnt a type.
SETTLED = ("accepted", "rejected", "dropped", "replaced", "ignored")
#: Hints of ``flags`` that stop a text from leaving.
PERSONAL_KINDS = ("phone", "email", "handle", "birth", "address", "school")


def append(tx: Transaction, kind: str, body: Any, *, subject: str, session_id: str = "") -> str:
    """Write an operation; returns its id. ``body`` is the contract's structure for ``kind``.

    Nothing is written, and the id is empty, for a session that is this kiosk's alone (the demonstration, one that a
    teacher made here, a rehearsal): no centre knows it.
    A waiting operation of the same kind and subject that never left takes the new body instead. The same body as
    the last one told is not told again. With personal data in it, the operation is ``held``: its words are not
    kept, it is shown to the teacher, it never leaves.
    """
    if identifiers.kept_here(session_id):
        return ""
    fields = msgspec.to_builtins(body)
    try:
        check(kind, fields)
        state, code = "waiting", ""
    except KioskError as refusal:
        if refusal.code != "personal_data":
            raise
        fields, state, code = {}, "held", refusal.code
    _drop_held(subject)
    last = Operation.select().where(Operation.subject == subject).order_by(Operation.seq.desc()).first()
    if last is not None and state == "waiting" and last.type == kind:
        if last.state in ("waiting", "accepted") and last.body == fields:
            return str(last.id)
        if last.state == "waiting" and last.attempts == 0:
            Operation.update(body=fields, at=tx.now).where(Operation.seq == last.seq).execute()
            return str(last.id)
    _set_right(tx, (Operation.subject == subject) & (Operation.type == kind), "replaced")
    new = identifiers.uuid7(tx.now)
    Operation.insert(
        id=new, type=kind, at=tx.now, body=fields, state=state, code=code, subject=subject, session_id=session_id
    ).execute()
    tx.publish(OutboxChanged())
    return new


def leave_gap(tx: Transaction) -> None:
    """Skip sequence numbers that an older copy of the database, or an empty one, may not know to be used (contract,
    section 3, rule 8: gaps are allowed, a number used twice is a cloned kiosk).

    At least :data:`GAP` more, and at least the seconds since 2020: no kiosk has said something every second since.
    """
    last = Operation.select(Operation.seq).order_by(Operation.seq.desc()).first()
    seq = max((last.seq if last is not None else 0) + GAP, tx.now // 1000 - 1_577_836_800)
    Operation.insert(
        seq=seq,
        id=identifiers.uuid7(tx.now),
        type="question.withdraw",
        at=tx.now,
        body={},
        state="dropped",
        subject="gap",
    ).execute()


def check(kind: str, fields: dict[str, Any]) -> None:
    """Refuse a body that is not the contract's, or that says something of a pupil.

    :raises KioskError: ``invalid``, ``personal_data``.
    """
    wanted = contract.OPERATIONS.get(kind)
    if wanted is None:
        raise KioskError("invalid", field="type")
    names = {field.encode_name for field in msgspec.structs.fields(wanted)}
    if set(fields) - names:
        raise KioskError("personal_data", field=sorted(set(fields) - names)[0])
    try:
        msgspec.convert(fields, wanted)
    except msgspec.ValidationError:
        raise KioskError("invalid", field="body") from None
    refuse_personal(kind, fields)


def refuse_personal(kind: str, fields: dict[str, Any]) -> None:
    """Contract, section 3, rule 9. :raises KioskError: ``personal_data`` (``field`` says where)."""
    found = contract.personal_fields(fields)
    if found:
        raise KioskError("personal_data", field=found[0])
    for name in ("text", "label"):
        text = fields.get(name)
        if isinstance(text, str) and _personal(text):
            raise KioskError("personal_data", field=name)


def _personal(text: str) -> bool:
    own = flags.OWN_NAME
    return any(hit[0] in PERSONAL_KINDS or hit[3] == own for hit in flags.hits(text))


def withdraw(tx: Transaction, kind: str, body: Any, *, subject: str, session_id: str = "", undoes: str) -> None:
    """Tell that a subject is taken back (``kind``), or only drop what announced it (``undoes``) if it never left, or if
    the centre took none of it.
    """
    _drop_held(subject)
    told = (Operation.subject == subject) & (Operation.type == undoes)
    known = (Operation.attempts > 0) & Operation.state.not_in(("rejected", "replaced"))
    left = Operation.select().where(told & (known | (Operation.state == "accepted"))).exists()
    _set_right(tx, told, "dropped")
    Operation.update(state="dropped", body={}, answered_at=tx.now).where(
        told & (Operation.state == "waiting") & (Operation.attempts == 0)
    ).execute()
    if left:
        append(tx, kind, body, subject=subject, session_id=session_id)


def unsay(tx: Transaction, kind: str, subject: str) -> None:
    """Drop what was about to be told of a subject and is true no more. What may have left stays: it was true then."""
    told = (Operation.subject == subject) & (Operation.type == kind)
    never_left = (Operation.state == "waiting") & (Operation.attempts == 0) | (Operation.state << ("held", "rejected"))
    if Operation.update(state="dropped", body={}, answered_at=tx.now).where(told & never_left).execute():
        tx.publish(OutboxChanged())


def forget(tx: Transaction, question_ids: Sequence[str], *, keep_open: bool = True) -> None:
    """Their words were erased here: drop what had not left, and the words of what had. ``keep_open``: those that a
    teacher chose to send to the speaker wait for a connection, :data:`KEPT_DAYS` at most.
    """
    for start in range(0, len(question_ids), 400):
        about = Operation.subject << list(question_ids[start : start + 400])
        if keep_open:
            chosen = about & (Operation.type << list(contract.LISTED_ONLY)) & (Operation.state == "waiting")
            until = tx.now + KEPT_DAYS * DAY
            Operation.update(keep_until=until).where(chosen & Operation.keep_until.is_null()).execute()
            about &= Operation.keep_until.is_null()
        Operation.update(state="dropped", answered_at=tx.now).where(
            about & (Operation.state << ("waiting", "held"))
        ).execute()
        Operation.update(body={}).where(about).execute()


def about(question_ids: Sequence[str]) -> tuple[int, int, int]:
    """(how many words on these questions wait to leave, how many the centre has, how many were chosen for the speaker
    and wait): what :func:`forget` drops, what it cannot take back, what it may keep.
    """
    waiting = sent = chosen = 0
    for start in range(0, len(question_ids), 400):
        rows = Operation.select(Operation.type, Operation.state, COUNT).where(
            (Operation.subject << list(question_ids[start : start + 400])) & (Operation.type != "question.withdraw")
        )
        grouped: Any = rows.group_by(Operation.type, Operation.state).tuples()
        for kind, state, n in grouped:
            if state == "waiting" and kind in contract.LISTED_ONLY:
                chosen += n
            elif state in ("waiting", "held"):
                waiting += n
            elif state == "accepted":
                sent += n
    return waiting, sent, chosen


def expire(tx: Transaction) -> int:
    """Erase what was kept to leave and could not in time; how many went."""
    late = Operation.keep_until.is_null(False) & (Operation.keep_until <= tx.now) & (Operation.body != {})
    gone = Operation.update(body={}, state="dropped", answered_at=tx.now).where(late).execute()
    if gone:
        tx.publish(OutboxChanged())
    return int(gone)


def erase_kept(tx: Transaction, operation_id: str, among: Collection[str] | None) -> None:
    """Erase one thing that was kept to leave, of these sessions (of any): it leaves no more.
    :raises KioskError: ``unknown_question``: it left meanwhile, or is another room's.
    """
    row: Any = Operation.get_or_none((Operation.id == operation_id) & Operation.keep_until.is_null(False))
    if row is None or row.state != "waiting" or (among is not None and row.session_id not in among):
        raise KioskError("unknown_question")
    Operation.update(body={}, state="dropped", answered_at=tx.now).where(Operation.id == operation_id).execute()
    tx.publish(OutboxChanged())


def expired(now: int) -> bool:
    """Whether :func:`expire` would erase something."""
    late = Operation.keep_until.is_null(False) & (Operation.keep_until <= now) & (Operation.body != {})
    return bool(Operation.select().where(late).exists())


def _drop_held(subject: str) -> None:
    Operation.update(state="dropped").where((Operation.subject == subject) & (Operation.state == "held")).execute()


def _set_right(tx: Transaction, which: Any, state: str) -> None:
    """What the centre rejected needs no correction any more: newer words, or none, took its place."""
    Operation.update(state=state, answered_at=tx.now).where(which & (Operation.state == "rejected")).execute()


# -- for the exchange ------------------------------------------------------------------------------


def due(now: int, *, but: Iterable[int] = (), limit: int = contract.MAX_OPERATIONS) -> list[Operation]:
    """The operations to send now, in order, at most ``limit``.

    One whose subject has an earlier operation that must wait, waits behind it: a withdrawal never overtakes.
    """
    tried = set(but)
    blocked: set[str] = set()
    found: list[Operation] = []
    unheard = contract.LISTED_ONLY - set(stored.get(UNDERSTOOD, []))
    for row in Operation.select().where(Operation.state == "waiting").order_by(Operation.seq).iterator():
        if row.seq in tried or row.type in unheard or put_off(row, now) or (row.subject and row.subject in blocked):
            blocked.add(row.subject)
            continue
        found.append(row)
        if len(found) >= limit:
            break
    return found


def unlisted() -> bool:
    """Whether something waits for the centre to say that it understands its type (contract, rule 13)."""
    unheard = contract.LISTED_ONLY - set(stored.get(UNDERSTOOD, []))
    waiting = (Operation.state == "waiting") & (Operation.type << list(unheard))
    return bool(Operation.select().where(waiting | (Operation.state == "ignored") & (Operation.body != {})).exists())


def put_off(row: Operation, now: int) -> bool:
    """Whether the centre asked to wait with this one. Never beyond :data:`LONGEST_RETRY`, whatever a clock that was put
    right since made of the hour.
    """
    return now < int(row.next_try_at) <= now + LONGEST_RETRY * 1000


def next_retry(now: int) -> int | None:
    """When the first of the operations put off may be sent again, if there are any."""
    rows = Operation.select().where((Operation.state == "waiting") & (Operation.next_try_at > now))
    return min((int(row.next_try_at) for row in rows if put_off(row, now)), default=None)


def sending(tx: Transaction, seqs: Sequence[int]) -> None:
    """Note, before they leave, that these may become known to the centre; to which one, the first time."""
    Operation.update(centre=stored.get(CENTRE, "")).where(
        (Operation.seq << list(seqs)) & (Operation.centre == "")
    ).execute()
    Operation.update(attempts=Operation.attempts + 1, sent_at=tx.now).where(
        (Operation.seq << list(seqs)) & (Operation.state == "waiting")
    ).execute()


def failed(tx: Transaction, seqs: Sequence[int], failure: str) -> None:
    """Note how the last sending of these went (a class of ``syncstate``)."""
    Operation.update(last_class=failure).where(Operation.seq << list(seqs)).execute()


def sent(ids: Iterable[str]) -> dict[str, Operation]:
    """Those of these operations that left, by id: a few statements, however many ids somebody names."""
    wanted, found = list(dict.fromkeys(ids)), dict[str, Operation]()
    for start in range(0, len(wanted), _PART):
        part = Operation.id << wanted[start : start + _PART]
        found |= {row.id: row for row in Operation.select().where(part & (Operation.attempts > 0))}
    return found


def settle(tx: Transaction, verdicts: Sequence[contract.Verdict], at: int) -> list[tuple[Operation, contract.Verdict]]:
    """Store verdicts, given ``at`` (UTC ms); returns those that counted, with their operation. A verdict already
    stored, or on what never left, counts for nothing.
    """
    counted: list[tuple[Operation, contract.Verdict]] = []
    waiting = {id: row for id, row in sent(one.id for one in verdicts).items() if row.state == "waiting"}
    for verdict in verdicts:
        row = waiting.get(verdict.id)
        if row is None:
            continue
        if verdict.status != "retry":
            del waiting[verdict.id]  # the first one counts
        counted.append((row, verdict))
        fields: dict[str, Any] = {
            "code": (verdict.code or "")[:100],
            "detail": (verdict.detail or "")[:500],
            "last_class": "ok",
        }
        if not row.verdict_before:  # its words are kept from the first verdict on
            fields["answered_at"] = at
        if verdict.status == "retry":
            after = verdict.after if verdict.after is not None else 60
            fields |= {"next_try_at": tx.now + min(after, LONGEST_RETRY) * 1000}
        else:
            fields |= {"state": verdict.status, "next_try_at": 0}
            if row.keep_until is not None:  # erased here, it has left: nothing of it stays
                fields["body"] = {}
        Operation.update(fields).where(Operation.seq == row.seq).execute()
    if any(verdict.status != "retry" for _row, verdict in counted):
        tx.publish(OutboxChanged())
    return counted


def resend(tx: Transaction, seq: int, changes: dict[str, Any] | None = None) -> str:
    """Send a rejected operation again, corrected: a new operation takes its place. Returns its id.

    :raises KioskError: ``unknown_operation``, ``invalid``, ``personal_data``.
    """
    row = Operation.get_or_none((Operation.seq == seq) & (Operation.state == "rejected"))
    if row is None or not row.body:
        raise KioskError("unknown_operation")
    fields = {**row.body, **(changes or {})}
    check(row.type, fields)
    Operation.update(state="replaced", answered_at=tx.now).where(Operation.seq == seq).execute()
    new = identifiers.uuid7(tx.now)
    Operation.insert(
        id=new, type=row.type, at=tx.now, body=fields, subject=row.subject, session_id=row.session_id
    ).execute()
    tx.publish(OutboxChanged())
    return new


def says(kind: str, subject: str) -> bool:
    """Whether a word of this kind on a subject waits to leave."""
    about = (Operation.subject == subject) & (Operation.type == kind)
    return bool(Operation.select().where(about & (Operation.state == "waiting")).exists())


def spoke(kind: str, subject: str) -> bool:
    """Whether this kiosk ever had a word of this kind on a subject to tell."""
    return bool(Operation.select().where((Operation.subject == subject) & (Operation.type == kind)).exists())


def counts() -> dict[str, int]:
    """How many operations are in each state."""
    rows: Any = Operation.select(Operation.state, COUNT).group_by(Operation.state).tuples()
    return dict(rows)


def newest() -> int:
    """The number of the last operation, 0 before the first."""
    row = Operation.select(Operation.seq).order_by(Operation.seq.desc()).first()
    return int(row.seq) if row is not None else 0


def waiting() -> int:
    """How many operations wait for a verdict."""
    return int(Operation.select().where(Operation.state == "waiting").count())


def waiting_seqs() -> list[int]:
    """The numbers of those that wait for a verdict."""
    return [row.seq for row in Operation.select(Operation.seq).where(Operation.state == "waiting")]


def prune(tx: Transaction) -> None:
    """Keep the outbox bounded: of settled operations whose words are gone (:func:`kiosk.domain.retelling.let_go`), the
    last lines only.

    By count, never by date: a clock put right by years must not make them old. What waits always stays, rejected words
    stay until they are corrected, and the newest line stays: its ``seq`` must never serve twice.
    """
    settled = (Operation.state << SETTLED) & (Operation.body == {})
    oldest = Operation.select(Operation.seq).where(settled).order_by(Operation.seq.desc()).offset(KEPT_LINES).first()
    if oldest is not None:
        Operation.delete().where(settled & (Operation.seq <= oldest.seq)).execute()
