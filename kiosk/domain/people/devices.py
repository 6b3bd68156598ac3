"""A browser's random token, and the little that is kept of it. Pages and sockets share these rules.

A token that the kiosk makes is dated and signed: its age is known without remembering anybody, across restarts, and
nobody can make an old one. One that a client invents is as good a name, with no age.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from kiosk.ground.values import dataclass

#: The two cookies strictly needed: a pupil's random token, the teacher's.
DEVICE_COOKIE = "kiosk_device"
TEACHER_COOKIE = "kiosk_teacher"
PATTERN = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: What ends the token of a device that the class shares (a tablet that goes round): nothing of a pupil's stays on it.
SHARED = "_partage"
#: Bytes of a dated token: seconds of the kiosk's clock, randomness, signature; and its letters.
_DATE, _RANDOM, _SIGN = 4, 11, 6
#: Milliseconds in which several workers count together what one device has written.
LATELY = 60_000
_LETTERS = (_DATE + _RANDOM + _SIGN) * 4 // 3


def known(token: object) -> str | None:
    """The token if it has the right form, else None."""
    return token if isinstance(token, str) and PATTERN.fullmatch(token) else None


def teacher_cookie(port: int) -> str:
    """The name of the teacher's cookie where another kiosk has the plain one: browsers share cookies among the ports
    of a host, and one kiosk's would put out the other's.
    """
    return f"{TEACHER_COOKIE}_{port}"


def teacher_token(cookies: Mapping[str, str], port: int) -> str:
    """The teacher's token in a browser's cookies for the kiosk on that port; empty for a pupil."""
    return cookies.get(teacher_cookie(port)) or cookies.get(TEACHER_COOKIE, "")


def new(key: str, now: int) -> str:
    """A fresh token of 88 random bits, dated ``now`` (UTC ms) and signed with the kiosk's ``key``."""
    body = (now // 1000 % 2**32).to_bytes(_DATE, "big") + secrets.token_bytes(_RANDOM)
    return urlsafe_b64encode(body + _sign(key, body)).decode()


def shared(token: str | None) -> bool:
    """Whether a device goes from hand to hand."""
    return token is not None and token.endswith(SHARED)


def issued(token: str, key: str) -> int | None:
    """When this kiosk made the token (UTC ms, whole seconds), or None: it did not."""
    token = token.removesuffix(SHARED)
    if len(token) != _LETTERS:
        return None
    raw = urlsafe_b64decode(token)
    body = raw[:-_SIGN]
    return int.from_bytes(body[:_DATE], "big") * 1000 if hmac.compare_digest(raw[-_SIGN:], _sign(key, body)) else None


def older_than(token: str, key: str, now: int, seconds: float) -> bool:
    """Whether the kiosk made the token more than that long ago.

    One dated in the future counts as old: it is ours, so the kiosk's clock went back since.
    """
    at = issued(token, key)
    return at is not None and not 0 <= now - at < seconds * 1000


def author_of(device: str, session_id: str | None) -> str:
    """What is stored of a pupil's device: a hash that differs at each session, so nothing links two of them."""
    return hashlib.sha256(f"{device}|{session_id or ''}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Pupil:
    """A device that writes, and the session that its room was seen to have; the unit of work looks again. ``most``:
    questions that it may have on disk of the last :data:`LATELY` ms, by whichever worker, ``room_second``: those of its
    room a second, all devices together (0: its worker counts).
    """

    device: str
    session_id: str | None
    most: int = 0
    room_second: int = 0

    @property
    def author(self) -> str:
        """What is stored of it in that session."""
        return author_of(self.device, self.session_id)


def _sign(key: str, body: bytes) -> bytes:
    return hashlib.blake2b(body, key=key.encode()[:64], digest_size=_SIGN, person=b"device").digest()
