"""The back office's password and who is logged in. The password is made here, never chosen in a file."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from kiosk.centre import audit, pairing, secretfile
from kiosk.centre.models import Stored, Visit, WrongTry
from kiosk.centre.refusals import OfficeError
from kiosk.centre.store import Tx
from kiosk.ground.clock import SLACK_MS, lasts
from kiosk.ground.i18n import _

_KEY = "password"
#: Wrong passwords in fifteen minutes before the door stays shut.
MAX_WRONG = 10
#: A visit ends after so long without a page, in milliseconds.
IDLE = 4 * 3600 * 1000


def first(tx: Tx) -> str | None:
    """Make the password of a new centre and return it, once; None afterwards."""
    return None if Stored.get_or_none(Stored.key == _KEY) else change(tx)


def change(tx: Tx) -> str:
    """Make another password, log everybody out, return it."""
    groups = ["".join(secrets.choice(pairing.ALPHABET.lower()) for _sign in range(4)) for _group in range(4)]
    made = "-".join(groups)
    salt = secrets.token_bytes(16)
    Stored.insert(key=_KEY, value=f"{salt.hex()}:{_hash(made, salt).hex()}").on_conflict(
        conflict_target=[Stored.key], preserve=[Stored.value]
    ).execute()
    Visit.delete().execute()
    audit.note(tx, "password")
    return made


def held() -> str:
    """The salted digest of the password, for :func:`right`."""
    return str(Stored.get_by_id(_KEY).value)


def right(given: str, digest: str) -> bool:
    """Compare a password; slow on purpose, so outside any unit of work."""
    salt, _colon, wanted = digest.partition(":")
    return hmac.compare_digest(_hash(given.strip().lower(), bytes.fromhex(salt)), bytes.fromhex(wanted))


def door(tx: Tx) -> None:
    """Whether one may try. :raises OfficeError: too many wrong passwords."""
    pairing.forget_tries(tx)
    tries = list(WrongTry.select().where(WrongTry.subject == "password").order_by(WrongTry.at))
    if len(tries) >= MAX_WRONG:
        minutes = max(1, -(-(tries[0].at + pairing.WINDOW - tx.now) // 60_000))
        raise OfficeError(_("Trop d’essais. Réessayez dans %(n)s min.", n=minutes))


def enter(tx: Tx, success: bool) -> str | None:
    """Write down a try; return a visitor's cookie, or None."""
    if not success:
        WrongTry.create(subject="password", at=tx.now)
        audit.note(tx, "login_refused")
        return None
    Visit.delete().where((Visit.seen_at < tx.now - IDLE) | (Visit.seen_at > tx.now + SLACK_MS)).execute()
    cookie = secrets.token_urlsafe(32)
    Visit.create(token=secretfile.digest(cookie), csrf=secrets.token_urlsafe(16), seen_at=tx.now)
    audit.note(tx, "login")
    return cookie


def visit(tx: Tx, cookie: str) -> str | None:
    """The form token of a visitor, or None when nobody is logged in under this cookie."""
    digest = secretfile.digest(cookie)
    row = Visit.get_or_none(Visit.token == digest)
    if row is None or not lasts(row.seen_at, tx.now, IDLE):
        return None
    if tx.now - row.seen_at > 60_000:
        Visit.update(seen_at=tx.now).where(Visit.token == digest).execute()
    return str(row.csrf)


def leave(tx: Tx, cookie: str) -> None:
    """Log out."""
    Visit.delete().where(Visit.token == secretfile.digest(cookie)).execute()


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
