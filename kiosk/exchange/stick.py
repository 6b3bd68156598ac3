"""The exchange on a USB stick (contract, section 6): the same bodies in a file, signed with the kiosk's token; or with
a long code, when the file asks for that token.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import replace

import msgspec

from kiosk import contract
from kiosk.contract import schools, stickfiles, sticks
from kiosk.domain import outbox, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import changes, exchange, identity, pairing, place, syncstate
from kiosk.exchange.identity import Identity, Pending
from kiosk.exchange.messages import Reply
from kiosk.exchange.outcome import Outcome
from kiosk.ground import instants
from kiosk.ground.errors import KioskError
from kiosk.ground.values import dataclass
from kiosk.storage.writer import Transaction

#: How many answers already read are remembered; bytes of the messages of one file, before they are packed.
REMEMBERED = 200
MAX_CARRIED = 4 * 1024 * 1024


def request(kiosk: Kiosk) -> tuple[str, bytes]:
    """(name, bytes) of the file to carry: all that waits, in as many messages as it takes and as fit; the rest goes
    with the next one. It asks for the token, when a long code was typed and its answer has not come.

    :raises KioskError: ``not_paired``: without a token nobody could believe the file.
    """
    who, _copied = identity.load(kiosk.settings.data_dir, kiosk.clock.now())
    asking = who.pending
    if asking:
        who = replace(who, kiosk=asking.kiosk, uai=asking.uai)
    elif not who.token:
        raise KioskError("not_paired")
    now = kiosk.clock.now()
    messages = _messages(kiosk, who, None if asking else place.cursor(), now)
    head = {"kind": "request", "kiosk": who.kiosk, "uai": who.uai, "made_at": instants.rfc3339(now)}
    form, key = "many", who.token.encode()
    if asking:
        head |= {"kind": "pairing", "label": asking.label, "salt": asking.salt}
        form, key = "pairing", bytes.fromhex(asking.key)
    stamp = instants.rfc3339(now)[:16].replace(":", "").replace("T", "-")
    return f"{who.uai}-{stamp}{sticks.SUFFIX}", stickfiles.written(kiosk.engine, form, head, messages, key)


def _messages(kiosk: Kiosk, who: Identity, cursor: str | None, now: int) -> list[bytes]:
    made: list[bytes] = []
    tried: set[int] = set()
    while sum(map(len, made)) < MAX_CARRIED:
        due = outbox.due(now, but=tried)
        if not due and made:
            break
        batch, message = exchange.fitted(who, due, cursor, now, sticks.MAX_CHANGES)
        tried.update(row.seq for row in batch)
        made.append(msgspec.json.encode(message))
        kiosk.engine.sleep(0)  # everybody else passes
        if not batch:
            break
    if tried:
        kiosk.write(lambda tx: outbox.sending(tx, sorted(tried)))
    return made


# -- pairing ---------------------------------------------------------------------------------------


def ask(kiosk: Kiosk, code: str, uai: str, label: str = "") -> None:
    """Get ready to be paired by stick with a long code: :func:`request` is then the file that asks. The same code again
    goes on with the same key.

    :raises KioskError: ``uai_*``, ``pairing_long``: not the shape of a long code.
    """
    uai, plain = schools.normalise_uai(uai), sticks.long_code(code)
    if plain is None:
        raise KioskError("pairing_long", field="code")
    now = kiosk.clock.now()
    who, _copied = identity.load(kiosk.settings.data_dir, now)
    held = who.pending
    salt = held.salt if held and held.uai == uai else secrets.token_hex(16)
    key = kiosk.engine.apart(lambda: sticks.stretched(plain, salt), "kiosk-stretch").hex()
    if held and held.uai == uai and not hmac.compare_digest(key, held.key):  # another code: a salt serves one
        salt = secrets.token_hex(16)
        key = kiosk.engine.apart(lambda: sticks.stretched(plain, salt), "kiosk-stretch").hex()
    # An identity belongs to one school; the one held counts until the centre has answered.
    same = who.kiosk if not who.uai or who.uai == uai else ""
    name = held.kiosk if held and held.uai == uai else same or identity.fresh(now).kiosk
    identity.save(kiosk.settings.data_dir, replace(who, pending=Pending(name, uai, label, salt, key)))
    kiosk.write(lambda tx: syncstate.note(tx, asked=uai))


def give_up(kiosk: Kiosk) -> None:
    """Forget the code that was typed: no answer is awaited any more."""
    who, _copied = identity.load(kiosk.settings.data_dir, kiosk.clock.now())
    identity.save(kiosk.settings.data_dir, replace(who, pending=None))
    kiosk.write(lambda tx: syncstate.note(tx, asked=""))


# -- the answer ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Page:
    """A page of an answer, applied in one unit of work; the last one has the ``seal`` of the file, now read. One that
    ``follows`` is of the place where the one before led (contract, section 6: the first page's ``ask`` is checked).
    """

    heard: exchange.Heard
    seal: str
    follows: bool

    def apply(self, tx: Transaction) -> tuple[dict[str, int], dict[str, int]]:
        if self.seal:
            stored.put(tx, "sync.stick.read", [*stored.get("sync.stick.read", []), self.seal][-REMEMBERED:])
        answer = self.heard.answer
        syncstate.note(tx, last_success=tx.now)
        if self.follows and answer.ask is not None:
            answer = msgspec.structs.replace(answer, ask=place.ask())
            return exchange.apply(tx, replace(self.heard, answer=answer), "")
        if answer.ask is None and contract.to_ms(answer.time) < int(stored.get("sync.cursor_at", 0)):
            return exchange.settle(tx, answer.verdicts, exchange.said_at(answer)), changes.apply(tx, answer.changes)
        return exchange.apply(tx, self.heard, "")


def take_answer(kiosk: Kiosk, data: bytes) -> Outcome:
    """Apply the centre's answer as one that came over HTTP, page by page. The same file twice changes nothing.

    An answer older than the last one heard never moves the cursor back.

    :raises KioskError: ``not_paired``, ``stick_invalid``, ``stick_large``, ``stick_foreign`` (another kiosk's, or
        altered).
    """
    who, _copied = identity.load(kiosk.settings.data_dir, kiosk.clock.now())
    if not who.token and not who.pending:
        raise KioskError("not_paired")
    known = _answered_as(who)
    writers = [stickfiles.Writer("answer", one.kiosk, one.uai, one.token.encode()) for one in known]
    try:
        file = stickfiles.read(kiosk.engine, data, writers)
    except sticks.Damaged as error:
        raise KioskError("stick_large" if error.large else "stick_invalid") from None
    if file is None:
        raise KioskError("stick_foreign")
    now = known[file.writer]
    heard = [_heard(kiosk, message) for message in file.messages]
    follows = now is not who and not place.late(heard[0].answer)  # a pairing goes to another place itself
    if now is not who:
        pairing.adopt(kiosk, who, replace(now, url=kiosk.settings.centre_url.rstrip("/")))
    counted, changed, renewed, seal = {"accepted": 0, "rejected": 0}, 0, False, file.seal
    for one in heard if seal not in stored.get("sync.stick.read", []) else []:
        before, late = place.epoch(), not follows and place.late(one.answer)
        if place.another(one.answer) and not late and (renewed or place.too_often(kiosk.clock.now())):
            raise pairing.failed(Reply("server", detail=syncstate.EPOCHS))  # what was read so far stays
        verdicts, came = kiosk.write(_Page(one, seal if one is heard[-1] else "", follows).apply)
        follows = not late and before in ("", place.epoch())
        renewed = renewed or before not in ("", place.epoch())
        counted = {name: counted[name] + verdicts.get(name, 0) for name in counted}
        changed += sum(came.values())
    return Outcome(
        "ok",
        accepted=counted["accepted"],
        rejected=counted["rejected"],
        waiting=outbox.waiting(),
        changes=changed,
        unread=tuple(aside for one in heard for aside in one.unread),
        paired=now is not who,
        more=heard[-1].answer.more or place.cursor() is None,  # another history is to be read from its start
    )


def _answered_as(who: Identity) -> list[Identity]:
    """As whom this kiosk may be answered by a file: as it is paired, or as it asked to be."""
    found = [who] if who.token else []
    if asked := who.pending:
        token = sticks.token_of(bytes.fromhex(asked.key), asked.uai, asked.kiosk)
        found.append(replace(who, kiosk=asked.kiosk, uai=asked.uai, token=token, pending=None))
    return found


def _heard(kiosk: Kiosk, message: bytes) -> exchange.Heard:
    try:
        heard = exchange.heard(message, lambda: kiosk.engine.sleep(0))
    except exchange.NotAnAnswer as error:
        raise KioskError("stick_large" if error.detail == exchange.TOO_MUCH else "stick_invalid") from None
    if heard.answer.contract != contract.CONTRACT:
        raise KioskError("stick_invalid")
    return heard
