"""Run by :mod:`sync.revision_1` with the code of then: a kiosk that does what each line of its standard input says.

``python revision_1_kiosk.py FOLDER ADDRESS``; a line is ``{"do": name, …}``, the answer ``{"value": …}``.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk import contract
from kiosk.app import create_kiosk
from kiosk.domain import enrolments, rooms
from kiosk.domain.questions import preparation
from kiosk.exchange import pairing
from kiosk.exchange.round import Round
from kiosk.exchange.wire import HttpLine
from kiosk.ground.config import Settings
from kiosk.storage.models import Enrolment, Operation, Question, Room, Session

assert not hasattr(contract, "REVISION"), "this is not the code of before revision 2"
kiosk = create_kiosk(Settings(data_dir=Path(sys.argv[1]), engine="threading", centre_url=sys.argv[2]))
kiosk.writer.start()


def pair(code: str, uai: str) -> None:
    line = HttpLine()
    pairing.pair(kiosk, line, code, uai)
    line.close()


def exchange() -> list[Any]:
    line = HttpLine()
    try:
        outcome = Round(kiosk, line, keep_time=False).run()
    finally:
        line.close()
    return [outcome.failure, outcome.accepted, outcome.rejected, outcome.waiting]


def enrol(session: str, label: str) -> str:
    return str(kiosk.write(lambda tx: enrolments.request(tx, session, label=label, level="4E", headcount=25)))


def cancel(id: str) -> None:
    kiosk.write(lambda tx: enrolments.cancel(tx, id))


def prepare(session: str, text: str) -> None:
    room = Room.select().first()
    id = room.id if room else kiosk.write(lambda tx: rooms.add(tx, "Salle"))
    if room is None or room.session_id != session:
        kiosk.write(lambda tx: rooms.choose_session(tx, id, session, class_label="4e B", headcount=25))
    kiosk.write(lambda tx: preparation.add(tx, id, text, theme="metier"))


def withdraw(text: str) -> None:
    row = Question.get(Question.text == text)
    kiosk.write(lambda tx: preparation.delete(tx, row.room_id or "", row.id))


def held() -> dict[str, Any]:
    return {
        "sessions": {row.id: row.title for row in Session.select().where(~Session.deleted)},
        "links": {row.id: row.meeting_url for row in Session.select().where(~Session.deleted)},
        "enrolments": {row.id: row.state for row in Enrolment.select()},
        "operations": [[row.type, row.state] for row in Operation.select().order_by(Operation.seq)],
    }


ACTS: dict[str, Callable[..., Any]] = {
    one.__name__: one for one in (pair, exchange, enrol, cancel, prepare, withdraw, held)
}
for text in sys.stdin:
    asked = json.loads(text)
    try:
        answer = {"value": ACTS[asked.pop("do")](**asked)}
    except BaseException:
        answer = {"failed": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
kiosk.writer.stop()
kiosk.database.close()
