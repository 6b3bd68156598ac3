"""Pairing codes and kiosks (contract, section 2): who may exchange, for which school."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from typing import Any

from kiosk.centre import audit, secretfile, territories
from kiosk.centre.models import Code, Kiosk, OldToken, WrongTry
from kiosk.centre.refusals import OfficeError, Refusal
from kiosk.centre.store import Tx
from kiosk.contract import FieldError, PairRequest, schools
from kiosk.ground.clock import SLACK_MS, lasts
from kiosk.ground.i18n import _

#: Letters and digits that no one takes for another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
#: A code to pair is typed within this time (contract, section 2), in milliseconds.
CODE_LIFE = 48 * 3600 * 1000
#: Contract, section 2: after so many wrong codes in so long (milliseconds), a school waits.
MAX_WRONG, WINDOW = 5, 15 * 60 * 1000
#: … and after so many from everywhere: a stranger's guesses keep no honest school out before.
MAX_WRONG_ALL = 1000
#: `seen_at` is written again after this long (milliseconds): an idle exchange writes nothing.
SEEN_EVERY = 5 * 60 * 1000


def issue(tx: Tx, uai: str) -> str:
    """Make a code for a school; shown once, only its digest is kept. :raises OfficeError: not a UAI."""
    found = schools.read_uai(uai)
    if found is None:
        raise OfficeError(_("Ce code UAI n’est pas possible : 7 chiffres et la lettre qui leur correspond."), "uai")
    territories.check_school(found)
    plain = "".join(secrets.choice(ALPHABET) for _index in range(8))
    Code.create(digest=digest_of(plain), hint=plain[-2:], uai=found, created_at=tx.now, expires_at=tx.now + CODE_LIFE)
    return f"{plain[:4]}-{plain[4:]}"


def expire(tx: Tx, digest: str) -> None:
    """Make a code useless at once."""
    Code.update(expires_at=tx.now, sealed="").where((Code.digest == digest) & (Code.expires_at > tx.now)).execute()


def good(code: Code, now: int) -> bool:
    """Whether a code's time has come and is not over."""
    return code.expires_at > now and lasts(code.created_at, now, code.expires_at - code.created_at)


def codes(most: int) -> list[Code]:
    """The latest codes, newest first, of schools of one's territory."""
    return list(Code.select().where(territories.mine(Code.uai)).order_by(Code.created_at.desc()).limit(most))


def digest_of(code: str) -> str:
    """What is kept of a code, however it is written."""
    return secretfile.digest("".join(sign for sign in code.upper() if sign.isalnum()))


def pair(tx: Tx, request: PairRequest, key: bytes, address: str = "") -> str | None:
    """Return a kiosk's token, or None for a wrong code (which is written down, so this does not raise). The same code
    from the same kiosk gets a new token in place of the first: a lost answer burns nothing.

    :raises Refusal: `invalid` (UAI), `rate_limited`, `kiosk_cloned`.
    """
    uai = schools.read_uai(request.uai)
    if uai is None:
        detail = "The letter does not go with the seven digits."
        raise Refusal("invalid", detail, errors=[FieldError("/uai", detail)])
    forget_tries(tx)
    subject = f"pair {uai} {_place(key, address)}"
    _refuse_guesses(tx, WrongTry.subject == subject, MAX_WRONG)
    _refuse_guesses(tx, WrongTry.subject.startswith(f"pair {uai} "), MAX_WRONG_ALL)
    # A long code never pairs over a network.
    code = Code.get_or_none((Code.digest == digest_of(request.code)) & (Code.uai == uai) & (Code.sealed == ""))
    held = Kiosk.get_or_none(Kiosk.id == request.kiosk)
    if code is None or not good(code, tx.now) or not _usable(code, held, request.kiosk):
        WrongTry.create(subject=subject, at=tx.now)
        return None
    if held is not None and held.uai != uai:
        raise Refusal("kiosk_cloned", "This kiosk belongs to another school.")
    Code.update(used_at=code.used_at or tx.now, kiosk=request.kiosk).where(Code.digest == code.digest).execute()
    nonce = secrets.token_hex(8)
    token = secretfile.token(key, uai, request.kiosk, nonce)
    values = {
        "uai": uai,
        "label": request.label[:100],
        "nonce": nonce,
        "token": secretfile.digest(token),
        "paired_at": tx.now,
        "revoked_at": None,
        "sealed": "",
        "salt": "",
        "pairing_key": "",
    }
    if held is None:
        Kiosk.create(id=request.kiosk, **values)
    else:
        replaced(tx, held.token)
        Kiosk.update(**values).where(Kiosk.id == request.kiosk).execute()
    audit.note(tx, "paired", request.kiosk, f"{uai} {request.label[:100]}".strip())
    return token


