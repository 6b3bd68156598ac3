"""The second factor: a code that changes every half minute (TOTP, RFC 6238), and ten codes for the day it is lost.

The secret is made from the centre's key and a number that the database holds: a copy of the database gives no code.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b32encode

import pyotp

from kiosk.centre import pairing, secretfile
from kiosk.centre.models import Account

#: Half-minutes before and after now whose code is taken: clocks of telephones are not quite right.
WINDOW = 1
#: How many recovery codes are given at a time.
CODES = 10


def secret(key: bytes, account_id: str, number: str) -> str:
    """What the application is told, in base 32: 160 bits."""
    return b32encode(hmac.new(key, f"factor\n{account_id}\n{number}".encode(), "sha1").digest()).decode()


def address(key: bytes, account_id: str, number: str, label: str, issuer: str) -> str:
    """What the QR code says."""
    made = pyotp.TOTP(secret(key, account_id, number))
    return made.provisioning_uri(name=label[:60], issuer_name=issuer[:60].replace(":", " "))


def step_of(key: bytes, account_id: str, number: str, given: str, after: int, now: int) -> int | None:
    """The half-minute a code is of, later than `after`; None when it is wrong or was used. `now` in UTC ms."""
    plain = "".join(sign for sign in given if sign.isascii() and sign.isdigit())
    if len(plain) != 6 or not number:
        return None
    totp, present = pyotp.TOTP(secret(key, account_id, number)), now // 30_000
    for step in range(present - WINDOW, present + WINDOW + 1):
        if step > after and hmac.compare_digest(totp.at(step * 30), plain):
            return step
    return None


def accept(key: bytes, row: Account, given: str, now: int) -> str:
    """Use up a code of the application (« code ») or a recovery code (« recovery »); empty when it is neither."""
    account: str = str(row.id)
    step = step_of(key, account, str(row.factor), given, int(str(row.step)), now)
    if step is not None:
        Account.update(step=step).where(Account.id == account).execute()
        return "code"
    left = json.loads(str(row.recovery))
    spent = _digest(account, given)
    if not row.factor or spent not in left:
        return ""
    Account.update(recovery=json.dumps([one for one in left if one != spent])).where(Account.id == account).execute()
    return "recovery"


def give_codes(account_id: str) -> list[str]:
    """Make new recovery codes; those from before no longer serve. They are shown once."""
    made = [
        "-".join("".join(secrets.choice(pairing.ALPHABET) for _i in range(4)) for _g in range(3)) for _c in range(CODES)
    ]
    digests = json.dumps([_digest(account_id, one) for one in made])
    Account.update(recovery=digests).where(Account.id == account_id).execute()
    return made


def left(row: Account) -> int:
    """How many recovery codes are left."""
    return len(json.loads(str(row.recovery)))


def _digest(account_id: str, given: str) -> str:
    plain = "".join(sign for sign in given.upper() if sign.isascii() and sign.isalnum())
    return secretfile.digest(f"{account_id}\n{plain}")
