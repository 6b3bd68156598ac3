"""Who may act: the teacher (by PIN), an invited moderator (by a link that can be revoked).

A device holds a random token in a cookie; only its SHA-256 is stored. Roles are ``teacher`` and
``moderator``. Everything not granted here is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from kiosk.domain.events import AccessRevoked
from kiosk.errors import KioskError
from kiosk.storage.models import Access, Invitation
from kiosk.storage.writer import Transaction

#: A teacher's device is remembered for a school day and a half.
TEACHER_MS = 36 * 3_600_000
#: A moderation link works for one lesson.
INVITATION_MS = 2 * 3_600_000


@dataclass(frozen=True)
class Grant:
    """A device that may act. ``room_id`` limits a moderator to one room; ``key`` is its token's hash."""

    id: int
    key: str
    role: str
    room_id: str | None
    language: str
    created_at: int


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_pin(given: str, pin: str) -> bool:
    """Compare in constant time; spaces are forgiven."""
    return hmac.compare_digest("".join(given.split()).encode(), pin.encode())


#: The header that proves to be a command on this machine: who makes it has read ``secrets.json``.
MACHINE_HEADER = "X-Kiosk-Machine"


def machine_proof(key: str) -> str:
    """What only who reads the kiosk's secrets can say."""
    return hmac.new(key.encode(), b"machine", hashlib.sha256).hexdigest()


def new_token() -> str:
    """128 random bits."""
    return secrets.token_urlsafe(16)


def grant_teacher(tx: Transaction) -> str:
    """Remember this device as the teacher's; returns its token (for the cookie)."""
    tx.must_pass()  # on a full disk, whoever comes in can erase
    token = new_token()
    Access.insert(token_hash=digest(token), role="teacher", created_at=tx.now).execute()
    return token


def invite(tx: Transaction, room_id: str) -> tuple[int, str]:
    """Make a moderation link for a room; returns (invitation id, token)."""
    token = new_token()
    invitation_id = Invitation.insert(
        token_hash=digest(token), room_id=room_id, created_at=tx.now, expires_at=tx.now + INVITATION_MS
    ).execute()
    return int(invitation_id), token


def accept(tx: Transaction, token: str) -> tuple[str, str]:
    """Use a moderation link; returns (device token, room id). :raises KioskError: ``invitation_invalid``."""
    row = Invitation.get_or_none(Invitation.token_hash == digest(token))
    if row is None or row.revoked_at is not None or row.expires_at <= tx.now:
        raise KioskError("invitation_invalid")
    device = new_token()
    Access.insert(
        token_hash=digest(device), role="moderator", room_id=row.room_id, invitation_id=row.id, created_at=tx.now
    ).execute()
    return device, row.room_id


def check(token: str | None, now: int) -> Grant | None:
    """The grant of a device token, or None when it has none, it expired or it was revoked."""
    if not token:
        return None
    row = Access.get_or_none(Access.token_hash == digest(token))
    return _grant(row, now) if row is not None else None


def ours(token: str) -> bool:
    """Whether this kiosk gave that token, whatever became of it."""
    return bool(token) and Access.get_or_none(Access.token_hash == digest(token)) is not None


def check_key(key: str, now: int) -> Grant | None:
    """As :func:`check`, for a socket that only keeps the hash."""
    row = Access.get_or_none(Access.token_hash == key)
    return _grant(row, now) if row is not None else None


def _grant(row: Access, now: int) -> Grant | None:
    lifetime = TEACHER_MS if row.role == "teacher" else INVITATION_MS
    if row.revoked_at is not None or now - row.created_at > lifetime:
        return None
    return Grant(row.id, row.token_hash, row.role, row.room_id, row.language, row.created_at)


def devices(now: int, room_id: str | None = None) -> list[Grant]:
    """The devices that may act now (those of a room and the teachers'), newest first."""
    rows = Access.select().where(Access.revoked_at.is_null()).order_by(Access.id.desc())
    grants = [grant for row in rows if (grant := _grant(row, now)) is not None]
    return [g for g in grants if room_id is None or g.room_id in (None, room_id)]


def invitations(room_id: str, now: int) -> list[Invitation]:
    """The links of a room that still work."""
    return list(
        Invitation.select().where(
            (Invitation.room_id == room_id) & Invitation.revoked_at.is_null() & (Invitation.expires_at > now)
        ).order_by(Invitation.id.desc())
    )


def revoke_device(tx: Transaction, access_id: int) -> None:
    """End one device's right to act, at once."""
    _revoke(tx, list(Access.select().where((Access.id == access_id) & Access.revoked_at.is_null())))


def revoke_token(tx: Transaction, token: str) -> None:
    """Log this device out."""
    _revoke(tx, list(Access.select().where((Access.token_hash == digest(token)) & Access.revoked_at.is_null())))


def revoke_invitation(tx: Transaction, invitation_id: int) -> None:
    """End a link and every device that came by it, at once."""
    Invitation.update(revoked_at=tx.now).where(Invitation.id == invitation_id).execute()
    _revoke(tx, list(Access.select().where((Access.invitation_id == invitation_id) & Access.revoked_at.is_null())))


def revoke_others(tx: Transaction, keep_token: str) -> None:
    """End every device but this one (teachers and moderators), and every link."""
    Invitation.update(revoked_at=tx.now).where(Invitation.revoked_at.is_null()).execute()
    keep = digest(keep_token)
    _revoke(tx, list(Access.select().where((Access.token_hash != keep) & Access.revoked_at.is_null())))


def set_language(tx: Transaction, key: str, language: str) -> None:
    """Remember the language of a device's panel."""
    Access.update(language=language).where(Access.token_hash == key).execute()


def _revoke(tx: Transaction, rows: list[Access]) -> None:
    if not rows:
        return
    Access.update(revoked_at=tx.now).where(Access.id << [row.id for row in rows]).execute()
    tx.publish(AccessRevoked(tuple(row.token_hash for row in rows)))