def _usable(code: Code, held: Kiosk | None, kiosk: str) -> bool:
    """A code serves once, and again for the kiosk it served, unless that was revoked since."""
    return code.used_at is None or (code.kiosk == kiosk and held is not None and held.revoked_at is None)


def _refuse_guesses(tx: Tx, which: Any, most: int) -> None:
    """:raises Refusal: `rate_limited`, there were too many."""
    row = WrongTry.select().where(which).order_by(WrongTry.at.desc()).offset(most - 1).first()
    if row is not None:
        wait = max(1, -(-(row.at + WINDOW - tx.now) // 1000))
        raise Refusal("rate_limited", "Too many wrong codes for this school.", retry_after=wait)


def _place(key: bytes, address: str) -> str:
    """Where a try came from (an IPv4 address, an IPv6 /64), unreadable without the centre's key."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        place = address
    else:
        if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
            known = known.ipv4_mapped
        place = str(ipaddress.ip_network((known, 64 if known.version == 6 else 32), strict=False))
    return hmac.new(key, f"pairing {place}".encode(), hashlib.sha256).hexdigest()[:16]


def replaced(tx: Tx, digest: str) -> None:
    """A token gave way to another of the same kiosk: it is told so, and no copy brings it back."""
    OldToken.insert(token=digest).on_conflict_ignore().execute()
    _outside(tx, digest)


def _outside(tx: Tx, digest: str) -> None:
    if tx.history is not None:
        tx.history.revoke(digest)


def brought_back(tx: Tx) -> None:
    """The database is an older copy: codes that were not used are dead, what was revoked since is again, and kiosks are
    asked for what it lost (contract, rules 10 and 11).
    """
    Code.update(expires_at=tx.now).where(Code.used_at.is_null() & (Code.expires_at > tx.now)).execute()
    Kiosk.update(seq=0).execute()
    revoke_again(tx)


def revoke_again(tx: Tx) -> None:
    """Revoke what was, as it is kept outside the database."""
    digests = tx.history.revoked() if tx.history is not None else []
    for start in range(0, len(digests), 400):
        Kiosk.update(revoked_at=tx.now).where(
            Kiosk.token.in_(digests[start : start + 400]) & Kiosk.revoked_at.is_null()
        ).execute()


def who(tx: Tx, token: str) -> Kiosk:
    """The kiosk of a token. :raises Refusal: `unauthorized`, `token_revoked`."""
    digest = secretfile.digest(token)
    kiosk = Kiosk.get_or_none(Kiosk.token == digest)
    if kiosk is None:
        known = OldToken.select().where(OldToken.token == digest).exists()
        raise Refusal("token_revoked" if known else "unauthorized")
    if kiosk.revoked_at is not None:
        raise Refusal("token_revoked")
    if unseen(tx, kiosk.seen_at):
        # Who speaks with its token has it: the key that it came from is of no use any more.
        Kiosk.update(seen_at=tx.now, pairing_key="").where(Kiosk.id == kiosk.id).execute()
    return kiosk


def unseen(tx: Tx, seen_at: int) -> bool:
    """Whether a kiosk that was last noted at an instant (UTC ms) is to be noted again."""
    return tx.now - seen_at > SEEN_EVERY


def revoke(tx: Tx, kiosk_id: str) -> None:
    """Refuse a kiosk from now on; it can be paired again with a new code. An older copy is told too."""
    held = Kiosk.get_or_none((Kiosk.id == kiosk_id) & Kiosk.revoked_at.is_null())
    if held is not None:
        _outside(tx, held.token)
    Kiosk.update(revoked_at=tx.now, pairing_key="").where((Kiosk.id == kiosk_id) & Kiosk.revoked_at.is_null()).execute()


def forget_tries(tx: Tx) -> None:
    """Wrong tries count for fifteen minutes, and are then forgotten."""
    WrongTry.delete().where((WrongTry.at <= tx.now - WINDOW) | (WrongTry.at > tx.now + SLACK_MS)).execute()
