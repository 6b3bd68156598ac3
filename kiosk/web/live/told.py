"""What a socket is told: small dictionaries read from the domain."""

from __future__ import annotations

import time
from typing import Any

from kiosk.domain import rooms
from kiosk.domain.kiosk import Kiosk
from kiosk.domain.questions import questions, suggested
from kiosk.domain.views import QuestionView
from kiosk.web.frame.build import build_id

#: A cached phone state is never older than this, in seconds (another worker may have changed the room).
FRESH = 1.0


def hello(kiosk: Kiosk, room_id: str) -> dict[str, Any]:
    """The first word to a display or a panel: enough to know whether to fetch, reload or wait."""
    row = rooms.row_of(room_id)
    return {
        "boot": kiosk.boot,
        "build": build_id(),
        "rev": row.rev,
        "now": kiosk.clock.now(),
        "phase": row.phase,
        "phones": kiosk.presence.phones(room_id),
    }


class PhoneStates:
    """The whole state of each room for a phone, the same for every phone; read once for a burst of them."""

    def __init__(self, kiosk: Kiosk) -> None:
        self._kiosk = kiosk
        self._read: dict[str, tuple[float, dict[str, Any]]] = {}
        self._turns: dict[str, int] = {}  # how often each room changed since the start
        #: The last state of each room that its phones know: what a difference is told from.
        self.told: dict[str, dict[str, Any]] = {}

    def of(self, room_id: str) -> dict[str, Any]:
        """The state of a room now."""
        held = self._read.get(room_id)
        if held is not None and time.monotonic() - held[0] < FRESH:
            return held[1]
        turn = self._turns.get(room_id, 0)
        state = phone_state(self._kiosk, room_id)
        if self._turns.get(room_id, 0) == turn:  # nothing changed while it was read (real threads)
            self._read[room_id] = (time.monotonic(), state)
        return state

    def forget(self, room_id: str) -> None:
        """The room changed: read it again for the next phone."""
        self._turns[room_id] = self._turns.get(room_id, 0) + 1
        self._read.pop(room_id, None)


def phone_state(kiosk: Kiosk, room_id: str) -> dict[str, Any]:
    """The state of a room for a phone, read anew."""
    room = rooms.view(room_id)
    current = None
    if room.current_id:
        view = questions.one(room_id, room.current_id)
        current = {"number": view.number, "text": view.text, "support": view.support}
    session = None
    if room.session:
        session = {
            "id": room.session.id,
            "title": room.session.title,
            "starts_at": room.session.starts_at,
            "speakers": [{"id": s.id, "first_name": s.first_name, "job": s.job} for s in room.session.speakers],
        }
    starter = suggested.shown(room)
    return {
        "rev": room.rev,
        "boot": kiosk.boot,
        "phase": room.phase,
        "ends_at": room.ends_at,
        "paused_ms": room.paused_ms,
        "intake": room.intake,
        "moderation": room.reviewed,
        "session": session,
        "class": room.class_label,
        "current": current,
        # With the number of what is on screen: the page that shows both is asked for again when either changes.
        "starter": {"id": f"{starter} {current['number'] if current else ''}"} if starter else None,
    }


def mine_of(view: QuestionView) -> dict[str, Any]:
    """One of a device's own questions, as its phone shows it."""
    out: dict[str, Any] = {
        "id": view.id,
        "number": view.number,
        "status": view.status,
        "text": view.text,
        "support": view.support,
        "at": view.answered_at or view.asked_at or view.on_screen_at or view.created_at,
    }
    if view.reason:
        out["reason"] = view.reason
    if view.reworded:
        out["wrote"] = view.original_text
    return out
