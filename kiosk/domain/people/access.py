"""Who may act: the teacher (by the school's PIN, or a room's own), who was invited to read over or to note the answers
(by a link that can end).

A device holds a random token in a cookie; only its SHA-256 is stored. Roles are ``teacher``, ``moderator`` and
``secretary``; a right may be for one room alone. Everything not granted here is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from kiosk.domain.people import peers
from kiosk.domain.people.peers import Peer
from kiosk.ground.clock import SLACK_MS, lasts
from kiosk.ground.config import Settings
from kiosk.ground.errors import KioskError
from kiosk.ground.events import AccessRevoked
from kiosk.ground.values import dataclass
from kiosk.storage import hot
from kiosk.storage.models import Access, Invitation
from kiosk.storage.secretfile import Secrets
from kiosk.storage.writer import Transaction

#: A teacher's device is remembered for a school day and a half.
TEACHER_MS = 36 * 3_600_000
DAY_MS = 86_400_000
#: A link of invitation works for one lesson.
INVITATION_MS = 2 * 3_600_000
#: How long a right lasts from the day it was given, by role; the cookie that carries it lives as long.
LIFETIMES = {"teacher": TEACHER_MS, "moderator": INVITATION_MS, "secretary": INVITATION_MS}
#: What a link may invite to: reading over; noting the answers, which pupils do.
NOTING = "secretary"
INVITED = ("moderator", NOTING)
#: Devices that a link may open for: one, two (pupils who note), or any number.
ONE, PAIR, ANY = 1, 2, 0


@dataclass(frozen=True)
class Grant:
    """A device that may act. ``room_id`` limits it to one room; ``key`` is its token's hash; ``ended``: it is only
    listed, its date is ahead of now.
    """

    id: int
    key: str
    role: str
    room_id: str | None
    language: str
    created_at: int
    ended: bool = False

    @property
    def school(self) -> bool:
        """Whether it holds the school's right: every room, and what they share."""
        return self.role == "teacher" and self.room_id is None


@dataclass(frozen=True)
class Link:
    """A link of invitation as the teacher sees it. ``seats``: devices it opens for (:data:`ANY`: no end), ``used``:
    devices that came; ``ended``: its date is ahead of now, it opens nothing; ``role``: one of :data:`INVITED`.
    """

    id: int
    created_at: int
    expires_at: int
    seats: int
    used: int
    ended: bool
    role: str

    @property
    def full(self) -> bool:
        """Whether no further device may come by it."""
        return bool(self.seats) and self.used >= self.seats


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def display_allowed(settings: Settings) -> bool:
    """Whether a screen that is not the machine itself may show the class's display, with its token. Where nobody is the
    machine itself (``trust_local``), its own screen comes so too, whatever ``display.remote`` says.
    """
    return settings.display_remote or not settings.trust_local


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


def opened_by(given: str, secrets: Secrets) -> tuple[bool, str | None]:
    """What a code opens: (whether it is one, the only room it is for; None: the school's, every room)."""
    if same_pin(given, secrets.pin):
        return True, None
    found = [room_id for room_id, pin in secrets.room_pins.items() if same_pin(given, pin)]
    return bool(found), found[0] if found else None


def display_token(secrets: Secrets, room_id: str) -> str:
    """What opens the display of one room on another machine: it tells nothing of the other rooms' own."""
    return hmac.new(secrets.display_token.encode(), f"display|{room_id}".encode(), hashlib.sha256).hexdigest()[:24]


def opens_display(given: str, secrets: Secrets, room_id: str) -> bool:
    """Whether a token opens the display of this room: its own, or the one that links given before carry."""
    tokens = (secrets.display_token, display_token(secrets, room_id))
    return any([hmac.compare_digest(given.encode(), token.encode()) for token in tokens])


