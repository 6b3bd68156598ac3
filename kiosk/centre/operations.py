"""What each operation does (contract, section 3): type → how its body is read, and the rule that runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from kiosk.centre import answers, enrolments, feed, questions, reports
from kiosk.centre.models import Kiosk, Operation
from kiosk.centre.refusals import Rejection
from kiosk.centre.store import Tx
from kiosk.contract import OPERATIONS
from kiosk.contract import Operation as Message
from kiosk.contract import Verdict, to_ms
from kiosk.contract.storable import storable
from kiosk.ground.i18n import _

Rule = Callable[[Tx, str, str, int, Any], None]
RULES: dict[str, Rule] = {
    "enrolment.request": enrolments.request,
    "enrolment.cancel": lambda tx, uai, kiosk, seq, body: enrolments.cancel(tx, uai, kiosk, seq, body.enrolment_id),
    "question.prepared": questions.prepared,
    "question.withdraw": lambda tx, uai, kiosk, seq, body: questions.withdraw(tx, uai, kiosk, seq, body.question_id),
    "question.asked": reports.asked,
    "question.open": answers.opened,
    "attendance.report": reports.attendance,
    "reflection.summary": reports.reflection,
}


#: The types that this centre understands, as it tells them (contract, rule 13).
UNDERSTOOD = sorted(RULES)


def known(uai: str, messages: list[Message]) -> dict[str, Verdict]:
    """The verdicts that operations got already, whichever identity of the school sent them (rule 2)."""
    if not messages:
        return {}
    rows = Operation.select(Operation.id, Operation.verdict).where(
        (Operation.uai == uai) & Operation.id.in_([one.id for one in messages])
    )
    return {row.id: msgspec.json.decode(row.verdict, type=Verdict) for row in rows}


def apply(
    tx: Tx, kiosk: Kiosk, messages: list[Message], verdicts: dict[str, Verdict], *, revision: int = 1
) -> dict[str, Verdict]:
    """Run operations in order, each once, for ever (rule 2): a repeat gets the verdict of the first time, one of
    `verdicts` (:func:`known`).

    An unknown type is ignored: a kiosk of revision 2 sends it again once the type is listed, another is told that it
    is accepted, so that it leaves the outbox. What was ignored is run once its type is known (rule 13).
    """
    done = []
    for message in messages:
        before = verdicts.get(message.id)
        if before is not None and not (before.status == "ignored" and message.type in RULES):
            continue
        verdict = verdicts[message.id] = _run(tx, kiosk, message, revision)
        text = msgspec.json.encode(verdict).decode()
        if before is None:
            done.append({"uai": kiosk.uai, "id": message.id, "kiosk": kiosk.id, "seq": message.seq, "verdict": text})
        else:
            Operation.update(verdict=text).where((Operation.uai == kiosk.uai) & (Operation.id == message.id)).execute()
    if done:
        Operation.insert_many(done).execute()
        feed.hear(len(done))
    if revision < 2:  # `ignored` is no word of revision 1
        return {id: Verdict(id, "accepted") if one.status == "ignored" else one for id, one in verdicts.items()}
    return verdicts


def _run(tx: Tx, kiosk: Kiosk, message: Message, revision: int) -> Verdict:
    rule = RULES.get(message.type)
    if rule is None and revision >= 2:
        return Verdict(message.id, "ignored")
    # What an older copy lost is judged by the hour it was written.
    tx.said = min(to_ms(message.at), tx.now) if message.seq <= kiosk.lost_seq else tx.now
    if rule is not None:
        try:
            rule(tx, kiosk.uai, kiosk.id, message.seq, _body(message))
        except Rejection as rejection:
            return Verdict(message.id, "rejected", rejection.code, rejection.detail)
    return Verdict(id=message.id, status="accepted")


def _body(message: Message) -> Any:
    """The typed body. :raises Rejection: `invalid`, with the field at fault."""
    try:
        body = msgspec.convert(message.body, OPERATIONS[message.type])
    except msgspec.ValidationError as error:
        raise Rejection("invalid", str(error)) from None
    for name, value in msgspec.to_builtins(body).items():
        if storable(value) is False:
            raise Rejection("invalid", _("« %(field)s » contient une valeur qui ne peut pas être gardée.", field=name))
    return body
