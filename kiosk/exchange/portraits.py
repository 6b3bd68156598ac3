"""Portraits (contract, section 4): fetched one by one after an exchange, resumed, believed only by their digest.

They are the optional part: never while a class is with its speaker, and the first thing the day's budget stops.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.portraits import MAX_BYTES, folder
from kiosk.exchange import pace
from kiosk.exchange.messages import Call, Reply
from kiosk.storage.models import Speaker
from kiosk.storage.writer import Transaction

#: Wrong digests after which a portrait is left alone until the centre gives another one.
MAX_WRONG = 3
#: The centre has no such portrait: it is not asked for again before this many milliseconds.
GONE = (404, 410)
GONE_MS = 6 * 3_600_000
#: When a portrait of no session comes; how long after its start a session is over, in milliseconds.
LAST, OVER_MS = (3, 0), 6 * 3_600_000
#: States of an enrolment that is none any more.
GIVEN_UP = ("refused", "cancelled")
#: Classes of an answer about one portrait only: the next one may do better.
PASSED = ("portal",)


class Exchange(Protocol):
    """The round that portraits end: whose kiosk, which centre, whether it is pressed, and how a call is sent."""

    kiosk: Kiosk
    base: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who asks."""

    @property
    def uncounted(self) -> int:
        """Bytes that the day's figures do not hold yet."""

    @property
    def pressed(self) -> bool:
        """Whether something has become due meanwhile."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Tell how far a step is."""

    def carry(self, call: Call) -> Reply:
        """Send one call and count its bytes."""


def fetch(round_: Exchange) -> None:
    """Fetch what misses, as far as the moment and the budget allow. Never raises."""
    kiosk = round_.kiosk
    wanted = missing(kiosk.clock.now())
    for done, portrait in enumerate(wanted):
        if (
            rooms.with_speaker()
            or round_.pressed
            or pace.spent(kiosk, round_.uncounted + int(portrait["bytes"])) > pace.NEAR
        ):
            return
        round_.progress("portraits", done, len(wanted))
        try:
            if not _one(round_, portrait):
                return
        except OSError:
            return  # the disk: the exchange itself went well


def missing(now: int) -> list[dict[str, Any]]:
    """The portraits announced and not here, each digest once, those of the school's own sessions first, the soonest
    first; but those that the centre lately said not to have.
    """
    found: dict[str, dict[str, Any]] = {}
    turns = _turns(now)
    rows = Speaker.select(Speaker.id, Speaker.portrait).where((~Speaker.deleted) & Speaker.portrait.is_null(False))
    for row in sorted(rows, key=lambda row: turns.get(row.id, LAST)):
        kept = row.portrait or {}
        if now < kept.get("later", 0) <= now + GONE_MS:
            continue
        if not kept.get("stored") and kept.get("wrong", 0) < MAX_WRONG and kept.get("bytes", 0) <= MAX_BYTES:
            found[kept["sha256"]] = kept
    return list(found.values())


def _turns(now: int) -> dict[str, tuple[int, int]]:
    """Speaker → (whose session it is, how soon): a session that a class of ours is enrolled in, or that a room shows,
    before the others; one to come before one that is over.
    """
    from kiosk.storage.models import Enrolment, Room, Session

    ours = {row.session_id for row in Enrolment.select(Enrolment.session_id).where(Enrolment.state.not_in(GIVEN_UP))}
    ours |= {str(row.session_id) for row in Room.select(Room.session_id).where(Room.session_id.is_null(False))}
    turns: dict[str, tuple[int, int]] = {}
    for row in Session.select(Session.id, Session.starts_at, Session.speakers).where(~Session.deleted):
        over = row.starts_at < now - OVER_MS
        turn = (2 if over else 0 if row.id in ours else 1, row.starts_at)
        for speaker in row.speakers or ():
            turns[speaker] = min(turn, turns.get(speaker, LAST))
    return turns


def _one(round_: Exchange, portrait: dict[str, Any]) -> bool:
    """One portrait; False when the way is cut (what came is kept for the next time)."""
    kiosk, digest = round_.kiosk, str(portrait["sha256"])
    where = folder(kiosk.settings.data_dir)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    part, whole = where / f"{digest}.part", where / digest
    if not whole.exists():
        held = part.read_bytes()[:MAX_BYTES] if part.exists() else b""
        data, reply = _download(round_, digest, held, int(portrait["bytes"]))
        right = hashlib.sha256(data).hexdigest() == digest  # then it is the portrait, whatever it is said to be
        if not right and reply is not None and reply.failure != "ok":
            _keep(data, part, part) if data else part.unlink(missing_ok=True)
            if reply.status in GONE:
                kiosk.write(lambda tx: mark(tx, digest, later=tx.now + GONE_MS))
            return reply.failure in PASSED
        if not right:
            part.unlink(missing_ok=True)
            kiosk.write(lambda tx: mark(tx, digest, wrong=int(portrait.get("wrong", 0)) + 1))
            return True
        _keep(data, part, whole)
    kiosk.write(lambda tx: mark(tx, digest, stored=True))
    return True


def _download(round_: Exchange, digest: str, held: bytes, size: int) -> tuple[bytes, Reply | None]:
    """(bytes so far, what came): asks only for what misses; a server that ignores ranges starts again.

    What is no image is never taken for the beginning of one, nor bytes that are packed: those are whole or nothing.
    """
    if len(held) >= size:
        return held, None
    headers = dict(round_.bearer)
    if held:
        headers["Range"] = f"bytes={len(held)}-"
    reply = round_.carry(
        Call("GET", f"{round_.base}/v1/portraits/{digest}", headers, wants="bytes", max_bytes=MAX_BYTES, read=30.0)
    )
    plain = reply.headers.get("content-encoding", "identity").strip().lower() == "identity"
    image = reply.headers.get("content-type", "").startswith("image/")
    if reply.status == 200:
        usable = reply.failure == "ok" or (image and plain) or hashlib.sha256(reply.body).hexdigest() == digest
        return (reply.body if usable else b""), reply
    if reply.status == 206 and plain and reply.headers.get("content-range", "").startswith(f"bytes {len(held)}-"):
        return (held + reply.body if image else held), reply
    if reply.status in (206, 416):
        return b"", replace(reply, failure="portal")
    return held, reply


def _keep(data: bytes, part: Path, whole: Path) -> None:
    """The file whole or not at all."""
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, whole)


def mark(tx: Transaction, digest: str, **values: Any) -> None:
    """Note on every speaker with this portrait what is known of it, and tell the rooms that show one."""
    from kiosk.domain import rooms
    from kiosk.storage.models import Room

    touched = False
    for row in Speaker.select().where(Speaker.portrait.is_null(False)):
        if row.portrait.get("sha256") == digest:
            Speaker.update(portrait={**row.portrait, **values}).where(Speaker.id == row.id).execute()
            touched = touched or "stored" in values
    if touched:
        for room in Room.select().where(Room.session_id.is_null(False)):
            rooms.changed(tx, room.id, "session")
