"""What was told already and is told again: to a centre that went back, that learnt a type, or that says otherwise."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import Any

import msgspec

from kiosk import contract
from kiosk.domain import outbox, policy, stored
from kiosk.domain.people import identifiers
from kiosk.ground.events import OutboxChanged
from kiosk.ground.instants import DAY
from kiosk.storage.models import Operation
from kiosk.storage.writer import Transaction

#: Days after its verdict during which an operation keeps its words, within the retention of those: a centre brought
#: back from a copy gets them again (contract, rule 10).
PAYLOAD_DAYS = 90
#: Operations that one statement names at most.
_PART = 500
#: What takes something back → what it takes back.
_TAKES_BACK = {"question.withdraw": "question.prepared", "enrolment.cancel": "enrolment.request"}
#: What later says all that an operation said, or undoes it: told after those, it would bring back what was.
_OVERTAKEN_BY = {
    "question.prepared": ("question.prepared", "question.withdraw"),
    "enrolment.request": ("enrolment.cancel",),
}


def put_back(tx: Transaction) -> int:
    """The centre begins another history (contract, rule 10): all that is kept goes again, in order, whatever was
    answered, except what was rejected, what the school shares no longer and what was first sent to another centre.
    Returns how many wait again.
    """
    return _again(tx, Operation.centre << _here())


def returned(tx: Transaction) -> int:
    """The kiosk is back at a centre that it had left: what that one took goes again, since nobody knows any more which
    history of it that was (contract, rule 11). What it holds and was taken back meanwhile, at another one, is taken
    back from it too, by an operation of its own.
    """
    here = stored.get(outbox.CENTRE, "")
    if not here:
        return 0
    for row in list(Operation.select().where(_elsewhere() & (Operation.type << list(_TAKES_BACK)))):
        if _holds(row, here):
            body = msgspec.convert(row.body, contract.OPERATIONS[row.type])
            once_more(tx, row.type, body, subject=row.subject, session_id=row.session_id)
    return _again(tx, Operation.centre == here)


def _holds(taken_back: Operation, here: str) -> bool:
    """Whether a centre took what was taken back elsewhere, and was not told so."""
    said = (Operation.subject == taken_back.subject) & (Operation.centre << ["", here])
    took = said & (Operation.type == _TAKES_BACK[taken_back.type]) & (Operation.state << ("accepted", "waiting"))
    told = said & (Operation.type == taken_back.type)
    return bool(
        Operation.select().where(took & (Operation.attempts > 0)).exists()
        and not Operation.select().where(told).exists()
    )


def now_listed(tx: Transaction, types: Iterable[str]) -> None:
    """The centre knows these types: what it ignored of them goes again (contract, rule 13)."""
    again = (Operation.state == "ignored") & (Operation.type << list(types)) & (Operation.body != {})
    if Operation.update(state="waiting", next_try_at=0).where(again).execute():
        tx.publish(OutboxChanged())


def left(tx: Transaction, told: str) -> None:
    """The kiosk goes to another centre, or serves another school: what was told before is ``told``'s (its address, with
    the school when that is what changes; empty when nobody can say), and was told, even if it waited to be again.
    """
    waits = Operation.state == "waiting"
    Operation.update(state=Operation.verdict_before, verdict_before="").where(
        waits & (Operation.verdict_before != "")
    ).execute()
    Operation.update(centre="").where(waits).execute()  # nobody answered: it is the next one's
    if told:
        taken = (Operation.attempts > 0) & (Operation.centre << _here()) & ~waits
        Operation.update(centre=told).where(taken).execute()


def elsewhere() -> int:
    """How many operations another centre took, that this one may be told if the user wants it (contract, rule 10)."""
    return int(Operation.select().where(_elsewhere() & ~_overtaken()).count())


def tell_here(tx: Transaction) -> int:
    """The user wants this centre to be told, in order, what another one took; but for what later words, told here
    already, have overtaken. Returns how many wait.
    """
    overtaken = [row.seq for row in Operation.select(Operation.seq).where(_elsewhere() & _overtaken())]
    for start in range(0, len(overtaken), _PART):
        part = Operation.seq << overtaken[start : start + _PART]
        Operation.update(state="replaced").where(part).execute()
    here = stored.get(outbox.CENTRE, "")
    told = Operation.update(state="waiting", centre=here, verdict_before="", next_try_at=0).where(_elsewhere())
    number = int(told.execute())
    if number or overtaken:
        tx.publish(OutboxChanged())
    return number


def _overtaken() -> Any:
    """Whether this centre may have been told since what takes the place of an operation that another one took."""
    later = Operation.alias()
    told = (later.seq > Operation.seq) & (later.attempts > 0)
    told &= (later.centre << _here()) & (later.state != "rejected")
    by = [
        (Operation.type == kind)
        & (Operation.subject << later.select(later.subject).where(told & (later.type << types)))
        for kind, types in _OVERTAKEN_BY.items()
    ]
    return functools.reduce(operator.or_, by)


def once_more(tx: Transaction, kind: str, body: Any, *, subject: str, session_id: str = "") -> None:
    """Tell what was told already to a centre that says otherwise: a new operation, with an id of its own."""
    fields = {"body": msgspec.to_builtins(body), "subject": subject, "session_id": session_id}
    Operation.insert(id=identifiers.uuid7(tx.now), type=kind, at=tx.now, **fields).execute()
    tx.publish(OutboxChanged())


def let_go(tx: Transaction, heard_at: int) -> None:
    """Erase the words of what was settled more than :data:`PAYLOAD_DAYS` before an answer of the centre's (UTC ms).

    Verdicts are dated by the centre's clock, so both ends of the ninety days are its own. This kiosk's may be years
    off, ahead or behind, until the centre has put it right: it would make old what was told a minute ago.
    """
    settled = Operation.state << ("accepted", "dropped", "replaced", "ignored")
    old = Operation.answered_at < heard_at - PAYLOAD_DAYS * DAY
    Operation.update(body={}).where(settled & (Operation.body != {}) & old).execute()


def _again(tx: Transaction, which: Any) -> int:
    again = _kept() & which
    number = Operation.update(verdict_before=Operation.state, state="waiting", next_try_at=0).where(again).execute()
    if number:
        tx.publish(OutboxChanged())
    return int(number)


def _kept() -> Any:
    """What was answered and may be told again: its words are here, and the school still shares them."""
    taken = (Operation.state << ("accepted", "ignored")) & (Operation.body != {})
    return taken & Operation.type.not_in(_unshared()) & Operation.keep_until.is_null()


def _here() -> list[str]:
    return ["", stored.get(outbox.CENTRE, "")]


def _elsewhere() -> Any:
    return _kept() & Operation.centre.not_in(_here())


def _unshared() -> list[str]:
    """Types that the school does not share now."""
    chosen = policy.current()
    shares = {"question.asked": chosen.share_asked, "reflection.summary": chosen.share_reflection}
    return [kind for kind, shared in shares.items() if not shared]
