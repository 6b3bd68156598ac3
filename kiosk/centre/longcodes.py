"""Long codes: a school that has no network is paired by a stick (contract, section 6, r2).

A code, the key it makes and the token that comes of it are kept sealed by the centre's own key: who reads the database
alone holds none of them.
"""

from __future__ import annotations

import secrets

from kiosk.centre import audit, pairing, secretfile, territories
from kiosk.centre.models import Code, Kiosk
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.contract import schools, sticks
from kiosk.contract.stickfiles import Head
from kiosk.ground.i18n import _
from kiosk.ground.instants import DAY

#: Contract, section 6: how long a long code is good, in milliseconds, and how many may be alive for one school.
LIFE, MOST = 60 * DAY, 10


def issue(tx: Tx, key: bytes, uai: str) -> str:
    """Make a long code for a school, shown once. :raises OfficeError: not a UAI, or too many are alive."""
    found = schools.read_uai(uai)
    if found is None:
        raise OfficeError(_("Ce code UAI n’est pas possible : 7 chiffres et la lettre qui leur correspond."), "uai")
    territories.check_school(found)
    _forget(tx)
    if len(_alive(tx, found)) >= MOST:
        raise OfficeError(
            _("Cet établissement a déjà %(max)s codes longs qui attendent : annulez-en un d’abord.", max=MOST), "uai"
        )
    plain = sticks.new_code()
    digest = secretfile.digest(plain)
    Code.create(
        digest=digest,
        hint=plain[-2:],
        uai=found,
        created_at=tx.now,
        expires_at=tx.now + LIFE,
        sealed=secretfile.seal(key, digest, plain.encode()),
    )
    return sticks.in_fours(plain)


def revoke(tx: Tx, uai: str) -> int:
    """Make every code of a school that waits useless, long or not; how many."""
    of_school = (Code.uai == schools.read_uai(uai)) & Code.used_at.is_null()
    found = list(Code.select().where(of_school & (Code.expires_at > tx.now)))
    for code in found:
        pairing.expire(tx, code.digest)
    return len(found)


def tried(tx: Tx, key: bytes, uai: str, kiosk: str, salt: str) -> tuple[bytes | None, dict[str, str]]:
    """What a file may have been written with: the key of a pairing already made by the same kiosk and salt, if there is
    one; and the school's living codes (digest → code), for :func:`kiosk.contract.sticks.stretched`.
    """
    held = Kiosk.get_or_none((Kiosk.id == kiosk) & (Kiosk.uai == uai) & Kiosk.revoked_at.is_null())
    made = None
    if held is not None and held.salt == salt and held.pairing_key:
        made = secretfile.unseal(key, f"key {held.nonce}", held.pairing_key)
    return made, {row.digest: secretfile.unseal(key, row.digest, row.sealed).decode() for row in _alive(tx, uai)}


def pair(tx: Tx, key: bytes, asked: Head, made: bytes, digest: str) -> str:
    """Register the kiosk whose file the code of ``digest`` wrote; returns its token. The key ``made`` of it is kept
    until the kiosk speaks with that token: an answer may be lost.

    :raises OfficeError: the code was used meanwhile, or the kiosk is another school's.
    """
    code = Code.get_or_none(Code.digest == digest)
    if code is None or code.used_at is not None or not pairing.good(code, tx.now):
        raise OfficeError(_("Ce code vient de servir, ou n’est plus valable : donnez-en un autre."))
    held = Kiosk.get_or_none(Kiosk.id == asked.kiosk)
    if held is not None and held.uai != asked.uai:
        raise OfficeError(_("Ce kiosque est celui d’un autre établissement."))
    Code.update(used_at=tx.now, sealed="").where(Code.digest == digest).execute()
    nonce = secrets.token_hex(8)
    token = sticks.token_of(made, asked.uai, asked.kiosk)
    values = {
        "uai": asked.uai,
        "label": asked.label[:100],
        "nonce": nonce,
        "token": secretfile.digest(token),
        "paired_at": tx.now,
        "seen_at": tx.now,
        "revoked_at": None,
        "sealed": secretfile.seal(key, f"token {nonce}", bytes.fromhex(token)),
        "salt": asked.salt,
        "pairing_key": secretfile.seal(key, f"key {nonce}", made),
    }
    if held is None:
        Kiosk.create(id=asked.kiosk, **values)
    else:
        pairing.replaced(tx, held.token)
        Kiosk.update(**values).where(Kiosk.id == asked.kiosk).execute()
    audit.note(tx, "paired", asked.kiosk, f"{asked.uai} {asked.label[:100]}".strip())
    return token


def token(key: bytes, kiosk: Kiosk) -> str:
    """The token of a kiosk, however it was paired."""
    if kiosk.sealed:
        return secretfile.unseal(key, f"token {kiosk.nonce}", kiosk.sealed).hex()
    return secretfile.token(key, kiosk.uai, kiosk.id, kiosk.nonce)


def _alive(tx: Tx, uai: str) -> list[Code]:
    rows = Code.select().where((Code.uai == uai) & (Code.sealed != "") & Code.used_at.is_null())
    return [row for row in rows if pairing.good(row, tx.now)]


def _forget(tx: Tx) -> None:
    """Codes whose time is over, and keys that nobody came back with, are destroyed."""
    Code.update(sealed="").where((Code.sealed != "") & (Code.expires_at <= tx.now)).execute()
    Kiosk.update(pairing_key="").where((Kiosk.pairing_key != "") & (Kiosk.paired_at <= tx.now - LIFE)).execute()
