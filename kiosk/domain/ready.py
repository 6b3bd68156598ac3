"""« Prêt pour la salle »: what only somebody in the room can see, ticked before the talk and kept for its session."""

from __future__ import annotations

from kiosk.domain import rooms, stored
from kiosk.ground.errors import KioskError
from kiosk.ground.i18n import N_
from kiosk.storage.writer import Transaction

#: What is ticked → its words.
BOXES = {
    "class_sees": N_("La classe voit le grand écran, pas le pilotage"),
    "sound": N_("Le son de la visioconférence s’entend du fond de la salle"),
    "microphone": N_("Le micro prend la voix d’un ou d’une élève debout"),
    "camera": N_("La caméra montre la classe, et une place où se lever pour demander"),
    "link": N_("Le lien de la visioconférence s’ouvre sur cette machine"),
    "link_at_hand": N_("J’ai le lien de la visioconférence sous la main : la séance n’en porte pas"),
}
_KEY = "ready."


def ticked(room_id: str, session_id: str) -> frozenset[str]:
    """What was ticked for this session in this room."""
    held = stored.get(_KEY + room_id) or {}
    return frozenset(held.get("boxes", ())) & BOXES.keys() if held.get("session") == session_id else frozenset()


def tick(tx: Transaction, room_id: str, boxes: set[str]) -> None:
    """Keep what is ticked now; what the registry does not know is left out. :raises KioskError: ``no_session``."""
    session_id = rooms.row_of(room_id).session_id
    if session_id is None:
        raise KioskError("no_session")
    stored.keep(tx, _KEY + room_id, {"session": session_id, "boxes": sorted(boxes & BOXES.keys())})
