"""Passwords: made here, or chosen by their owner; only a salted digest is kept. The digest is slow on purpose."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata

from kiosk.centre import pairing
from kiosk.centre.refusals import OfficeError
from kiosk.ground.i18n import _

#: Characters of a password that somebody chooses: the CNIL's rule (2022) when tries are counted, with room to spare.
SHORTEST, LONGEST = 12, 200
_MADE = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")
#: What a password is compared with when nobody has that address: the answer takes as long.
NOBODY = "00" * 16 + ":" + "00" * 64


def make() -> str:
    """A password to show once: 79 bits of chance."""
    groups = ["".join(secrets.choice(pairing.ALPHABET.lower()) for _sign in range(4)) for _group in range(4)]
    return "-".join(groups)


def check_chosen(given: str, name: str = "", email: str = "") -> None:
    """:raises OfficeError: too short, too long, or it is only the person's own name or address."""
    plain = _plain(given)
    if len(plain) < SHORTEST:
        raise OfficeError(_("Au moins %(n)s caractères : plusieurs mots font l’affaire.", n=SHORTEST), "password")
    if len(plain) > LONGEST:
        raise OfficeError(_("Au plus %(n)s caractères.", n=LONGEST), "password")
    own = {name.lower(), email.lower(), email.lower().partition("@")[0]} - {""}
    if plain.lower() in own or len(set(plain)) < 5:
        raise OfficeError(_("Ce mot de passe se devine. Prenez-en un autre."), "password")


def digest(given: str) -> str:
    """The salted digest to keep of a password; slow: :func:`kiosk.centre.slow.aside`."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_hash(given, salt).hex()}"


def right(given: str, held: str) -> bool:
    """Compare a password with a digest; slow: :func:`kiosk.centre.slow.aside`."""
    salt, _colon, wanted = (held or NOBODY).partition(":")
    return hmac.compare_digest(_hash(given[: 2 * LONGEST], bytes.fromhex(salt)), bytes.fromhex(wanted)) and bool(held)


def _plain(given: str) -> str:
    """As it counts: one that was made here is read whatever its case."""
    plain = unicodedata.normalize("NFKC", given.strip())
    return plain.lower() if _MADE.fullmatch(plain.lower()) else plain


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(_plain(password).encode(), salt=salt, n=2**14, r=8, p=1)
