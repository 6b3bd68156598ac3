"""Pairing (contract, section 2): a code given by the centre becomes this kiosk's token."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from kiosk import contract
from kiosk.domain import schools, stored, syncstate
from kiosk.domain.house import Kiosk
from kiosk.errors import KioskError
from kiosk.storage.writer import Transaction
from kiosk.sync import identity
from kiosk.sync.about import about_centre
from kiosk.sync.messages import Call, Line, Reply


def pair(kiosk: Kiosk, line: Line, code: str, uai: str, label: str = "") -> None:
    """Probe the centre, then exchange the code for a token, kept in a file of mode 600.

    A token for another school or another centre than before starts again from the whole of what concerns it.

    :raises KioskError: ``centre_unset``, ``uai_*``, ``pairing_code``, ``pairing_rate``, ``centre_failed``
        (``failure`` is its class).
    """
    base = kiosk.settings.centre_url.rstrip("/")
    if not base:
        raise KioskError("centre_unset")
    uai = schools.normalise_uai(uai)
    now = kiosk.clock.now()
    who, _copied = identity.load(kiosk.settings.data_dir, now)
    if who.uai and who.uai != uai:
        who = identity.renew(kiosk.settings.data_dir, now)  # an identity belongs to one school
    reply, _about = about_centre(line, base)
    if reply.failure != "ok":
        raise failed(reply)
    wanted = contract.PairRequest(uai=uai, code=code.strip(), kiosk=who.kiosk, label=label)
    body = msgspec.json.encode(wanted)
    reply = line.carry(Call("POST", f"{base}/v1/pair", {"Content-Type": "application/json"}, body))
    token = _token(reply)
    fresh = replace(who, token=token, uai=uai, url=base)
    identity.save(kiosk.settings.data_dir, fresh)
    elsewhere = (who.uai, who.url) != (uai, base)

    def unit(tx: Transaction) -> None:
        stored.put(tx, "school.uai", uai)
        if elsewhere:
            stored.put(tx, "sync.cursor", None)
        stored.put(tx, "sync.proof", None)
        syncstate.note(tx, paired=True, cloned=False, failure="", detail="")

    kiosk.write(unit)


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
        raise KioskError("uai_checksum", field="uai")
    if reply.failure != "ok" or reply.status not in (200, 201):
        raise failed(reply if reply.failure != "ok" else replace(reply, failure="portal"))
    try:
        return msgspec.json.decode(reply.body, type=contract.PairAnswer).token
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise failed(replace(reply, failure="portal")) from None
