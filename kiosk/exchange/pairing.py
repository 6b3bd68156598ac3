"""Pairing (contract, section 2): a code given by the centre becomes this kiosk's token."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec

from kiosk import contract
from kiosk.contract import schools, sticks
from kiosk.domain import outbox, policy, retelling, stored
from kiosk.domain.kiosk import Kiosk
from kiosk.exchange import identity, place, syncstate
from kiosk.exchange.about import about_centre
from kiosk.exchange.exchange import pointers
from kiosk.exchange.messages import Call, Line, Reply
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import _
from kiosk.storage.writer import Transaction


def pair(kiosk: Kiosk, line: Line, code: str, uai: str, label: str = "") -> None:
    """Probe the centre, then exchange the code for a token, kept in a file of mode 600.

    A token for another school or another centre than before starts again from the whole of what concerns it.

    :raises KioskError: ``centre_unset``, ``uai_*``, ``pairing_code``, ``pairing_by_stick``, ``pairing_rate``,
        ``centre_failed``
        (``failure`` is its class).
    """
    if sticks.long_code(code):
        raise KioskError("pairing_by_stick", field="code")
    base = kiosk.settings.centre_url.rstrip("/")
    if not base:
        raise KioskError("centre_unset")
    uai = schools.normalise_uai(uai)
    now = kiosk.clock.now()
    held, _copied = identity.load(kiosk.settings.data_dir, now)
    who = held
    if held.uai and held.uai != uai:
        who = identity.fresh(now)  # an identity belongs to one school; the one held counts until the code is good
    reply, _about = about_centre(line, base)
    if reply.failure != "ok":
        raise failed(reply)
    wanted = contract.PairRequest(uai=uai, code=normalised(code), kiosk=who.kiosk, label=label)
    reply = _asked(line, base, wanted)
    if reply.code == "kiosk_cloned":  # another school's kiosk has this name: a copy of one that was not paired yet
        who = identity.fresh(now)
        reply = _asked(line, base, msgspec.structs.replace(wanted, kiosk=who.kiosk))
    token = _token(reply)
    adopt(kiosk, held, replace(who, token=token, uai=uai, url=base, pending=None))


def _asked(line: Line, base: str, wanted: contract.PairRequest) -> Reply:
    body = msgspec.json.encode(wanted)
    return line.carry(Call("POST", f"{base}/v1/pair", {"Content-Type": "application/json"}, body))


def adopt(kiosk: Kiosk, before: identity.Identity, now: identity.Identity) -> None:
    """Be ``now`` for the centre from now on. Another school or another centre than the one that was told so far starts
    again from nothing known of it; another identity (``before``'s was a copy's, or lost) keeps the history it knows.
    """
    identity.save(kiosk.settings.data_dir, now)

    def keep_pairing(tx: Transaction) -> None:
        url = str(stored.get(outbox.CENTRE, "")) or before.url
        uai = str(stored.get(policy.PAIRED_UAI, "")) or before.uai
        same_school = uai in ("", now.uai)
        if url != now.url or not same_school:
            retelling.left(tx, url if same_school else f"{url} {uai}")
            place.leave(tx)
        elif before.kiosk != now.kiosk:
            place.move(tx, None)
        place.paired(tx)
        stored.put(tx, policy.PAIRED_UAI, now.uai)
        stored.put(tx, outbox.CENTRE, now.url)
        if url != now.url:
            retelling.returned(tx)
        stored.put(tx, "sync.proof", None)
        syncstate.note(tx, paired=True, cloned=False, failure="", detail="", asked="")

    kiosk.write(keep_pairing)


def normalised(code: str) -> str:
    """A code as the centre gave it: « 7kq2 m9xa », copied with a long dash or without any, is 7KQ2-M9XA. One of another
    shape goes as it was typed.
    """
    close = re.sub(r"[\W_]+", "", code).upper()
    return f"{close[:4]}-{close[4:]}" if re.fullmatch(r"[0-9A-Z]{8}", close) else code.strip()


def failed(reply: Reply) -> KioskError:
    """The refusal that says a failure's sentence and its cure."""
    words = f"{syncstate.sentence(reply.failure)} {syncstate.fix(reply.failure, reply.detail)}"
    error = KioskError("centre_failed", sentence=words)
    error.values["failure"] = reply.failure
    return error


def _token(reply: Reply) -> str:
    if reply.code == "pairing_code":
        raise KioskError("pairing_code", field="code")
    if reply.status == 429:
        raise KioskError("pairing_rate", seconds=reply.retry_after or 900)
    if reply.code == "invalid":
        if any(where != "/uai" for where in pointers(reply)):
            raise failed(replace(reply, failure="server"))
        raise KioskError("uai_checksum", field="uai")
    if reply.failure != "ok" or reply.status not in (200, 201):
        raise failed(reply if reply.failure != "ok" else replace(reply, failure="portal"))
    try:
        token = msgspec.json.decode(reply.body, type=contract.PairAnswer).token
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise failed(replace(reply, failure="portal")) from None
    if not re.fullmatch(r"[!-~]+", token):  # it goes in a header
        raise failed(replace(reply, failure="server", detail=_("jeton illisible")))
    return token