def admit_display(
    settings: Settings, secrets: Secrets, peer: Peer, environ: dict[str, Any], token: str, room_id: str | None
) -> None:
    """Let a screen show the class's display, by its page and by its socket: the machine itself, or another one with a
    token of the room (None, of one that is not there: the token that opens them all).

    :raises KioskError: ``display_token``; ``own_host`` to who sits at the machine and came by a name.
    """
    if peer.local or display_allowed(settings) and opens_display(token, secrets, room_id or ""):
        return
    peers.refuse_misdirected(peer, environ)
    raise KioskError("display_token")


def grant_teacher(tx: Transaction, room_id: str | None = None) -> str:
    """Remember this device as the teacher's, of one room or of all; returns its token (for the cookie)."""
    tx.must_pass()  # on a full disk, whoever comes in can erase
    token = new_token()
    Access.insert(token_hash=digest(token), role="teacher", room_id=room_id, created_at=tx.now).execute()
    return token


def revoke_room_code(tx: Transaction, room_id: str) -> None:
    """End every device that came by a room's own code (it was changed, or taken away)."""
    came = (Access.room_id == room_id) & (Access.role == "teacher") & Access.revoked_at.is_null()
    _revoke(tx, list(Access.select().where(came)))


def invite(tx: Transaction, room_id: str, seats: int = ONE, role: str = "moderator") -> tuple[int, str]:
    """Make a link for a room, for ``seats`` devices (:data:`ANY`: no end), to what a ``role`` of :data:`INVITED` may
    do; (invitation id, token).
    """
    token = new_token()
    until = tx.now + INVITATION_MS
    invitation_id = Invitation.insert(
        token_hash=digest(token), room_id=room_id, created_at=tx.now, expires_at=until, seats=seats, role=role
    ).execute()
    return int(invitation_id), token


def invited_to(token: str) -> str:
    """What a link invites to, whether or not it still opens anything; reading over, for one that is not known."""
    row = Invitation.get_or_none(Invitation.token_hash == digest(token))
    return str(row.role) if row is not None else INVITED[0]


def accept(tx: Transaction, token: str, held: str = "") -> tuple[str, str]:
    """Use a link; returns (device token, room id). A device that came by it keeps its token (``held``).

    :raises KioskError: ``invitation_invalid``; ``invitation_used`` when it opened for all the devices it was for.
    """
    row = Invitation.get_or_none(Invitation.token_hash == digest(token))
    if row is None or row.revoked_at is not None or not _works(row, tx.now):
        raise KioskError("invitation_invalid")
    came = Access.get_or_none((Access.invitation_id == row.id) & (Access.token_hash == digest(held)))
    if came is not None and _grant(came, tx.now) is not None:
        return held, row.room_id
    if row.seats and _used(row.id) >= row.seats:
        raise KioskError("invitation_used")
    device = new_token()
    Access.insert(
        token_hash=digest(device), role=row.role, room_id=row.room_id, invitation_id=row.id, created_at=tx.now
    ).execute()
    return device, row.room_id


def _works(row: Invitation, now: int) -> bool:
    return row.expires_at > now and lasts(row.created_at, now, INVITATION_MS)


def _used(invitation_id: int) -> int:
    return int(Access.select().where(Access.invitation_id == invitation_id).count())


def check(token: str | None, now: int) -> Grant | None:
    """The grant of a device token, or None when it has none, it expired or it was revoked."""
    if not token:
        return None
    row = hot.fetch(Access, token_hash=digest(token))
    return _grant(row, now) if row is not None else None


def invitation_over(token: str, now: int) -> tuple[str, int, str] | None:
    """(room id, when, role) of an invited person's right that has ended within a day; None for any other token."""
    row = Access.get_or_none((Access.token_hash == digest(token)) & (Access.role << INVITED)) if token else None
    if row is None or _grant(row, now) is not None:
        return None
    at = row.revoked_at if row.revoked_at is not None else row.created_at + LIFETIMES[row.role]
    return (str(row.room_id), int(at), str(row.role)) if 0 <= now - at < DAY_MS else None


def ours(token: str) -> bool:
    """Whether this kiosk gave that token, whatever became of it."""
    return bool(token) and Access.get_or_none(Access.token_hash == digest(token)) is not None


