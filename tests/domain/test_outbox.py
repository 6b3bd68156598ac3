"""Numbers of the outbox: a ``seq`` serves once, whatever is erased (contract, section 3, rules 3 and 8)."""

from __future__ import annotations

import pytest

from factories import make_question
from kiosk.domain import demonstration, outbox, overdue, retention
from kiosk.domain.questions import preparation
from kiosk.storage.models import Operation


def newest() -> int:
    return Operation.select(Operation.seq).order_by(Operation.seq.desc()).get().seq


def say(tx, n: int, **fields) -> None:
    for number in range(n):
        Operation.insert(
            id=f"{fields}-{number}", type="question.withdraw", at=1, body={"question_id": "q"}, subject="q", **fields
        ).execute()


ERASERS = {
    "everything said in the room": lambda tx, room: retention.wipe(tx, room),
    "what is older": lambda tx, room: overdue.forget(tx, 0),
    "the demonstration": lambda tx, room: demonstration.remove(tx),
    "settled operations": lambda tx, room: outbox.prune(tx),
}


@pytest.mark.parametrize("eraser", ERASERS)
def test_what_erases_never_frees_the_newest_number(kiosk, write, room, monkeypatch, eraser):
    monkeypatch.setattr(outbox, "KEPT_LINES", 2)
    make_question(kiosk, room, "q1")
    write(preparation.add_many, room, ["Une question ?", "Une autre ?"], origin="prepared")
    write(say, 8, state="accepted", answered_at=1)
    last = newest()
    write(ERASERS[eraser], room)
    write(say, 1)
    assert newest() == last + 1
