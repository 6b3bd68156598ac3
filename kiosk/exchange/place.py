"""Where this kiosk is in what the centre says (contract, rules 10 to 14): the cursor and the ``ask`` that goes with it,
the history of the centre it knows (``epoch``) and how far that history has answered (``had_seq``).

The functions that take a ``tx`` are called in the unit of work of what they go with.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from kiosk import contract
from kiosk.domain import outbox, retelling, stored, unmentioned
from kiosk.ground.instants import DAY
from kiosk.ground.values import dataclass
from kiosk.storage.writer import Transaction

CURSOR, ASK, EPOCH, HAD = "sync.cursor", "sync.ask", "sync.epoch", "sync.had_seq"
#: A reading from the start that is under way; instants of the last new histories; what the centre takes.
RUN, EPOCHS, LIMITS = "sync.run", "sync.epochs", "sync.limits"
#: New histories taken in a day; beyond, the centre is going in circles (rule 11).
MOST_A_DAY = 3
#: Characters of a cursor of revision 1, which says nothing of their number, that are kept.
LONGEST_OLD_CURSOR = 16_384


@dataclass(frozen=True)
class Limits:
    """What a request may hold: the lower of what the centre says and of the contract's rule 1."""

    operations: int = contract.MAX_OPERATIONS
    bytes: int = contract.MAX_BODY


def cursor() -> str | None:
    """The place to ask from; None asks for everything."""
    held = stored.get(CURSOR)
    return None if held is None else str(held)


def ask() -> str:
    """What goes with the cursor; empty before the first."""
    return str(stored.get(ASK, ""))


def epoch() -> str:
    """The history of the centre that is known; empty before the first."""
    return str(stored.get(EPOCH, ""))


def had_seq() -> int:
    """The highest ``seq`` that this history answered for good; 0 in a new one."""
    return int(stored.get(HAD, 0))


def limits() -> Limits:
    """What a request may hold."""
    return Limits(**stored.get(LIMITS, {}))


def begin(tx: Transaction) -> None:
    """Have an ``ask`` before the first request, on a kiosk that never had one."""
    if not ask():
        stored.keep(tx, ASK, _random())


def move(tx: Transaction, to: str | None) -> None:
    """Go to another place; the same one again is none. Asking from the start is one each time."""
    if to is None or cursor() != to:
        stored.put(tx, CURSOR, to)
        stored.keep(tx, ASK, _random())


def answered(tx: Transaction, seqs: Iterable[int]) -> None:
    """The history that is known answered these for good."""
    highest = max(seqs, default=0)
    if highest > had_seq():
        stored.keep(tx, HAD, highest)


def limited(tx: Transaction, said: Any) -> None:
    """Keep what the centre says that it takes (``limits`` of ``about``), as far as it can be read."""
    given = said if isinstance(said, dict) else {}
    most = Limits()
    values = {
        name: min(value, getattr(most, name))
        for name in ("operations", "bytes")
        if type(value := given.get(name)) is int and value >= 1
    }
    if values != stored.get(LIMITS, {}):
        stored.keep(tx, LIMITS, values or None)


def too_often(now: int) -> bool:
    """Whether the centre began so many histories within a day that one more is not taken."""
    return len(_lately(now)) >= MOST_A_DAY


def another(answer: contract.Answer) -> bool:
    """Whether an answer is of another history than the one that is known."""
    return answer.epoch is not None and epoch() not in ("", answer.epoch)


def late(answer: contract.Answer) -> bool:
    """Whether an answer is to a request from another place than the present one: it brings its verdicts only."""
    return answer.ask is not None and answer.ask != ask()


def take(tx: Transaction, answer: contract.Answer) -> None:
    """Another history of the centre: cursor and revisions are forgotten, what is kept goes again (rules 10, 11), that
    which this very answer accepts too: ``had_seq`` counts from the next one on, in order.
    """
    stored.put(tx, EPOCH, answer.epoch)
    stored.keep(tx, EPOCHS, [*_lately(tx.now), tx.now])
    retelling.put_back(tx)
    _start_again(tx)


def leave(tx: Transaction) -> None:
    """The kiosk is paired with another centre, or for another school: nothing of the last one counts."""
    stored.put(tx, EPOCH, None)
    stored.keep(tx, EPOCHS, None)
    stored.keep(tx, LIMITS, None)
    stored.put(tx, outbox.UNDERSTOOD, None)
    _start_again(tx)


def paired(tx: Transaction) -> None:
    """A pairing or a new identity: the centre has answered this kiosk nothing yet."""
    stored.keep(tx, HAD, 0)
    begin(tx)


def went(tx: Transaction, answer: contract.Answer, named: Sequence[tuple[str, str]]) -> None:
    """A page was applied: take its cursor; keep what it named (``type``, ``id``), and after the last page of a whole
    reading let go of what none named (rule 12).
    """
    if cursor() is None:
        unmentioned.begin(tx)
        stored.keep(tx, RUN, {"epoch": answer.epoch, "whole": True})
    run = stored.get(RUN)
    if answer.epoch is not None and not epoch():
        stored.put(tx, EPOCH, answer.epoch)  # the first one seen is taken without forgetting
    move(tx, answer.cursor)
    if run is None:
        return
    whole = bool(run["whole"] and answer.snapshot and answer.ask is not None and run["epoch"] == answer.epoch)
    if answer.more:
        unmentioned.name(tx, named)
        stored.keep(tx, RUN, {**run, "whole": whole})
        return
    stored.keep(tx, RUN, None)
    if whole:
        unmentioned.name(tx, named)
        unmentioned.hide(tx)
    unmentioned.begin(tx)


def _start_again(tx: Transaction) -> None:
    move(tx, None)
    stored.keep(tx, HAD, 0)
    stored.keep(tx, RUN, None)
    unmentioned.forget_revisions(tx)


def _lately(now: int) -> list[int]:
    return [at for at in stored.get(EPOCHS, []) if abs(now - at) < DAY]


def _random() -> str:
    return secrets.token_urlsafe(6)
