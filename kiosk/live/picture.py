"""What a socket is told: small dictionaries read from the domain."""

from __future__ import annotations

import time
from typing import Any

from kiosk.build import build_id
from kiosk.domain import questions, rooms
from kiosk.domain.house import Kiosk
from kiosk.domain.views import QuestionView

#: A cached phone state is never older than this, in seconds (another worker may have changed the room).
FRESH = 1.0


def hello(kiosk: Kiosk, room_id: str) -> dict[str, Any]:
    """The first word to a display or a panel: enough to know whether to fetch, reload or wait."""
    row = rooms.row_of(room_id)
    return {
        "boot": kiosk.boot, "build": build_id(), "rev": row.rev, "now": kiosk.clock.now(), "phase": row.phase,
        "phones": kiosk.presence.phones(room_id),
    }


def phone_state(kiosk: Kiosk, room_id: str) -> dict[str, Any]:
    """The whole state of a room for a phone, the same for every phone; read once for a burst of them."""
    cache: dict[str, tuple[float, dict[str, Any]]] = kiosk.extras.setdefault("phone_states", {})
    held = cache.get(room_id)
    if held is not None and time.monotonic() - held[0] < FRESH:
        return held[1]
    turn = _turns(kiosk).get(room_id, 0)
    state = _phone_state(kiosk, room_id)
    if _turns(kiosk).get(room_id, 0) == turn:  # nothing changed while it was read (real threads)
        cache[room_id] = (time.monotonic(), state)
    return state


def forget(kiosk: Kiosk, room_id: str) -> None:
    """The room changed: read it again for the next phone."""
    turns = _turns(kiosk)
    turns[room_id] = turns.get(room_id, 0) + 1
    kiosk.extras.setdefault("phone_states", {}).pop(room_id, None)


def _turns(kiosk: Kiosk) -> dict[str, int]:
    """How often each room changed since the start."""
    found: dict[str, int] = kiosk.extras.setdefault("phone_state_turns", {})
    return found


def _phone_state(kiosk: Kiosk, room_id: str) -> dict[str, Any]:
    room = rooms.view(room_id)
    current = None
    if room.current_id:
        view = questions.one(room_id, room.current_id)
        current = {"number": view.number, "text": view.text, "support": view.support}
    session = None
    if room.session:
        session = {
            "id": room.session.id, "title": room.session.title, "starts_at": room.session.starts_at,
            "speakers": [{"id": s.id, "first_name": s.first_name, "job": s.job} for s in room.session.speakers],
        }
    return {
        "rev": room.rev, "boot": kiosk.boot, "phase": room.phase, "ends_at": room.ends_at,
        "paused_ms": room.paused_ms, "intake": room.intake, "moderation": room.reviewed, "session": session,
        "class": room.class_label, "current": current,
    }


def mine_of(view: QuestionView) -> dict[str, Any]:
    """One of a device's own questions, as its phone shows it."""
    out: dict[str, Any] = {
        "id": view.id, "number": view.number, "status": view.status, "text": view.text, "support": view.support,
        "at": view.answered_at or view.asked_at or view.on_screen_at or view.created_at,
    }
    if view.reason:
        out["reason"] = view.reason
    if view.reworded:
        out["wrote"] = view.original_text
    return out