def check_key(key: str, now: int) -> Grant | None:
    """As :func:`check`, for a socket that only keeps the hash."""
    row = Access.get_or_none(Access.token_hash == key)
    return _grant(row, now) if row is not None else None


def _grant(row: Access, now: int) -> Grant | None:
    if row.revoked_at is not None or not lasts(row.created_at, now, LIFETIMES[row.role]):
        return None
    return Grant(row.id, row.token_hash, row.role, row.room_id, row.language, row.created_at)


def devices(now: int, room_id: str | None = None) -> list[Grant]:
    """The devices that may act now (those of a room and the teachers'), newest first; and, marked as ended, those whose
    right is dated ahead: a clock was wrong, nothing else ends them.
    """
    rows = Access.select().where(Access.revoked_at.is_null()).order_by(Access.id.desc())
    if room_id is not None:
        rows = rows.where(Access.room_id.is_null() | (Access.room_id == room_id))
    found = [_grant(row, now) or _ahead(row, now) for row in rows]
    return [grant for grant in found if grant is not None]


def _ahead(row: Access, now: int) -> Grant | None:
    if row.created_at <= now + SLACK_MS:
        return None
    return Grant(row.id, row.token_hash, row.role, row.room_id, row.language, row.created_at, ended=True)


def invitations(room_id: str, now: int) -> list[Link]:
    """The links of a room whose time is not over, newest first; those dated ahead among them, as ended."""
    rows = Invitation.select().where(
        (Invitation.room_id == room_id) & Invitation.revoked_at.is_null() & (Invitation.expires_at > now)
    )
    return [
        Link(row.id, row.created_at, row.expires_at, row.seats, _used(row.id), not _works(row, now), row.role)
        for row in rows.order_by(Invitation.id.desc())
    ]


def shift(tx: Transaction, step_ms: int) -> None:
    """Move what was given by a correction of the clock: it lasts as long as it was to, no more and no less."""
    Access.update(created_at=Access.created_at + step_ms).where(Access.revoked_at.is_null()).execute()
    Invitation.update(created_at=Invitation.created_at + step_ms, expires_at=Invitation.expires_at + step_ms).where(
        Invitation.revoked_at.is_null()
    ).execute()


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


def ended_since(at: int) -> list[str]:
    """The keys of the rights ended by somebody since an instant."""
    return [row.token_hash for row in Access.select(Access.token_hash).where(Access.revoked_at >= at)]


def end_noting(tx: Transaction, room_id: str) -> None:
    """The class goes, and so do those who noted for it: the questions of the next one are not theirs to read."""
    links = (Invitation.room_id == room_id) & (Invitation.role == NOTING) & Invitation.revoked_at.is_null()
    Invitation.update(revoked_at=tx.now).where(links).execute()
    came = (Access.room_id == room_id) & (Access.role == NOTING) & Access.revoked_at.is_null()
    _revoke(tx, list(Access.select().where(came)))


def revoke_others(tx: Transaction, keep_token: str, room_id: str | None = None) -> None:
    """End every device but this one (teachers and moderators), and every link; with ``room_id``, those of a room."""
    links, rights = Invitation.revoked_at.is_null(), Access.revoked_at.is_null()
    if room_id is not None:
        links, rights = links & (Invitation.room_id == room_id), rights & (Access.room_id == room_id)
    Invitation.update(revoked_at=tx.now).where(links).execute()
    keep = digest(keep_token)
    _revoke(tx, list(Access.select().where((Access.token_hash != keep) & rights)))


def set_language(tx: Transaction, key: str, language: str) -> None:
    """Remember the language of a device's panel."""
    Access.update(language=language).where(Access.token_hash == key).execute()


def _revoke(tx: Transaction, rows: list[Access]) -> None:
    if not rows:
        return
    Access.update(revoked_at=tx.now).where(Access.id << [row.id for row in rows]).execute()
    tx.publish(AccessRevoked(tuple(row.token_hash for row in rows)))
